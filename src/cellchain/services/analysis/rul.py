"""How many cycles remain until a cell's end: a row for each row, from that row and those before.

In: ``grp``, ``cell``, ``n``; ``capacity`` in ampere hours so far; perhaps the charge features of
`cycles`. To learn from: the same of cells that came to their end and of cells that still run. Out:
the keys; ``estimate``, ``lo``, ``hi``: rows that remain until the centred median of seven
capacities falls below the end, of the median of the first ten.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cellchain.core.errors import Refused
from cellchain.science.capacity.rows import FEATURES
from cellchain.science.remaining.course import BEGINNING, CENTRED, Course, end_cycle
from cellchain.science.remaining.model import LifeModel, fit, lives
from cellchain.science.steps import silent
from cellchain.services.analysis.cycles import CAPACITY, KEYS, Cycles, cycles_of
from cellchain.services.analysis.estimates import Estimates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cellchain.science.steps import Progress
    from cellchain.services.analysis.table import Floats, Table

COLUMNS = (*KEYS, CAPACITY, *FEATURES)
END = 0.85
OUTLIVED = "it has outlived every life expected of it: as long again is the interval"
"""Of the start: where a life ends unless somebody says otherwise."""
KNOWN_AFTER = CENTRED // 2
"""Cycles after the end at which it is known: the median is centred."""


@dataclass(frozen=True, slots=True, eq=False)
class RulModel:
    """What was learnt, and from which features."""

    life: LifeModel
    features: tuple[str, ...]


def learnt(training: Table, *, end: float = END, progress: Progress = silent) -> RulModel:
    """Return what a table of cells teaches; ``progress`` is told how many steps are done.

    Raises:
        Refused: ``rul.…``, ``cycles.…``, ``table.…``.
    """
    cycles = cycles_of(training)
    features = cycles.known_features()
    return RulModel(fit(courses(cycles, features), end=end, progress=progress), features)


def estimated(table: Table, model: RulModel, *, level: float = 0.9) -> Table:
    """Return how many rows remain at each row.

    Args:
        table: Of any cells.
        model: What another table taught.
        level: How often an interval shall hold the truth.

    Raises:
        Refused: ``rul.…``, ``cycles.…``, ``table.…``, ``interval.level``.
    """
    cycles = cycles_of(table)
    missing = [name for name in model.features if name not in table.columns]
    if missing:
        raise Refused(
            "rul.features",
            f"the training file has {missing[0]!r}, this one has not",
            remedy="give both the same features, or drop it from the training file",
        )
    found = np.full((3, table.rows), np.nan)
    reasons = [""] * table.rows
    infinite = cycles.beyond_measure(model.features)
    for rows, course in zip(cycles.rows, courses(cycles, model.features), strict=True):
        left_out = np.cumsum(infinite[rows] * (np.arange(len(rows)) < BEGINNING))
        found[:, rows], told = _of_one(model.life, course, level, left_out)
        for row, reason in zip(rows.tolist(), told, strict=True):
            reasons[row] = reason
    name = f"rul.trained/2 on {model.life.cells} cells to {model.life.learnt.end:g}"
    estimate, lower, upper = found
    models = [name] * table.rows
    return Estimates(estimate, lower, upper, level, models, reasons).beside(cycles.keys())


def continued(before: Table, table: Table, model: RulModel, *, level: float = 0.9) -> Table:
    """Return how many rows remain at each row of ``table``, which goes on where ``before`` ended.

    Args:
        before: Rows of earlier runs; of any cells, perhaps none.
        table: As for `estimated`.
        model: Likewise.
        level: Likewise.
    """
    answer = estimated(before.above(table), model, level=level)
    return answer.taken(np.arange(before.rows, answer.rows))


def courses(cycles: Cycles, features: Sequence[str]) -> list[Course]:
    """Return what was measured of each cell."""
    capacity, others = cycles.capacity_ah(), cycles.features(features)
    return [
        Course(group, capacity[rows], others[rows])
        for (group, _), rows in zip(cycles.cells, cycles.rows, strict=True)
    ]


def _of_one(
    model: LifeModel, course: Course, level: float, left_out: NDArray[np.intp]
) -> tuple[Floats, list[str]]:
    """What remains of one cell, shape [3, cycles]; and why."""
    count = len(course.capacity_ah)
    said = lives(model, course, level)
    so_far = np.arange(1.0, count + 1.0)
    left = np.array([said.cycles, said.lower, said.upper]) - so_far
    capacities = np.cumsum(~np.isnan(course.capacity_ah))
    reasons = [
        _reason(model, course, known, infinite)
        for known, infinite in zip(capacities.tolist(), left_out.tolist(), strict=True)
    ]
    for row in np.flatnonzero((left[2] <= 0.0) & (capacities > 0)).tolist():
        left[2, row] = so_far[row]
        reasons[row] = "; ".join(filter(None, (reasons[row], OUTLIVED)))
    left[:, capacities == 0] = np.nan
    known, ended = _known_end(course, model.learnt.end)
    left[:, known:] = 0.0
    reasons[known:] = [f"came to its end at its row {ended}"] * (count - known)
    return np.maximum(left, 0.0), reasons


def _known_end(course: Course, end: float) -> tuple[int, int]:
    """From which place, counted from 0, the end is known, and the row, from 1, at which it was.

    Neither the capacities around that row nor the first ten are moved by what comes later.
    """
    ended = end_cycle(course.capacity_ah, end)
    known = len(course.capacity_ah) if ended is None else ended - 1 + KNOWN_AFTER
    return min(max(known, BEGINNING - 1), len(course.capacity_ah)), ended or 0


def _reason(model: LifeModel, course: Course, capacities: int, infinite: int) -> str:
    if capacities == 0:
        return "no capacity is known yet: its start is what fade is measured from"
    parts = []
    if capacities < BEGINNING:
        parts.append(f"{capacities} capacities so far; {BEGINNING} say what it was at the start")
    if infinite:
        parts.append(f"{infinite} infinite or huge features of its first rows are left out")
    if course.group not in model.learnt.prior.medians:
        parts.append(f"no cell of {course.group!a} came to its end in training: all stand in")
    return "; ".join(parts)
