"""How much a cell still holds: a row for each charge, from that charge and those before.

In: ``grp``, ``cell``, ``n``; the charge features of `cycles`, any of which may be missing;
``capacity`` in ampere-hours where it is known, of which the first ten of each cell are used, as its
start; perhaps ``nominal_ah``. To learn from: the same, with capacities. Where both tables have
columns of `CURVE_FEATURES`, they are features as well, if cells left out of the training are told
better with them. Out: the keys;
``estimate``, ``lo``, ``hi`` in ampere-hours; ``soh_of_start``, estimate ÷ median of the cell's
first ten capacities so far; with a nominal capacity ``soh``, estimate ÷ that.

A measured capacity is never repeated as an estimate: every estimate is made from features and the
start. ``n`` orders the rows of a cell and is no feature unless it is asked to be one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cellchain.core.errors import Refused
from cellchain.science.capacity.model import Answer, CapacityModel
from cellchain.science.capacity.model import learnt as model_of
from cellchain.science.capacity.rows import CURVE_FEATURES, FEATURES, Rows
from cellchain.science.intervals.conformal import check_level
from cellchain.science.steps import silent
from cellchain.services.analysis.cycles import CAPACITY, KEYS, NUMBER, Cycles, cycles_of
from cellchain.services.analysis.estimates import Estimates

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import NDArray

    from cellchain.science.capacity.model import Capacities
    from cellchain.science.steps import Progress
    from cellchain.services.analysis.table import Floats, Table

NOMINAL = "nominal_ah"
COLUMNS = (*KEYS, CAPACITY, *FEATURES)
"""Of an empty file."""
VOLTAGE_MAX_V = 10.0
"""Of one cell, whatever its chemistry; more is millivolts, or a pack."""
LEAK_FROM = 0.9999
"""Correlation with the capacity from which a feature is the answer itself."""
_WAYS = {
    Answer.NONE: "none",
    Answer.DIRECT: "features",
    Answer.JOINED: "features and start",
    Answer.TRANSFERRED: "fade since start",
}
_NO_FEATURE = "no charge feature is known"
_NO_START = "out of domain, and none of the cell's first ten capacities is known"
_OUTSIDE = "out of domain: unlike any charge that was learnt; judged by its change since its start"
_DOUBTED = "the features contradict the first capacities: judged without them"
_LEARNT = "the cell is in the training file"
SURE = 2.0
"""Standard errors by which features of curves must pay."""
_ROWS_MIN = 16
"""By which a leak can be told."""
_KNOWN_MIN = 0.5
"""Of the training rows: a curve that shows a feature more seldom teaches nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class SohModel:
    """What was learnt, and from whom."""

    capacity: CapacityModel
    groups: tuple[str, ...]
    """In the order of their numbers."""
    cells: frozenset[tuple[str, str]]
    """Group and name of each."""
    uses_row_number: bool
    features: tuple[str, ...] = FEATURES
    """`FEATURES`, and those of `CURVE_FEATURES` that pay."""


def check_question(level: float, nominal_ah: float | None) -> None:
    """Refuse what cannot be asked of any table, before anything slow is done.

    Raises:
        Refused: ``interval.level``, ``soh.nominal``.
    """
    check_level(level)
    if nominal_ah is not None:
        _check_nominal(np.array([nominal_ah]))


def learnt(
    training: Table,
    *,
    offered: Collection[str] = (),
    use_row_number: bool = False,
    progress: Progress = silent,
) -> SohModel:
    """Return what a table of cells teaches.

    Args:
        training: As in the head of this file, with capacities.
        offered: Columns of the tables that will be asked of. Their names alone count: what is in
            them would let one cell change what is said of another.
        use_row_number: Whether ``n`` is a feature: it tells the age where no row was dropped.
        progress: Told how many steps of how many are done.

    Raises:
        Refused: ``capacity.…``, ``cycles.…``, ``table.…``; ``soh.voltage``, ``soh.leak``.
    """
    cycles = cycles_of(training)
    groups = tuple(dict.fromkeys(group for group, _ in cycles.cells))
    _, rows = _rows(cycles, groups, FEATURES, use_row_number=use_row_number)
    _check_leak(rows)
    names, capacity = FEATURES, model_of(rows, progress=progress)
    if curves := _curve_features(cycles, offered):
        _, more = _rows(cycles, groups, FEATURES + curves, use_row_number=use_row_number)
        with_curves = model_of(more, progress=progress)
        if _pays(capacity.left_out - with_curves.left_out):
            names, capacity = FEATURES + curves, with_curves
    return SohModel(capacity, groups, frozenset(cycles.cells), use_row_number, names)


