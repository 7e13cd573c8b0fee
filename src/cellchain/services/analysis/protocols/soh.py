"""How `soh` is judged: on cells left out of a family, and on a family left out.

What is asked is the table as a user has it: every feature, and the capacities of the first ten
charges. The scored rows are those after them, at most 150 of a cell, evenly spread; a row without
an answer is scored as the naive estimate, uncovered. Naive is no fade since the start.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import permutations
from typing import TYPE_CHECKING

import numpy as np

from cellchain.core.errors import Refused
from cellchain.science.capacity.history import START_ROWS, start_median
from cellchain.science.capacity.validation import FOLDS, folds, spread
from cellchain.science.intervals.coverage import covered
from cellchain.services.analysis.cycles import CAPACITY, GROUP, cycles_of
from cellchain.services.analysis.protocols.judged import (
    coverage_figures,
    judged,
    variant_figures,
)
from cellchain.services.analysis.report import Figures, Report
from cellchain.services.analysis.shapes import Picture, shown_name
from cellchain.services.analysis.soh import NOMINAL, SohModel, estimated, learnt
from cellchain.services.analysis.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from cellchain.services.analysis.shapes import Bar
    from cellchain.services.analysis.table import Floats

    Progress = Callable[[int, int], None]

LEVEL = 0.9
ROWS_OF_A_CELL = 150
NOMINAL_AH = {
    **dict.fromkeys(("2C", "3C", "R2.5", "R3", "RW", "Sim"), 2.0),
    **dict.fromkeys(("Dataset_1_NCA_battery", "Dataset_2_NCM_battery"), 3.5),
    "Dataset_3_NCM_NCA_battery": 2.5,
}
"""Of the groups of the open tables XJTU and TJU; other tables bring a column ``nominal_ah``."""
VARIANTS = (
    ("each row, with or without running medians; boosted, random trees, both (33)", "1.52 / 0.67"),
    ("the same and a flag for each group (6)", "1.45 / 0.69"),
    ("exponential means of 10, 30, 100 rows beside the row (10)", "1.29 / 0.65"),
    ("Gaussian processes on means and start, two lengths, two noises (8, 3)", "1.35 / 0.84"),
    ("estimates smoothed or held monotone along the life (10)", "1.35 / not tried"),
    ("direct or calibrated by regime, chosen within training (4)", "1.34 / 0.69"),
    ("a mean of 300 rows, trends, bends, pairs, relative trends; leaves (15)", "1.17 / 0.60"),
    ("mean of both, start in doubt from 2, 3, 4, 5 scales on; weights (18)", "1.19 / 0.62"),
    ("bands: rows, cells, both, constant; with and without correction (20)", "held 91 to 96 %"),
    ("domain: largest, mean, quadratic mean, count, capped, median excess (7)", "not by error"),
    ("transfer: 17 sets of ratios, four fits each; trees, exponents (110)", "4.1 / 3.5"),
    ("transfer: mean of power law and monotone trees: what is used (1)", "4.4 / 4.0"),
)
"""The best of each, RMSE in % of nominal, of cells left out in five folds: XJTU / TJU; transfer:
XJTU → TJU / TJU → XJTU. Trees of one kind with fewer rows, but for the ones that are used."""
_PROTOCOL = (
    "Given: the charge features, and the capacities of the first ten charges of each cell. Scored: "
    f"the rows after them, at most {ROWS_OF_A_CELL} of a cell, evenly spread; a row without an "
    "answer as the naive estimate, uncovered. Split by cell; every choice of the model is made "
    "anew within the cells that it learns from."
)
_ERRORS = ("estimate", "RMSE, % of nominal (90 % of draws)", "MAPE %", "worst cell's MAPE %")
_CROSSED = (*_ERRORS, "held at 90 %", "width, points", "told to be out of domain")


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """The rows of a table that are scored."""

    names: tuple[str, ...]
    """Of the cells."""
    rows: NDArray[np.intp]
    """Their places in the table."""
    cell: NDArray[np.intp]
    """Number of the cell of each."""
    truth_ah: Floats
    naive_ah: Floats
    nominal_ah: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """What is said of scored rows, in percent of nominal."""

    estimate: Floats
    lower: Floats
    upper: Floats
    outside: Floats
    """1 where a row is told to be out of domain."""


def evaluated(tables: Mapping[str, Table], *, progress: Progress) -> Report:
    """Return what the estimates of capacity are worth.

    Args:
        tables: Of families by name, with all capacities; each is split by cell, and each pair is
            crossed.
        progress: Told of the models that are learnt, and of all.

    Raises:
        Refused: ``soh.…``, ``capacity.…``, ``cycles.…``, ``table.…``.
    """
    for table in tables.values():
        _nominal(table)
    total, done = (FOLDS + (len(tables) > 1)) * len(tables), 0

    def known(table: Table) -> SohModel:
        nonlocal done
        found = learnt(table, offered=table.names)
        done += 1
        progress(done, total)
        return found

    parts: list[str | Figures] = [_PROTOCOL]
    bars: list[Bar] = []
    for name, table in tables.items():
        figures, judged_here = _within(name, table, known)
        parts += figures
        bars += judged_here
    if len(tables) > 1:
        models = {name: known(table) for name, table in tables.items()}
        crossed = [
            _across(pair, models[pair[0]], tables[pair[1]]) for pair in permutations(tables, 2)
        ]
        parts.append(
            Figures("Learnt from one family, asked of another", _CROSSED, sum(crossed, ()))
        )
    parts.append(variant_figures(VARIANTS))
    picture = Picture("Cells left out, five folds", "RMSE, % of nominal", "", bars=tuple(bars))
    return Report("Capacity from charges", tuple(parts), picture)


def _within(
    name: str, table: Table, known: Callable[[Table], SohModel]
) -> tuple[list[Figures], list[Bar]]:
    """Return the figures of cells left out of their family, in five folds."""
    scored = _scored(table)
    whole: list[tuple[NDArray[np.intp], Table]] = []
    bare: list[tuple[NDArray[np.intp], Table]] = []
    for rest, out in _folds(table):
        model = known(table.taken(rest))
        for told, start in ((whole, START_ROWS), (bare, 0)):
            told.append((out, estimated(_asked(table.taken(out), start), model, level=LEVEL)))
    said, without = _said(whole, scored), _said(bare, scored)
    answers = {
        "no fade since the start": _naive(scored),
        "from features alone": without.estimate,
        "from features and start": said.estimate,
    }
    rows = tuple(_errors(what, scored, one) for what, one in answers.items())
    figures = [
        Figures(f"{name}: cells left out, five folds", _ERRORS, rows),
        _intervals(name, scored, said),
        _cells(name, scored, said),
    ]
    bars = [_judged(f"{shown_name(name)}: {what}", scored, one) for what, one in answers.items()]
    return figures, [replace(bars[0], strong=False), *bars[1:]]


def _across(pair: tuple[str, str], model: SohModel, table: Table) -> tuple[tuple[str, ...], ...]:
    """Return the rows of one family judged by a model of another."""
    scored = _scored(table)
    told = estimated(_asked(table, START_ROWS), model, level=LEVEL)
    said = _said([(np.arange(table.rows), told)], scored)
    held = covered(_percent(scored, scored.truth_ah), said.lower, said.upper, scored.cell)
    way = " → ".join(pair)
    return (
        (*_errors(f"{way}: no fade since the start", scored, _naive(scored)), "", "", ""),
        (
            *_errors(way, scored, said.estimate),
            f"{100 * held.overall:.1f} %",
            f"{held.width:.1f}",
            f"{100 * said.outside.mean():.1f} %",
        ),
    )


def _folds(table: Table) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Return the rows to learn from and those left out, fold by fold."""
    cycles = cycles_of(table)
    groups = {group: number for number, group in enumerate(dict(cycles.cells))}
    regime = np.array([groups[group] for group, _ in cycles.cells], dtype=np.intp)
    fold = np.empty(table.rows, dtype=np.intp)
    for rows, one in zip(cycles.rows, folds(np.arange(len(regime)), regime), strict=True):
        fold[rows] = one
    for one in np.unique(fold):
        yield np.flatnonzero(fold != one), np.flatnonzero(fold == one)


