"""Charge features of raw measurements: a row for each cycle, from the rows of that cycle alone.

In: ``time_s``, ``current_a`` (discharge positive), ``voltage_v``, ``cell``, ``cycle``; perhaps
``grp`` and ``temperature_c``. Rows may be in any order, cells and cycles interleaved. Out: ``grp``,
``cell``, ``n``; the features that `soh` and `rul` learn from, the peak of the incremental capacity,
the mean temperature while charging; ``capacity`` of the discharge that follows; ``reason``: what
the data do not support, and why.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from cellchain.core.errors import Refused
from cellchain.science.charging.features import NAMES, Described, described
from cellchain.science.charging.stages import Limits
from cellchain.science.charging.trace import Trace
from cellchain.services.analysis.table import Table, Texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from cellchain.services.analysis.table import Floats

TIME, CURRENT, VOLTAGE, TEMPERATURE = "time_s", "current_a", "voltage_v", "temperature_c"
GROUP, CELL, CYCLE = "grp", "cell", "cycle"
TEXTS = (GROUP, CELL)
COLUMNS = (GROUP, CELL, CYCLE, TIME, CURRENT, VOLTAGE, TEMPERATURE)
"""Of an empty file."""
ONE_GROUP = "all"
"""The group of every cell where no column tells it."""
TEMPERATURE_MEAN = "temperature mean"
VOLTAGE_MAX_V = 10.0
"""Of one cell; more is millivolts, or a pack."""
DEFAULT = Limits()
REPEATED_MAX = 0.05
"""Of the rows of a cycle out of order: with more, its times are counted from each step anew."""


def featured(
    table: Table,
    limits: Limits = DEFAULT,
    *,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> Table:
    """Return a row for each cycle, in the order in which they begin in the table.

    Args:
        table: As in the head of this file.
        limits: Where the window of constant current and the step of constant voltage lie.
        progress: Told of the cycles that are done, and of all.

    Raises:
        Refused: ``table.…``; ``features.none``, ``features.key``, ``features.voltage``,
            ``features.limits``; ``features.sign``: no charge raises the voltage.
    """
    _check_limits(limits)
    groups, cells, numbers = _keys(table)
    time_s, voltage_v = table.numbers(TIME), table.numbers(VOLTAGE)
    current_a = -table.numbers(CURRENT)
    heat = table.numbers(TEMPERATURE) if TEMPERATURE in table.columns else None
    _check_voltage(voltage_v)
    measured = np.isfinite(time_s) & np.isfinite(current_a) & np.isfinite(voltage_v)
    parts = _cycles(groups, cells, numbers)
    found, temperatures = [], np.full(len(parts), np.nan)
    for number, part in enumerate(parts):
        rows, odd = _in_order(part, time_s, measured)
        told = described(Trace(time_s[rows], current_a[rows], voltage_v[rows]), limits)
        found.append((told, odd))
        if heat is not None and told.charge[1]:
            charged = rows[slice(*told.charge)]
            temperatures[number] = _mean(time_s[charged], heat[charged])
        progress(number + 1, len(parts))
    _check_sign([told for told, _ in found])
    firsts = np.array([part[0] for part in parts])
    values = {name: np.array([one.values.get(name, np.nan) for one, _ in found]) for name in NAMES}
    return Table(
        {
            GROUP: Texts(groups.codes[firsts], groups.labels),
            CELL: Texts(cells.codes[firsts], cells.labels),
            "n": numbers[firsts],
            **values,
            **({} if heat is None else {TEMPERATURE_MEAN: temperatures}),
            "reason": Texts.of("; ".join((*odd, *one.reasons)) or None for one, odd in found),
        }
    )


def _keys(table: Table) -> tuple[Texts, Texts, Floats]:
    if table.rows == 0:
        raise Refused("features.none", "the table has no row", remedy="give measurements")
    cells, numbers = table.texts(CELL), table.numbers(CYCLE)
    one = Texts(np.zeros(table.rows, dtype=np.int32), (ONE_GROUP,))
    groups = table.texts(GROUP) if GROUP in table.columns else one
    without = np.flatnonzero((groups.codes < 0) | (cells.codes < 0) | ~np.isfinite(numbers))
    if len(without):
        raise Refused(
            "features.key",
            f"row {without[0] + 1} lacks a group, a cell or the number of a cycle",
            remedy=f"give {CELL} and {CYCLE} to every row, {GROUP} to all or none",
        )
    return groups, cells, numbers


def _cycles(groups: Texts, cells: Texts, numbers: Floats) -> list[NDArray[np.intp]]:
    """Return the rows of each cycle as they come; cycles in the order of their first rows."""
    whose = groups.codes.astype(np.int64) * len(cells.labels) + cells.codes
    order = np.lexsort((numbers, whose))  # stable
    new = (np.diff(whose[order]) != 0) | (np.diff(numbers[order]) != 0.0)
    bounds = [0, *(np.flatnonzero(new) + 1).tolist(), len(order)]
    parts = [order[begin:end] for begin, end in pairwise(bounds)]
    return sorted(parts, key=lambda rows: int(rows[0]))


def _in_order(
    rows: NDArray[np.intp], time_s: Floats, measured: NDArray[np.bool_]
) -> tuple[NDArray[np.intp], list[str]]:
    """Return the rows that can be used, by time; and what was odd about them."""
    odd = []
    whole = rows[measured[rows]]
    if len(whole) < len(rows):
        odd.append(f"{len(rows) - len(whole)} rows without a time, current or voltage left out")
    back = bool((np.diff(time_s[whole]) < 0.0).any())
    if back:
        odd.append("rows out of order: sorted by time")
        whole = whole[np.argsort(time_s[whole], kind="stable")]
    again = np.diff(time_s[whole], prepend=-np.inf) == 0.0
    repeated = np.count_nonzero(again)
    if back and repeated > REPEATED_MAX * len(whole):
        return whole[:0], ["times go back and repeat: count them from the start of the cycle"]
    if repeated:
        odd.append(f"{repeated} rows at a time that was there left out")
    return whole[~again], odd


def _mean(time_s: Floats, values: Floats) -> float:
    """Return the mean over time of what is finite; NaN of fewer than two values."""
    there = np.isfinite(values)
    if np.count_nonzero(there) <= 1:
        return float("nan")
    times = time_s[there]
    return float(np.trapezoid(values[there], times) / (times[-1] - times[0]))


def _check_voltage(voltage_v: Floats) -> None:
    wrong = np.flatnonzero(np.isfinite(voltage_v) & (np.abs(voltage_v) > VOLTAGE_MAX_V))
    if len(wrong):
        raise Refused(
            "features.voltage",
            f"row {wrong[0] + 1} has {voltage_v[wrong[0]]:g} V",
            remedy="give volts of one cell; --map turns millivolts to volts by a factor",
        )


def _check_limits(limits: Limits) -> None:
    rising = (0.0, limits.empty_v, limits.from_v, limits.to_v, limits.hold_v, VOLTAGE_MAX_V)
    if not all(low < high for low, high in pairwise(rising)):
        raise Refused(
            "features.limits",
            f"empty at {limits.empty_v:g}, window from {limits.from_v:g} to {limits.to_v:g}, held "
            f"at {limits.hold_v:g} V",
            remedy="give voltages that rise in this order",
        )


def _check_sign(found: Iterable[Described]) -> None:
    charged = [one for one in found if one.charge[1]]
    if charged and all(one.falls for one in charged):
        raise Refused(
            "features.sign",
            f"the voltage falls in each of {len(charged)} charges",
            remedy="current_a is positive on discharge; --map turns it round by a factor of -1",
        )
