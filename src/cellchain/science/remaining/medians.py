"""Medians that leave out what is missing: of windows, of rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from cellchain.science.portable import Floats


def median_of_rows(values: Floats) -> Floats:
    """Return the median of each row of ``values``, shape [rows, any]; NaN where none is known."""
    ordered = np.sort(values, axis=1)  # NaN is sorted to the end
    known = np.count_nonzero(~np.isnan(ordered), axis=1)
    rows, last = np.arange(len(ordered)), np.maximum(known - 1, 0)
    median: Floats = (ordered[rows, last // 2] + ordered[rows, (last + 1) // 2]) / 2.0
    return median


def centred_median(values: Floats, width: int) -> Floats:
    """Return the median of ``width`` (odd) values around each, fewer at either end."""
    padded = np.pad(values, width // 2, constant_values=np.nan)
    return median_of_rows(np.lib.stride_tricks.sliding_window_view(padded, width))


def trailing_median(values: Floats, width: int) -> Floats:
    """Return the median of each value and the ``width`` - 1 before it, fewer at the start."""
    padded = np.concatenate([np.full(width - 1, np.nan), values])
    return median_of_rows(np.lib.stride_tricks.sliding_window_view(padded, width))
