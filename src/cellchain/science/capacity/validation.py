"""Folds of whole cells, and rows spread evenly over each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

FOLDS = 5


def folds(cell: NDArray[np.intp], regime: NDArray[np.intp], count: int = FOLDS) -> NDArray[np.intp]:
    """Return the fold of each row: cells of one regime go to the folds in turn.

    Args:
        cell: Number of the cell of each row, shape [rows].
        regime: Number of its regime, likewise.
        count: Folds.
    """
    cells, first, each = np.unique(cell, return_index=True, return_inverse=True)
    order = np.lexsort((cells, regime[first]))
    turn = np.empty(len(cells), dtype=np.intp)
    turn[order] = np.arange(len(cells)) % count
    result: NDArray[np.intp] = turn[each]
    return result


def spread(cell: NDArray[np.intp], most: int) -> NDArray[np.intp]:
    """Return which rows are kept: at most ``most`` of each cell, evenly spread, the last included.

    Args:
        cell: Number of the cell of each row, shape [rows]; rows of a cell stand together.
        most: At least 1.
    """
    begins = np.flatnonzero(np.diff(cell, prepend=-1))
    sizes = np.diff(begins, append=len(cell))
    at = np.arange(len(cell)) - np.repeat(begins, sizes)
    size = np.repeat(sizes, sizes)
    kept = np.minimum(most, size)
    return np.flatnonzero((at + 1) * kept // size > at * kept // size)
