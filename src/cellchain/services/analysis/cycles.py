"""Cycles of cells: one row for each, known by group, cell and number.

Rows of a cell are taken in the order of ``n``, whatever their order in the file, and cells may be
interleaved. A cell is known by its group and its name together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cellchain.core.errors import Refused
from cellchain.science.capacity.rows import FEATURES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cellchain.services.analysis.table import Column, Floats, Table

GROUP, CELL, NUMBER, CAPACITY = KEYS_AND_CAPACITY = ("grp", "cell", "n", "capacity")
KEYS = (GROUP, CELL, NUMBER)
TEXTS = (GROUP, CELL)
"""Text whatever they hold: a cell may be called 007."""
FEATURE_MAX = 1e30
"""Of a feature, of either sign: as much was not measured, and no learner can count with it."""
CAPACITY_MAX_AH = 2_000.0
"""Of a cell; more is no capacity in ampere hours."""


@dataclass(frozen=True, slots=True, eq=False)
class Cycles:
    """A table of cycles, and which rows are whose."""

    table: Table
    cells: tuple[tuple[str, str], ...]
    """Group and name of each."""
    rows: tuple[NDArray[np.intp], ...]
    """Of each cell, in the order of ``n``."""

    def keys(self) -> dict[str, Column]:
        """Return what the rows are known by."""
        return {name: self.table.column(name) for name in KEYS}

    def features(self, names: Sequence[str]) -> Floats:
        """Return features, shape [rows, features]; NaN where they are missing."""
        found = self._features(names)
        return np.where(np.abs(found) < FEATURE_MAX, found, np.nan)

    def beyond_measure(self, names: Sequence[str]) -> NDArray[np.intp]:
        """Return how many features of each row are infinite or huge, and so count as missing.

        Some are in real files: the entropy of a step that lasted for one sample.
        """
        found: NDArray[np.intp] = (np.abs(self._features(names)) >= FEATURE_MAX).sum(axis=1)
        return found

    def _features(self, names: Sequence[str]) -> Floats:
        columns = (self.table.numbers(name) for name in names)
        return np.column_stack([np.empty((self.table.rows, 0)), *columns])

    def known_features(self) -> tuple[str, ...]:
        """Return which of `FEATURES` the table has."""
        return tuple(name for name in FEATURES if name in self.table.columns)

    def capacity_ah(self) -> Floats:
        """Return the capacity of each row; NaN where it is not known.

        Raises:
            Refused: ``table.column``, ``table.not_a_number``; ``cycles.capacity``: one is not above
                0, or too large for ampere hours.
        """
        capacity = self.table.numbers(CAPACITY)
        wrong = np.flatnonzero((capacity <= 0.0) | (capacity > CAPACITY_MAX_AH))
        if len(wrong):
            raise Refused(
                "cycles.capacity",
                f"row {wrong[0] + 1} has a capacity of {capacity[wrong[0]]:g} Ah",
                remedy="give ampere hours; leave a cell empty where there is none",
            )
        return capacity


def cycles_of(table: Table) -> Cycles:
    """Return the cycles in a table.

    Raises:
        Refused: ``table.column``, ``table.not_a_number``; ``cycles.none``: there is no row;
            ``cycles.key``: a row has no group, cell or number; ``cycles.twice``: two rows of a cell
            have one number.
    """
    if table.rows == 0:
        raise Refused("cycles.none", "the table has no row", remedy="give one for each cycle")
    groups, cells, numbers = table.texts(GROUP), table.texts(CELL), table.numbers(NUMBER)
    without = np.flatnonzero(
        (groups.codes < 0) | (cells.codes < 0) | ~(np.abs(numbers) < FEATURE_MAX)
    )
    if len(without):
        raise Refused(
            "cycles.key",
            f"row {without[0] + 1} lacks one of {', '.join(KEYS)}",
            remedy="give all three to every row",
        )
    whose = groups.codes.astype(np.int64) * len(cells.labels) + cells.codes
    order = np.lexsort((numbers, whose))
    starts = np.flatnonzero(np.diff(whose[order], prepend=-1))
    _check_once(whose[order], numbers[order], order)
    names = [
        (groups.labels[code // len(cells.labels)], cells.labels[code % len(cells.labels)])
        for code in whose[order[starts]].tolist()
    ]
    return Cycles(table, tuple(names), tuple(np.split(order, starts[1:])))


def _check_once(whose: NDArray[np.int64], numbers: Floats, order: NDArray[np.intp]) -> None:
    twice = np.flatnonzero((np.diff(whose) == 0) & (np.diff(numbers) == 0.0))
    if len(twice):
        first, second = sorted(order[twice[0] : twice[0] + 2].tolist())
        raise Refused(
            "cycles.twice",
            f"rows {first + 1} and {second + 1} are both cycle {numbers[twice[0]]:g} of one cell",
            remedy="number the cycles of a cell; keep one row of each",
        )
