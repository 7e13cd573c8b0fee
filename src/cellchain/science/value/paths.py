"""Draws of a price index and of a battery's state of health, in antithetic pairs.

Draw i and draw n − 1 − i are a pair: of the same normal numbers with the other sign. What rises or
falls with each of them has a smaller error so; its size is that of the means of pairs, see
`standard_error`. Normal numbers of health are not drawn: they are the middles of n equal shares of
the distribution, from the lowest to the highest, the same of every battery; which path of the index
meets which of them is drawn, see `turned`.

Both together leave about half of the error of plain draws, as ``benchmarks/circle_value.py`` tells.
A scrambled sequence of Sobol would leave a thirtieth, at the price of an inverse normal of each
battery and path; with 100,000 paths the error is about a thousandth of the premium as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MONTHS_PER_YEAR = 12
_NORMAL = NormalDist()
_P90 = _NORMAL.inv_cdf(0.9)


def brownian(seed: int, name: str, months: Iterable[int], pairs: int) -> dict[int, Floats]:
    r"""Return Brownian motion $W$ at the ends of some months.

    The increments of each month follow one another in one stream, so what is drawn of a month does
    not depend on which other months are asked for.

    Args:
        seed: Any, from 0.
        name: Whose motion it is; another name moves independently.
        months: From 0.
        pairs: How many draws.

    Returns:
        Month → $W$, shape (pairs,), of variance month / 12 years.
    """
    wanted = set(months)
    rng = np.random.default_rng([seed, *name.encode()])
    found, at = {0: np.zeros(pairs)}, np.zeros(pairs)
    for month in range(1, max(wanted, default=0) + 1):
        at += rng.standard_normal(pairs)
        if month in wanted:
            found[month] = at / np.sqrt(MONTHS_PER_YEAR)
    return {month: found[month] for month in wanted}


def index(motion: Floats, years: float, drift: float, volatility: float) -> tuple[Floats, Floats]:
    r"""Return a lognormal price index, 1 today, along a motion and along its mirror image.

    $$ I = \exp\left((\mu - \sigma^2/2)\, t \pm \sigma W\right), \qquad E[I] = e^{\mu t} $$

    Args:
        motion: $W$ at ``years``, shape (pairs,).
        years: $t$, from 0.
        drift: $\mu$, logarithm of the expected growth a year.
        volatility: $\sigma$ of a year, from 0.

    Returns:
        Two of shape (pairs,).
    """
    shift = (drift - volatility**2 / 2) * years
    return np.exp(shift + volatility * motion), np.exp(shift - volatility * motion)


def turned(halves: tuple[Floats, Floats], offset: int, room: Floats) -> Floats:
    """Return both halves as one array of antithetic draws, begun at ``offset`` of each.

    Args:
        halves: Two of shape (pairs,).
        offset: From 0 to pairs − 1.
        room: Where they are written, shape (2 pairs,), the second half backwards.
    """
    for whole, half in zip(_halves(room), halves, strict=True):
        whole[: len(half) - offset], whole[len(half) - offset :] = half[offset:], half[:offset]
    return room


def add_turned_back(sums: Floats, draws: Floats, offset: int) -> None:
    """Add draws of one battery to sums over batteries, path by path.

    Args:
        sums: Both halves of the paths, joined, shape (2 pairs,); written.
        draws: In the order of `turned`, shape (2 pairs,).
        offset: That of `turned`.
    """
    pairs = len(draws) // 2
    for whole, half in zip((sums[:pairs], sums[pairs:]), _halves(draws), strict=True):
        whole[offset:] += half[: pairs - offset]
        whole[:offset] += half[pairs - offset :]


def _halves(draws: Floats) -> tuple[Floats, Floats]:
    pairs = len(draws) // 2
    return draws[:pairs], draws[: pairs - 1 : -1]


def normal_middles(count: int) -> Floats:
    """Return the middles of equal shares of the standard normal distribution, rising.

    Args:
        count: How many, even.

    Returns:
        Shape (count,), one the negative of its pair.
    """
    half = [_NORMAL.inv_cdf((place + 0.5) / count) for place in range(count // 2)]
    low = np.array(half)
    return np.concatenate([low, -low[::-1]])


@dataclass(frozen=True, slots=True)
class Quantiles:
    """A quantity by three quantiles, p10 ≤ p50 ≤ p90."""

    p10: float
    p50: float
    p90: float

    def at(self, normals: Floats) -> Floats:
        r"""Return the quantity at standard normal numbers: two halves of normals that meet at p50.

        $$ q(z) = p_{50} + (p_{90} - p_{50}) z / z_{90} \quad (z > 0), \qquad
           p_{50} + (p_{50} - p_{10}) z / z_{90} \quad (z \le 0) $$

        Args:
            normals: $z$, rising, shape (n,).

        Returns:
            Shape (n,), not falling.
        """
        middle = int(normals.searchsorted(0.0))
        found = np.empty_like(normals)
        np.multiply(normals[:middle], (self.p50 - self.p10) / _P90, out=found[:middle])
        np.multiply(normals[middle:], (self.p90 - self.p50) / _P90, out=found[middle:])
        found += self.p50
        return found

    def below(self, limit: float) -> float:
        """Return the probability that it is below a limit; where all is one value, 0 or 1."""
        far = limit - self.p50
        width = (self.p90 - self.p50 if far > 0 else self.p50 - self.p10) / _P90
        if width == 0:
            return float(far > 0)
        return _NORMAL.cdf(far / width)


@dataclass(frozen=True, slots=True)
class Health:
    """What is known of a battery's state of health."""

    soh: Quantiles
    """Of today, 1 for new."""
    remaining_years: Quantiles
    """Until `end_soh` is reached."""
    end_soh: float

    def paths(self, normals: Floats) -> tuple[Floats, Floats]:
        """Return health of today and remaining years along paths of one quantile each.

        Args:
            normals: Rising, shape (n,); who is healthier lasts longer.

        Returns:
            Both of shape (n,), not falling; health from 0.
        """
        return np.maximum(self.soh.at(normals), 0), self.remaining_years.at(normals)

    def after(self, years: float, now: Floats, remaining: Floats) -> tuple[Floats, Floats]:
        r"""Return health and remaining years after some years.

        $$ s(t) = s_e + (s_0 - s_e)\,(1 - t / r) \quad (t < r,\ s_0 > s_e), \qquad 0 \text{ else} $$

        A battery is not followed beyond its end: nothing but recycling is left to it. Today, and
        only then, it is as healthy as it is.

        Args:
            years: $t$, from 0.
            now: $s_0$, of `paths`, shape (n,).
            remaining: $r$, of `paths`, shape (n,).

        Returns:
            $s$, and the tenth percentile of the years left as it will be told then, which is to
            $r - t$ as it is today to the median; both of shape (n,), from 0, not falling.
        """
        soh = now.copy()
        if years > 0:
            first = max(int(now.searchsorted(self.end_soh, "right")),
                        int(remaining.searchsorted(years, "right")))  # fmt: skip
            soh[:first] = 0
            alive = soh[first:]
            alive -= self.end_soh
            alive *= 1 - years / remaining[first:]
            alive += self.end_soh
        left = np.maximum(remaining - years, 0)
        median = self.remaining_years.p50
        left *= self.remaining_years.p10 / median if median > 0 else 0.0
        return soh, left


def bands(health: Health, years: float) -> tuple[float, float, float]:
    """Return p10, p50 and p90 of the health after some years."""
    found, _ = health.after(years, *health.paths(np.array([-_P90, 0.0, _P90])))
    low, mid, high = found.tolist()
    return low, mid, high


def standard_error(draws: Floats) -> float:
    """Return the standard error of the mean of antithetic draws: that of the means of pairs.

    Too large rather than too small where the draws are of equal shares as well.
    """
    pairs = len(draws) // 2
    means = np.add(*_halves(draws))
    means -= means.mean()
    squares = float(np.einsum("i,i->", means, means))  # a BLAS would wake threads for it
    return sqrt(squares / (pairs - 1) / pairs) / 2
