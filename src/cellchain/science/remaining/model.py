"""The life of a cell: what its group, its beginning, its fade and its population say.

The prior says most before a cell has faded. It is corrected by stage of fade, as far as it pays on
cells not seen; and where it pays, the life is told that those of the population have who live as
long and fade as the cell does (`population`): of cells that ended and of cells that still run, so
that it is not too short where most still do.

Cells that have not come to their end, but are half-way, count for the forest of the prior as if
they ended where the model of the others says, not before their last cycle (Schmee and Hahn,
Technometrics 21 (1979) 417, one step); they teach neither the medians of groups nor the
correction. Intervals are conformal by cell and stage in the logarithm of life, for groups that
were never seen from groups held out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from cellchain.core.errors import Refused
from cellchain.science.remaining.choosing import folds
from cellchain.science.remaining.course import check_end, end_cycle
from cellchain.science.remaining.learning import Cohort, ages_of, learnt
from cellchain.science.remaining.population import life_grid, watched
from cellchain.science.remaining.weighing import STAGES, judged_cells, scores, weights
from cellchain.science.steps import Steps, silent

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from cellchain.science.portable import Floats
    from cellchain.science.remaining.course import Course
    from cellchain.science.remaining.learning import Learnt
    from cellchain.science.remaining.weighing import Judged, Scores, Weights
    from cellchain.science.steps import Progress

CELLS_MIN = 5
"""Cells that came to their end, to learn from."""
FOLDS = 6
HALF_WAY = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class LifeModel:
    """What was learnt, and what it is worth."""

    learnt: Learnt
    weights: Weights
    seen: Scores
    """Of cells of groups that were learnt from."""
    unseen: Scores | None
    """Of groups held out; none where there is but one."""
    cells: int
    """That came to their end."""


@dataclass(frozen=True, slots=True, eq=False)
class Lives:
    """What the model says of one cell, cycle by cycle."""

    cycles: Floats
    lower: Floats
    upper: Floats
    """Infinite where too few cells were learnt from to promise anything."""
    group_median: float
    """What the group alone says: the naive answer."""


def fit(
    courses: Sequence[Course], *, end: float, seed: int = 0, progress: Progress = silent
) -> LifeModel:
    """Learn from cells, some of which came to their end.

    Args:
        courses: All with the same features.
        end: Of the start, above 0, below 1.
        seed: Of forests and folds.
        progress: Told how many steps of how many are done.

    Raises:
        Refused: ``rul.end``; ``rul.few_cells``: fewer than five came to their end;
            ``rul.no_sklearn``.
    """
    check_end(end)
    cohort = _cohort(courses, end, seed)
    cohort = replace(cohort, lives=_guessed(cohort))
    parts = folds(len(courses), FOLDS, seed)
    groups = dict.fromkeys(one.group for one in courses)
    steps = Steps(progress, len(parts) + len(groups))
    seen = _on_unseen(cohort, steps.through(parts))
    unseen = _on_unseen(cohort, steps.through(_of_group(cohort, group) for group in groups))
    taken = weights(seen)
    return LifeModel(
        learnt(cohort, cohort.everyone()),
        taken,
        scores(seen, taken),
        scores(unseen, taken) if unseen.ended.any() else None,
        int(cohort.ended.sum()),
    )


def lives(model: LifeModel, course: Course, level: float) -> Lives:
    """Return the life of a cell, cycle by cycle, each from the cycles up to it alone.

    Raises:
        Refused: ``interval.level``.
    """
    told = model.learnt.told(course)
    life = told.life(model.weights)
    known = course.group in model.learnt.prior.medians
    held_by = model.seen if known or model.unseen is None else model.unseen
    width = held_by.quantile(told.stages, level)
    naive = float(np.exp(model.learnt.prior.median(course.group)))
    return Lives(np.exp(life), np.exp(life - width), np.exp(life + width), naive)


def _cohort(courses: Sequence[Course], end: float, seed: int) -> Cohort:
    ends = [end_cycle(one.capacity_ah, end) for one in courses]
    lives = np.array([np.nan if one is None else float(one) for one in ends])
    _check_count(lives, end)
    grid = life_grid(max(len(one.capacity_ah) for one in courses))
    seen = [
        watched(one.group, one.capacity_ah, life, end, grid)
        for one, life in zip(courses, lives.tolist(), strict=True)
    ]
    return Cohort(courses, lives, ~np.isnan(lives), seen, end, seed)


def _check_count(lives: Floats, end: float) -> None:
    count = int(np.count_nonzero(~np.isnan(lives)))
    if count < CELLS_MIN:
        raise Refused(
            "rul.few_cells",
            f"{count} of {len(lives)} cells fell below {end} of their start",
            remedy=f"train on {CELLS_MIN} that did, or more; or name a higher --end",
        )


def _if_half_way(learnt: Learnt, course: Course) -> float:
    """Where a cell will end that has not, if it is far enough for that to be told."""
    told = learnt.told(course)
    if told.stages[-1] < np.digitize(HALF_WAY, STAGES):
        return float("nan")
    life = np.exp(told.base[-1] + told.correction[-1])
    return float(max(life, len(course.capacity_ah) + 1.0))


def _guessed(cohort: Cohort) -> Floats:
    """Lives, and where a cell will end that has not, if it is far enough for that to be told."""
    first, lives = learnt(cohort, cohort.everyone()), cohort.lives.copy()
    for n in np.flatnonzero(~cohort.ended).tolist():
        lives[n] = _if_half_way(first, cohort.courses[n])
    return lives


def _of_group(cohort: Cohort, group: str) -> NDArray[np.intp]:
    return np.flatnonzero([one.group == group for one in cohort.courses])


def _on_unseen(cohort: Cohort, parts: Iterable[NDArray[np.intp]]) -> Judged:
    """Leave each part out, learn from the others, and look what that says of the part."""
    said = []
    for held in parts:
        others = np.setdiff1d(cohort.everyone(), held)
        if cohort.ended[others].sum() < CELLS_MIN:
            continue
        taught = learnt(cohort, others)
        for n in held.tolist():
            course, ended = cohort.courses[n], bool(cohort.ended[n])
            life = cohort.lives[n] if ended else float(len(course.capacity_ah))
            said.append((taught.told(course).at(ages_of(life)), float(np.log(life)), n, ended))
    return judged_cells(said)
