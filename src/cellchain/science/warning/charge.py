r"""What the end of a charge says of each cell: its voltage beside the crowd, where it is told best.

There the open-circuit voltage is steep and each time the same, so unequal capacities, which make
cells part as a pack empties, show least. A charge is a run of rows whose current is steady while
the median over cells does not fall; so its sign may be either. It is known when it has ended: by a
row that does not go on with it. Of its last ten minutes, one row in half a minute counts.

Source for what unequal self-discharge does to the end of a charge: Plett, Battery Management
Systems, volume 2 (2016), chapter 5.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from cellchain.science.warning.rest import BIN_S, REST_A, STILL_V, TOGETHER_S, Day, crowd, day_of

if TYPE_CHECKING:
    from cellchain.science.portable import Floats
    from cellchain.science.warning.rest import Flags

END_S = 600.0
"""What is looked at, and the least that a charge lasts."""
STEADY_A, STEADY_SHARE = 2.0, 0.2
"""From row to row, or of the current: the drive of a car varies by more."""
LARGEST_A = 1e5
"""What reports more is no charger of a vehicle."""


@dataclass(frozen=True, slots=True, eq=False)
class ChargeEnd:
    """A charge that has ended."""

    time_s: float
    """Of its last row."""
    day: Day
    """What its last rows say, as those at rest of a day do."""
    current_a: float
    """Of them, on average, without its sign."""


@dataclass(slots=True, eq=False)
class Charging:
    """The charge that goes on, if one does.

    Args:
        cells: How many.
        rest_a: A current of less, of either sign, is rest.
    """

    cells: int
    rest_a: float = REST_A
    last: Floats = field(default_factory=lambda: np.array([-np.inf, np.nan]))
    """Time and current of the last row."""
    begun: Floats = field(default_factory=lambda: np.full(2, np.nan))
    """Time of its first row and the median over cells there."""
    rows: Floats = field(init=False)
    """Of its last minutes: time, current and voltages of each, shape [rows, 2 + cells]."""

    def __post_init__(self) -> None:
        self.rows = np.empty((0, 2 + self.cells))

    def given(self, time_s: Floats, current_a: Floats, voltage_v: Floats) -> list[ChargeEnd]:
        """Return the charges that have ended by further rows; for arguments see `Watch.given`."""
        current_a = np.where(np.abs(current_a) <= LARGEST_A, current_a, np.nan)
        goes_on = self._goes_on(time_s, current_a)
        edges = np.flatnonzero(np.diff(goes_on, prepend=False, append=False))
        starts, ends = edges[::2], edges[1::2]
        open_ = (starts == 0) | (ends == len(time_s))
        long = open_ | (time_s[ends - 1] - time_s[starts] >= END_S)
        found = [] if goes_on[0] else self.ended()
        for start, end in zip(starts[long].tolist(), ends[long].tolist(), strict=True):
            self._add(time_s[start:end], current_a[start:end], voltage_v[start:end])
            if end < len(time_s):
                found += self.ended()
        self.last = np.array([time_s[-1], current_a[-1]])
        return found

    def ended(self) -> list[ChargeEnd]:
        """Return the charge that went on, if it was one, and forget it."""
        rows, (begun_s, begun_v) = self.rows, self.begun
        self.rows = rows[:0]
        if not len(rows) or rows[-1, 0] - begun_s < END_S:
            return []
        day, last_v = day_of(rows[:, 2:]), crowd(rows[-1:, 2:])[0]
        if day is None or not last_v >= begun_v - STILL_V:
            return []
        return [ChargeEnd(float(rows[-1, 0]), day, float(np.mean(np.abs(rows[:, 1]))))]

    def _goes_on(self, time_s: Floats, current_a: Floats) -> Flags:
        near = np.diff(time_s, prepend=self.last[0]) <= TOGETHER_S
        steps_a = np.abs(np.diff(current_a, prepend=self.last[1]))
        size_a = np.abs(current_a)
        steady = steps_a <= np.maximum(STEADY_A, STEADY_SHARE * size_a)
        goes_on: Flags = near & steady & (size_a >= self.rest_a)
        return goes_on

    def _add(self, time_s: Floats, current_a: Floats, voltage_v: Floats) -> None:
        last_s = self.rows[-1, 0] if len(self.rows) else -np.inf
        kept = np.diff(np.floor(time_s / BIN_S), prepend=np.floor(last_s / BIN_S)) > 0.0
        if not len(self.rows):
            self.begun = np.array([time_s[0], crowd(voltage_v[:1])[0]])
        more = np.column_stack([time_s[kept], current_a[kept], voltage_v[kept]])
        rows = np.vstack([self.rows, more])
        self.rows = rows[rows[:, 0] > time_s[-1] - END_S]