def _scored(table: Table) -> Scored:
    cycles = cycles_of(table)
    sizes = [len(rows) for rows in cycles.rows]
    order = np.concatenate(cycles.rows)
    place = np.concatenate([np.arange(size) for size in sizes])
    cell = np.repeat(np.arange(len(sizes)), sizes)
    truth = cycles.capacity_ah()[order]
    naive = start_median(truth[:, np.newaxis], place)[:, 0]
    able = np.flatnonzero((place >= START_ROWS) & ~np.isnan(truth) & ~np.isnan(naive))
    kept = able[spread(cell[able], ROWS_OF_A_CELL)]
    return Scored(
        names=tuple(f"{group} {name}" for group, name in cycles.cells),
        rows=order[kept],
        cell=cell[kept],
        truth_ah=truth[kept],
        naive_ah=naive[kept],
        nominal_ah=_nominal(table)[order[kept]],
    )


def _asked(table: Table, start: int) -> Table:
    """Return a table as a user has it: capacities of the first ``start`` charges of a cell."""
    capacity = table.numbers(CAPACITY).copy()
    for rows in cycles_of(table).rows:
        capacity[rows[start:]] = np.nan
    return Table({**table.columns, CAPACITY: capacity})


def _said(parts: Sequence[tuple[NDArray[np.intp], Table]], scored: Scored) -> Said:
    """Return what tables, each of some rows, say of the scored ones."""
    rows = np.concatenate([rows for rows, _ in parts])
    place = np.argsort(rows)[np.searchsorted(np.sort(rows), scored.rows)]
    estimate, lower, upper = (
        np.concatenate([told.numbers(name) for _, told in parts])[place]
        for name in ("estimate", "lo", "hi")
    )
    reasons = [one or "" for _, told in parts for one in told.texts("reason").cells()]
    estimate = np.where(np.isnan(estimate), scored.naive_ah, estimate)
    return Said(
        estimate=_percent(scored, estimate),
        lower=_percent(scored, lower),
        upper=_percent(scored, upper),
        outside=np.array(["out of domain" in one for one in reasons], dtype=np.float64)[place],
    )


