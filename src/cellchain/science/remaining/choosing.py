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


def weight(correction: Floats, truth: Floats, cells: NDArray[np.intp]) -> float:
    """Return the weight with the smallest error in percent of life, or 0 where chance explains it.

    Args:
        correction: Of the logarithm of the life, made without the row's cell, shape [rows].
        truth: What it should have been, likewise.
        cells: Number of the cell of each row, shape [rows].
    """
    if len(truth) == 0:
        return 0.0
    _, cell, counts = np.unique(cells, return_inverse=True, return_counts=True)
    errors = np.array([
        np.bincount(cell, np.abs(np.expm1(one * correction - truth))) / counts for one in WEIGHTS
    ])  # fmt: skip
    best = int(np.argmin(errors.mean(axis=1)))
    gain = errors[0] - errors[best]
    beyond = ERRORS_BEYOND * np.std(gain) / np.sqrt(len(gain))
    return WEIGHTS[best] if gain.mean() > beyond else 0.0


def folds(count: int, parts: int, seed: int) -> list[NDArray[np.intp]]:
    """Return ``count`` numbers shuffled into ``parts`` folds, fewer where there are fewer."""
    order = np.random.default_rng(seed).permutation(count)
    return [order[n::parts] for n in range(min(parts, count))]
