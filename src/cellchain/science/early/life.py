r"""The model of a life: a committee of Gaussian processes on few features each, and its interval.

The members answer with the logarithm of the life; their mean is the estimate. With the mean of
their deviations d, jackknife+ runs on the scores |log y − log ŷ| / d of cells left out, so the
interval is a factor up and down, wider where less is known.

Sources: Severson et al. (2019), see `features`; Barber et al. (2021), see `intervals.jackknife`.
Domain: cells, protocols and voltage windows like those of the training file; the features of
another cell are compared with the training range, feature by feature.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cellchain.core.errors import Refused
from cellchain.science.early.features import NAMES
from cellchain.science.early.gaussian import Kernel, Process, fitted_kernel, process
from cellchain.science.intervals.jackknife import jackknife_plus
from cellchain.science.portable import Floats  # noqa: TC001  # read from files by its type

if TYPE_CHECKING:
    from collections.abc import Callable

COMMITTEE = (
    ("log_variance", "log_minimum", "start_ah", "rise_ah"),
    ("log_quartiles", "log_minimum", "start_ah", "rise_ah"),
    ("log_variance", "log_mean", "start_ah", "rise_ah"),
    ("log_variance", "log_minimum", "slope_ah", "start_ah", "rise_ah"),
    ("log_variance", "log_minimum", "slope_ah", "intercept_ah", "start_ah", "rise_ah"),
)
"""The features of each member."""
CELLS_MIN = 10
BEYOND_MAX = 0.1
"""How far beyond the training range, in ranges, a feature may lie and still be in domain."""
WIDENING = 2.0
"""Of an interval out of domain, for each range that the cell lies beyond; twice at least."""
_PLACES = [[NAMES.index(name) for name in one] for one in COMMITTEE]


@dataclass(frozen=True, slots=True, eq=False)
class LifeModel:
    """What estimates a life: the cells that were learnt, and kernels."""

    features: Floats
    """Of the cells, in the order of `NAMES`, shape [cells, features]."""
    log_life: Floats
    """Shape [cells]."""
    kernels: tuple[tuple[Kernel, ...], ...]
    """Of each member: with all cells, then without the first, the second, …"""
    scores: Floats
    """Of each cell by the committee without it, shape [cells]."""


@dataclass(frozen=True, slots=True, eq=False)
class Lives:
    """Of each cell: life in cycles, its interval, and how far out of domain it is."""

    life: Floats
    lower: Floats
    upper: Floats
    beyond: Floats
    """Of its farthest feature from the training range, in ranges; above `BEYOND_MAX`: out."""
    farthest: tuple[str, ...]
    """The name of that feature."""


def fitted_life(
    features: Floats, life: Floats, *, progress: Callable[[int], None] = lambda _: None
) -> LifeModel:
    """Return the model of cells whose life is known.

    Args:
        features: In the order of `NAMES`, shape [cells, features]; no NaN.
        life: Cycles, above 0, shape [cells].
        progress: Told how many cells have been left out.

    Raises:
        Refused: ``life.few_cells``; ``life.constant``: all live equally long;
            ``life.no_sklearn``.
    """
    _check(life)
    log_life = np.log(life)
    rows = [_committee_kernels(features, log_life)]
    scores = np.empty(len(life))
    for cell in range(len(life)):
        kept = np.arange(len(life)) != cell
        kernels = _committee_kernels(features[kept], log_life[kept])
        said, deviation = _said(_committee(kernels, features[kept], log_life[kept]), features[cell])
        scores[cell] = abs(log_life[cell] - said) / deviation
        rows.append(kernels)
        progress(cell + 1)
    return LifeModel(features, log_life, tuple(zip(*rows, strict=True)), scores)


def estimated_life(model: LifeModel, features: Floats, level: float) -> Lives:
    """Return the life of each cell, by itself.

    Args:
        model: From `fitted_life`.
        features: Shape [cells, features]; no NaN.
        level: Of the interval. Infinite where the cells of the model are too few for it.

    Raises:
        Refused: ``interval.level``.
    """
    committees = _committees(model)
    cells = np.arange(len(model.scores), dtype=np.intp)
    middle, lower, upper = np.empty((3, len(features)))
    for place, one in enumerate(features):
        middle[place], deviation = _said(committees[0], one)
        without = np.array([[_said(members, one)[0]] for members in committees[1:]])
        low, high = jackknife_plus(without, model.scores * deviation, cells, level)
        lower[place], upper[place] = low[0], high[0]
    beyond, farthest = _beyond(model.features, features)
    wider = np.where(beyond > BEYOND_MAX, 2.0 + WIDENING * beyond, 1.0)
    with np.errstate(over="ignore"):  # so far out of domain that it may be infinite
        return Lives(
            np.exp(middle),
            np.exp(middle + wider * (lower - middle)),
            np.exp(middle + wider * (upper - middle)),
            beyond,
            farthest,
        )


def _check(life: Floats) -> None:
    if len(life) < CELLS_MIN:
        raise Refused(
            "life.few_cells",
            f"{len(life)} cells to learn from",
            remedy=f"give {CELLS_MIN} cells or more whose life is known",
        )
    if life.min() == life.max():
        raise Refused(
            "life.constant", f"every cell lived {life[0]:g} cycles", remedy="give cells that differ"
        )


def _committee_kernels(features: Floats, log_life: Floats) -> tuple[Kernel, ...]:
    return tuple(fitted_kernel(features[:, places], log_life) for places in _PLACES)


def _committee(kernels: tuple[Kernel, ...], features: Floats, log_life: Floats) -> list[Process]:
    members = zip(kernels, _PLACES, strict=True)
    return [process(kernel, features[:, places], log_life) for kernel, places in members]


def _committees(model: LifeModel) -> list[list[Process]]:
    """Return the committee of all cells, then those without each."""
    rows = list(zip(*model.kernels, strict=True))
    result = [_committee(rows[0], model.features, model.log_life)]
    for cell, kernels in enumerate(rows[1:]):
        kept = np.arange(len(model.log_life)) != cell
        result.append(_committee(kernels, model.features[kept], model.log_life[kept]))
    return result


def _said(members: list[Process], features: Floats) -> tuple[float, float]:
    answers = [member.at(features[places]) for member, places in zip(members, _PLACES, strict=True)]
    means, deviations = zip(*answers, strict=True)
    return sum(means) / len(means), sum(deviations) / len(deviations)


def _beyond(known: Floats, features: Floats) -> tuple[Floats, tuple[str, ...]]:
    low, high = known.min(axis=0), known.max(axis=0)
    span = np.where(high > low, high - low, 1.0)
    apart = np.maximum(np.maximum(low - features, features - high), 0.0) / span
    farthest = apart.argmax(axis=1)
    return apart.max(axis=1), tuple(NAMES[place] for place in farthest)
