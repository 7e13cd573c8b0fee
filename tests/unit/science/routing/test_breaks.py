"""Breaks of a driver by the clock, and the over-estimate that searching may lean on."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cellchain.science.routing.breaks import (
    BREAK_S,
    DRIVING_S,
    Call,
    late,
    slower,
    timetable,
    unhurried,
)

HOUR, MINUTE, EVER = 3600, 60, 1 << 40
CALLS = st.lists(
    st.builds(
        Call, drive_s=st.integers(0, 8 * HOUR), opens_s=st.integers(0, 40 * HOUR),
        closes_s=st.just(EVER), work_s=st.integers(0, 2 * HOUR),
    ),
    min_size=1, max_size=8,
)  # fmt: skip


def call(drive_s, opens_s=0, closes_s=EVER, work_s=0):
    return Call(drive_s, opens_s, closes_s, work_s)


def test_a_break_on_the_road():
    """Five hours of driving: 4.5, a break of 0.75, and 0.5 more."""
    (visit,) = timetable([call(5 * HOUR)], 8 * HOUR)
    assert visit.breaks_s == (12.5 * HOUR,)
    assert visit.arrives_s == 13.75 * HOUR


def test_four_and_a_half_hours_need_none():
    first, second = timetable([call(DRIVING_S), call(1)], 0)
    assert first.breaks_s == ()
    assert (second.breaks_s, second.arrives_s) == ((DRIVING_S,), DRIVING_S + BREAK_S + 1)


def test_a_long_wait_is_a_break_and_a_short_one_is_none():
    for wait, breaks in ((45, 0), (44, 1)):
        opens = 4 * HOUR + wait * MINUTE
        _, second = timetable([call(4 * HOUR, opens), call(HOUR)], 0)
        assert len(second.breaks_s) == breaks


def test_work_is_no_break():
    _, second = timetable([call(4 * HOUR, work_s=2 * HOUR), call(HOUR)], 0)
    assert len(second.breaks_s) == 1


def test_two_minutes_may_take_a_whole_break():
    """Why a share of each minute is not enough: 269 minutes, a gate opens just then, 2 more."""
    for gate, breaks in ((314 * MINUTE, 0), (313 * MINUTE, 1)):
        last = timetable([call(269 * MINUTE, gate), call(2 * MINUTE)], 0)[-1]
        assert last.arrives_s == gate + 2 * MINUTE + breaks * BREAK_S
    shares = max(slower(269 * MINUTE), gate) + slower(2 * MINUTE)
    assert shares < last.arrives_s <= shares + BREAK_S


@given(CALLS)
def test_shares_and_one_break_are_never_too_little(calls):
    now = 0
    for one, real in zip(calls, timetable(calls, 0), strict=True):
        now = max(now + slower(one.drive_s), one.opens_s)
        assert real.begins_s <= now + BREAK_S
        now += one.work_s


@given(CALLS)
def test_between_two_breaks_nobody_drives_longer_than_the_law_lets_him(calls):
    driven = 0
    now = 0
    for visit in timetable(calls, 0):
        for begins in visit.breaks_s:
            driven += min(begins, visit.arrives_s) - now
            assert driven <= DRIVING_S
            driven, now = 0, begins + BREAK_S
        driven += max(0, visit.arrives_s - now)
        assert driven <= DRIVING_S
        now = visit.leaves_s


@given(CALLS)
def test_who_leaves_later_is_done_as_soon(calls):
    start, visits = unhurried(calls, 0)
    assert start >= 0
    assert visits == timetable(calls, start)
    assert visits[-1].leaves_s <= timetable(calls, 0)[-1].leaves_s


def test_nobody_leaves_so_late_that_a_gate_is_closed():
    """The second gate opens at three hours; the first closes at one."""
    calls = [call(HOUR, 0, HOUR), call(HOUR, 3 * HOUR)]
    assert unhurried(calls, 0)[0] == 0
    assert late(calls, timetable(calls, 1)) == (0,)
