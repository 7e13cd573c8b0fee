"""What is read off the events of a station: shares, waits, use, energy."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np

from cellchain.science.extra import extra_part
from cellchain.science.swapping.demand import MINUTES_PER_HOUR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def busy_until(spans: Floats, minutes: Floats) -> Floats:
    r"""Return how much of some spans lies before each of some moments.

    $$ F(t) = \sum_i \left( (t - a_i)^+ - (t - b_i)^+ \right) $$

    Args:
        spans: Starts $a$ and ends $b$, minutes, shape (m, 2).
        minutes: $t$, shape (k,).

    Returns:
        Minutes, shape (k,).
    """
    whole = np.zeros(len(minutes))
    for side, sign in ((0, 1.0), (1, -1.0)):
        at = np.sort(spans[:, side])
        sums = np.concatenate([[0.0], np.cumsum(at)])
        before = np.searchsorted(at, minutes)
        whole += sign * (before * minutes - sums[before])
    return whole


def greatest_overlap(spans: Floats, start: float, end: float) -> int:
    """Return how many spans at most hold at one moment from ``start`` to ``end``."""
    inside = spans[(spans[:, 1] > start) & (spans[:, 0] < end)]
    if not len(inside):
        return 0
    starts, ends = np.sort(np.maximum(inside[:, 0], start)), np.sort(inside[:, 1])
    held = np.arange(1, len(starts) + 1) - np.searchsorted(ends, starts, side="right")
    return int(held.max())


def by_hour(spans: Floats, first: int, last: int) -> Floats:
    """Return the minutes of spans in each hour from ``first`` until before ``last``."""
    edges: Floats = np.arange(first, last + 1, dtype=np.float64) * MINUTES_PER_HOUR
    found: Floats = np.diff(busy_until(spans, edges))
    return found


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with the interval that holds its mean."""

    value: float
    lo: float
    hi: float


def mean_interval(values: Sequence[float] | Floats, level: float) -> Interval:
    r"""Return the mean of replicates with its Student interval.

    $$ \bar x \pm t_{n-1} \, s / \sqrt{n} $$

    NaN is a replicate without the figure; fewer than two have no interval.

    Args:
        values: Of each replicate, shape (n,).
        level: Of the interval.
    """
    found = np.asarray(values, np.float64)
    found = found[~np.isnan(found)]
    if not len(found):
        return Interval(np.nan, np.nan, np.nan)
    mean = float(found.mean())
    if len(found) == 1:
        return Interval(mean, np.nan, np.nan)
    stats: Any = extra_part("scipy.stats", "swap.no_scipy", extra="circle")
    width = float(stats.t.ppf((1 + level) / 2, len(found) - 1))
    width *= float(found.std(ddof=1)) / sqrt(len(found))
    return Interval(mean, mean - width, mean + width)


def share_interval(late: Floats, cars: Floats, level: float) -> Interval:
    r"""Return the share of cars that are late, with an interval that never is too sure.

    That of Student over replicates, and that of Wilson over all cars, whichever reaches farther on
    each side: replicates that are all alike say little where hardly anybody is late.

    Args:
        late: How many of each replicate, shape (n,).
        cars: Of how many, shape (n,).
        level: Of the interval.

    Source: Wilson (1927), eq. 5, for the second.
    """
    total, n = float(late.sum()), float(cars.sum())
    if n == 0:
        return Interval(np.nan, np.nan, np.nan)
    share, z = total / n, NormalDist().inv_cdf((1 + level) / 2)
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    width = z / (1 + z**2 / n) * sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    # the error of a ratio of two sums, by replicates
    spread = mean_interval((late - share * cars) / cars.mean(), level)
    more = spread.hi - spread.value if not np.isnan(spread.hi) else 0.0
    low, high = min(middle - width, share - more), max(middle + width, share + more)
    return Interval(share, max(low, 0.0), min(high, 1.0))
