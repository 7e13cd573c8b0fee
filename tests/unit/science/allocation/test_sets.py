"""Allocations in sets that are alike: against every set by SciPy's integer program."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cellchain.science.allocation.lots import Crowd, best_lots
from cellchain.science.allocation.sets import ALONE, best_found_sets
from cellchain.science.allocation.values import Values
from cellchain.science.allocation.windows import Alike, best_sets, in_some_set
from tests.unit.science.allocation.exact import by_milp, choices_of, is_alike, worth_of

NO = Values.BARRED
ALL = np.array([True] * 5)


def drawn(seed, batteries, slots):
    """Return a crowd of which some slots ask for sets; the last one takes all."""
    rng = np.random.default_rng(seed)
    cents = rng.integers(0, 100, (batteries, slots))
    cents = np.where(rng.random(cents.shape) < 0.15, NO, cents)
    cents[:, -1] = rng.integers(0, 30, batteries)
    size = np.append(rng.choice([1, 2, 3], slots - 1), 1)
    kind, health = rng.integers(0, 2, batteries), rng.integers(0, 100, batteries)
    alike = Alike(size, rng.integers(5, 60, slots), kind, health)
    room = np.append(rng.integers(1, 8, slots - 1), batteries) // size * size
    lot = np.where(rng.random(slots) < 0.2, 3, 0)
    lot = np.minimum(-(-lot // size) * size, room)
    lot[-1] = 0
    ones = np.ones(batteries, np.int64)
    return Crowd(Values(cents), ones, np.minimum(room, batteries) // size * size, lot), alike


@given(st.integers(0, 2**32), st.integers(3, 9), st.integers(2, 4))
@settings(max_examples=25, deadline=None)
def test_sets_are_alike_and_no_plan_is_above_the_bound(seed, batteries, slots):
    crowd, alike = drawn(seed, batteries, slots)
    relaxed = best_lots(crowd)
    found = best_found_sets(crowd, alike, relaxed)
    best, _ = by_milp(crowd, alike)
    assert found.value_cents == crowd.values.worth(found.slot)
    assert found.value_cents <= best <= relaxed.bound_cents
    load = np.bincount(found.slot, minlength=slots)
    assert (load <= crowd.room).all()
    assert ((load == 0) | (load >= crowd.lot)).all()
    assert ((found.group == ALONE) == (alike.size[found.slot] == 1)).all()
    for one in np.unique(found.group[found.group != ALONE]):
        rows = np.flatnonzero(found.group == one)
        assert len(set(found.slot[rows].tolist())) == 1
        assert is_alike(alike, found.slot[rows[0]], rows.tolist())


def test_on_small_markets_the_best_is_nearly_always_found():
    worth = []
    for seed in range(20):
        crowd, alike = drawn(seed, 8, 3)
        found = best_found_sets(crowd, alike, best_lots(crowd))
        worth.append((found.value_cents, by_milp(crowd, alike)[0]))
    assert sum(ours == best for ours, best in worth) >= 18
    assert sum(ours for ours, _ in worth) >= 0.99 * sum(best for _, best in worth)


def test_two_that_are_alike_by_hand():
    # Slot 0 takes pairs within 10. 40 and 45 are a pair, 70 is alone: its 50 there cannot be had.
    cents = np.array([[20, 1], [50, 1], [20, 1]])
    alike = Alike(np.array([2, 1]), np.array([10, 0]), np.zeros(3, int), np.array([40, 70, 45]))
    crowd = Crowd(Values(cents), np.ones(3, np.int64), np.array([2, 3]), np.zeros(2, np.int64))
    relaxed = best_lots(crowd)
    found = best_found_sets(crowd, alike, relaxed)
    assert relaxed.bound_cents == 50 + 20 + 1  # of any two
    assert (found.slot.tolist(), found.group.tolist()) == ([0, 1, 0], [0, -1, 0])
    assert found.value_cents == 20 + 1 + 20


def test_who_is_in_some_set():
    alike = Alike(np.array([2]), np.array([5]), np.array([0, 0, 0, 1, 1]),
                  np.array([10, 15, 21, 10, 40]))  # fmt: skip
    assert in_some_set(alike, 0, ALL).tolist() == [True, True, False, False, False]
    without = np.array([True, False, True, True, True])
    assert not in_some_set(alike, 0, without).any()


@given(st.integers(0, 2**32), st.integers(2, 9), st.integers(2, 3))
@settings(max_examples=60, deadline=None)
def test_the_best_set_of_all_is_among_those_of_the_windows(seed, batteries, size):
    rng = np.random.default_rng(seed)
    alike = Alike(np.array([size]), np.array([20]), rng.integers(0, 2, batteries),
                  rng.integers(0, 60, batteries))  # fmt: skip
    score = rng.integers(-50, 50, batteries)
    able = rng.random(batteries) < 0.8
    found = list(best_sets(alike, 0, score, able))
    assert all(is_alike(alike, 0, rows.tolist()) and able[rows].all() for _, rows in found)
    assert all(total == score[rows].sum() for total, rows in found)
    crowd = Crowd(
        Values(np.where(able, score, NO)[:, np.newaxis]),
        np.zeros(batteries, np.int64), np.array([size]), np.array([0]),
    )  # fmt: skip
    every = [worth_of(crowd, one) for one in choices_of(crowd.values.cents, alike)]
    assert max((total for total, _ in found), default=None) == max(every, default=None)