def estimated(
    table: Table, model: SohModel, *, level: float = 0.9, nominal_ah: float | None = None
) -> Table:
    """Return the capacity at each row.

    Args:
        table: Of any cells.
        model: What another table taught.
        level: How often an interval shall hold the truth.
        nominal_ah: Of every cell, where no column says it, ampere-hours.

    Raises:
        Refused: ``cycles.…``, ``table.…``, ``interval.level``; ``soh.voltage``, ``soh.nominal``.
    """
    cycles = cycles_of(table)
    nominal = _nominal(table, nominal_ah)
    order, rows = _rows(cycles, model.groups, model.features, use_row_number=model.uses_row_number)
    found = model.capacity.estimated(rows, level)
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    estimate, half = found.estimate_ah[place], found.half_width_ah[place]
    more = {"soh_of_start": estimate / found.start_ah[place]}
    if nominal is not None:
        more["soh"] = estimate / nominal
    of_training = np.repeat([one in model.cells for one in cycles.cells], _sizes(cycles))
    reasons = _reasons(rows, found, of_training, model.features)
    curves = "" if model.features == FEATURES else ", with curves"
    ways = [_WAYS[Answer(one)] for one in found.answer[place].tolist()]
    return Estimates(
        estimate,
        np.maximum(estimate - half, 0.0),
        estimate + half,
        level,
        [f"soh.trained/1 on {len(model.cells)} cells{curves}: {way}" for way in ways],
        [reasons[row] for row in place.tolist()],
    ).beside(cycles.keys(), more)


def continued(
    before: Table,
    table: Table,
    model: SohModel,
    *,
    level: float = 0.9,
    nominal_ah: float | None = None,
) -> Table:
    """Return the capacity at each row of ``table``, which follows rows that came before.

    Raises:
        Refused: As `estimated`.
    """
    told = estimated(before.above(table), model, level=level, nominal_ah=nominal_ah)
    return told.taken(np.arange(before.rows, told.rows))


def _rows(
    cycles: Cycles, groups: Sequence[str], names: Sequence[str], *, use_row_number: bool
) -> tuple[NDArray[np.intp], Rows]:
    """Return the order that sorts the table by cell and number, and its rows in that order."""
    order = np.concatenate(cycles.rows)
    sizes = _sizes(cycles)
    numbers = {group: number for number, group in enumerate(groups)}
    features = cycles.features(names)[order]
    _check_voltage(features[:, FEATURES.index("voltage mean")], order)
    return order, Rows(
        features=features,
        capacity_ah=cycles.capacity_ah()[order],
        place=np.concatenate([np.arange(size) for size in sizes]),
        regime=np.repeat([numbers.get(group, -1) for group, _ in cycles.cells], sizes),
        number=cycles.table.numbers(NUMBER)[order] if use_row_number else None,
    )


def _sizes(cycles: Cycles) -> list[int]:
    return [len(rows) for rows in cycles.rows]


def _check_voltage(voltage_v: Floats, order: NDArray[np.intp]) -> None:
    wrong = np.flatnonzero(np.abs(voltage_v) > VOLTAGE_MAX_V)
    if len(wrong):
        raise Refused(
            "soh.voltage",
            f"row {order[wrong[0]] + 1} has a mean voltage of {voltage_v[wrong[0]]:g} V",
            remedy="give volts of one cell; --map turns millivolts to volts by a factor",
        )


