"""State of health of retired cells from one sequence of pulses at an unknown state of charge.

In: ``Idx``, opaque; ``Qn``, nominal capacity, Ah; ``U1`` … ``U21``, the voltages at the corners of
the pulses. Nothing else is read: ``SOC``, ``SOE`` and ``Q`` would tell the answer. Out: ``Idx``,
the estimate as a fraction with its interval, ``model``, ``reason``. Every row by itself.

To learn from, also ``SOH``, a fraction, and ``SOC`` in percent; without ``SOC`` the tests of one
``Idx`` are ranked by their first voltage. The part of ``Idx`` before the first dash, after an
optional ``SOC-``, names the physical cell.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cellchain.core.errors import Refused
from cellchain.science.pulses.grading import GradeModel, fitted_grade, graded
from cellchain.services.analysis.estimates import Estimates
from cellchain.services.analysis.model_files import (
    LARGEST,
    check_model,
    model_bytes,
    parse_model,
    shipped_model,
    used_model,
)
from cellchain.services.analysis.table import EMPTY

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from cellchain.services.analysis.table import Floats, Table

KEY, NOMINAL, HEALTH, CHARGE = "Idx", "Qn", "SOH", "SOC"
CORNERS = tuple(f"U{n}" for n in range(1, 22))
COLUMNS = (KEY, NOMINAL, *CORNERS)
"""Of an empty file."""
KIND = "grade/1"
SHIPPED, TRAINED = "grade.shipped/1 Cylind21", "grade.trained"
VOLTAGE_MAX_V = 10.0
NOMINAL_APART = 0.05
"""How far a nominal capacity may be from those learnt, as a share."""
HEALTH_MAX, PERCENT = 2.0, 100.0
DEGREE_MAX = 20
"""Of the polynomial in health of a model in a file."""
SHARES_APART = 1e-6
"""How far from 1 the shares of a model in a file may add up."""
LEAK = 0.999
"""A correlation with the answer that no voltage has."""


@dataclass(frozen=True, slots=True, eq=False)
class Grading:
    """A model, and the nominal capacities that it knows."""

    model: GradeModel
    nominal_ah: tuple[float, float]
    """The smallest and the largest; 0 and 0 where none was given."""


def shipped() -> Grading:
    """Return the model that ships: twelve NMC 21700 cells of 2.1 Ah (Cylind21)."""
    return checked(shipped_model("grade", KIND, Grading))


def to_json(model: Grading) -> bytes:
    """Return a file that `parse` reads."""
    return model_bytes(KIND, model)


def parse(data: bytes) -> Grading:
    """Return the model in a file.

    Raises:
        Refused: ``model.malformed``.
    """
    return checked(parse_model(data, KIND, Grading))


def checked(grading: Grading) -> Grading:
    """Return a model whose parts fit each other, and whose numbers are in their ranges.

    Raises:
        Refused: ``model.malformed``.
    """
    model, surface = grading.model, grading.model.surface
    form, corners, levels = surface.form, len(CORNERS), surface.levels_percent
    check_model(
        0 <= form.health_degree <= DEGREE_MAX
        and surface.coefficients.ndim == 2  # noqa: PLR2004  # terms and corners
        and surface.coefficients.shape[1] == corners
        and len(surface.coefficients) > 0
        and len(surface.coefficients) % (form.health_degree + 1) == 0
        and levels.ndim == model.charges_percent.ndim == model.scores.ndim == 1
        and surface.scatter.shape == (len(levels), corners, corners)
        and model.shares.shape == model.charges_percent.shape
        and model.scores.shape == model.cells.shape
        and min(len(levels), len(model.shares), len(model.scores)) > 0,
        "its parts do not fit",
    )
    check_model(
        0.0 <= surface.charge_percent[0] < surface.charge_percent[1] <= PERCENT
        and 0.0 < surface.health[0] < surface.health[1] <= HEALTH_MAX
        and bool((np.diff(levels) > 0.0).all())
        and _all_within(levels, 0.0, PERCENT)
        and _all_within(model.charges_percent, 0.0, PERCENT)
        and _all_within(model.shares, 0.0, 1.0)
        and abs(float(model.shares.sum()) - 1.0) < SHARES_APART
        and 0.0 < model.exponent <= 1.0
        and _all_within(model.scores, 0.0, LARGEST)
        and _all_within(model.cells, 0.0, float(len(model.cells)))
        and 0.0 < model.distance_max <= LARGEST
        and 0.0 <= grading.nominal_ah[0] <= grading.nominal_ah[1] <= LARGEST,
        "a number of it is out of its range",
    )
    return grading


def trained(table: Table, *, progress: Callable[[int], None] = lambda _: None) -> Grading:
    """Return the model of tests of known health; rows with a gap or at 0 V are left out.

    Raises:
        Refused: ``grade.…``, ``table.…``.
    """
    voltages, health = _voltages(table), table.numbers(HEALTH)
    charge = table.numbers(CHARGE) if CHARGE in table.columns else _ranked(table, voltages[:, 0])
    whole = (voltages > 0.0).all(axis=1) & np.isfinite(health) & np.isfinite(charge)
    _check_answers(voltages[whole], health[whole], charge[whole])
    nominal = table.numbers(NOMINAL)[whole]
    given = nominal[np.isfinite(nominal)]
    return Grading(
        fitted_grade(
            voltages[whole], charge[whole], health[whole], cells(table)[whole], progress=progress
        ),
        (float(given.min()), float(given.max())) if len(given) else (0.0, 0.0),
    )


def estimated(table: Table, grading: Grading, name: str, level: float) -> Table:
    """Return the grade of each test.

    Raises:
        Refused: ``interval.level``, ``grade.millivolts``, ``model.malformed``, ``table.…``.
    """
    voltages, nominal = _voltages(table), table.numbers(NOMINAL)
    whole = (voltages > 0.0).all(axis=1)
    strange = _strange(nominal, grading.nominal_ah)
    with used_model():
        found = graded(grading.model, voltages[whole], level, strange[whole])
    check_model(bool(np.isfinite(found.health).all()), "its answers are no numbers")
    estimate, lower, upper, beyond = np.full((4, table.rows), np.nan)
    estimate[whole], lower[whole], upper[whole] = found.health, found.lower, found.upper
    beyond[whole] = found.beyond
    few = np.isinf(upper)
    reasons = [
        _reason(voltages[row], beyond[row], nominal[row] if strange[row] else None, few=few[row])
        for row in range(table.rows)
    ]
    told = Estimates(estimate, lower, upper, level, [name] * table.rows, reasons)
    return told.beside({KEY: table.column(KEY)})


def cells(table: Table) -> NDArray[np.intp]:
    """Return the number of the physical cell of each row.

    Raises:
        Refused: ``grade.no_cell``: a row has no ``Idx``.
    """
    texts = table.texts(KEY)
    if (texts.codes == EMPTY).any():
        raise Refused("grade.no_cell", "a row has no Idx", remedy="name the cell in each row")
    names = [label.removeprefix("SOC-").partition("-")[0] for label in texts.labels]
    _, numbers = np.unique(names, return_inverse=True)
    found: NDArray[np.intp] = numbers[texts.codes]
    return found


def _voltages(table: Table) -> Floats:
    voltages = np.column_stack([table.numbers(name) for name in CORNERS])
    worst = np.max(np.abs(voltages), initial=0.0, where=np.isfinite(voltages))
    if worst > VOLTAGE_MAX_V:
        raise Refused(
            "grade.millivolts",
            f"a voltage of {worst:g} V",
            remedy="give volts, or map them: U1 = {from = …, factor = 0.001}",
        )
    return np.where(np.isfinite(voltages), voltages, np.nan)


def _ranked(table: Table, voltage: Floats) -> Floats:
    """Return the rank of each test among those of its ``Idx``, in percent of them."""
    codes = table.texts(KEY).codes
    ranks = np.full(len(voltage), np.nan)
    for code in np.unique(codes):
        rows = np.flatnonzero(codes == code)
        order = np.argsort(np.argsort(voltage[rows], kind="stable"), kind="stable")
        ranks[rows] = PERCENT * (order + 1.0) / len(rows)
    return ranks


def _check_answers(voltages: Floats, health: Floats, charge: Floats) -> None:
    if not len(health):
        raise Refused("grade.few_cells", "no row is whole", remedy="give U1 to U21 and SOH")
    if health.max() > HEALTH_MAX or health.min() <= 0.0:
        raise Refused(
            "grade.health",
            f"SOH from {health.min():g} to {health.max():g}",
            remedy="give fractions, or map them: SOH = {from = …, factor = 0.01}",
        )
    if charge.max() <= 1.0 or charge.max() > PERCENT or charge.min() < 0.0:
        raise Refused(
            "grade.charge",
            f"SOC from {charge.min():g} to {charge.max():g}",
            remedy="give percent, or map it: SOC = {from = …, factor = 100}",
        )
    for name, column in zip(CORNERS, voltages.T, strict=True):
        if column.std() > 0 < health.std() and abs(np.corrcoef(column, health)[0, 1]) > LEAK:
            raise Refused(
                "grade.leak", f"{name} tells SOH: they go together", remedy="give the voltages"
            )


def _all_within(values: Floats, low: float, high: float) -> bool:
    return bool(((values >= low) & (values <= high)).all())


def _strange(nominal: Floats, known: tuple[float, float]) -> NDArray[np.bool_]:
    if known[1] <= 0.0:
        return np.zeros(len(nominal), dtype=bool)
    low, high = known[0] * (1.0 - NOMINAL_APART), known[1] * (1.0 + NOMINAL_APART)
    return (nominal < low) | (nominal > high)


def _reason(voltages: Floats, beyond: float, nominal: float | None, *, few: bool) -> str:
    if np.isnan(voltages).any():
        return f"no voltage at {CORNERS[int(np.isnan(voltages).argmax())]}"
    if voltages.min() <= 0.0:
        return f"{CORNERS[int(voltages.argmin())]} is {voltages.min():g} V: not above 0"
    parts = [
        f"out of domain: a nominal capacity of {nominal:g} Ah" if nominal is not None else "",
        f"out of domain: {beyond:.2g} times as far from any test that was learnt as a cell left out"
        if beyond > 1.0
        else "",
        "too few cells were learnt for this level" if few else "",
    ]
    return "; ".join(filter(None, parts))
