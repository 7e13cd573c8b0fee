"""Allocations with counts and minimum lots: against SciPy's integer program, and their bounds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellchain.science.allocation.lots import Crowd, Lots, Unkept, best_lots
from cellchain.science.allocation.optimum import best_allocation, best_shares
from cellchain.science.allocation.paths import Blocked
from cellchain.science.allocation.values import Values
from tests.unit.science.allocation.exact import by_milp
from tests.unit.science.allocation.markets import market

NO = Values.BARRED


@st.composite
def crowds(draw):
    """Few rows of many that are alike, slots with room and lots."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    rows, slots = draw(st.integers(1, 6)), draw(st.integers(1, 4))
    cents = rng.integers(-20, 50, (rows, slots))
    cents = np.where(rng.random((rows, slots)) < 0.25, NO, cents)
    cents[(cents == NO).all(axis=1), 0] = 1
    count, room = rng.integers(1, 5, rows), rng.integers(0, 10, slots)
    if draw(st.booleans()):
        room[-1] = count.sum()
    lot = np.minimum(rng.integers(0, 8, slots), room)
    return Crowd(Values(cents), count, np.minimum(room, count.sum()), lot)


@given(crowds())
@settings(max_examples=100, deadline=None)
def test_the_best_plan_with_lots_is_that_of_milp_and_proved(crowd):
    best = by_milp(crowd)
    found = best_lots(crowd)
    if best is None:
        assert isinstance(found, Blocked) or found.proved
        return
    shares = found.shares
    assert shares.value_cents == best[0] == found.bound_cents
    load = np.bincount(shares.slot, shares.amount, len(crowd.room))
    assert (load <= crowd.room).all()
    assert ((load == 0) | (load >= crowd.lot)).all()
    assert (np.bincount(shares.row, shares.amount) == crowd.count).all()


@given(crowds(), st.integers(1, 4))
@settings(max_examples=100, deadline=None)
def test_however_short_the_search_no_plan_is_above_its_bound(crowd, looks):
    best, found = by_milp(crowd), best_lots(crowd, looks=looks)
    if isinstance(found, Lots):
        assert best is not None
        assert found.shares.value_cents <= best[0] <= found.bound_cents
    elif isinstance(found, Unkept):
        assert not found.proved or best is None


@given(crowds())
@settings(max_examples=60, deadline=None)
def test_batteries_that_are_counted_are_placed_as_if_each_stood_alone(crowd):
    found = best_shares(crowd.values, crowd.count, crowd.room)
    each = best_allocation(Values(np.repeat(crowd.values.cents, crowd.count, axis=0)), crowd.room)
    assert isinstance(found, Blocked) == isinstance(each, Blocked)
    if isinstance(found, Blocked):
        assert (found.batteries, found.room) == (each.batteries, each.room)
    else:
        assert found.value_cents == each.value_cents
        assert np.array_equal(found.prices, each.prices)


def test_a_million_that_are_alike_are_as_quick_as_a_few():
    cents = np.array([[9, 5, 1], [8, 6, 1]])
    crowd = Crowd(Values(cents), np.array([10**6, 10**6]), np.array([10**6, 1_500_000, 10]), NONE)
    found = best_lots(crowd).shares
    assert (found.row.tolist(), found.slot.tolist()) == ([0, 1], [0, 1])
    assert found.value_cents == 15 * 10**6


NONE = np.zeros(3, np.int64)


@pytest.mark.parametrize(
    ("lot", "worth", "slots"),
    [
        (0, 9 + 2 + 2, [0, 1, 1]),  # one of three to the first slot, where it is worth most
        (2, 9 + 4 + 2, [0, 0, 1]),  # with a second one the lot is full: 4 instead of 2
        (3, 9 + 4 - 30 + 0, None),  # a third one would cost 30, so nobody goes there
    ],
)
def test_a_lot_by_hand(lot, worth, slots):
    cents = np.array([[9, 3], [4 if lot else 1, 2], [-30, 2]])
    crowd = Crowd(Values(cents), np.ones(3, np.int64), np.array([3, 3]), np.array([lot, 0]))
    found = best_lots(crowd)
    if slots is None:
        worth, slots = 3 + 2 + 2, [1, 1, 1]
    assert found.shares.value_cents == worth == found.bound_cents
    assert found.shares.slot.tolist() == slots


def test_lots_in_a_market_are_proved():
    drawn = market(300, 20, seed=5)
    room = np.append(drawn.room[:-1] * 2, 300)
    lot = np.where(np.arange(20) % 2 == 0, np.rint(drawn.room * 0.9), 0).astype(np.int64)
    values = Values(np.maximum(drawn.values, NO))
    found = best_lots(Crowd(values, np.ones(300, np.int64), room, lot))
    assert found.branches  # the relaxation breaks a lot here
    assert found.bound_cents == found.shares.value_cents
