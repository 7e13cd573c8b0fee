r"""How few supply a market, and how risky they are.

The Herfindahl-Hirschman index of shares in percent, 0 to 10,000, as the US Department of Justice
and the Federal Trade Commission use it (Merger Guidelines, 18 December 2023, guideline 1: above
1,800 is highly concentrated):

$$ H = \sum_i (100\, s_i)^2 $$

Weighted by risk, over countries, as in the European Commission's method for critical raw materials
(2017) without its factor of trade:

$$ H_r = \sum_c r_c (100\, S_c)^2 $$
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cellchain.science.portable import Floats

WHOLE = 10_000.0
"""The index of one who supplies all."""
MODERATE, HIGH = 1_000.0, 1_800.0
"""From where a market is called moderately and, above the second, highly concentrated."""


def indices(market: NDArray[np.intp], share: Floats, weight: Floats | None = None) -> Floats:
    """Return the index of each market.

    Args:
        market: Of each supplier, 0 to n − 1.
        share: Of the market, 0 to 1, summing to 1 in each.
        weight: Of each supplier, 0 to 1; 1 where left out.

    Returns:
        Shape [n], 0 to 10,000.
    """
    squares = (100 * share) ** 2
    return sums(market, squares if weight is None else weight * squares)


def means(market: NDArray[np.intp], share: Floats, values: Floats) -> Floats:
    """Return the mean of each market, weighted by shares that sum to 1 in it; shape [n]."""
    return sums(market, share * values)


def sums(place: NDArray[np.intp], values: Floats) -> Floats:
    """Return the sum of the values of each place, 0 to n - 1; shape [n]."""
    return np.bincount(place, values).astype(np.float64)


def scores(index: Floats, risk: Floats, substitutability: Floats) -> Floats:
    r"""Return $ H / 10{,}000 \cdot r (1 - u) $: 0 is safe, 1 is one supplier, risky, without another.

    Args:
        index: Of each market, 0 to 10,000.
        risk: Mean risk of its suppliers' countries, 0 to 1.
        substitutability: How far something else will do, 0 to 1.
    """  # noqa: E501
    found: Floats = index / WHOLE * risk * (1 - substitutability)
    return found
