"""What a firm's months may bring: drawn from its own past, month by month, together.

Revenue follows a level that is smoothed exponentially and grows; shares of it come back to their
mean; both may have seasons. What they were off by, one month ahead, is what futures are drawn from,
a month's misses of all quantities together, so that a bad month for revenue is a bad one for profit
as far as it was. Quantiles of draws are quantiles of the firm's own misses, carried forward.
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
MEMORY_MAX = 0.98
SHRINK = 0.3
"""How many years of nothing special a season is weighed against: an assumption."""
WIDER = 1.16
"""What a fit does not know of its error: chosen on simulated firms that no figure is told of."""
GROWTH_SPREAD = 0.10
"""How far the growth of a year is believed to differ from none, logarithm: an assumption."""


@dataclass(frozen=True, slots=True)
class Series:
    """A quantity of the past.

    Attributes:
        values: By month, in which it adds up: logarithms or shares.
        seasonal: Whether months of the year differ.
        trending: Whether its level wanders and grows; else it comes back to its mean.
    """

    values: Floats
    seasonal: bool
    trending: bool


@dataclass(frozen=True, slots=True)
class _Walk:
    """A level that keeps a part of each miss, and grows."""

    level: float
    gain: float
    growth: float
    growth_spread: float
    misses: Floats

    def ahead(self, shock: Floats, rng: np.random.Generator) -> Floats:
        growth = self.growth + self.growth_spread * rng.standard_normal(len(shock))
        steps = growth[:, None] / YEAR * np.arange(1, shock.shape[1] + 1)
        kept = np.cumsum(shock, axis=1) - shock
        return np.asarray(self.level + steps + self.gain * kept + shock, np.float64)


@dataclass(frozen=True, slots=True)
class _Return:
    """A quantity that comes back to its mean, a part of the way each month."""

    last: float
    mean: float
    mean_spread: float
    memory: float
    misses: Floats

    def ahead(self, shock: Floats, rng: np.random.Generator) -> Floats:
        mean = self.mean + self.mean_spread * rng.standard_normal(len(shock))
        off, found = self.last - mean, np.empty(shock.shape)
        for month in range(shock.shape[1]):
            off = self.memory * off + shock[:, month]
            found[:, month] = mean + off
        return found


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
    months = len(series[0].values)
    place = (first_month + np.arange(months + horizon)) % YEAR
    seasons = [
        _season(one.values, place[:months]) if one.seasonal else np.zeros(YEAR) for one in series
    ]
    plain = [
        one.values - season[place[:months]] for one, season in zip(series, seasons, strict=True)
    ]
    fits = [
        _walk(values, one.seasonal) if one.trending else _return(values, one.seasonal)
        for one, values in zip(series, plain, strict=True)
    ]
    misses = np.stack([one.misses for one in fits], axis=1)
    picked = rng.integers(len(misses), size=(draws, horizon))
    return [
        fit.ahead(misses[picked, column], rng) + season[place[months:]]
        for column, (fit, season) in enumerate(zip(fits, seasons, strict=True))
    ]


def _walk(values: Floats, seasonal: bool) -> _Walk:
    growth, spread = _growth(values)
    tilted = values - growth / YEAR * np.arange(len(values))
    errors = [_misses(tilted, gain) for gain in GAINS]
    best = int(np.argmin([float(np.mean(miss**2)) for miss, _ in errors]))
    misses, level = errors[best]
    level += growth / YEAR * (len(values) - 1)
    return _Walk(level, float(GAINS[best]), growth, spread, _widened(misses, 2, seasonal))


def _return(values: Floats, seasonal: bool) -> _Return:
    mean = float(values.mean())
    off = values - mean
    power = float(off[:-1] @ off[:-1])
    memory = float(np.clip(off[1:] @ off[:-1] / power, 0, MEMORY_MAX)) if power else 0.0
    misses = np.concatenate([off[:1] * np.sqrt(1 - memory**2), off[1:] - memory * off[:-1]])
    widened = _widened(misses, 2, seasonal)
    spread = float(widened.std()) / (1 - memory) / np.sqrt(len(values))
    return _Return(float(values[-1]), mean, spread, memory, widened)


def _widened(misses: Floats, lost: int, seasonal: bool) -> Floats:
    """Return misses without their mean, wider by what the fit took from them."""
    months = len(misses)
    left = max(months - lost - (YEAR - 1) * seasonal, months / 3)
    return np.asarray((misses - misses.mean()) * np.sqrt(months / left) * WIDER, np.float64)


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
