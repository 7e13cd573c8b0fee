"""What a battery is worth where it is worth most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cellchain.science.value.paths import Health

    Floats = NDArray[np.float64]

BLOCK = 1 << 14
"""Draws whose arrays stay in a core's cache together."""


@dataclass(frozen=True, slots=True)
class Way:
    """A channel that a battery may take, as money sees it."""

    price: float
    """Of the whole battery at full health and an index of 1."""
    cost: float
    """Test, repacking and freight, whatever its health."""
    least_soh: float
    """Below, the channel does not take it."""
    warranty_years: float = 0.0
    refund_share: float = 0.0
    """Of the price, in proportion to the years of the warranty that it does not last."""

    def kept(self, left_years: Floats) -> Floats:
        r"""Return the share of the price that is left after what the warranty is reserved.

        $$ 1 - \rho \max(0, 1 - r_{10} / w) $$

        Args:
            left_years: $r_{10}$, tenth percentile of the years left, any shape.
        """
        if not self.warranty_years:
            return np.ones_like(left_years)
        short: Floats = np.maximum(1 - left_years / self.warranty_years, 0)
        return 1 - self.refund_share * short


def worth(
    soh: Floats, left_years: Floats, index: Floats | float, ways: Sequence[Way], floor: float
) -> Floats:
    r"""Return the worth of a battery: that of its best channel, at least what recycling gives.

    $$ V = \max\left(f,\ \max_{c:\ s \ge s_c} (p_c\, \kappa_c\, s\, I - k_c)\right) $$

    Args:
        soh: $s$, shape (n,), not falling.
        left_years: Tenth percentile of the years left, shape (n,), not falling, for $\kappa_c$.
        index: $I$, shape (n,), or one.
        ways: Price $p_c$, cost $k_c$, least health $s_c$ and warranty of each channel.
        floor: $f$, what recycling gives; below 0 where it costs.

    Returns:
        Shape (n,).
    """
    scaled = soh * index
    best, room = np.full(soh.shape, floor), np.empty_like(soh)
    for way in ways:
        first = int(soh.searchsorted(way.least_soh))
        found = np.multiply(scaled[first:], way.price, out=room[first:])
        short = int(left_years[first:].searchsorted(way.warranty_years))
        if short:
            found[:short] *= way.kept(left_years[first : first + short])
        found -= way.cost
        np.maximum(best[first:], found, out=best[first:])
    return best


@dataclass(frozen=True, slots=True)
class Battery:
    """What decides the worth of a battery."""

    health: Health
    ways: Sequence[Way]
    """Channels that may take it."""
    floor: float
    """What recycling gives."""

    def worths_after(
        self, years: Sequence[float], normals: Floats, indices: Floats, room: Floats
    ) -> Floats:
        """Return the worth after some years, of each draw, at several horizons.

        Args:
            years: Of each horizon, from 0, shape (k,).
            normals: Of its health, rising, shape (n,).
            indices: Of prices at each horizon, shape (k, n).
            room: Where it is written, shape (k, n).
        """
        for start in range(0, len(normals), BLOCK):
            part = slice(start, start + BLOCK)
            now, remaining = self.health.paths(normals[part])
            for place, when in enumerate(years):
                soh, left = self.health.after(when, now, remaining)
                room[place, part] = worth(soh, left, indices[place, part], self.ways, self.floor)
        return room
