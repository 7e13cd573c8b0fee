"""Charges in arrays, and what is described of each of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from cellchain.science.capacity.history import exponential_mean, running_median, start_median

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cellchain.science.portable import Floats

FEATURES = (
    *(f"voltage {one}" for one in ("mean", "std", "kurtosis", "skewness")),
    *("CC Q", "CC charge time", "voltage slope", "voltage entropy"),
    *(f"current {one}" for one in ("mean", "std", "kurtosis", "skewness")),
    *("CV Q", "CV charge time", "current slope", "current entropy"),
)
"""Of the end of a charge: volts, amperes, ampere-hours, seconds, and shapes without a unit."""
CURVE_FEATURES = (
    *("IC peak", "IC peak voltage"),
    *("DV valley", "DV valley charge"),
    *("DV peak", "DV peak charge"),
)
"""Of its whole stage of constant current, where that is long enough: Ah/V and V; V/Ah and Ah."""
MEDIAN_ROWS = 5
MEANS = ((0.1, 6), (0.03, 8), (0.01, 10), (0.003, 12))
"""Share of the newest row, and doublings of the window: about 10, 30, 100 and 300 rows long."""


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Charges, sorted by cell, then by time."""

    features: Floats
    """`FEATURES`, perhaps others after them, shape [rows, features]; NaN where missing."""
    capacity_ah: Floats
    """Measured after the charge, shape [rows]; NaN where nobody measured."""
    place: NDArray[np.intp]
    """How many rows of the same cell lie before, shape [rows]."""
    regime: NDArray[np.intp]
    """Number of the group in which a cell is tested, shape [rows]; −1: one that was not learnt."""
    number: Floats | None = None
    """Of the cycle, shape [rows], where it is to be a feature."""

    @property
    def cell(self) -> NDArray[np.intp]:
        """Number of the cell of each row, shape [rows]."""
        result: NDArray[np.intp] = np.cumsum(self.place == 0) - 1
        return result

    def without_features(self, hidden: NDArray[np.bool_]) -> Rows:
        """Return the rows as if some features were missing: ``hidden``, shape [rows, features]."""
        return replace(self, features=np.where(hidden, np.nan, self.features))


@dataclass(frozen=True, slots=True, eq=False)
class Described:
    """What is known of each charge when it ends."""

    recent: Floats
    """Median of the last five rows, shape [rows, features]."""
    means: Floats
    """Exponential means of four lengths, the shortest first, shape [4, rows, features]."""
    start: Floats
    """Median of the cell's first ten rows, shape [rows, features]."""
    start_capacity_ah: Floats
    """Likewise of the capacity, shape [rows]; NaN where none of them is known."""
    regime: NDArray[np.intp]
    """As in `Rows`."""
    unseen: NDArray[np.bool_]
    """Features that the cell never showed, shape [rows, features]; a usual value stands in."""
    number: Floats | None
    """As in `Rows`."""

    def taken(self, rows: NDArray[np.generic]) -> Described:
        """Return some of the rows."""
        return Described(
            self.recent[rows],
            self.means[:, rows],
            self.start[rows],
            self.start_capacity_ah[rows],
            self.regime[rows],
            self.unseen[rows],
            None if self.number is None else self.number[rows],
        )

    def columns(self, regimes: int) -> Floats:
        """Return what the trees see, shape [rows, columns].

        Levels; fades since the start; trends, from a longer mean to the next shorter one; bends,
        from a longer trend to the next shorter one; a flag for each regime; perhaps the number.
        """
        flags = self.regime[:, np.newaxis] == np.arange(regimes)
        fades = self.means - self.start
        trends = self.means[:-1] - self.means[1:]
        bends = trends[:-1] - trends[1:]
        numbers = [] if self.number is None else [self.number]
        return np.column_stack([self.recent, *self.means, *fades, *trends, *bends, flags, *numbers])


def described(rows: Rows, usual: Floats | None = None) -> Described:
    """Return what each row and the rows of its cell before it tell.

    A gap is filled by what the cell showed before; where it never showed any, by ``usual``.

    Args:
        rows: As documented there.
        usual: Of each feature, shape [features]; NaN stays where it is not given.
    """
    usual = np.full(rows.features.shape[1], np.nan) if usual is None else usual
    means = np.array(
        [exponential_mean(rows.features, rows.place, share=a, doublings=d) for a, d in MEANS]
    )
    longest = means[-1]
    unseen = np.isnan(longest)
    start = start_median(np.column_stack([rows.features, rows.capacity_ah]), rows.place)
    return Described(
        recent=_filled(running_median(rows.features, rows.place, MEDIAN_ROWS), means[0], usual),
        means=np.array([_filled(one, longest, usual) for one in means]),
        start=_filled(start[:, :-1], longest, usual),
        start_capacity_ah=start[:, -1],
        regime=rows.regime,
        unseen=unseen,
        number=rows.number,
    )


def _filled(values: Floats, history: Floats, usual: Floats) -> Floats:
    found = np.where(np.isnan(values), history, values)
    return np.where(np.isnan(found), usual, found)
