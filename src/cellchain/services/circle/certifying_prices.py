"""What batteries are worth at best, less the price of the place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from cellchain.science.allocation.values import Integers
    from cellchain.services.circle.offers import Offers

BLOCK = 4_096
"""Batteries that are looked at together, to bound the memory."""
PRICE_LIMIT = 1 << 60


def best_less_prices(prices: Integers, offers: Offers) -> int:
    """Return the sum over batteries of the most that one is worth anywhere, less the price."""
    cents = offers.values.cents
    best = 0
    for start in range(0, len(cents), BLOCK):
        some = cents[start : start + BLOCK]
        net = np.where(some == offers.values.BARRED, -(1 << 62), some - prices)
        count = offers.count[start : start + BLOCK].tolist()
        best += sum(map(int.__mul__, net.max(axis=1).tolist(), count))
    return best
