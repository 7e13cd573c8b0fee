"""How much of a correction to take: as much as pays on cells that it has not seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cellchain.science.portable import Floats

WEIGHTS = (0.0, 0.25, 0.5, 0.75, 1.0)
ERRORS_BEYOND = 2.0
"""Standard errors, over cells, by which the best weight must beat none."""


def weight(
    correction: Floats,
    truth: Floats,
    cells: NDArray[np.intp],
    ended: NDArray[np.bool_] | None = None,
) -> tuple[float, float]:
    """Return the weight with the smallest error, and by how much; 0 where chance explains it.

    An error is a share of the life; of its rows a cell has the mean.

    Args:
        correction: Of the logarithm of the life, made without the row's cell, shape [rows].
        truth: What it should have been, likewise; at least, where the cell still ran.
        cells: Number of the cell of each row, shape [rows].
        ended: Which are of cells that ended, shape [rows]: all, unless told. Another is off by
            what it outlived alone.
    """
    if len(truth) == 0:
        return 0.0, 0.0
    _, cell, counts = np.unique(cells, return_inverse=True, return_counts=True)
    longer = np.array([np.expm1(one * correction - truth) for one in WEIGHTS])
    off = np.abs(longer if ended is None else np.where(ended, longer, np.minimum(longer, 0.0)))
    errors = np.array([np.bincount(cell, one) / counts for one in off])
    best = int(np.argmin(errors.mean(axis=1)))
    gain = errors[0] - errors[best]
    beyond = ERRORS_BEYOND * np.std(gain) / np.sqrt(len(gain))
    return (WEIGHTS[best], gain.mean()) if gain.mean() > beyond else (0.0, 0.0)


def folds(count: int, parts: int, seed: int) -> list[NDArray[np.intp]]:
    """Return ``count`` numbers shuffled into ``parts`` folds, fewer where there are fewer."""
    order = np.random.default_rng(seed).permutation(count)
    return [order[n::parts] for n in range(min(parts, count))]
