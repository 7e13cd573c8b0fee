"""Does a sensor lie: frozen while the pack moves, out of any cell's range, or jumping at rest.

A day at a time, each cell beside the crowd. The limits are of instruments, not of cells: a cell
that is sick still moves with the pack.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from cellchain.science.portable import Floats
    from cellchain.science.warning.rest import Day

POSSIBLE_V = (0.5, 5.0)
"""Of any chemistry in use, from lithium titanate to high-voltage spinel, and of none beyond."""
FROZEN_V = 5e-4
MOVES_V = 0.02
"""Of the median cell, within the day, where a frozen one is told."""
ROWS_MIN = 10
UNREAD = 0.5
"""Of the rows of a day: a cell that was not read, or is out of range, in more is told of."""
JUMPS_V, JUMPS_TIMES = 0.01, 3.0
"""From row to row at rest: this much, and this many times that of the next cells."""
ALONE = 32
"""Of so many cells one may jump, and one more, before the next is the measure."""


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What all rows of a day showed of each cell, at rest or not, shape [cells] each."""

    least_v: Floats
    most_v: Floats
    unread: Floats
    """Rows without a value, or with an impossible one."""
    rows: int

    def and_then(self, voltage_v: Floats) -> Seen:
        """Return this with further rows; what is impossible is NaN in them by now."""
        return Seen(
            np.fmin(self.least_v, np.fmin.reduce(voltage_v, axis=0)),
            np.fmax(self.most_v, np.fmax.reduce(voltage_v, axis=0)),
            self.unread + np.count_nonzero(np.isnan(voltage_v), axis=0),
            self.rows + len(voltage_v),
        )


def nothing_seen(cells: int) -> Seen:
    """Return what a day shows before its first row."""
    return Seen(np.full(cells, np.nan), np.full(cells, np.nan), np.zeros(cells), 0)


def possible(voltage_v: Floats) -> Floats:
    """Return voltages with NaN for what no cell shows, infinities included; copied if need be."""
    impossible = ~((voltage_v >= POSSIBLE_V[0]) & (voltage_v <= POSSIBLE_V[1]))
    return np.where(impossible, np.nan, voltage_v) if impossible.any() else voltage_v


def doubts(seen: Seen, day: Day | None) -> dict[int, tuple[float, str]]:
    """Return of each doubtful cell the score (1: at the limit) and what is the matter."""
    if seen.rows < ROWS_MIN:
        return {}
    found: dict[int, tuple[float, str]] = {}
    share = seen.unread / seen.rows
    for cell in np.flatnonzero(share > UNREAD).tolist():
        lost = f"has no possible value in {int(seen.unread[cell])} of {seen.rows} rows of a day"
        found[cell] = (float(share[cell] / UNREAD), lost)
    ranges_v = seen.most_v - seen.least_v
    read = ranges_v[~np.isnan(ranges_v)]
    moves_v = float(np.median(read)) if len(read) else 0.0
    if moves_v >= MOVES_V:
        for cell in np.flatnonzero(ranges_v <= FROZEN_V).tolist():
            at_v = seen.least_v[cell]
            still = f"stood still at {at_v:.3f} V all day while the others moved {moves_v:.3f} V"
            found.setdefault(cell, (moves_v / MOVES_V, still))
    if day is not None and day.rows >= ROWS_MIN:
        found = _jumping(day) | found
    return found


def _jumping(day: Day) -> dict[int, tuple[float, str]]:
    """Return who jumps alone; a board that reads late makes all of its cells jump."""
    jumps_v = np.where(np.isnan(day.jumps_v), 0.0, day.jumps_v)
    others_v = float(np.sort(jumps_v)[::-1][: 2 + len(jumps_v) // ALONE][-1])
    limit_v = max(JUMPS_V, JUMPS_TIMES * others_v)
    return {
        cell: (
            float(jumps_v[cell] / limit_v),
            f"jumps by {1e3 * jumps_v[cell]:.0f} mV from row to row at rest, "
            f"the next cells by {1e3 * others_v:.1f} mV",
        )
        for cell in np.flatnonzero(jumps_v > limit_v).tolist()
    }
