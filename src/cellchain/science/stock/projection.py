r"""Stocks and flows for many choices of growth, lifetime, collection and recovery at once.

Inflow is known for some years; from then on its sum grows at rates that hold from a year on, and is
split to chemistries by shares:

$$ I_{t,i} = w_{t,i} \, I_{K} \prod_{u \le t} (1 + g_u) $$

A column of `Choices` is one choice of everything: the likeliest values, a draw, or one of them with
a single value at its end. All are computed together, an array pass for each age of each chemistry.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cellchain.science.stock.cohorts import stock_and_outflow
from cellchain.science.stock.lifetime import WEIBULL, survival, weibull_scale
from cellchain.science.stock.materials import returned, share_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cellchain.science.portable import Floats

QUANTILES = (0.05, 0.5, 0.95)
INFLOW, STOCK, OUTFLOW = BATTERY_FIGURES = ("inflow_kwh", "stock_kwh", "outflow_kwh")
DEMAND, IN_STOCK, END_OF_LIFE, COLLECTED, SECOND_LIFE, RECOVERED, SHARE = MATERIAL_FIGURES = (
    "demand_kg", "in_stock_kg", "end_of_life_kg", "collected_kg", "second_life_kg",
    "recovered_kg", "share_of_demand",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Projection:
    """What is the same in every choice."""

    known_kwh: Floats
    """Inflow of the first years, at least 0, shape [known, chemistries]."""
    shares: Floats
    """Of each later year, sums of 1, shape [later, chemistries]."""
    growth_from: Sequence[int]
    """The later years, from 0, in which each rate of growth begins; ascending, the first 0."""
    distributions: Sequence[str]
    forms: Sequence[float]
    """Of each chemistry, as `lifetime.survival` takes it."""
    kg_per_kwh: Floats
    """Shape [materials, chemistries]."""
    second_years: int


@dataclass(frozen=True, slots=True, eq=False)
class Choices:
    """What differs, n choices."""

    growth: Floats
    """A year, above −1, shape [rates, n]."""
    mean_years: Floats
    """Of lifetimes, above 0, shape [chemistries, n]."""
    collection: Floats
    """Share, shape [n]."""
    recovery: Floats
    """Share, shape [materials, n]."""
    second: Floats
    """Share, shape [n]."""


@dataclass(frozen=True, slots=True, eq=False)
class Figures:
    """All figures of one chemistry, or of one material, each of shape [years, n]."""

    place: int
    by_name: Mapping[str, Floats]


def batteries_and_materials(one: Projection, choices: Choices) -> Iterator[Figures]:
    """Yield the figures of each chemistry, `BATTERY_FIGURES`, then those of each material.

    Raises:
        Refused: ``stock.no_scipy``.
    """
    total = _later_total(one, choices)
    years, materials = len(one.known_kwh) + len(one.shares), len(one.kg_per_kwh)
    sums = np.zeros((3, materials, years, total.shape[1]))
    for place, (distribution, form) in enumerate(zip(one.distributions, one.forms, strict=True)):
        known = np.repeat(one.known_kwh[:, place, None], total.shape[1], axis=1)
        inflow = np.vstack([known, one.shares[:, place, None] * total])
        mean = choices.mean_years[place]
        size = weibull_scale(mean, form) if distribution == WEIBULL else mean
        stock, outflow = stock_and_outflow(inflow, survival(distribution, years, size, form))
        yield Figures(place, {INFLOW: inflow, STOCK: stock, OUTFLOW: outflow})
        for material, kg in enumerate(one.kg_per_kwh[:, place].tolist()):
            if kg:
                for figure, kwh in enumerate((inflow, stock, outflow)):
                    sums[figure, material] += kg * kwh
    for material in range(materials):
        demand, held, gone = sums[:, material]
        back = returned(
            gone, choices.collection, choices.recovery[material], choices.second, one.second_years
        )
        figures = {DEMAND: demand, IN_STOCK: held, END_OF_LIFE: gone, COLLECTED: back.collected,
                   SECOND_LIFE: back.second_life, RECOVERED: back.recovered}  # fmt: skip
        yield Figures(material, {**figures, SHARE: share_of(back.recovered, demand)})


def _later_total(one: Projection, choices: Choices) -> Floats:
    """Return the inflow of all chemistries in each later year, shape [later, n]."""
    rate = np.searchsorted(one.growth_from, np.arange(len(one.shares)), side="right") - 1
    grown: Floats = np.cumprod(1 + choices.growth[rate], axis=0) * one.known_kwh[-1:].sum()
    return grown


def drawn(ranges: Sequence[tuple[float, float, float]], draws: int, seed: int) -> Floats:
    """Return independent draws from triangular distributions.

    Args:
        ranges: Lowest, likeliest and highest value of each.
        draws: How many, at least 1.
        seed: The same seed gives the same draws, whatever else is drawn after.

    Returns:
        Shape [len(ranges), draws].
    """
    rng = np.random.default_rng(seed)
    return np.array(
        [
            rng.triangular(low, mode, high, draws) if low < high else np.full(draws, mode)
            for low, mode, high in ranges
        ]
    ).reshape(len(ranges), draws)


def one_at_a_time(ranges: Sequence[tuple[float, float, float]]) -> Floats:
    """Return the likeliest values, then those with one value lowest, then with one highest.

    Returns:
        Shape [len(ranges), 1 + 2 len(ranges)].
    """
    low, mode, high = np.array(ranges, float).reshape(-1, 3).T
    found = np.repeat(mode[:, None], 1 + 2 * len(mode), axis=1)
    each = np.arange(len(mode))
    found[each, 1 + each], found[each, 1 + len(mode) + each] = low, high
    return found


def bands(values: Floats) -> Floats:
    """Return the `QUANTILES` of each year, linear between order statistics.

    Args:
        values: Shape [years, draws].

    Returns:
        Shape [quantiles, years]; NaN where a year has a draw without a value.
    """
    ordered = np.sort(values, axis=1)  # a quarter of the time of np.quantile
    place = np.array(QUANTILES) * (values.shape[1] - 1)
    below, above = np.floor(place).astype(int), np.ceil(place).astype(int)
    found = ordered[:, below] + (place - below) * (ordered[:, above] - ordered[:, below])
    found[np.isnan(ordered[:, -1])] = np.nan  # they sort to the end
    return np.asarray(found.T)
