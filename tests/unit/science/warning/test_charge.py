"""The end of a charge is told when it has ended, and is no other thing."""

import numpy as np
import pytest

from cellchain.science.warning.charge import Charging

ROWS = 60
TIME_S = 30.0 * np.arange(ROWS)
VOLTAGE_V = 4.0 + 2e-3 * np.arange(ROWS)[:, None] + np.array([0.0, 0.0, -0.02, 0.0])
CHARGES_A = np.full(ROWS, -20.0)


def ends(current_a, voltage_v=VOLTAGE_V, time_s=TIME_S):
    charging = Charging(4)
    found = charging.given(time_s, current_a, voltage_v)
    return [*found, *charging.ended()]


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_what_its_last_ten_minutes_say_is_told_whatever_the_sign(sign):
    (end,) = ends(sign * CHARGES_A)
    assert (end.time_s, end.current_a, end.day.rows) == (TIME_S[-1], 20.0, 20)
    assert end.day.residual_v == pytest.approx([0.0, 0.0, -0.02, 0.0])
    assert end.day.pack_v == pytest.approx(np.median(VOLTAGE_V[-20:, 0]))


def test_it_is_told_with_the_row_that_does_not_go_on():
    charging = Charging(4)
    assert charging.given(TIME_S, CHARGES_A, VOLTAGE_V) == []
    (end,) = charging.given(TIME_S[-1:] + 30.0, np.zeros(1), VOLTAGE_V[-1:])
    assert end.time_s == TIME_S[-1]
    assert charging.ended() == []


OTHERS = {
    "a drive": (40.0 * np.random.default_rng(1).standard_normal(ROWS), VOLTAGE_V),
    "rest": (np.full(ROWS, 0.5), VOLTAGE_V),
    "a steady load": (-CHARGES_A, VOLTAGE_V[::-1]),
    "a current that is not known": (np.full(ROWS, np.nan), VOLTAGE_V),
    "one that cannot be": (np.full(ROWS, np.inf), VOLTAGE_V),
    "cells that were not read": (CHARGES_A, np.full((ROWS, 4), np.nan)),
}


@pytest.mark.parametrize("what", OTHERS)
def test_what_is_no_charge_ends_none(what):
    assert ends(*OTHERS[what]) == []


def test_a_charge_that_pauses_within_its_last_minutes_is_too_short():
    paused_a = CHARGES_A.copy()
    paused_a[ROWS - 15] = 0.0
    (before,) = ends(paused_a)
    assert before.time_s == TIME_S[ROWS - 16]
    assert ends(CHARGES_A[:15], VOLTAGE_V[:15], TIME_S[:15]) == []
