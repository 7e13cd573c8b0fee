"""The probes of a pack: who lies, and who runs warmer than before."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellchain.science.warning.fleet import DAY_S, REALISTIC, Make, Short, simulated
from cellchain.science.warning.probe import Probes

ROWS, PROBES = 40, 6


def days_of(days=30, change=lambda _shown_c, _day: None):
    """Rows of probes that warm by 8 K within each day."""
    dice = np.random.default_rng(3)
    day = np.repeat(np.arange(days), ROWS)
    minute = np.tile(np.arange(ROWS), days)
    shown_c = 20.0 + 0.2 * minute[:, None] + np.arange(PROBES) / 3.0
    shown_c = shown_c + 0.1 * dice.standard_normal(shown_c.shape)
    change(shown_c, day)
    return day * DAY_S + 60.0 * minute, np.round(shown_c)


def said(time_s, shown_c, edges=(), reload=False):
    probes, found = Probes(shown_c.shape[1]), []
    for start, end in pairwise([0, *sorted(edges), len(time_s)]):
        days = probes.given(time_s[start:end], shown_c[start:end])
        found += [(start + one.row, one.lies, one.warm) for one in days]
        if reload:
            probes = Probes.from_plain(probes.plain())
    return found


def frozen(shown_c, day):
    shown_c[day == 4, 2] = 21.0


def silent(shown_c, day):
    shown_c[(day == 4), 2] = np.nan


def impossible(shown_c, day):
    shown_c[(day == 4), 2] = 255.0


def apart(shown_c, day):
    shown_c[(day == 4), 2] += 40.0


@pytest.mark.parametrize(
    ("change", "words"),
    [(frozen, "stood still"), (silent, "no possible"), (impossible, "no possible"),
     (apart, "K beside")],
)  # fmt: skip
def test_a_probe_that_lies_is_named_when_the_day_is_over(change, words):
    told = [(row, lies) for row, lies, _ in said(*days_of(change=change)) if lies]
    ((row, lies),) = told
    assert row == 5 * ROWS
    assert set(lies) == {2}
    assert lies[2][0] >= 1.0
    assert words in lies[2][1]


def test_a_probe_that_runs_warmer_is_told_with_its_rise():
    def warms(shown_c, day):
        shown_c[day >= 20, 4] += 2.0

    told = said(*days_of(change=warms))
    assert all(warm is None for row, _, warm in told if row <= 20 * ROWS)
    warm = told[-1][-1]
    assert (warm.probe, warm.days) == (4, 9)
    assert warm.rise_k == pytest.approx(2.0, abs=0.2)


def test_healthy_probes_and_two_of_them_say_nothing():
    time_s, shown_c = days_of()
    assert not any(lies or warm for _, lies, warm in said(time_s, shown_c))

    def warms(shown_c, day):
        shown_c[day >= 20, 1] += 30.0

    time_s, shown_c = days_of(change=warms)
    assert not any(lies or warm for _, lies, warm in said(time_s, shown_c[:, :2]))


def test_a_short_warms_the_probe_of_its_group():
    make = Make(cells=24, days=40, probes=6)
    short = Short(cell=5, onset_s=20 * DAY_S, resistance_ohm=5.0)
    car = simulated(make, REALISTIC, 3, short)
    assert said(car.time_s, car.temperature_c)[-1][-1].probe == 1


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 12 * ROWS) | st.sampled_from([ROWS, 5 * ROWS]), max_size=5))
def test_probes_that_are_carried_on_say_the_same_and_nothing_of_what_comes(edges):
    time_s, shown_c = days_of(12, frozen)
    whole = said(time_s, shown_c)
    assert said(time_s, shown_c, edges, reload=True) == whole
    stop = max([*edges, 1])
    assert said(time_s[:stop], shown_c[:stop]) == [one for one in whole if one[0] < stop]
