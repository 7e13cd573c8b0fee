"""Medians of what is there: what is missing is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from cellchain.science.portable import Floats


def median(stack: Floats) -> Floats:
    """Return the median over the first axis of what is there; NaN where nothing is."""
    ordered = np.sort(stack, axis=0)  # NaN last
    count = np.count_nonzero(~np.isnan(stack), axis=0)[np.newaxis]
    low = np.take_along_axis(ordered, np.maximum(count - 1, 0) // 2, axis=0)[0]
    high = np.take_along_axis(ordered, np.minimum(count // 2, len(stack) - 1), axis=0)[0]
    result: Floats = 0.5 * (low + high)
    return result


def centred_median(values: Floats, width: int) -> Floats:
    """Return the median of ``width`` (odd) values around each, fewer at either end."""
    padded = np.pad(values, width // 2, constant_values=np.nan)
    return median(np.lib.stride_tricks.sliding_window_view(padded, width).T)


def trailing_median(values: Floats, width: int) -> Floats:
    """Return the median of each value and the ``width`` - 1 before it, fewer at the start."""
    padded = np.concatenate([np.full(width - 1, np.nan), values])
    return median(np.lib.stride_tricks.sliding_window_view(padded, width).T)
