"""Lifetimes of chemistries in a table, each by what its distribution takes.

A weibull takes ``shape`` and one of ``scale_years`` and ``mean_years``; lognormal and normal take
``mean_years`` and ``deviation_years``, of the lifetime itself; fixed takes ``mean_years``.
"""

from __future__ import annotations

from math import isfinite, isnan
from typing import TYPE_CHECKING

import numpy as np

from cellchain.core.errors import Refused
from cellchain.science.stock.lifetime import (
    DISTRIBUTIONS,
    FIXED,
    LOGNORMAL,
    NORMAL,
    WEIBULL,
    survival,
    weibull_scale,
)
from cellchain.services.analysis.table import shown
from cellchain.services.plan.rows import check_once, lacking, names_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cellchain.services.analysis.table import Floats, Table

CHEMISTRY, DISTRIBUTION = "chemistry", "distribution"
SHAPE, SCALE, MEAN, DEVIATION = NUMBERS = (
    "shape", "scale_years", "mean_years", "deviation_years",
)  # fmt: skip
LIFETIME_TEXTS = (CHEMISTRY, DISTRIBUTION)
TAKES = {
    WEIBULL: ((SHAPE, SCALE), (SHAPE, MEAN)),
    LOGNORMAL: ((MEAN, DEVIATION),),
    NORMAL: ((MEAN, DEVIATION),),
    FIXED: ((MEAN,),),
}
"""Distribution → the numbers that describe it, in one way or another."""
LIMITS = {
    SHAPE: (0.2, 100.0),
    SCALE: (0.01, 1000.0),
    MEAN: (0.01, 1000.0),
    DEVIATION: (0.001, 1000.0),
}
NORMAL_SPREAD_MAX = 1 / 3
"""Of the mean: wider ones hold lifetimes below zero, more than one in a thousand."""


def size_and_form(
    distribution: str, numbers: Mapping[str, float], whose: str
) -> tuple[float, float]:
    """Return how a lifetime is told to `science.stock.lifetime.survival`.

    Args:
        distribution: One of `DISTRIBUTIONS`.
        numbers: By the names in `NUMBERS`, without those that are not given.
        whose: Chemistry, for errors.

    Raises:
        Refused: ``stock.distribution``; ``stock.lifetime``: what clashes.
    """
    if distribution not in TAKES:
        raise Refused(
            "stock.distribution",
            f"{shown(whose)} has the distribution {shown(distribution)!a}",
            remedy=f"name one of {', '.join(DISTRIBUTIONS)}",
        )
    ways = TAKES[distribution]
    if tuple(numbers) not in ways:
        raise Refused(
            "stock.lifetime",
            f"{shown(whose)}, {distribution}, is given {', '.join(numbers) or 'no number'}",
            remedy=f"give {', or '.join(' and '.join(way) for way in ways)}, and nothing else",
        )
    for name, value in numbers.items():
        low, high = LIMITS[name]
        if not (isfinite(value) and low <= value <= high):
            told = f"{shown(whose)} has {name} = {value:g}"
            raise Refused("stock.lifetime", told, remedy=f"give {low:g} to {high:g}")
    mean, form = numbers.get(MEAN, 0.0), numbers.get(SHAPE, numbers.get(DEVIATION, 1.0))
    if distribution == NORMAL and form > NORMAL_SPREAD_MAX * mean:
        raise Refused(
            "stock.lifetime",
            f"{shown(whose)}: a normal lifetime of {mean:g} ± {form:g} years may be below zero",
            remedy="take weibull or lognormal, or a deviation of at most a third of the mean",
        )
    if distribution != WEIBULL:
        return mean, form
    return (numbers[SCALE] if SCALE in numbers else float(weibull_scale(mean, form))), form


def survivals(table: Table, chemistries: Sequence[str], years: int) -> Floats:
    """Return the share of a cohort of each chemistry in use at the end of each year.

    Returns:
        Shape [years, chemistries].

    Raises:
        Refused: ``table.…``, ``stock.…``: what clashes.
    """
    codes, names = names_of(table, CHEMISTRY)
    check_once(codes.astype(np.int64), (CHEMISTRY,), table)
    if unknown := lacking(chemistries, names):
        told = f"nothing is said of the lifetime of {unknown}"
        raise Refused("stock.no_lifetime", told, remedy="add a row with its distribution")
    distributions = table.texts(DISTRIBUTION).cells()
    given = {one: table.numbers(one).tolist() for one in NUMBERS if one in table.names}
    row_of = {names[code]: row for row, code in enumerate(codes.tolist())}
    kinds: dict[str, list[int]] = {}
    described = []
    for place, name in enumerate(chemistries):
        row = row_of[name]
        numbers = {one: cells[row] for one, cells in given.items() if not isnan(cells[row])}
        distribution = distributions[row] or ""
        described.append(size_and_form(distribution, numbers, name))
        kinds.setdefault(distribution, []).append(place)
    found = np.empty((years, len(chemistries)))
    size, form = np.array(described).reshape(-1, 2).T
    for kind, places in kinds.items():
        found[:, places] = survival(kind, years, size[places], form[places])
    return found
