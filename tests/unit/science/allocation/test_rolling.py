"""Batteries placed week by week: no future, room kept, below one who knows all arrivals."""

from __future__ import annotations

import numpy as np
import pytest

from cellchain.science.allocation.optimum import best_allocation
from cellchain.science.allocation.rolling import UNPLACED, Arrivals, NoRoom, placed_weekly
from cellchain.science.allocation.values import Values
from tests.unit.science.allocation.weeks import HOLDING_CENTS, year

WEEKS = 14
SLOTS = 20
NONE = np.empty(0, np.int64)


def drawn(seed, *, heavy=False, batteries=150, slots=SLOTS):
    found = year(batteries, slots, seed=seed, heavy=heavy, weeks=WEEKS)
    cents = np.maximum(found.values, Values.BARRED)
    return Arrivals(
        values=Values(cents),
        room=found.room,
        arrives=found.arrives,
        leaves=np.full(batteries, WEEKS - 1),
        opens=found.opens,
        closes=found.closes,
        holding_cents=np.full(batteries, HOLDING_CENTS),
    )


def earned(arrivals, placed):
    rows = np.arange(len(placed.slot))
    waited = placed.week - arrivals.arrives
    return int((arrivals.values.cents[rows, placed.slot] - waited * arrivals.holding_cents).sum())


@pytest.mark.parametrize("heavy", [False, True])
@pytest.mark.parametrize("seed", [0, 1])
def test_everybody_goes_to_an_open_slot_with_room_for_more_than_at_once(seed, heavy):
    known = drawn(seed, heavy=heavy)
    ours = placed_weekly(known, NONE, range(WEEKS), seed=0)
    at_once = placed_weekly(known, NONE, range(WEEKS), seed=0, futures=0)
    rows = np.arange(len(ours.slot))
    assert (known.opens[ours.slot] <= ours.week).all()
    assert (known.closes[ours.slot] >= ours.week).all()
    assert (ours.week >= known.arrives).all()
    assert (known.values.cents[rows, ours.slot] > Values.BARRED).all()
    assert (np.bincount(ours.slot, minlength=SLOTS) <= known.room).all()
    most = best_allocation(known.timed(), known.room).value_cents
    assert earned(known, ours) <= most
    if not heavy:  # one fleet that retires at once is seen by no history
        assert earned(known, at_once) < earned(known, ours)


def test_nothing_later_moves_what_was_decided():
    known = drawn(3)
    before = placed_weekly(known, NONE, range(10), seed=5)
    later = np.flatnonzero(known.arrives >= 10)
    cents = known.values.cents.copy()
    cents[later] = cents[later][::-1] // 2
    cents[:, known.opens >= 10] = 10**9
    other = Arrivals(
        Values(np.where(known.values.cents == Values.BARRED, Values.BARRED, cents)),
        known.room + np.where(known.opens >= 10, 50, 0),
        known.arrives, known.leaves, known.opens, known.closes, known.holding_cents,
    )  # fmt: skip
    after = placed_weekly(other, NONE, range(10), seed=5)
    assert (before.slot == after.slot).all()
    assert (before.week == after.week).all()
    assert (before.slot[later] == UNPLACED).all()


def test_who_is_gone_tells_what_comes_and_is_not_placed():
    known = drawn(4)
    gone = np.flatnonzero(known.arrives < 10)
    placed = placed_weekly(known, gone, range(10, WEEKS), seed=1)
    assert (placed.slot[gone] == UNPLACED).all()
    assert (placed.slot[known.arrives >= 10] != UNPLACED).all()


def test_who_may_wait_no_longer_and_has_no_place_is_told():
    known = Arrivals(
        values=Values(np.array([[5, 7], [5, Values.BARRED]])),
        room=np.array([1, 9]),
        arrives=np.array([0, 1]),
        leaves=np.array([0, 1]),
        opens=np.array([0, 3]),
        closes=np.array([2, 3]),
        holding_cents=np.zeros(2, np.int64),
    )
    with pytest.raises(NoRoom) as told:
        placed_weekly(known, NONE, range(4), seed=0)
    assert told.value.week == 1
    assert told.value.blocked.batteries == 1
