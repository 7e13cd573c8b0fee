r"""What one day says of each cell: its voltage at rest, beside the crowd.

$$ r_c = \operatorname{median}_{rows} \big( v_c - \operatorname{median}_{c'} v_{c'} \big) $$

Rows count that are at rest, as the row before them was; one in half a minute, so that a day is
bounded whatever the rate. Only the size of the current is looked at: its sign may be either. Where
no current was reported, a row is at rest whose median over cells hardly moved since the last.

Source of the residual to the median: the baseline of rest residuals that is common for packs, as in
Xue, Li, Zhang et al., J. Power Sources 454 (2020) 227937, who score cells beside their neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cellchain.science.portable import Floats

    Flags = NDArray[np.bool_]

REST_A = 3.0
"""Below, of either sign, a car is at rest: its drives draw tens to hundreds of ampere."""
STILL_V = 2e-3
"""Of the median over cells, from row to row, where no current is known."""
TOGETHER_S = 120.0
"""Rows further apart say nothing of each other."""
BIN_S = 30.0
ROWS_MIN = 3
"""At rest, or the day says nothing."""
_MAD = 1.4826
_MEDIAN_ERROR = 1.2533
"""Standard error of a median of normal values, in those of a mean."""


@dataclass(frozen=True, slots=True, eq=False)
class Day:
    """What one day says."""

    residual_v: Floats
    """Beside the median over cells, shape [cells]; NaN where a cell was not read."""
    pack_v: float
    """Median over cells and rows."""
    jumps_v: Floats
    """From row to row, as the standard deviation of one row, shape [cells]."""
    error_v: float
    """Standard error of a residual, as rows of the median cell scatter."""
    rows: int


def crowd(voltage_v: Floats) -> Floats:
    """Return the median over cells of each row; NaN where no cell was read.

    Args:
        voltage_v: Shape [rows, cells]; NaN where a cell was not read.
    """
    middle: Floats = np.median(voltage_v, axis=1)
    gaps = np.flatnonzero(np.isnan(middle))
    for row in gaps:
        read = voltage_v[row][~np.isnan(voltage_v[row])]
        middle[row] = np.median(read) if len(read) else np.nan
    return middle


def calm(below: Flags, time_s: Floats) -> Flags:
    """Return which rows are below a limit, as is the row before, where that is near in time.

    Args:
        below: Of each row and, first, the one before all of them, shape [1 + rows].
        time_s: Likewise, in order.
    """
    apart: Flags = np.diff(time_s) > TOGETHER_S
    return below[1:] & (below[:-1] | apart)


def first_of_bins(time_s: Floats) -> NDArray[np.intp]:
    """Return the first row of each half minute.

    Args:
        time_s: In order, shape [rows].
    """
    bins = np.floor(time_s / BIN_S)
    return np.flatnonzero(np.diff(bins, prepend=-np.inf) > 0.0)


def day_of(voltage_v: Floats) -> Day | None:
    """Return what the rows at rest of one day say; None where they are too few.

    Args:
        voltage_v: Shape [rows, cells]; NaN where a cell was not read.
    """
    middle = crowd(voltage_v)
    read = ~np.isnan(middle)
    if np.count_nonzero(read) < ROWS_MIN:
        return None
    apart = voltage_v[read] - middle[read, None]
    residual_v = crowd(apart.T)
    scatter_v = _MAD * crowd(np.abs(apart - residual_v).T)
    jumps_v = _MAD / np.sqrt(2.0) * crowd(np.abs(np.diff(apart, axis=0)).T)
    rows = len(apart)
    error_v = _MEDIAN_ERROR * float(np.nanmedian(scatter_v)) / np.sqrt(rows)
    return Day(residual_v, float(np.median(middle[read])), jumps_v, error_v, rows)
