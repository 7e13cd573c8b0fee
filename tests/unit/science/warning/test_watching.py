"""The watch: causal, carried on, re-armed."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellchain.science.warning.fleet import DAY_S, REALISTIC, Make, Short, simulated
from cellchain.science.warning.watching import Watch

MAKE = Make(cells=12, days=30, period_s=120.0)
CAR = simulated(MAKE, REALISTIC, 8, Short(cell=4, onset_s=12 * DAY_S, resistance_ohm=40.0))


CHARGED = simulated(
    replace(MAKE, days=40, period_s=60.0, charges=1.0), REALISTIC, 8,
    Short(cell=4, onset_s=12 * DAY_S, resistance_ohm=60.0),
)  # fmt: skip


def told(stop=None, pieces=(), reload=False, car=CAR):
    """Return the onsets, with rows counted from the first, given in pieces."""
    rows = len(car.time_s) if stop is None else stop
    watch, found = Watch(MAKE.cells), []
    edges = [0, *sorted(min(piece, rows) for piece in pieces), rows]
    for start, end in pairwise(edges):
        part = slice(start, end)
        said = watch.given(car.time_s[part], car.current_a[part], car.voltage_v[part])
        found += [
            (start + one.row, one.cell, one.kind, repr((one.score, one.slope_v, one.charges)))
            for one in said
        ]
        if reload:
            watch = Watch.from_plain(watch.plain())
    return found


WHOLE = told()


def test_the_leaking_cell_is_told_of_when_a_later_day_begins():
    ((row, cell, kind, _),) = WHOLE
    assert (cell, kind) == (4, "drift")
    day = np.floor(CAR.time_s / DAY_S)
    assert day[row] > day[row - 1] >= 12
    assert day[row] <= 19


@settings(max_examples=15, deadline=None)
@given(st.integers(0, len(CAR.time_s)))
def test_what_comes_later_changes_nothing_that_was_said(stop):
    assert told(stop) == [one for one in WHOLE if one[0] < stop]


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, len(CAR.time_s)), max_size=6))
def test_a_watch_that_is_carried_on_says_what_one_over_all_rows_does(pieces):
    assert told(pieces=pieces, reload=True) == WHOLE


@settings(max_examples=15, deadline=None)
@given(st.data())
def test_with_ends_of_charges_too_whatever_is_cut_through(data):
    whole, rows = told(car=CHARGED), len(CHARGED.time_s)
    assert [(one[1], one[3].split()[-1]) for one in whole] == [(4, "3)")]
    charging = st.sampled_from(np.flatnonzero(CHARGED.current_a < -5.0).tolist())
    pieces = data.draw(st.lists(charging | st.integers(0, rows), max_size=6))
    assert told(pieces=pieces, reload=True, car=CHARGED) == whole
    stop = data.draw(charging)
    assert told(stop, car=CHARGED) == [one for one in whole if one[0] < stop]


def days_of(residual_v, rows=6):
    """A pack at rest, one block of rows a day."""
    days = len(residual_v)
    time_s = (np.arange(days)[:, None] * DAY_S + 30.0 * np.arange(rows)).ravel()
    voltage_v = np.repeat(3.7 + residual_v, rows, axis=0)
    return time_s, np.zeros(days * rows), voltage_v


def test_an_offset_of_the_first_day_is_a_notice_once():
    residual_v = 1e-3 * np.random.default_rng(1).standard_normal((30, 12))
    residual_v[:, 3] -= 0.03
    said = Watch(12).given(*days_of(residual_v))
    assert [(one.cell, one.kind, one.days) for one in said] == [(3, "static", 1)]
    assert said[0].residual_v == pytest.approx(-0.03, abs=3e-3)


def test_a_fast_fall_is_a_short():
    residual_v = 1e-3 * np.random.default_rng(1).standard_normal((20, 12))
    residual_v[10:, 3] -= 0.1 * np.arange(10)
    said = Watch(12).given(*days_of(residual_v))
    assert said[0].cell == 3
    assert any(one.kind == "short" and one.slope_v > 0.05 for one in said)


def test_the_same_is_told_again_after_seven_quiet_days_only():
    calm = np.zeros((40, 12))
    time_s, current_a, voltage_v = days_of(calm, rows=20)
    day = np.floor(time_s / DAY_S)
    voltage_v += 0.05 * np.sin(time_s / 300.0)[:, None]
    for lies in (2, 5, 14):
        voltage_v[day == lies, 7] = 3.7
    said = [one for one in Watch(12).given(time_s, current_a, voltage_v) if one.kind == "sensor"]
    assert [(int(day[one.row]), one.cell) for one in said] == [(3, 7), (15, 7)]


def test_days_given_one_by_one_count_once():
    time_s, current_a, voltage_v = days_of(np.zeros((20, 12)), rows=20)
    voltage_v += 0.05 * np.sin(time_s / 300.0)[:, None]
    day = np.floor(time_s / DAY_S)
    voltage_v[(day == 2) | (day == 8), 7] = 3.7
    watch, told = Watch(12), []
    for one in range(20):
        part = day == one
        told += watch.given(time_s[part], current_a[part], voltage_v[part])
    assert [one.cell for one in told] == [7]


def test_a_cell_that_is_never_read_hides_no_other():
    residual_v = 1e-3 * np.random.default_rng(1).standard_normal((30, 12))
    residual_v[15:, 3] -= 6e-3 * np.arange(15)
    residual_v[:, 0] = np.nan
    residual_v[5:9, 3] = np.nan
    said = Watch(12).given(*days_of(residual_v, rows=12))
    assert [(one.cell, one.kind) for one in said] == [(0, "sensor"), (3, "sensor"), (3, "drift")]


def test_two_cells_are_enough():
    residual_v = np.zeros((30, 2))
    residual_v[15:, 1] -= 6e-3 * np.arange(15)
    assert [one.cell for one in Watch(2).given(*days_of(residual_v))] == [1]
