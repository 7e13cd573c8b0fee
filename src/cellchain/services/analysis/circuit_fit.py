"""The circuit of a kind of cell, from drives and its open-circuit curve.

In: ``time_s, current_a`` (positive on discharge)``, voltage_v, temperature_c``, and perhaps
``battery``: cells of one kind, each from rest; drives at several temperatures teach what
temperature does. Beside it the curve: ``soc`` (0 to 1), ``voltage_v``. Out: the circuit as JSON,
of the kind ``circuit/1``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cellchain.core.errors import Refused
from cellchain.science.estimation.curve import STEPS, gridded
from cellchain.science.estimation.equivalent import HALF, Equivalent
from cellchain.science.estimation.identification import Drive, identified, modelled
from cellchain.services.analysis.drives import (
    BATTERY,
    COLUMNS,
    CURVE_COLUMNS,
    NUMBERS,
    TIME,
    VOLTAGE,
    drives,
)
from cellchain.services.analysis.model_files import model_bytes, parse_model
from cellchain.services.analysis.picture import POINTS_MAX
from cellchain.services.analysis.shapes import Course, Picture, shown_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from cellchain.services.analysis.table import Table

__all__ = (
    "BATTERY",
    "COLUMNS",
    "CURVE_COLUMNS",
    "fitted",
    "parse",
    "picture",
    "sentence",
    "summary",
    "to_json",
)

KIND = "circuit/1"
MEASURED = "measured"


def fitted(
    table: Table,
    curve: Table,
    capacity_ah: float,
    *,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Equivalent:
    """Return the circuit.

    Args:
        table: Of the drives; rows that cannot be used are left out.
        curve: The open circuit.
        capacity_ah: Between empty and full of the curve.
        progress: Told of the searches that are done, and of all.

    Raises:
        Refused: ``twin.…``, ``table.…``.
    """
    if not 0.0 < capacity_ah < np.inf:
        raise Refused("twin.capacity", f"a capacity of {capacity_ah} Ah", remedy="give one above 0")
    curve_v = gridded(*(curve.numbers(name) for name in CURVE_COLUMNS))
    several = list(_drives(table, capacity_ah).values())
    if not several:
        raise Refused("twin.drive", "no row can be used", remedy="give a drive from rest")
    return identified(several, curve_v, capacity_ah, progress=progress)


def _drives(table: Table, capacity_ah: float) -> dict[str, Drive]:
    found = drives(table, capacity_ah)
    return {
        battery: Drive(*(found.numbers[name][rows] for name in NUMBERS))
        for battery, rows in zip(found.batteries, found.rows, strict=True)
    }


def picture(table: Table, cell: Equivalent) -> Picture:
    """Return the longest drive that a circuit was learnt from: as measured, and as it says.

    Args:
        table: Of the drives.
        cell: What was learnt from them.

    Raises:
        Refused: ``twin.…``, ``table.…``.
    """
    battery, drive = max(
        _drives(table, cell.capacity_ah).items(), key=lambda one: len(one[1].time_s)
    )
    courses = {MEASURED: drive.voltage_v, **modelled(drive, cell)}
    rows = np.linspace(0, len(drive.time_s) - 1, min(len(drive.time_s), POINTS_MAX)).astype(int)
    time_s = tuple(drive.time_s[rows].tolist())
    return Picture(
        f"The longest drive{f': {shown_name(battery)}' if battery else ''}",
        TIME,
        VOLTAGE,
        tuple(
            Course(name, time_s, tuple(one[rows].tolist()), dots=name == MEASURED)
            for name, one in courses.items()
        ),
    )


def to_json(cell: Equivalent) -> bytes:
    """Return a file that `parse` reads."""
    return model_bytes(KIND, cell)


def parse(data: bytes) -> Equivalent:
    """Return the circuit in a file.

    Raises:
        Refused: ``model.malformed``: it is none, or one that no cell has.
    """
    cell = parse_model(data, KIND, Equivalent)
    shapes = (
        cell.curve_v.shape == (STEPS + 1,) and cell.ohm.shape == (3, STEPS + 1)
        and cell.activation_j_mol.shape == (3,)
        and cell.tau_s.shape == cell.celsius.shape == cell.soc.shape == (2,)
    )  # fmt: skip
    above = (cell.capacity_ah, cell.error_v, cell.error_s, cell.rough_s, cell.noise_v)
    if not shapes or not all(0.0 < one < np.inf for one in above) or not _positive(cell):
        raise Refused(
            "model.malformed", "no circuit of a cell", remedy="make it anew: cellchain twin fit"
        )
    return cell


def _positive(cell: Equivalent) -> bool:
    rising = bool((np.diff(cell.curve_v) > 0.0).all())
    return rising and bool((cell.ohm > 0.0).all() and (cell.tau_s > 0.0).all())


def summary(cell: Equivalent) -> dict[str, float | list[float]]:
    """Return what a circuit is, in a few numbers."""
    return {
        "resistance_ohm": cell.ohm[:, HALF].tolist(),
        "tau_s": cell.tau_s.tolist(),
        "error_v": cell.error_v,
        "noise_v": cell.noise_v,
        "celsius": cell.celsius.tolist(),
        "soc": cell.soc.tolist(),
    }


def sentence(cell: Equivalent) -> str:
    """Return the same for people."""
    ohm = ", ".join(f"{1e3 * one:.2f}" for one in cell.ohm[:, HALF])
    tau = " and ".join(f"{one:.0f}" for one in cell.tau_s)
    return (
        f"{ohm} mohm, {tau} s, from {cell.celsius[0]:.0f} to {cell.celsius[1]:.0f} °C and "
        f"{cell.soc[0]:.0%} to {cell.soc[1]:.0%}; unexplained {1e3 * cell.error_v:.1f} mV"
    )
