"""Rows of current, voltage and temperature in time, of one battery or many, as they can be used.

``time_s`` (of any beginning), ``current_a`` (positive on discharge), ``voltage_v`` (of one cell),
``temperature_c``, and perhaps ``battery``; rows in any order. A row that cannot be used keeps its
place, and says why.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cellchain.core.errors import Refused
from cellchain.science.estimation.curve import VOLTAGE_V
from cellchain.science.estimation.excitation import STEP_C, SURE, step_correlation
from cellchain.services.analysis.table import Texts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cellchain.services.analysis.table import Column, Floats, Table

TIME, CURRENT, VOLTAGE, TEMPERATURE = "time_s", "current_a", "voltage_v", "temperature_c"
BATTERY = "battery"
NUMBERS = (TIME, CURRENT, VOLTAGE, TEMPERATURE)
COLUMNS = (*NUMBERS, BATTERY)
"""Of an empty file; the last may be left out."""
CURVE_COLUMNS = ("soc", VOLTAGE)
ALONE = ""
"""Name of the battery of a file that names none."""
CELSIUS = (-50.0, 100.0)
CELSIUS_TYPICAL = 60.0
"""No battery is as warm in the middle of its rows: that is Fahrenheit or kelvin."""
CURRENT_C = 100.0
"""In capacities per hour: beyond is no current of a cell."""
UNIT_ROWS = 1_000
"""The first, by which units and sign are told."""


@dataclass(frozen=True, slots=True, eq=False)
class Drives:
    """The rows of a table, by battery and time."""

    batteries: tuple[str, ...]
    rows: tuple[NDArray[np.intp], ...]
    """Of each battery those that can be used, in order of time."""
    unusable: dict[int, str]
    """Why a row cannot be used."""
    numbers: dict[str, Floats]
    """The four columns, by name."""


def drives(table: Table, capacity_ah: float) -> Drives:
    """Return the rows of a table, sorted.

    Raises:
        Refused: ``table.column``, ``table.not_a_number``; ``twin.unit``: no volts of a cell, no
            degrees Celsius; ``twin.sign``: voltage rises with what should be a discharge.
    """
    numbers = {name: table.numbers(name) for name in NUMBERS}
    _check_units(numbers)
    unusable = _unusable(numbers, capacity_ah)
    names = _names(table)
    unusable |= dict.fromkeys(np.flatnonzero(names.codes < 0).tolist(), "no battery is named")
    usable = np.ones(table.rows, dtype=bool)
    usable[list(unusable)] = False
    order = np.lexsort((numbers[TIME], names.codes))
    order = order[usable[order]]
    times, codes = numbers[TIME][order], names.codes[order]
    again = (np.diff(times, prepend=np.nan) == 0.0) & (np.diff(codes, prepend=-1) == 0)
    unusable |= dict.fromkeys(order[again].tolist(), "a second row of this time")
    ends = np.searchsorted(codes[~again], np.arange(1, len(names.labels)))
    rows = np.split(order[~again], ends) if names.labels else []
    found = Drives(names.labels, tuple(rows), unusable, numbers)
    _check_sign(found, capacity_ah)
    return found


def keys(table: Table) -> dict[str, Column]:
    """Return the columns that say which row it is."""
    names = (BATTERY, TIME) if BATTERY in table.names else (TIME,)
    return {name: table.column(name) for name in names}


def _names(table: Table) -> Texts:
    if BATTERY in table.names:
        return table.texts(BATTERY)
    return Texts(np.zeros(table.rows, dtype=np.int32), (ALONE,))


def _check_units(numbers: dict[str, Floats]) -> None:
    volts, celsius = (_typical(numbers[name]) for name in (VOLTAGE, TEMPERATURE))
    if not VOLTAGE_V[0] <= volts <= VOLTAGE_V[1]:
        raise Refused(
            "twin.unit",
            f"voltages of typically {volts:g}: no volts of one cell",
            remedy='say in --map voltage_v = {from = "voltage_v", factor = 0.001}, or divide a '
            "pack's by its cells in series",
        )
    if not CELSIUS[0] <= celsius <= CELSIUS_TYPICAL:
        raise Refused(
            "twin.unit",
            f"temperatures of typically {celsius:g}: no degrees Celsius",
            remedy="say in --map: from Fahrenheit factor = 0.5555555555555556, "
            "offset = -17.77777777777778; from kelvin offset = -273.15",
        )


def _typical(values: Floats) -> float:
    first = values[:UNIT_ROWS]
    finite = first[np.isfinite(first)]
    return float(np.median(finite)) if len(finite) else 1.0


def _unusable(numbers: dict[str, Floats], capacity_ah: float) -> dict[int, str]:
    """Return the first reason against each row that has one."""
    found: dict[int, str] = {}
    ranges = {
        VOLTAGE: VOLTAGE_V,
        TEMPERATURE: CELSIUS,
        CURRENT: (-CURRENT_C * capacity_ah, CURRENT_C * capacity_ah),
    }
    for name, (low, high) in ranges.items():
        strange = np.flatnonzero((numbers[name] < low) | (numbers[name] > high))
        found |= dict.fromkeys(strange.tolist(), f"{name} is beyond what a cell can show")
    for name in NUMBERS:
        missing = np.flatnonzero(~np.isfinite(numbers[name]))
        found |= dict.fromkeys(missing.tolist(), f"{name} is missing or not finite")
    return found


def _check_sign(found: Drives, capacity_ah: float) -> None:
    for name, rows in zip(found.batteries, found.rows, strict=True):
        first = rows[:UNIT_ROWS]
        time_s, current_a, voltage_v = (found.numbers[one][first] for one in NUMBERS[:3])
        turned = step_correlation(time_s, current_a, voltage_v, STEP_C * capacity_ah)
        if turned > SURE:
            raise Refused(
                "twin.sign",
                f"the voltage{' of ' + name if name else ''} rises with the current (correlation "
                f"of steps {turned:.2f})",
                remedy="discharge is positive: say in --map "
                'current_a = {from = "current_a", factor = -1}',
            )
