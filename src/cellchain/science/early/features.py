r"""What a hundred cycles say of a life: the change of the discharge curve, the fade of capacity.

$$ \Delta Q(V) = \operatorname{median}_{c \in L} Q_c(V) - \operatorname{median}_{c \in E} Q_c(V) $$

with E the five cycles nearest to 10 and L the five latest up to 100: medians of five halve the
noise of single cycles and survive a missing one.

Sources: Severson et al., Nature Energy 4 (2019) 383, for the features; Attia, Severson and Witmer,
J. Electrochem. Soc. 168 (2021) 090547, for the interquartile range.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from cellchain.science.portable import Floats

NAMES = ("log_variance", "log_minimum", "log_mean", "log_quartiles",
         "start_ah", "rise_ah", "slope_ah", "intercept_ah")  # fmt: skip
"""Decimal logarithms of the variance, the minimum, the mean and the interquartile range of ΔQ (Ah);
the median capacity of the first three cycles; the largest less that; slope (Ah in a hundred cycles)
and intercept of a straight line through the capacities."""
EARLY_CYCLE, LATE_CYCLE = 10, 100
WINDOW = 5
EARLY_MAX, LATE_MIN = 20, 80
"""Where the windows may have their middle at the latest, and at the earliest."""
_SMALLEST = 1e-7


@dataclass(frozen=True, slots=True, eq=False)
class Described:
    """The features of one cell, and of which cycles they are."""

    values: Floats | None
    """In the order of `NAMES`; none where the cycles do not reach."""
    early: float
    """Middle of the early cycles that were taken; NaN where there is none."""
    late: float
    """Middle of the late ones."""


def described(charge_ah: Floats, cycles: Floats) -> Described:
    """Return the features of a cell.

    Args:
        charge_ah: Curves on a falling grid, shape [voltages, cycles], Ah; NaN where a curve is
            missing.
        cycles: Their numbers, rising. Those after 100 are not looked at.
    """
    use = ~np.isnan(charge_ah).any(axis=0) & (cycles <= LATE_CYCLE)
    curves, numbers = charge_ah[:, use], cycles[use]
    if len(numbers) < 2 * WINDOW:
        middle = float(np.median(numbers)) if len(numbers) else np.nan
        return Described(None, middle, middle)
    early = np.sort(np.argsort(np.abs(numbers - EARLY_CYCLE), kind="stable")[:WINDOW])
    late = np.arange(len(numbers) - WINDOW, len(numbers))
    middles = float(np.median(numbers[early])), float(np.median(numbers[late]))
    if middles[0] > EARLY_MAX or middles[1] < LATE_MIN:
        return Described(None, *middles)
    change = np.median(curves[:, late], axis=1) - np.median(curves[:, early], axis=1)
    return Described(np.array([*_change(change), *_fade(curves.max(axis=0), numbers)]), *middles)


def _change(change: Floats) -> tuple[float, ...]:
    quartiles = np.quantile(change, (0.25, 0.75))
    found = (change.var(), abs(change.min()), abs(change.mean()), quartiles[1] - quartiles[0])
    return tuple(float(np.log10(max(one, _SMALLEST))) for one in found)


def _fade(capacity: Floats, cycles: Floats) -> tuple[float, ...]:
    start = float(np.median(capacity[:3]))
    centred = cycles - cycles.mean()
    slope = float((centred * capacity).sum() / (centred * centred).sum())
    intercept = float(capacity.mean() - slope * cycles.mean())
    return start, float(capacity.max()) - start, 100.0 * slope, intercept
