r"""Prices that nobody knows yet, and how often each way is the best one at them.

A price is lognormal about the price that is told, which is its mean. With an annual volatility
$s$, after $t$ years,

$$P_t = P_0 \exp(s \sqrt{t} z - s^2 t / 2), \qquad z = r m + \sqrt{1 - r^2} e,$$

where $m$ is standard normal and common to all products of a draw, $e$ is the product's own, and
$r$ is the correlation of its logarithm with what is common: those of two products are correlated
by $r_1 r_2$. Such a matrix is never indefinite.

Source: geometric Brownian motion without drift (Black and Scholes, Journal of Political Economy 81
(1973) 637), and the one-factor Gaussian model (Vasicek, Risk 15 (2002) 160).
Domain: a price that comes back to a mean, as those of metals may in years, moves less than this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def normals(correlations: Mapping[str, float], draws: int, seed: int) -> dict[str, Floats]:
    """Return a standard normal of each product and draw.

    Args:
        correlations: Of each product with what is common, -1 to 1.
        draws: How many.
        seed: The same one gives the same bits; a product more or less changes none of another.
    """
    common = _normal([seed, 0], draws)
    return {
        name: r * common + np.sqrt(1 - r * r) * _normal([seed, 1, *name.encode()], draws)
        for name, r in correlations.items()
    }


def price_changes(normal: Floats, volatility: float, years: float) -> Floats:
    """Return by which share a price changes in each draw; exactly 0 without volatility."""
    deviation = volatility * np.sqrt(years)
    found: Floats = np.expm1(deviation * normal - deviation * deviation / 2)
    return found


def best_shares(margins: Floats, allowed: NDArray[np.bool_]) -> Floats:
    """Return in which share of the draws each way is the best of those that are allowed.

    Args:
        margins: Shape (ways, draws).
        allowed: Shape (ways,).

    Returns:
        Shape (ways,): it adds up to 1, or is 0 where nothing is allowed. Ways that are equal in a
        draw share it.
    """
    if not allowed.any():
        return np.zeros(len(margins))
    counted = np.where(allowed[:, None], margins, -np.inf)
    best = counted == counted.max(axis=0)
    found: Floats = (best / best.sum(axis=0)).mean(axis=1)
    return found


def _normal(seed: list[int], draws: int) -> Floats:
    return np.random.default_rng(seed).standard_normal(draws)
