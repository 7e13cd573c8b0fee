"""What a firm's months may bring: drawn from its own past, month by month, together.

Each quantity follows a level that is smoothed exponentially, with its own seasons; what it was off
by, one month ahead, is the stock that futures are drawn from, a month's misses of all quantities
together, so that a bad month for revenue is a bad one for profit as far as it was. Quantiles of
draws are quantiles of the firm's own misses, carried forward.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

YEAR = 12
GAINS = np.linspace(0.02, 0.98, 25)
SHRINK = 0.3
"""How many years of nothing special a season is weighed against: an assumption."""
WIDER = 1.12
"""What a fit does not know of its error: chosen on simulated firms that no figure is told of."""
GROWTH_SPREAD = 0.10
"""How far the growth of a year is believed to differ from none, logarithm: an assumption."""


@dataclass(frozen=True, slots=True)
class Series:
    """A quantity of the past.

    Attributes:
        values: By month, in which it adds up: logarithms or shares.
        seasonal: Whether months of the year differ.
        trending: Whether it grows.
    """

    values: Floats
    seasonal: bool
    trending: bool


@dataclass(frozen=True, slots=True)
class _Fit:
    season: Floats
    level: float
    gain: float
    growth: float
    growth_spread: float
    misses: Floats


def drawn(
    series: Sequence[Series], first_month: int, horizon: int, draws: int, seed: Sequence[int]
) -> list[Floats]:
    """Return futures of some quantities, each of shape (draws, horizon).

    Args:
        series: Of the same months, at least 24.
        first_month: Of the past, 0 for January.
        horizon: Months to come.
        draws: How many futures.
        seed: The same one gives the same draws.
    """
    rng = np.random.default_rng(seed)
    fits = [_fitted(one, first_month) for one in series]
    months = len(series[0].values)
    misses = np.stack([one.misses for one in fits], axis=1)
    picked = rng.integers(len(misses), size=(draws, horizon))
    found = []
    for place, fit in enumerate(fits):
        shock = misses[picked, place]
        growth = fit.growth + fit.growth_spread * rng.standard_normal(draws)
        steps = growth[:, None] / YEAR * np.arange(1, horizon + 1)
        carried = np.cumsum(shock, axis=1) - shock
        season = fit.season[(first_month + months + np.arange(horizon)) % YEAR]
        found.append(fit.level + steps + fit.gain * carried + shock + season)
    return found


def _fitted(one: Series, first_month: int) -> _Fit:
    values = one.values
    place = (first_month + np.arange(len(values))) % YEAR
    season = _season(values, place) if one.seasonal else np.zeros(YEAR)
    plain = values - season[place]
    growth, spread = _growth(plain) if one.trending else (0.0, 0.0)
    tilted = plain - growth / YEAR * np.arange(len(plain))
    errors = [_misses(tilted, gain) for gain in GAINS]
    best = int(np.argmin([float(np.mean(miss**2)) for miss, _ in errors]))
    misses, level = errors[best]
    lost = YEAR * one.seasonal + one.trending + 1
    wider = np.sqrt(len(values) / max(len(values) - lost, len(values) / 3))
    return _Fit(
        season,
        level + growth / YEAR * (len(plain) - 1),
        float(GAINS[best]),
        growth,
        spread,
        (misses - misses.mean()) * wider * WIDER,
    )


def _season(values: Floats, place: NDArray[np.intp]) -> Floats:
    """Return how months differ from the straight line through all, shrunk where years are few."""
    months = np.arange(len(values))
    line = np.polyval(np.polyfit(months, values, 1), months)
    off = values - line
    mean = np.array([off[place == month].mean() for month in range(YEAR)])
    count = np.array([(place == month).sum() for month in range(YEAR)])
    found = mean * count / (count + SHRINK)
    return np.asarray(found - found.mean(), np.float64)


def _growth(plain: Floats) -> tuple[float, float]:
    """Return the growth of a year and its spread: what was seen, weighed against none."""
    steps = np.diff(plain)
    years = len(steps) / YEAR
    seen = float((plain[-3:].mean() - plain[:3].mean()) / max(years - 0.25, 0.5))
    noise = float(np.var(steps) * YEAR / years) / 4
    weight = GROWTH_SPREAD**2 / (GROWTH_SPREAD**2 + noise)
    return weight * seen, float(np.sqrt(weight * noise))


def _misses(values: Floats, gain: float) -> tuple[Floats, float]:
    level, found = float(values[:3].mean()), np.empty(len(values))
    for place, value in enumerate(values.tolist()):
        found[place] = value - level
        level += gain * found[place]
    return found, level
