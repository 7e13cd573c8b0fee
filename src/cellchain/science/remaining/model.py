"""The life of a cell: what its group and beginning say, corrected by how it has faded so far.

A forest learns from cells whose end is known how far the prior was off, given the pace of fading
beside mates (`matching`), beside a straight line and a power law (`fading`). The correction is
taken by stage of fade, as far as it pays on cells not seen: with little fade there is little to be
learnt, and the prior stands.

Cells that have not come to their end, but are half-way, count as if they ended where the model of
the others says, not before their last cycle (Schmee and Hahn, Technometrics 21 (1979) 417, one
step); they teach the forest of the prior, not the medians of groups nor the correction. Intervals
are conformal by cell and stage in the logarithm of life, for groups that were never seen from
groups held out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from cellchain.core.errors import Refused
from cellchain.science.extra import extra_part
from cellchain.science.intervals.conformal import by_regime, conformal_quantile
from cellchain.science.remaining.choosing import folds, weight
from cellchain.science.remaining.course import BEGINNING, beginnings, check_end, end_cycle
from cellchain.science.remaining.fading import PARTS, faded
from cellchain.science.remaining.matching import matched, mate
from cellchain.science.remaining.prior import Prior, fit_prior
from cellchain.science.steps import Steps, silent

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from cellchain.science.portable import Floats
    from cellchain.science.remaining.course import Course
    from cellchain.science.remaining.matching import Mate
    from cellchain.science.steps import Progress

CELLS_MIN = 5
"""Cells that came to their end, to learn from."""
STAGES = (0.15, 0.3, 0.5, 0.7, 0.85)
"""Of u: where one stage of fade ends and the next begins."""
AGES = np.linspace(0.06, 0.97, 12)
"""Of a life: when a cell is looked at while learning."""
FOLDS = 6
TREES = 150
HALF_WAY = 0.5
OFF_MAX = 1.0
"""A life is at most a factor e from what the prior says, by any mate."""


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """How far lives were off that the model had not seen."""

    off: Floats
    """Absolute difference of logarithms, shape [rows]."""
    cells: NDArray[np.intp]
    stages: NDArray[np.intp]

    def quantile(self, stages: NDArray[np.intp], level: float) -> Floats:
        """Return by what factor (as a logarithm) lives of these stages are held."""
        overall = conformal_quantile(self.off, self.cells, level)
        known = by_regime(self.off, self.cells, self.stages, level)
        by_stage = np.array([known.get(one, overall) for one in range(len(STAGES) + 1)])
        held: Floats = by_stage[stages]
        return held


@dataclass(frozen=True, slots=True, eq=False)
class _Cohort:
    """Cells to learn from."""

    courses: Sequence[Course]
    lives: Floats
    """Cycles to the end, or to where it is guessed; NaN where neither is known; shape [cells]."""
    ended: NDArray[np.bool_]
    """Which came to it."""
    end: float
    seed: int

    def everyone(self) -> NDArray[np.intp]:
        """The number of each cell."""
        return np.arange(len(self.courses))


@dataclass(frozen=True, slots=True, eq=False)
class Learnt:
    """What some cells taught."""

    end: float
    prior: Prior
    mates: Mapping[str, Sequence[Mate]]
    """By group; under no name all of them."""
    forest: Any
    """Corrects the prior."""

    def told(self, course: Course) -> Told:
        """Return what it says of a cell, cycle by cycle."""
        first = beginnings(course)
        said, median = self.prior.said(course.group, first)
        base = said[np.minimum(np.arange(len(course.capacity_ah)), len(first) - 1)]
        mates = self.mates.get(course.group, self.mates[""])
        if course.group not in self.prior.medians:
            base = _base_by_pace(course, mates, base, self.end)
        inputs = _inputs(course, mates, base, median, self.end)
        stages = np.digitize(inputs[:, 0], STAGES)
        return Told(base, self.forest.predict(inputs), stages, median)


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """Of one cell, cycle by cycle, as logarithms of a life."""

    base: Floats
    correction: Floats
    stages: NDArray[np.intp]
    group_median: float


@dataclass(frozen=True, slots=True, eq=False)
class LifeModel:
    """What was learnt, and what it is worth."""

    learnt: Learnt
    weights: Floats
    """Of the correction, by stage."""
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
    ends = [end_cycle(one.capacity_ah, end) for one in courses]
    lives = np.array([np.nan if one is None else float(one) for one in ends])
    _check_count(lives, end)
    cohort = _Cohort(courses, lives, ~np.isnan(lives), end, seed)
    cohort = replace(cohort, lives=_guessed(cohort))
    parts = folds(len(courses), FOLDS, seed)
    groups = dict.fromkeys(one.group for one in courses)
    steps = Steps(progress, len(parts) + len(groups))
    seen = _on_unseen(cohort, steps.through(parts))
    unseen = _on_unseen(cohort, steps.through(_of_group(cohort, group) for group in groups))
    weights = _weights(seen)
    return LifeModel(
        _learnt(cohort, cohort.everyone()),
        weights,
        _scores(seen, weights),
        _scores(unseen, weights) if len(unseen.truth) else None,
        int(cohort.ended.sum()),
    )


def lives(model: LifeModel, course: Course, level: float) -> Lives:
    """Return the life of a cell, cycle by cycle, each from the cycles up to it alone.

    Raises:
        Refused: ``interval.level``.
    """
    told = model.learnt.told(course)
    life = told.base + model.weights[told.stages] * told.correction
    known = course.group in model.learnt.prior.medians
    scores = model.seen if known or model.unseen is None else model.unseen
    width = scores.quantile(told.stages, level)
    naive = float(np.exp(told.group_median))
    return Lives(np.exp(life), np.exp(life - width), np.exp(life + width), naive)


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


def _guessed(cohort: _Cohort) -> Floats:
    """Lives, and where a cell will end that has not, if it is far enough for that to be told."""
    first, lives = _learnt(cohort, cohort.everyone()), cohort.lives.copy()
    for n in np.flatnonzero(~cohort.ended).tolist():
        lives[n] = _if_half_way(first, cohort.courses[n])
    return lives


def _of_group(cohort: _Cohort, group: str) -> NDArray[np.intp]:
    return np.flatnonzero([one.group == group for one in cohort.courses])


def _learnt(cohort: _Cohort, of: NDArray[np.intp]) -> Learnt:
    """Learn from the cells ``of``: the prior from all with a life, the correction from ended."""
    courses, lives, ended, end = cohort.courses, cohort.lives, cohort.ended, cohort.end
    known = of[~np.isnan(lives[of])]
    groups = [courses[n].group for n in known]
    starts = np.array([beginnings(courses[n])[-1] for n in known])
    prior, expected = fit_prior(groups, starts, np.log(lives[known]), ended[known], cohort.seed)
    paces = [mate(courses[n].capacity_ah, end, lives[n]) for n in known]
    rows, targets, weights = [], [], []
    for place in np.flatnonzero(ended[known]):
        course, life = courses[known[place]], lives[known[place]]
        mates = _by_group(groups, paces, without=int(place))
        base = np.full(len(course.capacity_ah), expected[place])
        median = prior.medians[course.group]
        kind = mates.get(course.group, mates[""])
        ages = _ages(life)
        rows.append(_inputs(course, kind, base, median, end)[ages])
        targets.append(np.full(len(ages), np.log(life) - expected[place]))
        weights.append(np.full(len(ages), 1.0 / len(ages)))
    x, y, w = (np.concatenate(one) for one in (rows, targets, weights))
    return Learnt(end, prior, _by_group(groups, paces), _grown(x, y, w, cohort.seed))


def _ages(life: float) -> NDArray[np.intp]:
    """Cycles, counted from 0, at which a cell is looked at."""
    last = max(int(life) - 2, 0)
    return np.unique((AGES * life).astype(np.intp).clip(min(BEGINNING, last), last))


@dataclass(frozen=True, slots=True, eq=False)
class _Judged:
    """What was said of cells that were not learnt from, and what was true."""

    truth: Floats
    """What the correction should have been, shape [rows]."""
    correction: Floats
    cells: NDArray[np.intp]
    stages: NDArray[np.intp]


def _on_unseen(cohort: _Cohort, parts: Iterable[NDArray[np.intp]]) -> _Judged:
    """Leave each part out, learn from the others, and look what that says of the part."""
    rows = []
    for held in parts:
        others = np.setdiff1d(cohort.everyone(), held)
        if cohort.ended[others].sum() < CELLS_MIN:
            continue
        learnt = _learnt(cohort, others)
        for n in held[cohort.ended[held]].tolist():
            told, ages = learnt.told(cohort.courses[n]), _ages(cohort.lives[n])
            truth = np.log(cohort.lives[n]) - told.base[ages]
            rows.append((truth, told.correction[ages], np.full(len(ages), n), told.stages[ages]))
    if not rows:
        none, nowhere = np.empty(0), np.empty(0, dtype=np.intp)
        return _Judged(none, none, nowhere, nowhere)
    truth, correction, cells, stages = (np.concatenate(one) for one in zip(*rows, strict=True))
    return _Judged(truth, correction, cells, stages)


def _weights(judged: _Judged) -> Floats:
    """By stage what pays; never more than in the stage after it, where more is known."""
    chosen = np.zeros(len(STAGES) + 1)
    for stage in range(len(chosen)):
        here = judged.stages == stage
        chosen[stage] = weight(judged.correction[here], judged.truth[here], judged.cells[here])
    return np.minimum.accumulate(chosen[::-1])[::-1]


def _scores(judged: _Judged, weights: Floats) -> Scores:
    off = np.abs(judged.truth - weights[judged.stages] * judged.correction)
    return Scores(off, judged.cells, judged.stages)


def _by_group(
    groups: Sequence[str], paces: Sequence[Mate], *, without: int = -1
) -> Mapping[str, Sequence[Mate]]:
    """Mates by group; under no name all, for a group of which there is none."""
    found: dict[str, list[Mate]] = {"": []}
    for place, (group, pace) in enumerate(zip(groups, paces, strict=True)):
        if place != without:
            found[""].append(pace)
            found.setdefault(group, []).append(pace)
    return found


def _base_by_pace(course: Course, mates: Sequence[Mate], base: Floats, end: float) -> Floats:
    """What the pace says of a cell of a kind that was never seen, once it has faded visibly."""
    fading = faded(course.capacity_ah, end)
    paced = matched(fading.cycles, fading.at[:, 0], mates)
    visible = (fading.at[:, 0] >= STAGES[0]) & ~np.isnan(paced)
    return np.where(visible, paced, base)


def _inputs(
    course: Course, mates: Sequence[Mate], base: Floats, median: float, end: float
) -> Floats:
    """What the forest is given, shape [cycles, 8]: u, then differences of logarithms."""
    fading = faded(course.capacity_ah, end)
    age = np.log(fading.cycles) - base
    by_mates = [
        matched(np.ceil(part * fading.cycles), fading.at[:, n], mates) - base
        for n, part in enumerate(PARTS)
    ]
    columns = [
        fading.at[:, 0],
        age,
        base - median,
        *(fading.shape() + age[:, None]).T,
        *(one.clip(-OFF_MAX, OFF_MAX) for one in by_mates),
    ]
    inputs: Floats = np.nan_to_num(np.column_stack(columns))
    return inputs


def _grown(x: Floats, y: Floats, w: Floats, seed: int) -> Any:
    ensemble = extra_part("sklearn.ensemble", "rul.no_sklearn")
    forest = ensemble.ExtraTreesRegressor(
        n_estimators=TREES, min_samples_leaf=3, max_features=0.5, random_state=seed, n_jobs=1
    )
    return forest.fit(x, y, sample_weight=w)
