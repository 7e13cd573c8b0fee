"""The allocation of most value: against SciPy's assignment, its proof, and what blocks it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from cellchain.science.allocation import prices
from cellchain.science.allocation.optimum import Optimum, best_allocation
from cellchain.science.allocation.paths import Blocked
from cellchain.science.allocation.values import Values
from tests.unit.science.allocation.markets import INFEASIBLE, market
from tests.unit.science.allocation.naive import NOWHERE, first_come, greedy

OUT = -(10**6)


@st.composite
def offers(draw):
    batteries, slots = draw(st.integers(1, 9)), draw(st.integers(1, 5))
    cell = st.one_of(st.integers(-20, 20), st.just(Values.BARRED))
    row = st.lists(cell, min_size=slots, max_size=slots).filter(lambda one: max(one) > OUT)
    cents = np.array(draw(st.lists(row, min_size=batteries, max_size=batteries)))
    room = np.array(draw(st.lists(st.integers(0, 4), min_size=slots, max_size=slots)))
    return cents, room


def assigned(cents, room):
    """Return the most that any plan is worth, by SciPy; nothing where not all have a place."""
    places = np.repeat(np.maximum(cents, OUT), room, axis=1).astype(float)
    if places.shape[1] < len(cents):
        return None
    rows, columns = linear_sum_assignment(places, maximize=True)
    worth = places[rows, columns].sum()
    return None if worth < OUT / 2 else worth


@given(offers())
@settings(max_examples=400, deadline=None)
def test_it_is_the_best_and_proved_or_blocked_by_slots_that_are_too_small(asked):
    cents, room = asked
    found = best_allocation(Values(cents), room)
    best = assigned(cents, room)
    if isinstance(found, Blocked):
        elsewhere = np.delete(cents, found.slots, axis=1) > Values.BARRED
        assert best is None
        assert (~elsewhere.any(axis=1)).sum() == found.batteries > found.room
        assert room[found.slots].sum() == found.room
    else:
        assert found.value_cents == best == cents[np.arange(len(cents)), found.slot].sum()
        assert (np.bincount(found.slot, minlength=len(room)) <= room).all()
        assert found.prices.min() >= 0
        bound = (cents - found.prices).max(axis=1).sum() + found.prices @ room
        assert bound == found.value_cents


@given(offers())
@settings(max_examples=100, deadline=None)
def test_no_price_that_proves_it_is_lower(asked):
    cents, room = asked
    found = best_allocation(Values(cents), room)
    if isinstance(found, Optimum):
        for slot in np.flatnonzero(found.prices):
            less = found.prices - (np.arange(len(room)) == slot)
            assert (cents - less).max(axis=1).sum() + less @ room > found.value_cents


@pytest.mark.parametrize("heavy", [False, True])
def test_without_a_plan_less_is_earned(heavy):
    drawn = market(3_000, 40, seed=8, heavy=heavy)
    values = Values(np.maximum(drawn.values, Values.BARRED))
    best = best_allocation(values, drawn.room)
    for naive, least in ((first_come, 1.01), (greedy, 1.0005)):
        slot = naive(values, drawn.room)
        assert (slot != NOWHERE).all()
        assert (np.bincount(slot, minlength=40) <= drawn.room).all()
        assert best.value_cents > least * values.in_slots(slot).sum()


def test_a_sample_serves_as_well_as_all(monkeypatch):
    drawn = market(5_000, 20, seed=4)  # more batteries than the sample
    values = Values(np.maximum(drawn.values, Values.BARRED))
    sampled = best_allocation(values, drawn.room)
    monkeypatch.setattr(prices, "SAMPLE_MIN", 5_000)
    whole = best_allocation(values, drawn.room)
    assert sampled.value_cents == whole.value_cents
    assert np.array_equal(sampled.prices, whole.prices)  # the least ones are the same


def test_the_market_is_drawn_as_told():
    one = market(50, 4, seed=1)
    assert np.array_equal(one.values, market(50, 4, seed=1).values)
    assert (one.values == INFEASIBLE).any()
    assert (one.values[:, -1] != INFEASIBLE).all()
    assert one.room[-1] == 50
