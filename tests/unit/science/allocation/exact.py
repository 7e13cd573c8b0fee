"""Allocations by SciPy's integer programs, for small cases: what ours is held against."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from cellchain.science.allocation.values import Values


def by_milp(crowd, alike=None, *, seconds=None):
    """Return value and bound in cents of the best plan; nothing where there is none.

    A column is a choice of one battery and slot, or of a whole set and slot, so that sets are
    exact as well; another column a slot says whether it is used.
    """
    choices = list(choices_of(crowd.values.cents, alike))
    slots = len(crowd.room)
    cells = [(row, column, 1.0) for column, (_, rows) in enumerate(choices) for row in rows]
    batteries = len(crowd.count)
    for column, (slot, rows) in enumerate(choices):
        cells += [
            (batteries + slot, column, len(rows)),
            (batteries + slots + slot, column, len(rows)),
        ]
    for slot in range(slots):
        cells += [
            (batteries + slot, len(choices) + slot, -float(crowd.room[slot])),
            (batteries + slots + slot, len(choices) + slot, -float(crowd.lot[slot])),
        ]
    row, column, factor = np.array(cells).T
    size = (batteries + 2 * slots, len(choices) + slots)
    matrix = coo_array((factor, (row.astype(int), column.astype(int))), shape=size).tocsr()
    free, none = np.full(slots, np.inf), np.zeros(slots)
    found = milp(
        -np.array([worth_of(crowd, one) for one in choices] + [0.0] * slots),
        integrality=np.ones(size[1]),
        bounds=Bounds(0, [_most(crowd, one) for one in choices] + [1.0] * slots),
        constraints=LinearConstraint(
            matrix, np.concatenate([crowd.count, -free, none]),
            np.concatenate([crowd.count, none, free]),
        ),
        options={"mip_rel_gap": 0.0} | ({} if seconds is None else {"time_limit": seconds}),
    )  # fmt: skip
    return None if found.x is None else (round(-found.fun), -found.mip_dual_bound)


def choices_of(cents, alike):
    """Yield slots with a battery, or with a set, that may go there."""
    for slot in range(cents.shape[1]):
        able = np.flatnonzero(cents[:, slot] > Values.BARRED).tolist()
        size = 1 if alike is None else int(alike.size[slot])
        for rows in combinations(able, size):
            if size == 1 or is_alike(alike, slot, list(rows)):
                yield slot, rows


def is_alike(alike, slot, rows):
    """Return whether batteries are a set that a slot takes."""
    whole = len(rows) == alike.size[slot] and len(set(alike.kind[rows].tolist())) == 1
    return whole and np.ptp(alike.health[rows]) <= alike.spread[slot]


def worth_of(crowd, choice):
    """Return what a choice is worth."""
    slot, rows = choice
    return float(sum(crowd.values.cents[row, slot] for row in rows))


def _most(crowd, choice):
    return float(min(crowd.count[row] for row in choice[1]))
