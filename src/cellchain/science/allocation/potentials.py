"""The least prices that prove an optimum: longest paths from the spare room."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from cellchain.science.allocation.values import Integers


def least_prices(gain: Integers) -> Integers:
    r"""Return the price of each slot, cents, at least 0, shape [slots].

    $$ p_t = \max(0, \max_s (p_s + W_{st})) $$

    the longest path to *t*, where $W_{st}$ is the most that a battery of *s* gains in *t*, and a
    path may begin anywhere for nothing. Every other price that proves the optimum is as large.

    Args:
        gain: W, cents, shape [slots, slots]; without a cycle of positive weight, as it is where the
            allocation is optimal. A barred move is far below 0.
    """
    prices = np.zeros(len(gain), np.int64)
    for _ in range(len(gain) + 1):
        longer = np.maximum(prices, (prices[:, np.newaxis] + gain).max(axis=0))
        if (longer == prices).all():
            return prices
        prices = longer
    raise AssertionError("a cycle of moves gains: the allocation is not optimal")
