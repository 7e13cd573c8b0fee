"""Discharge curves of cells, cycle by cycle, on the grid of the models.

As arrays: ``Q``, shape [cell, voltage, cycle], Ah; ``cycles``, shape [cycle], 2 … 100 where it is
missing; ``voltage_v``, shape [voltage], an even grid from 3.5 down to 2.0 V where it is missing;
``cycle_life``, shape [cell], in a file to learn from. As a table: ``cell, cycle, voltage_v, q_ah``,
and ``cycle_life``, the same in each row of a cell.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cellchain.core.errors import Refused
from cellchain.science.early.curves import VOLTAGE_HIGH_V, VOLTAGE_LOW_V, VOLTAGES, on_grid
from cellchain.services.analysis.table import EMPTY, Table, Texts, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from cellchain.services.analysis.table import Column, Floats

CELL, CYCLE, VOLTAGE, CHARGE, LIFE = "cell", "cycle", "voltage_v", "q_ah", "cycle_life"
FIRST_CYCLE, LAST_CYCLE = 2, 100
VOLTAGE_MAX_V = 10.0
"""Of one cell: more of it is in millivolts."""
CHARGE_MAX_AH = 600.0
"""Of one cell whose curves these models know: a typical curve with more is in milliampere-hours."""
AXES = 3


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """The curves of some cells."""

    cells: Column
    """The key of each: its place on the axis, or its name."""
    cycles: tuple[Floats, ...]
    """Of each cell: the numbers of its cycles, rising."""
    charge_ah: tuple[Floats, ...]
    """Of each cell, on the grid, shape [voltages, cycles]; NaN where a curve is missing."""
    life: Floats | None
    """Cycles; NaN where nobody knows."""


def curves_of_arrays(arrays: Mapping[str, NDArray[Any]]) -> Curves:
    """Return the curves in arrays.

    Raises:
        Refused: ``curves.axes``, ``curves.numbers``, ``curves.millivolts``,
            ``curves.milliamperes``, ``curves.twice``.
    """
    charge = _numbers(arrays, "Q", AXES)
    cells, points, count = charge.shape
    cycles = _axis(arrays, "cycles", count, np.arange(FIRST_CYCLE, LAST_CYCLE + 1.0))
    even = np.linspace(VOLTAGE_HIGH_V, VOLTAGE_LOW_V, points)
    voltages = _axis(arrays, VOLTAGE, points, even)
    _check_volts(voltages)
    _check_once(cycles)
    life = _axis(arrays, LIFE, cells, np.empty(0)) if LIFE in arrays else None
    order = np.argsort(cycles, kind="stable")
    found = [_curves([(voltages, one[:, cycle]) for cycle in order.tolist()]) for one in charge]
    _check_charge(found)
    keys = np.arange(cells, dtype=np.float64)
    return Curves(keys, (cycles[order],) * cells, tuple(found), life)


def curves_of_table(table: Table) -> Curves:
    """Return the curves in a table; cells in the order in which they come.

    Raises:
        Refused: ``table.…``, ``curves.…``.
    """
    names, voltages, charge = table.texts(CELL), table.numbers(VOLTAGE), table.numbers(CHARGE)
    cycles = table.numbers(CYCLE)
    life = table.numbers(LIFE) if LIFE in table.columns else None
    _check_volts(voltages)
    named = (names.codes != EMPTY) & np.isfinite(cycles)
    if not named.all():
        row = int(np.flatnonzero(~named)[0]) + 1
        raise Refused("curves.key", f"row {row} has no cell or no cycle", remedy="name both")
    order = np.lexsort((cycles, names.codes))
    codes, firsts = np.unique(names.codes, return_index=True)
    starts = np.searchsorted(names.codes[order], codes)
    groups = np.split(order, starts[1:]) if len(codes) else []
    found = [_one_cell(rows, cycles, voltages, charge) for rows in groups]
    _check_charge([curves for _, curves in found])
    ranks = np.argsort(firsts, kind="stable").tolist()
    lives = None if life is None else np.array([_one_life(life[groups[rank]]) for rank in ranks])
    return Curves(
        Texts.of(names.labels[codes[rank]] for rank in ranks),
        tuple(found[rank][0] for rank in ranks),
        tuple(found[rank][1] for rank in ranks),
        lives,
    )


def _one_cell(
    rows: NDArray[np.intp], cycles: Floats, voltages: Floats, charge: Floats
) -> tuple[Floats, Floats]:
    """Return the cycles of a cell and its curves; rows are in order of the cycles."""
    numbers, begins = np.unique(cycles[rows], return_index=True)
    parts = np.split(rows, begins[1:])
    return numbers, _curves([(voltages[one], charge[one]) for one in parts])


def _curves(parts: list[tuple[Floats, Floats]]) -> Floats:
    return np.column_stack([on_grid(*part) for part in parts]) if parts else np.empty((VOLTAGES, 0))


def _one_life(life: Floats) -> float:
    found = np.unique(life[~np.isnan(life)])
    if len(found) > 1:
        raise Refused(
            "curves.life", f"a cell has the lives {found[0]:g} and {found[1]:g}",
            remedy="give each cell one",
        )  # fmt: skip
    return float(found[0]) if len(found) else float("nan")


def _numbers(arrays: Mapping[str, NDArray[Any]], name: str, axes: int) -> Floats:
    if name not in arrays or arrays[name].ndim != axes:
        seen = ", ".join(f"{shown(key)}{list(one.shape)}" for key, one in list(arrays.items())[:5])
        raise Refused(
            "curves.axes",
            f"there is no {name!r} with {axes} axes among {seen or 'no arrays'}",
            remedy="give Q[cell, voltage, cycle], and cycles[cycle] where they are not 2 to 100",
        )
    if arrays[name].dtype.kind not in "biuf":
        raise Refused(
            "curves.numbers", f"{name!r} holds {arrays[name].dtype}", remedy="give numbers"
        )
    return arrays[name].astype(np.float64)


def _axis(arrays: Mapping[str, NDArray[Any]], name: str, length: int, usual: Floats) -> Floats:
    values = _numbers(arrays, name, 1) if name in arrays else usual
    if len(values) != length or (name != LIFE and not np.isfinite(values).all()):
        raise Refused(
            "curves.axes",
            f"{name} has {len(values)} values; its axis in the file has {length}",
            remedy=f"give an array {name!r} with a finite number for each",
        )
    return values


def _check_volts(voltages_v: Floats) -> None:
    if (voltages_v > VOLTAGE_MAX_V).any():
        raise Refused(
            "curves.millivolts",
            f"a voltage of {np.nanmax(voltages_v):g} V",
            remedy=f"give volts, or map them: {VOLTAGE} = {{from = …, factor = 0.001}}",
        )


def _check_charge(charge_ah: list[Floats]) -> None:
    """Refuse curves whose median capacity is that of no cell."""
    ends = np.concatenate([np.empty(0), *(one.max(axis=0, initial=-np.inf) for one in charge_ah)])
    known = ends[np.isfinite(ends)]
    if len(known) and np.median(known) > CHARGE_MAX_AH:
        raise Refused(
            "curves.milliamperes",
            f"a typical curve goes to {np.median(known):g} Ah",
            remedy=f"give ampere-hours, or map them: {CHARGE} = {{from = …, factor = 0.001}}",
        )


def _check_once(cycles: Floats) -> None:
    numbers, counts = np.unique(cycles, return_counts=True)
    if (counts > 1).any():
        raise Refused(
            "curves.twice", f"cycle {numbers[counts.argmax()]:g} comes twice", remedy="keep one"
        )
