"""Rows of a cycle in order: times, currents, voltages, and the line through them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from cellchain.science.portable import Floats


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """Rows of one cycle, or some of them; shapes [rows]."""

    time_s: Floats
    """Rises."""
    current_a: Floats
    """Positive on charge."""
    voltage_v: Floats

    def part(self, begin: int, end: int) -> Trace:
        """Return the rows from ``begin`` to before ``end``."""
        cut = slice(begin, end)
        return Trace(self.time_s[cut], self.current_a[cut], self.voltage_v[cut])

    def between(self, begin_s: float, end_s: float) -> Trace:
        """Return the rows from one time to another, with a row at each on the line of the rows."""
        inside = (self.time_s > begin_s) & (self.time_s < end_s)
        ends_s = np.array([begin_s, end_s])
        time_s = np.concatenate([ends_s[:1], self.time_s[inside], ends_s[1:]])
        current_a, voltage_v = (
            np.interp(time_s, self.time_s, one) for one in (self.current_a, self.voltage_v)
        )
        return Trace(time_s, current_a, voltage_v)

    def without_spikes(self) -> Trace:
        """Return the rows, a value beyond both its neighbours replaced by the nearer of these."""
        return Trace(self.time_s, _without_spikes(self.current_a), _without_spikes(self.voltage_v))

    def charge_ah(self) -> float:
        """Return what flows in, ampere-hours, by the trapezoidal rule."""
        return float(np.trapezoid(self.current_a, self.time_s)) / 3600.0


def _without_spikes(values: Floats) -> Floats:
    if len(values) <= 2:  # noqa: PLR2004  # nothing has two neighbours
        return values
    inner = np.median(np.lib.stride_tricks.sliding_window_view(values, 3), axis=1)
    return np.concatenate([values[:1], inner, values[-1:]])