def _percent(scored: Scored, ah: Floats) -> Floats:
    return 100.0 * ah / scored.nominal_ah


def _naive(scored: Scored) -> Floats:
    return _percent(scored, scored.naive_ah)


def _judged(what: str, scored: Scored, estimate: Floats) -> Bar:
    squares = (estimate - _percent(scored, scored.truth_ah)) ** 2

    def error(rows: NDArray[np.intp]) -> float:
        return float(np.sqrt(squares[rows].mean()))

    return judged(what, error, scored.cell)


def _errors(what: str, scored: Scored, estimate: Floats) -> tuple[str, ...]:
    truth = _percent(scored, scored.truth_ah)
    bar = _judged(what, scored, estimate)
    shares = 100.0 * np.abs(estimate / truth - 1.0)
    by_cell = _by_cell(scored, shares)
    worst = int(np.nanargmax(by_cell))
    return (
        what,
        f"{bar.value:.2f} ({bar.lo:.2f} to {bar.hi:.2f})",
        f"{np.nanmean(by_cell):.2f}",
        f"{by_cell[worst]:.2f} ({scored.names[worst]})",
    )


def _intervals(name: str, scored: Scored, said: Said) -> Figures:
    truth = _percent(scored, scored.truth_ah)
    found = coverage_figures(
        truth, (said.lower, said.upper), scored.cell, LEVEL, "points of nominal"
    )
    width = said.upper - said.lower
    low, high = np.nanquantile(width, (0.1, 0.9), method="inverted_cdf")  # it may be infinite
    widths = ("width, tenth and ninetieth percentile", f"{low:.2f}, {high:.2f} points of nominal")
    return replace(found, title=f"{name}: {found.title.lower()}", rows=(*found.rows, widths))


def _cells(name: str, scored: Scored, said: Said) -> Figures:
    truth = _percent(scored, scored.truth_ah)
    columns = (
        np.where((said.lower <= truth) & (truth <= said.upper), 100.0, 0.0),
        said.upper - said.lower,
        100.0 * np.abs(said.estimate / truth - 1.0),
        100.0 * np.abs(_naive(scored) / truth - 1.0),
    )
    by_cell = np.array([_by_cell(scored, one) for one in columns])
    order = np.argsort(by_cell[0], kind="stable")
    rows = tuple(
        (scored.names[one], *(f"{value:.2f}" for value in by_cell[:, one].tolist()))
        for one in order.tolist()
        if not np.isnan(by_cell[0, one])
    )
    heads = ("cell", "held %", "width, points", "MAPE %", "naive MAPE %")
    return Figures(f"{name}: each cell, the least held first", heads, rows)


def _by_cell(scored: Scored, values: Floats) -> Floats:
    """Return the mean of each cell; NaN of one without scored rows."""
    cells = len(scored.names)
    counts = np.bincount(scored.cell, minlength=cells)
    sums = np.bincount(scored.cell, weights=values, minlength=cells)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)


def _nominal(table: Table) -> Floats:
    if NOMINAL in table.columns:
        return table.numbers(NOMINAL)
    groups = [str(one) for one in table.texts(GROUP).cells()]
    if unknown := sorted(set(groups) - NOMINAL_AH.keys()):
        raise Refused(
            "soh.no_nominal",
            f"nothing says the nominal capacity of group {unknown[0]!a}",
            remedy=f"add a column {NOMINAL}",
        )
    return np.array([NOMINAL_AH[one] for one in groups])
