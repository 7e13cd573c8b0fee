"""What stands where when draws are sorted, without sorting them.

A sorted sample says between which two values a place must lie, but for bad luck; only what lies
between them is sorted (Floyd, Rivest 1975). That costs a few passes over the draws. A sort of
100,000 costs thirty of them, and several hundred on processors whose wide stores are slow, where a
partition is no better.
"""

from __future__ import annotations

from math import ceil, sqrt
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FEW = 8_192
"""Draws that are sorted as they are."""
SAMPLE = 4_000
DEVIATIONS = 3.0
"""Of the place in the sample, by which the two values are apart on either side."""


def at_places(draws: Floats, places: Sequence[int]) -> list[float]:
    """Return the draws that stand at places, counted from 0, when all are sorted.

    Args:
        draws: In any order, at least one, none of them NaN.
        places: Each below the number of draws.
    """
    if len(draws) <= FEW:
        return [float(one) for one in np.sort(draws)[list(places)]]
    sample = np.sort(draws[:: len(draws) // SAMPLE])
    return [_at(draws, sample, place) for place in places]


def lowest(draws: Floats, count: int) -> Floats:
    """Return so many of the least draws, rising.

    Args:
        draws: As of `at_places`.
        count: At most all of them.
    """
    if len(draws) <= FEW:
        return np.sort(draws)[:count]
    _, high = _around(np.sort(draws[:: len(draws) // SAMPLE]), count / len(draws))
    below = draws[draws < high]
    if len(below) < count <= len(below) + int(np.count_nonzero(draws == high)):
        return np.append(np.sort(below), np.full(count - len(below), high))
    return np.sort(below if len(below) >= count else draws)[:count]


def _around(sample: Floats, share: float) -> tuple[float, float]:
    """Return two values of a sorted sample between which that share of the draws ends."""
    middle = share * len(sample)
    apart = ceil(DEVIATIONS * sqrt(len(sample) * share * (1 - share))) + 1
    low = sample[max(int(middle) - apart, 0)]
    return float(low), float(sample[min(int(middle) + apart, len(sample) - 1)])


def _at(draws: Floats, sample: Floats, place: int) -> float:
    low, high = _around(sample, place / len(draws))
    from_low = draws >= low
    before = len(draws) - int(np.count_nonzero(from_low))
    between = draws[from_low & (draws <= high)]
    if not before <= place < before + len(between):  # the sample misled
        return float(np.sort(draws)[place])
    if low == high:
        return low
    return float(np.sort(between)[place - before])