def _check_leak(rows: Rows) -> None:
    """Refuse a feature that is the capacity under another name."""
    for name, values in zip(FEATURES, rows.features.T, strict=True):
        correlation = _correlation(values, rows.capacity_ah)
        if abs(correlation) > LEAK_FROM:
            raise Refused(
                "soh.leak",
                f"{name!r} of the training file goes with the capacity by {correlation:.6f}",
                remedy="it holds the answer: give what was measured during the charge",
            )


def _correlation(values: Floats, capacity_ah: Floats) -> float:
    """Return it over the rows that have both; 0 where they are few or one of them is constant."""
    both = ~np.isnan(values) & ~np.isnan(capacity_ah)
    x, y = values[both], capacity_ah[both]
    if len(x) < _ROWS_MIN or np.ptp(x) == 0.0 or np.ptp(y) == 0.0:
        return 0.0
    return float(np.corrcoef(x, y)[0, 1])


def _curve_features(cycles: Cycles, offered: Collection[str]) -> tuple[str, ...]:
    """Return which features of curves can be learnt: both tables have them, and none leaks."""
    names = [one for one in CURVE_FEATURES if one in offered and one in cycles.table.columns]
    values, capacity_ah = cycles.features(names), cycles.capacity_ah()
    return tuple(
        name
        for name, column in zip(names, values.T, strict=True)
        if np.mean(np.isfinite(column)) >= _KNOWN_MIN
        and abs(_correlation(column, capacity_ah)) <= LEAK_FROM
    )


def _pays(gains: Floats) -> bool:
    """Return whether the gains of cells left out are more than chance: two standard errors."""
    error = float(gains.std(ddof=1) / np.sqrt(len(gains)))
    return float(gains.mean()) > SURE * error


def _nominal(table: Table, nominal_ah: float | None) -> Floats | None:
    if NOMINAL in table.columns:
        nominal = table.numbers(NOMINAL)
    elif nominal_ah is not None:
        nominal = np.full(table.rows, nominal_ah)
    else:
        return None
    _check_nominal(nominal)
    return nominal


def _check_nominal(nominal_ah: Floats) -> None:
    wrong = nominal_ah[(nominal_ah <= 0.0) | np.isinf(nominal_ah)]
    if len(wrong):
        raise Refused(
            "soh.nominal", f"a nominal capacity of {wrong[0]:g} Ah", remedy="give ampere-hours"
        )


def _reasons(
    rows: Rows, found: Capacities, of_training: NDArray[np.bool_], names: Sequence[str]
) -> list[str]:
    """Return what is to be said of each row; each different one is worded once."""
    powers = 2 ** np.arange(len(names))
    missing = (np.isnan(rows.features) * powers).sum(axis=1)
    unseen = (found.unseen * powers).sum(axis=1)
    infinite = np.isinf(found.half_width_ah)
    facts = [missing, unseen, found.answer, rows.regime < 0, infinite, of_training, found.doubted]
    different, which = np.unique(np.column_stack(facts), axis=0, return_inverse=True)
    worded = [_reason(one, names) for one in different.tolist()]
    return [worded[number] for number in which.ravel().tolist()]


def _reason(facts: Sequence[int], names: Sequence[str]) -> str:
    missing, unseen, answer, strange, infinite, of_training, doubted = facts
    if answer == Answer.NONE:
        return _NO_FEATURE if missing == 2 ** len(names) - 1 else _NO_START
    gaps = missing & ~unseen
    said = [
        (answer == Answer.TRANSFERRED, _OUTSIDE),
        (doubted, _DOUBTED),
        (strange, "the group is not in the training file"),
        (unseen, f"never seen of this cell: {_named(unseen, names)}"),
        (gaps, f"missing, judged by the rows before: {_named(gaps, names)}"),
        (infinite, "too few cells were learnt for an interval of this level"),
        (of_training, _LEARNT),
    ]
    return "; ".join(text for holds, text in said if holds)


def _named(bits: int, names: Sequence[str]) -> str:
    return ", ".join(name for at, name in enumerate(names) if bits >> at & 1)
