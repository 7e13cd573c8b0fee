"""What was measured of one cell, cycle by cycle, and when it came to its end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cellchain.core.errors import Refused
from cellchain.science.medians import centred_median, trailing_median

if TYPE_CHECKING:
    from cellchain.science.portable import Floats

BEGINNING = 10
"""Cycles that say what a cell was when it began."""
CENTRED = 7


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """One cell."""

    group: str
    """Cells of a group are alike in design and use."""
    capacity_ah: Floats
    """Of each cycle, in order, shape [cycles]; NaN where it was not measured."""
    features: Floats
    """What else was measured of it, shape [cycles, features]; NaN likewise."""


def start_ah(capacity_ah: Floats) -> float:
    """Return what a cell held when it began: the median of its first ten capacities; or NaN."""
    known = capacity_ah[:BEGINNING][~np.isnan(capacity_ah[:BEGINNING])]
    return float(np.median(known)) if len(known) else float("nan")


def end_cycle(capacity_ah: Floats, end: float) -> int | None:
    """Return the cycle, from 1, at which a cell came to its end; none if it has not.

    The first at which the median of seven capacities around it (fewer at either end) is below
    ``end`` times the start. It is known three cycles later.

    Args:
        capacity_ah: Shape [cycles].
        end: Of the start, above 0, below 1.
    """
    below = np.flatnonzero(levelled(capacity_ah) < end * start_ah(capacity_ah))
    return int(below[0]) + 1 if len(below) else None


def levelled(capacity_ah: Floats) -> Floats:
    """Return the median of seven values around each, fewer at either end; NaN where none is."""
    return centred_median(capacity_ah, CENTRED)


def beginnings(course: Course) -> Floats:
    """Return what a cell was when it began, by each cycle: medians of the first ten so far.

    Returns:
        Of its features and, last, of its capacity; shape [the first ten cycles, features + 1].
    """
    first = np.column_stack([course.features, course.capacity_ah])[:BEGINNING]
    return np.column_stack([trailing_median(column, BEGINNING) for column in first.T])


def check_end(end: float) -> None:
    """Refuse an end that is none.

    Raises:
        Refused: ``rul.end``: it is not above 0 and below 1.
    """
    if not 0.0 < end < 1.0:
        raise Refused(
            "rul.end",
            f"an end of life at {end} of the start",
            remedy="give a fraction such as 0.85",
        )
