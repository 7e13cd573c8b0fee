r"""A charge in a cycle, and where in it the current, then the voltage is held.

Rows carry a current (positive on charge), a voltage and a time. A row *charges* when its current is
above `ACTIVE` of the largest charging current of the cycle, and *discharges* when it is below the
same of its opposite. The charge of a cycle is the run of rows without a discharging one into which
most ampere-hours go.

In it, the *window* of constant current lies between two voltages. A voltage is passed midway
between the first and the last time that the line through the rows crosses it upwards, so that noise
moves it little. The window counts where nothing interrupts it: every row charges, no gap takes more
than `GAP_MAX` of it, its ends are passed once but for noise, and currents differ by less than
`CURRENT_SPREAD` of their median. The *step* of constant voltage lies between two shares of that
current, passed downwards in the same sense, while the voltage is within a tolerance of the one that
is held.

Where one of these does not hold, the window or step is missing, and a reason says why.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cellchain.science.charging.trace import Trace
    from cellchain.science.portable import Floats

ACTIVE = 0.03
"""Of the largest current: less is rest."""
GAP_MAX = 0.25
ROWS_MIN = 8
"""Of a window or step."""
BEYOND_MAX = 0.1
"""Of a window: how far noise may lead out of it."""
AGAIN_MAX = 0.2
"""Of a window: how long its ends may be passed again and again, by noise."""
CURRENT_ROWS_MIN = 3
CURRENT_SPREAD = 0.1
"""Of the median: between the twentieth and the last twentieth of the currents of a window."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Where a window and a step begin and end."""

    from_v: float = 4.0
    to_v: float = 4.15
    hold_v: float = 4.2
    """The voltage that is held at the end of the charge."""
    tolerance_v: float = 0.02
    from_share: float = 0.8
    """Of the current of the window."""
    to_share: float = 0.2
    empty_v: float = 3.0
    """A discharge that ends above it does not tell the capacity."""


def charge_of(cycle: Trace) -> tuple[int, int]:
    """Return between which rows (the second is not in it) a cycle is charged; (0, 0): nowhere."""
    largest = float(np.max(cycle.current_a, initial=0.0))
    active = np.flatnonzero(np.abs(cycle.current_a) > ACTIVE * largest) if largest > 0.0 else ()
    if len(active) == 0:
        return 0, 0
    charging = cycle.current_a[active] > 0.0
    starts = np.flatnonzero(charging & ~np.concatenate([[False], charging[:-1]]))
    ends = np.flatnonzero(charging & ~np.concatenate([charging[1:], [False]]))
    runs = [(int(active[a]), int(active[b]) + 1) for a, b in zip(starts, ends, strict=True)]
    return max(runs, key=lambda run: cycle.part(*run).charge_ah())


def window(charge: Trace, limits: Limits) -> tuple[Trace | None, str]:
    """Return the rows of constant current between the voltages of ``limits``; or why not."""
    if charge.voltage_v[0] >= limits.from_v:
        return None, f"the charge begins at {charge.voltage_v[0]:.3f} V, above the window"
    begin = _passed(charge.time_s, charge.voltage_v, limits.from_v)
    end = _passed(charge.time_s, charge.voltage_v, limits.to_v)
    if begin is None or end is None or not begin.at_s < end.at_s:
        return None, f"the charge ends at {charge.voltage_v.max():.3f} V, below the window's end"
    found = charge.between(begin.at_s, end.at_s)
    reason = (
        _again(begin, end)
        or _broken(found, ACTIVE * float(charge.current_a.max()))
        or _uneven(found, limits)
    )
    return (None, f"window: {reason}") if reason else (found, "")


