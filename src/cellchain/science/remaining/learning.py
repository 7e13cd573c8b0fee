"""What cells teach: a prior, its correction, and the population that they come from.

A forest learns from cells whose end is known how far the prior was off, given the pace of fading
beside mates (`matching`), beside a straight line and a power law (`fading`). Cells that still run
teach the population; where it is guessed when they end, also the prior.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cellchain.science.extra import extra_part
from cellchain.science.remaining.course import BEGINNING, beginnings
from cellchain.science.remaining.evidence import evidence
from cellchain.science.remaining.fading import PARTS, faded
from cellchain.science.remaining.matching import matched, mate
from cellchain.science.remaining.population import fit_population
from cellchain.science.remaining.prior import fit_prior
from cellchain.science.remaining.weighing import STAGES, Told

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from cellchain.science.portable import Floats
    from cellchain.science.remaining.course import Course
    from cellchain.science.remaining.matching import Mate
    from cellchain.science.remaining.population import Population, Watched
    from cellchain.science.remaining.prior import Prior

AGES = np.linspace(0.06, 0.97, 12)
"""Of a life: when a cell is looked at while learning."""
TREES = 150
OFF_MAX = 1.0
"""A life is at most a factor e from what the prior says, by any mate."""


@dataclass(frozen=True, slots=True, eq=False)
class Cohort:
    """Cells to learn from."""

    courses: Sequence[Course]
    lives: Floats
    """Cycles to the end, or to where it is guessed; NaN where neither is known; shape [cells]."""
    ended: NDArray[np.bool_]
    """Which came to it."""
    watched: Sequence[Watched]
    """What was seen of each."""
    end: float
    seed: int

    def everyone(self) -> NDArray[np.intp]:
        """Return the number of each cell."""
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
    population: Population
    """Of cells that ended or still run."""

    def told(self, course: Course) -> Told:
        """Return what it says of a cell, cycle by cycle."""
        first = beginnings(course)
        said, median = self.prior.said(course.group, first)
        base = said[np.minimum(np.arange(len(course.capacity_ah)), len(first) - 1)]
        mates = self.mates.get(course.group, self.mates[""])
        seen = evidence(course.capacity_ah, self.end)
        survivors = self.population.survivors(course.group, base, seen)
        if course.group not in self.prior.medians:
            base = _base_by_pace(course, mates, base, self.end)
        inputs = _inputs(course, mates, base, median, self.end)
        stages = np.digitize(inputs[:, 0], STAGES)
        return Told(base, self.forest.predict(inputs), survivors, stages)


def learnt(cohort: Cohort, of: NDArray[np.intp]) -> Learnt:
    """Return what the cells ``of`` teach.

    The prior learns from all with a life, the correction from those that ended, the population
    from all.
    """
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
        looked = ages_of(life)
        rows.append(_inputs(course, kind, base, median, end)[looked])
        targets.append(np.full(len(looked), np.log(life) - expected[place]))
        weights.append(np.full(len(looked), 1.0 / len(looked)))
    x, y, w = (np.concatenate(one) for one in (rows, targets, weights))
    forest = _grown(x, y, w, cohort.seed)
    bases = np.full(len(courses), np.nan)
    bases[known] = expected
    population = _population(cohort, of, prior, bases)
    return Learnt(end, prior, _by_group(groups, paces), forest, population)


def _population(cohort: Cohort, of: NDArray[np.intp], prior: Prior, bases: Floats) -> Population:
    """Learn from the cells ``of``; ``bases`` is changed to what the prior expects of the others."""
    unknown = of[np.isnan(bases[of])].tolist()
    for group in {cohort.courses[n].group for n in unknown}:
        cells = [n for n in unknown if cohort.courses[n].group == group]
        starts = np.array([beginnings(cohort.courses[n])[-1] for n in cells])
        bases[cells], _ = prior.said(group, starts)
    return fit_population([cohort.watched[n] for n in of], bases[of])


def ages_of(life: float) -> NDArray[np.intp]:
    """Return the cycles, counted from 0, at which a cell is looked at."""
    last = max(int(life) - 2, 0)
    return np.unique((AGES * life).astype(np.intp).clip(min(BEGINNING, last), last))


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
