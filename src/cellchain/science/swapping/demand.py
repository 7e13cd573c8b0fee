"""Who comes to a station, and with what: drawn before the station is, the same for every design.

Car k of a replicate comes at the same minute with the same charge, and its swap lasts as long,
however many bays, chargers and batteries there are; so differences between designs are of designs.
Only which battery it brings depends on which were given out before, and so on the design.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MINUTES_PER_HOUR = 60.0


@dataclass(frozen=True, slots=True)
class Triangle:
    """A quantity from a lowest over a likeliest to a highest value; all three may be one."""

    low: float
    mode: float
    high: float

    def at(self, shares: Floats) -> Floats:
        r"""Return the quantiles of shares: the inverse of the triangle's distribution.

        $$ q(u) = l + \sqrt{u (h - l)(m - l)} \quad (u \le \tfrac{m - l}{h - l}), \qquad
           h - \sqrt{(1 - u)(h - l)(h - m)} \text{ else} $$
        """
        width = self.high - self.low
        if width == 0:
            return np.full(shares.shape, self.low)
        turn = (self.mode - self.low) / width
        rising = self.low + np.sqrt(shares * width * (self.mode - self.low))
        falling = self.high - np.sqrt((1 - shares) * width * (self.high - self.mode))
        return np.where(shares <= turn, rising, falling)


@dataclass(frozen=True, slots=True, eq=False)
class Demand:
    """The cars of one replicate, in the order in which they come."""

    arrival_min: Floats
    """Rising, shape (n,), minutes from 0."""
    soc: Floats
    """Charge of the battery that each brings, share, shape (n,)."""
    swap_min: Floats
    """How long its swap lasts, shape (n,)."""
    pick: Floats
    """Which of the batteries on the road it brings, share, shape (n,)."""
    warm_min: float
    """Before, nothing is counted."""
    end_min: float
    """From then on nobody comes."""


def arrivals(rng: np.random.Generator, per_hour: Sequence[float], hours: int) -> Floats:
    """Return arrivals of a Poisson process whose rate is constant within each hour.

    Args:
        rng: Source of chance.
        per_hour: Expected arrivals of each hour; the profile begins anew where it ends.
        hours: How long.

    Returns:
        Minutes, rising. In each hour a Poisson number, at independent uniform moments.
    """
    profile = np.array(per_hour, np.float64)
    counts = rng.poisson(profile[np.arange(hours) % len(profile)])
    starts = np.repeat(np.arange(hours), counts)
    return np.sort(starts + rng.random(len(starts))) * MINUTES_PER_HOUR
