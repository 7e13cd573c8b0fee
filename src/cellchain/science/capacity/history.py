r"""What a cell has shown so far: nothing of its future, nothing of other cells.

Rows are sorted by cell, then by time; ``place`` counts the rows of the same cell that lie before.
Every result is made by elementwise arithmetic and sorting along an axis of fixed length, so a row
has the same bits whatever comes after it or belongs to other cells.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cellchain.science.medians import median

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cellchain.science.portable import Floats

START_ROWS = 10
"""Rows that are the start of a cell."""


def running_median(values: Floats, place: NDArray[np.intp], window: int) -> Floats:
    """Return the median of each row and the ``window`` − 1 before it; missing ones are left out.

    Args:
        values: Shape [rows, …]; NaN where missing.
        place: Shape [rows].
        window: Rows, at least 1.
    """
    stack = np.full((window, *values.shape), np.nan)
    for back in range(min(window, len(values))):
        stack[back, back:] = values[: len(values) - back]
        stack[back, place < back] = np.nan
    return median(stack)


def exponential_mean(
    values: Floats, place: NDArray[np.intp], *, share: float, doublings: int
) -> Floats:
    r"""Return the exponentially weighted mean of each row and those before; missing are left out.

    $$ \bar x_t = \frac{\sum_k (1-a)^k x_{t-k}}{\sum_k (1-a)^k}, \qquad 0 \le k < 2^d $$

    A window of twice the length is the window, plus itself that many rows earlier: d additions.

    Args:
        values: Shape [rows, columns]; NaN where missing.
        place: Shape [rows].
        share: a, weight of the newest row, above 0, below 1.
        doublings: d; the window holds 2^d rows.
    """
    there = ~np.isnan(values)
    total, weight = np.where(there, values, 0.0), there.astype(np.float64)
    for step in (2**n for n in range(doublings)):
        has_past = (place >= step)[step:, np.newaxis]
        factor = np.where(has_past, (1.0 - share) ** step, 0.0)
        earlier = total[:-step].copy(), weight[:-step].copy()
        total[step:] += factor * earlier[0]
        weight[step:] += factor * earlier[1]
    return np.where(weight > 0.0, total / np.where(weight > 0.0, weight, 1.0), np.nan)


def start_median(values: Floats, place: NDArray[np.intp]) -> Floats:
    """Return the median of the first ten rows of each cell, or of as many as there are so far.

    Args:
        values: Shape [rows, columns]; NaN where missing.
        place: Shape [rows].
    """
    cell = np.cumsum(place == 0) - 1
    cells = int(cell[-1]) + 1 if len(cell) else 0
    early = place < START_ROWS
    first = np.full((START_ROWS, cells, values.shape[1]), np.nan)
    first[place[early], cell[early]] = values[early]
    so_far = np.array([median(first[: n + 1]) for n in range(START_ROWS)])
    result: Floats = so_far[np.minimum(place, START_ROWS - 1), cell]
    return result
