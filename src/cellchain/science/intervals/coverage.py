"""What intervals turned out to hold: overall, by group, and how wide they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cellchain.science.portable import Floats

LOW = 0.8
"""A group of which fewer rows are held is counted as low."""


@dataclass(frozen=True, slots=True, eq=False)
class Coverage:
    """What was held."""

    overall: float
    """Of all rows, 0 to 1."""
    low_groups: float
    """Of the groups: how many hold less than `LOW` of their rows, 0 to 1."""
    width: float
    """Mean, in the unit of the estimate; infinite where an interval is."""
    by_group: Floats
    """Of the rows of each group, in the order of its number, shape [groups]."""


def covered(truth: Floats, lower: Floats, upper: Floats, groups: NDArray[np.intp]) -> Coverage:
    """Return what intervals held; a row without an interval is not held.

    Args:
        truth: Shape [rows].
        lower: Likewise; NaN where there is no answer.
        upper: Likewise.
        groups: Number of the group of each row, shape [rows].
    """
    held = (lower <= truth) & (truth <= upper)
    _, group, counts = np.unique(groups, return_inverse=True, return_counts=True)
    by_group = np.bincount(group, weights=held) / counts
    width = float(np.mean((upper - lower)[~np.isnan(lower)])) if len(truth) else float("nan")
    return Coverage(float(held.mean()), float(np.mean(by_group < LOW)), width, by_group)
