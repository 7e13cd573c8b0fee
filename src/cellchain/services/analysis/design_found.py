"""What the trials of a search say: the front as a table, what binds it, what is out of reach."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cellchain.core.errors import Refused
from cellchain.science.design.figures import FIGURES, binding
from cellchain.science.design.front import feasible, front, least_margin, misses, nearest
from cellchain.services.analysis.picture import COURSES_MAX
from cellchain.services.analysis.shapes import Course, Picture
from cellchain.services.analysis.table import Table, Texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cellchain.science.design.front import Miss, Trial
    from cellchain.science.design.search import Range
    from cellchain.services.analysis.design_spec import Spec

NOTHING, OTHER = "nothing", "others"
_AT_BOUND = 0.01
"""Of its range: so near to an end of it a variable is at that end."""


@dataclass(frozen=True, slots=True)
class Designed:
    """What a search found."""

    table: Table
    trials: int
    failures: dict[str, int]
    """How many trials failed, by reason."""
    feasible: int
    misses: list[Miss]
    """Requirements that no design met, each by itself."""
    bound: dict[str, int]
    """How many designs of the front each requirement binds."""

    def sentences(self) -> Iterator[str]:
        """Say it, to be read."""
        failed = ", ".join(f"{count} × {reason}" for reason, count in self.failures.items())
        yield (
            f"{self.trials} trials: {self.feasible} meet the requirements"
            + (f", {sum(self.failures.values())} failed ({failed})" if failed else "")
        )
        if self.feasible:
            bound = ", ".join(f"{name} in {count}" for name, count in self.bound.items())
            yield f"{self.table.rows} of them none is better than; what binds: {bound}"
            return
        for miss in self.misses:
            yield (
                f"{miss.name} is out of reach: {miss.best:.4g} at best, {miss.limit:g} required,"
                f" {abs(miss.limit - miss.best):.3g} short"
            )
        if not self.misses:
            yield "each requirement is met by some design, and no design meets all of them together"
        yield "the design that misses its worst requirement by least is told"


def told(spec: Spec, trials: Sequence[Trial]) -> Designed:
    """Return what trials say.

    Raises:
        Refused: ``design.nothing_solved``: every trial failed, or there was time for none.
    """
    failures = Counter(_kind(one.reason) for one in trials if not one.figures)
    if len(trials) == failures.total():
        said = "; ".join(f"{count} × {reason}" for reason, count in failures.most_common())
        raise Refused(
            "design.nothing_solved",
            f"none of {len(trials)} trials was solved: {said or 'there was no time'}",
            remedy="widen the ranges",
        )
    met = feasible(trials, spec.requirements)
    best = front(met, spec.best) or [nearest(trials, spec.requirements)]
    ascending = -1.0 if FIGURES[spec.best[0]].more_is_better else 1.0
    best.sort(key=lambda one: ascending * one.figures[spec.best[0]])
    bounds = [
        binding(one.figures, spec.requirements, whole_strings=spec.pack.parallel is None)
        for one in best
    ]
    return Designed(
        table=_table(spec, best, bounds, met=bool(met)),
        trials=len(trials),
        failures=dict(failures.most_common()),
        feasible=len(met),
        misses=misses(trials, spec.requirements),
        bound=dict(Counter(name for names in bounds for name in names).most_common()),
    )


def front_picture(found: Designed, objectives: Sequence[str]) -> Picture:
    """Return the designs by the first two objectives, told apart by what binds them.

    With one objective alone: by it, and by the margin of the requirement that is nearest.
    """
    x_name, y_name = (*objectives, "margin")[:2]
    x, y = (found.table.numbers(name) for name in (x_name, y_name))
    bound = np.array([one or NOTHING for one in found.table.texts("binding").cells()])
    often = [name for name, _ in Counter(bound.tolist()).most_common()]
    if len(often) > COURSES_MAX:
        bound[~np.isin(bound, often[: COURSES_MAX - 1])] = OTHER
        often = [*often[: COURSES_MAX - 1], OTHER]
    courses = tuple(
        Course(
            f"bound by {name}",
            tuple(x[bound == name].tolist()),
            tuple(y[bound == name].tolist()),
            dots=True,
        )
        for name in often
    )
    title = (
        "Designs that none is better than" if found.feasible else "No design meets all: the nearest"
    )
    return Picture(title, x_name, y_name, courses)


def _table(
    spec: Spec, best: Sequence[Trial], bounds: Sequence[tuple[str, ...]], *, met: bool
) -> Table:
    ranges = {name: one for name, one in spec.ranges().items() if one.low < one.high}
    least = [least_margin(one, spec.requirements) for one in best]
    numbers = {name: np.array([one.variables[name] for one in best]) for name in ranges}
    figures = {name: np.array([one.figures[name] for one in best]) for name in best[0].figures}
    reasons = ["; ".join(filter(None, (one.reason, *_ends(one, ranges)))) or None for one in best]
    return Table(
        {
            "design": np.array([float(one.number) for one in best]),
            "feasible": np.full(len(best), float(met)),
            **numbers,
            **figures,
            "binding": Texts.of(map(" & ".join, bounds)),
            "margin": np.array(least),
            "reason": Texts.of(reasons),
        }
    )


def _ends(trial: Trial, ranges: Mapping[str, Range]) -> list[str]:
    """Return which variables a wider range might have moved further."""
    said = []
    for name, one in ranges.items():
        place = (trial.variables[name] - one.low) / (one.high - one.low)
        if not _AT_BOUND < place < 1 - _AT_BOUND:
            said.append(f"{name} at the {'lower' if place < 1 / 2 else 'upper'} end of its range")
    return said


def _kind(reason: str) -> str:
    """Return a reason without its numbers, so that like failures count together."""
    return re.sub(r"-?\d+(\.\d+)?(e[+-]?\d+)?", "…", reason.partition(":")[0])