def step(charge: Trace, current_a: float, limits: Limits) -> tuple[Trace | None, str]:
    """Return the rows of constant voltage, between shares of ``current_a``; or why not."""
    held = np.abs(charge.voltage_v - limits.hold_v) <= limits.tolerance_v
    if not held.any():
        return None, f"the voltage is never held at {limits.hold_v:g} V"
    rows = charge.part(max(int(np.argmax(held)) - 1, 0), len(held))
    begin = _passed(rows.time_s, -rows.current_a, -limits.from_share * current_a)
    end = _passed(rows.time_s, -rows.current_a, -limits.to_share * current_a)
    if begin is None or end is None or not begin.at_s < end.at_s:
        first_a, last_a = rows.current_a[[0, -1]].tolist()
        return None, (
            f"step: the current goes from {first_a:.4g} to {last_a:.4g} A, not through "
            f"{limits.from_share * current_a:.4g} and {limits.to_share * current_a:.4g} A"
        )
    found = rows.between(begin.at_s, end.at_s)
    reason = _again(begin, end) or _broken(found, ACTIVE * float(charge.current_a.max()))
    if not reason and np.abs(found.voltage_v - limits.hold_v).max() > limits.tolerance_v:
        reason = "the voltage is not constant"
    return (None, f"step: {reason}") if reason else (found, "")


def charging_current_a(charge: Trace, limits: Limits) -> float:
    """Return the median current until the voltage is held; NaN of fewer than three rows."""
    below = (charge.voltage_v >= limits.from_v) & (
        charge.voltage_v < limits.hold_v - limits.tolerance_v
    )
    active = below & (charge.current_a > ACTIVE * float(charge.current_a.max()))
    if np.count_nonzero(active) < CURRENT_ROWS_MIN:
        return float("nan")
    return float(np.median(charge.current_a[active]))


@dataclass(frozen=True, slots=True)
class _Passing:
    """When a line crosses a level upwards, first and last."""

    first_s: float
    last_s: float

    @property
    def at_s(self) -> float:
        return 0.5 * (self.first_s + self.last_s)


def _passed(time_s: Floats, values: Floats, level: float) -> _Passing | None:
    crossings = np.flatnonzero((values[:-1] < level) & (values[1:] >= level))
    if len(crossings) == 0:
        return None
    return _Passing(*(_crossing(time_s, values, level, row) for row in crossings[[0, -1]].tolist()))


def _again(begin: _Passing, end: _Passing) -> str:
    """Return how long an end is passed again and again; nothing if noise explains it."""
    longest_s = max(begin.last_s - begin.first_s, end.last_s - end.first_s)
    if longest_s > AGAIN_MAX * (end.at_s - begin.at_s):
        return f"an end is passed again within {longest_s:.4g} s"
    return ""


def _crossing(time_s: Floats, values: Floats, level: float, row: int) -> float:
    share = (level - values[row]) / (values[row + 1] - values[row])
    return float(time_s[row] + share * (time_s[row + 1] - time_s[row]))


def _broken(part: Trace, rest_a: float) -> str:
    """Return what interrupts a window or step; nothing if nothing does."""
    if len(part.time_s) < ROWS_MIN + 2:
        return f"{len(part.time_s) - 2} rows; at least {ROWS_MIN} are needed"
    if part.current_a.min() <= rest_a:
        return "a pause"
    gap_s = float(np.diff(part.time_s).max())
    if gap_s > GAP_MAX * (part.time_s[-1] - part.time_s[0]):
        return f"a gap of {gap_s:.4g} s"
    return ""


def _uneven(found: Trace, limits: Limits) -> str:
    """Return why a window is not one of constant current; nothing if it is."""
    away_v = np.maximum(limits.from_v - found.voltage_v, found.voltage_v - limits.to_v)
    if away_v.max() > BEYOND_MAX * (limits.to_v - limits.from_v):
        return "the voltage leaves it"
    low, middle, high = np.quantile(found.current_a, (0.05, 0.5, 0.95))
    if high - low > CURRENT_SPREAD * middle:
        return f"the current is not constant, {low:.4g} to {high:.4g} A"
    return ""


def constant_stage(charge: Trace, begin_s: float) -> Trace:
    """Return the rows of the current at a time, before it: back to the last change or pause."""
    last = int(np.searchsorted(charge.time_s, begin_s, side="right"))
    level = float(np.median(charge.current_a[max(last - ROWS_MIN, 0) : last + ROWS_MIN]))
    other: NDArray[np.intp] = np.flatnonzero(
        np.abs(charge.current_a[:last] - level) > CURRENT_SPREAD * level
    )
    return charge.part(int(other[-1]) + 1 if len(other) else 0, last)
