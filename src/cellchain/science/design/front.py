"""Which designs meet the requirements, which of them none is better than, what is out of reach."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cellchain.science.design.figures import FIGURES, margins

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Trial:
    """A design that was tried."""

    number: int
    variables: Mapping[str, float]
    figures: Mapping[str, float]
    """Empty: it failed."""
    reason: str = ""
    """Why it failed, or what is doubtful of it."""


@dataclass(frozen=True, slots=True)
class Miss:
    """A requirement that no design met."""

    name: str
    limit: float
    best: float
    shortfall: float
    """As a fraction of the limit."""


def feasible(trials: Sequence[Trial], requirements: Mapping[str, float]) -> list[Trial]:
    """Return the designs that meet every requirement."""
    return [one for one in trials if one.figures and least_margin(one, requirements) >= 0]


def least_margin(trial: Trial, requirements: Mapping[str, float]) -> float:
    """Return the margin of the requirement that is nearest to being missed, or missed most."""
    return min(margins(trial.figures, requirements).values())


def front(trials: Sequence[Trial], objectives: Sequence[str]) -> list[Trial]:
    """Return the designs than which none is better in one objective and no worse in the others."""
    seen: dict[tuple[float, ...], Trial] = {}
    for one in trials:
        seen.setdefault(_costs(one, objectives), one)
    return [
        one
        for costs, one in seen.items()
        if not any(other != costs and _no_worse(other, costs) for other in seen)
    ]


def misses(trials: Sequence[Trial], requirements: Mapping[str, float]) -> list[Miss]:
    """Return the requirements that no solved design meets, each by itself, the worst first."""
    found = []
    for name, limit in requirements.items():
        figure = FIGURES[name]
        values = [one.figures[name] for one in trials if one.figures]
        best = max(values) if figure.more_is_better else min(values)
        if (margin := figure.margin(best, limit)) < 0:
            found.append(Miss(name, limit, best, -margin))
    return sorted(found, key=lambda miss: -miss.shortfall)


def nearest(trials: Sequence[Trial], requirements: Mapping[str, float]) -> Trial:
    """Return the solved design that misses its worst requirement by least."""
    return max(
        (one for one in trials if one.figures), key=lambda one: least_margin(one, requirements)
    )


def _costs(trial: Trial, objectives: Sequence[str]) -> tuple[float, ...]:
    """Return the objectives, less is better."""
    return tuple(
        -trial.figures[name] if FIGURES[name].more_is_better else trial.figures[name]
        for name in objectives
    )


def _no_worse(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return all(a <= b for a, b in zip(one, other, strict=True))
