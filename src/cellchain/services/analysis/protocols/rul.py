"""How `rul` is judged: on cells left out, in five folds, shuffled twice.

A cell that came to its end is off by |told life - life|; one that was last seen at its row C, not
at its end, by max(0, C - told life): both in percent of that life, or of C. What is told at a row
is the rows so far and those that are said to remain. A row without an answer is scored as the
median of its group, uncovered. Naive are the median life of the group, and a straight line through
the start and the last seven capacities; neither ends before the row at which it is asked.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from cellchain.science.medians import trailing_median
from cellchain.science.remaining.choosing import folds
from cellchain.science.remaining.course import BEGINNING, CENTRED, end_cycle, start_ah
from cellchain.services.analysis.cycles import cycles_of
from cellchain.services.analysis.protocols.judged import (
    coverage_figures,
    judged,
    variant_figures,
)
from cellchain.services.analysis.report import Figures, Report
from cellchain.services.analysis.rul import END, estimated, learnt
from cellchain.services.analysis.shapes import Picture, shown_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from cellchain.services.analysis.shapes import Bar
    from cellchain.services.analysis.table import Floats, Table

    Progress = Callable[[int, int], None]

LEVEL = 0.9
FOLDS = 5
SHUFFLINGS = (0, 1)
AGES = (0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9)
"""Of a life, or of what was seen of it: nobody knows them, but errors are told by them."""
HALF = AGES.index(0.5)
EVERY = 50
"""Rows after which the question is asked anew, as a user would."""
CELLS_MIN = 5
"""Still running, for a figure."""
FIRST = BEGINNING + 1
"""Row, from 1, from which answers are scored."""
MODEL, GROUP, LINE = range(3)
METHODS = ("this model", "median life of the group", "straight line, at most the longest life")
VARIANTS = (
    ("median life of the group (1)", "5.7 / 74"),
    ("scaled to the pace of fading of cells of the group, of all cells (2)", "5.7 / 59, 63"),
    ("random trees on the group and the first ten cycles (1)", "9.2 / 11.3"),
    ("the same, corrected by trees on fade and charge features so far (1)", "10.1 / 10.2"),
    ("the same, corrected by trees on fade so far (1)", "8.2 / not scored"),
    ("group or trees, corrected by stage of fade as far as that pays (1)", "5.7, 6.9 / 7.4"),
    ("the same with the pace beside mates, on many and on few inputs (2)", "6.4 to 7.1 / 6.5, 6.8"),
    ("that on few, past two standard errors, with censored cells (1)", "5.8, 6.2 / 6.5"),
    ("lognormal, Weibull lives by group with censored cells, by lifelines (2)",
     "6.7, 8.6 / 66, 80"),
    ("law of fade in a population about the mean of its group (1)", "6.8 / 65"),
    ("the same about what is expected of the cell (1)", "6.8 / 15"),
    ("the same with a recovery in the first cycles, a point counting 1, 0.3, 0.1, 0.03 (4)",
     "16, 11, 6.9, 6.7 / 13, 11, 10, 12"),
    ("what was before, and the population from a stage on where it pays: what is used (1)",
     "5.8, 6.2 / 6.5, 6.5"),
)  # fmt: skip
"""Error in % at half of life of cells that ended, XJTU / TJU; of single shufflings."""
_PROTOCOL = (
    "Given: the capacities and charge features of a cell so far. Split by cell into "
    f"{FOLDS} folds, by {len(SHUFFLINGS)} shufflings (figures of both, with a stroke between); "
    "every choice of the model is made anew within the cells that it learns from. A life ends at "
    f"{100 * END:.0f} % of the start. A cell that was not seen to its end is off by what it "
    "outlived alone: max(0, C - told life) of its C rows."
)


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """One cell, to its end or to the last that was seen."""

    group: str
    name: str
    rows: NDArray[np.intp]
    """Of the table, in order, shape [life]."""
    capacity_ah: Floats
    """Likewise."""
    ended: bool

    @property
    def life(self) -> int:
        """Rows to its end, or as many as were seen."""
        return len(self.rows)

    def row_at(self, age: float) -> int:
        """Return its row, from 1, at a share of its life."""
        return max(FIRST, int(age * self.life))

    def error(self, told: Floats) -> Floats:
        """Return how far lives are off, in percent of its life."""
        off = 100.0 * (told - self.life) / self.life
        return np.abs(off) if self.ended else np.maximum(-off, 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """What one shuffling says at each row of the table, as whole lives in rows."""

    lives: Floats
    """Shape [methods, rows]."""
    lower: Floats
    """Shape [rows]; NaN where there is no answer."""
    upper: Floats


def evaluated(tables: Mapping[str, Table], *, progress: Progress) -> Report:
    """Return what the remaining cycles that are told are worth.

    Args:
        tables: Of families by name, with all capacities; each is split by cell.
        progress: Told of the models that are learnt, and of all.

    Raises:
        Refused: ``rul.…``, ``cycles.…``, ``table.…``.
    """
    total, done = FOLDS * len(SHUFFLINGS) * len(tables), 0

    def step() -> None:
        nonlocal done
        done += 1
        progress(done, total)

    parts: list[str | Figures] = [_PROTOCOL]
    bars: list[Bar] = []
    for name, table in tables.items():
        cells = _cells(table)
        told = [_told(table, cells, seed, step) for seed in SHUFFLINGS]
        known = [one for one in cells if one.life >= FIRST]
        parts += _family(name, known, told)
        bars += _judged_at_half(name, known, told)
    parts.append(variant_figures(VARIANTS))
    title = "Cells left out that ended, at half of life"
    picture = Picture(title, "error, % of life", "", bars=tuple(bars))
    return Report("Remaining cycles at any age", tuple(parts), picture)


def _cells(table: Table) -> list[Cell]:
    cycles = cycles_of(table)
    capacity = cycles.capacity_ah()
    found = []
    for (group, name), rows in zip(cycles.cells, cycles.rows, strict=True):
        end = end_cycle(capacity[rows], END)
        found.append(Cell(group, name, rows[:end], capacity[rows[:end]], end is not None))
    return found


def _told(table: Table, cells: Sequence[Cell], seed: int, step: Callable[[], None]) -> Told:
    """Return what is told of cells by models that have not seen them."""
    lives, ends = np.full((len(METHODS), table.rows), np.nan), np.full((2, table.rows), np.nan)
    whole = cycles_of(table).rows
    for out in folds(len(cells), FOLDS, seed):
        asked = np.concatenate([whole[one] for one in out])
        kept = np.setdiff1d(np.arange(table.rows), asked)
        said = estimated(table.taken(asked), learnt(table.taken(kept)), level=LEVEL)
        left = np.full((3, table.rows), np.nan)
        left[:, asked] = [said.numbers(name) for name in ("estimate", "lo", "hi")]
        others = [one for n, one in enumerate(cells) if n not in out and one.ended]
        for cell in (cells[one] for one in out):
            rows = cell.rows
            so_far = np.arange(1.0, cell.life + 1.0)
            by_group, line = _naive(cell, others)
            model, ends[0, rows], ends[1, rows] = left[:, rows] + so_far
            model = np.where(np.isnan(model), by_group, model)
            lives[:, rows] = np.maximum([model, np.full(cell.life, by_group), line], so_far)
        step()
    return Told(lives, *ends)


def _naive(cell: Cell, others: Sequence[Cell]) -> tuple[float, Floats]:
    """Return the median life of the group, and what a straight line says at each row."""
    mates = [one.life for one in others if one.group == cell.group]
    longest = float(max(one.life for one in others))
    start = start_ah(cell.capacity_ah)
    faded = 1.0 - trailing_median(cell.capacity_ah, CENTRED) / start
    with np.errstate(divide="ignore"):
        line = np.arange(1.0, cell.life + 1.0) * (1.0 - END) / np.maximum(faded, 0.0)
    return float(np.median(mates or [one.life for one in others])), np.fmin(line, longest)


def _family(name: str, cells: Sequence[Cell], told: Sequence[Told]) -> list[str | Figures]:
    ended = [one for one in cells if one.ended]
    unseen = [one for one in cells if not one.ended]
    same = f"{name}: the same, with {len(unseen)} cells that were not seen to it"
    return [
        _by_age(f"{name}: error in % of life, the {len(ended)} cells that ended", ended, told),
        *([_by_age(same, cells, told)] if unseen else []),
        _at_half(name, cells, told),
        _as_asked(name, cells, told),
        *(_intervals(f"{name}, shuffling {n}", ended, one) for n, one in enumerate(told, 1)),
        _outlived(name, unseen, told),
        _each_cell(name, ended, told),
    ]


def _errors(cells: Sequence[Cell], told: Told, age: float) -> Floats:
    """Return the errors at one age, shape [methods, cells]."""
    return np.column_stack(
        [one.error(told.lives[:, one.rows[one.row_at(age) - 1]]) for one in cells]
    )


def _by_age(title: str, cells: Sequence[Cell], told: Sequence[Told]) -> Figures:
    means = np.array(
        [[_errors(cells, one, age).mean(axis=1) for age in AGES] for one in told]
    )  # [shufflings, ages, methods]
    rows = [(method, *_beside(means[:, :, n].T)) for n, method in enumerate(METHODS)]
    worse = means[:, :, MODEL] - means[:, :, GROUP]
    rows.append(("this model - median of the group", *_beside(worse.T, "+.1f")))
    heads = ("estimate", *(f"{100 * age:.0f} %" for age in AGES))
    note = f"Largest: {worse.max():+.2f} points."
    return Figures(title, heads, tuple(rows), note)


def _beside(figures: Floats, form: str = ".1f") -> list[str]:
    """Return a text for each row: the figures of the shufflings."""
    return [" / ".join(f"{one:{form}}" for one in row) for row in figures.tolist()]


def _judged_at_half(name: str, cells: Sequence[Cell], told: Sequence[Told]) -> list[Bar]:
    ended = [one for one in cells if one.ended]
    errors = np.mean([_errors(ended, one, AGES[HALF]) for one in told], axis=0)
    return [
        replace(_mean(f"{shown_name(name)}: {method}", each), strong=n == MODEL)
        for n, (method, each) in enumerate(zip(METHODS, errors, strict=True))
    ]


def _at_half(name: str, cells: Sequence[Cell], told: Sequence[Told]) -> Figures:
    """Return errors at half of life with what chance leaves open, and the worst cell."""
    errors = np.mean([_errors(cells, one, AGES[HALF]) for one in told], axis=0)
    ended = np.array([one.ended for one in cells])
    rows = []
    for method, each in zip(METHODS, errors, strict=True):
        worst = int(np.argmax(each))
        whose = f"{cells[worst].group} {cells[worst].name}"
        means = (_mean(method, one) for one in (each[ended], each))
        figures = (f"{one.value:.1f} ({one.lo:.1f} to {one.hi:.1f})" for one in means)
        rows.append((method, *figures, f"{each[worst]:.1f} ({whose})"))
    heads = ("estimate", "cells that ended (90 % of draws)", "all cells", "worst cell")
    note = "Mean of the shufflings."
    return Figures(f"{name}: error in % at half of life", heads, tuple(rows), note)


def _mean(name: str, each: Floats) -> Bar:
    return judged(name, lambda rows: float(each[rows].mean()), np.arange(len(each)))


def _as_asked(name: str, cells: Sequence[Cell], told: Sequence[Told]) -> Figures:
    """Return errors by rows seen: an age that whoever asks knows."""
    rows = []
    for seen in range(EVERY, max(one.life for one in cells), EVERY):
        running = [one for one in cells if one.life > seen]
        if len(running) < CELLS_MIN:
            break
        at = [one.rows[seen - 1] for one in running]
        lives = np.mean([one.lives[:, at] for one in told], axis=0)
        errors = np.column_stack([c.error(lives[:, n]) for n, c in enumerate(running)])
        order = [_ordered(running, one) for one in lives[: GROUP + 1]]
        rows.append((f"{seen}", f"{len(running)}", *(f"{one:.1f}" for one in errors.mean(axis=1)),
                     *(f"{one:.2f}" for one in order)))  # fmt: skip
    heads = ("rows seen", "cells", *METHODS, "in order: this model", "in order: group")
    note = (
        "Cells that still run; of lives that are the mean of the shufflings. In order: of pairs of "
        "cells of which it is known which lives longer, how many are told so (ties count half)."
    )
    return Figures(
        f"{name}: error in % of life, asked every {EVERY} rows", heads, tuple(rows), note
    )


def _ordered(cells: Sequence[Cell], told: Floats) -> float:
    """Return the concordance of Harrell et al., JAMA 247 (1982) 2543; NaN where no pair is known.

    Args:
        cells: Some of which came to their end.
        told: Their lives, shape [cells].
    """
    life = np.array([one.life for one in cells])
    ended = np.array([one.ended for one in cells])
    known = ended[:, None] & (life[:, None] < life)
    right = (told[:, None] < told) + 0.5 * (told[:, None] == told)
    return float(right[known].mean()) if known.any() else float("nan")


def _scored_rows(cells: Sequence[Cell]) -> tuple[NDArray[np.intp], NDArray[np.intp], Floats]:
    """Return rows after the beginning, the number of the cell of each, and its life."""
    rows = [one.rows[FIRST - 1 :] for one in cells]
    of = np.repeat(np.arange(len(cells)), [len(one) for one in rows])
    return np.concatenate(rows), of, np.array([float(one.life) for one in cells])[of]


def _intervals(title: str, cells: Sequence[Cell], told: Told) -> Figures:
    """Return what intervals held, in percent of the life of each cell."""
    rows, of, life = _scored_rows(cells)
    share = 100.0 / life
    ends = told.lower[rows] * share, told.upper[rows] * share
    found = coverage_figures(life * share, ends, of, LEVEL, "% of life")
    return replace(found, title=f"{title}: {found.title.lower()}, rows {FIRST} to the end")


def _outlived(name: str, cells: Sequence[Cell], told: Sequence[Told]) -> str:
    if not cells:
        return f"{name}: every cell was seen to its end."
    rows, _, life = _scored_rows(cells)
    short = [100.0 * np.mean(one.upper[rows] < life) for one in told]
    return (
        f"{name}: of the rows of cells that were not seen to their end, "
        f"{' / '.join(f'{one:.1f}' for one in short)} % have an interval that the cell outlived."
    )


def _each_cell(name: str, cells: Sequence[Cell], told: Sequence[Told]) -> Figures:
    rows, of, life = _scored_rows(cells)
    count = np.bincount(of)
    held, width = np.mean(
        [
            [
                np.bincount(of, (one.lower[rows] <= life) & (life <= one.upper[rows])) / count,
                np.bincount(of, (one.upper - one.lower)[rows] / life) / count,
            ]
            for one in told
        ],
        axis=0,
    )
    errors = np.mean([_errors(cells, one, AGES[HALF]) for one in told], axis=0)
    figures = np.column_stack([100.0 * held, 100.0 * width, errors[MODEL], errors[GROUP]])
    lines = [
        (f"{cells[n].group} {cells[n].name}", f"{cells[n].life}", *(f"{x:.1f}" for x in figures[n]))
        for n in np.argsort(held, kind="stable").tolist()
    ]
    heads = ("cell", "life", "held %", "width, % of life", "error at half", "error of its group")
    return Figures(f"{name}: each cell that ended, the least held first", heads, tuple(lines))
