"""How `grade` is judged: leave one physical cell out, everything chosen without it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cellchain.science.extra import extra_part
from cellchain.services.analysis.grade import (
    CHARGE,
    CORNERS,
    HEALTH,
    KEY,
    cells,
    estimated,
    trained,
)
from cellchain.services.analysis.protocols.judged import (
    coverage_figures,
    judged,
    variant_figures,
)
from cellchain.services.analysis.report import Figures, Report
from cellchain.services.analysis.shapes import Picture

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from cellchain.services.analysis.shapes import Bar
    from cellchain.services.analysis.table import Floats, Table

LEVEL = 0.9
VARIANTS = (
    ("extra trees on voltages, on steps (2)", "5.0 %"),
    ("partial least squares, 2 to 16 components (6)", "4.9 to 6.9 %"),
    ("ridge, four strengths", "4.9 to 5.9 %"),
    ("kernel ridge and support vectors on steps (20)", "4.9 to 6.3 %"),
    ("Gaussian process with a length for each step, with and without cell effects (11)",
     "4.5 to 5.2 %"),
    ("the same, told the true state of charge: a bound, no method", "1.5 %"),
    ("Bayes over a surface by kernel ridge, charge anywhere, exponents 1, ½, ¼ (15)",
     "4.5 to 5.2 %"),
    ("the same, charge as in the plan of the tests (15)", "4.1 to 4.9 %"),
    ("means of two to four of the above, all combinations", "4.1 % at best"),
    ("Bayes over a polynomial surface, forms by hand, charge as in the plan (14)",
     "4.0 to 5.0 %"),
    ("form and exponent by cells left out, charge as in the plan", "3.8 %; 12.6 % off the plan"),
    ("the same, charge anywhere (3)", "4.05 to 4.13 %; 4.4 % off the plan"),
    ("the same, half and half: what ships", "3.8 %; 5.0 % off the plan"),
)  # fmt: skip
"""Root mean square error, leave one cell out, on the twelve open cells."""


def evaluated(table: Table, *, progress: Callable[[int, int], None] = lambda *_: None) -> Report:
    """Return what the model is worth on cells whose health is known.

    Raises:
        Refused: ``grade.…``, ``table.…``.
    """
    groups, health = cells(table), table.numbers(HEALTH)
    told, naive, trees = (np.empty((3, table.rows)), *np.empty((2, table.rows)))
    names = np.unique(groups)
    for done, cell in enumerate(names, 1):
        out = groups == cell
        told[:, out] = _told(table, ~out, out)
        naive[out] = health[~out].mean()
        trees[out] = _trees(table, ~out, out)
        progress(done, len(names))
    estimate, lower, upper = told
    answers = {"this model": estimate, "mean health": naive, "extra trees": trees}
    errors = {name: (100.0 * (one - health)) ** 2 for name, one in answers.items()}
    bars = tuple(_judged(name, one, groups) for name, one in errors.items())
    rows = tuple(_error_row(bar, errors[bar.name], groups) for bar in bars)
    columns = ("model", "RMSE points", "90 % bootstrap", "worst cell")
    return Report(
        "State of health from pulses at an unknown state of charge",
        (
            "Each physical cell is left out in turn; form, exponent and scores are made without "
            "it. Given: 21 voltages of one test. The mean health is the naive answer.",
            Figures("Errors", columns, rows),
            coverage_figures(
                100.0 * health, (100.0 * lower, 100.0 * upper), groups, LEVEL, "points"
            ),
            _off_plan(table, groups, health),
            variant_figures(VARIANTS),
        ),
        Picture("Cells left out", "RMSE, points of health", "", bars=bars),
    )


def _told(table: Table, learnt: NDArray[np.bool_], asked: NDArray[np.bool_]) -> Floats:
    model = trained(table.taken(np.flatnonzero(learnt)))
    found = estimated(table.taken(np.flatnonzero(asked)), model, "", LEVEL)
    return np.stack([found.numbers(name) for name in ("estimate", "lo", "hi")])


def _trees(table: Table, learnt: NDArray[np.bool_], asked: NDArray[np.bool_]) -> Floats:
    voltages = np.column_stack([table.numbers(name) for name in CORNERS])
    ensemble = extra_part("sklearn.ensemble", "grade.no_sklearn")
    model = ensemble.ExtraTreesRegressor(200, min_samples_leaf=3, random_state=0, n_jobs=1)
    fit = model.fit(voltages[learnt], table.numbers(HEALTH)[learnt])
    found: Floats = fit.predict(voltages[asked])
    return found


def _judged(name: str, squared: Floats, groups: NDArray[np.intp]) -> Bar:
    def error(rows: NDArray[np.intp]) -> float:
        return float(np.sqrt(squared[rows].mean()))

    return judged(name, error, groups, naive=name != "this model")


def _error_row(bar: Bar, squared: Floats, groups: NDArray[np.intp]) -> tuple[str, ...]:
    worst = max(np.sqrt(squared[groups == one].mean()) for one in np.unique(groups))
    return bar.name, f"{bar.value:.2f}", f"{bar.lo:.1f} to {bar.hi:.1f}", f"{worst:.1f}"


def _off_plan(table: Table, groups: NDArray[np.intp], health: Floats) -> Figures | str:
    """Return the error at states of charge that no test learnt was made at."""
    if CHARGE not in table.columns:
        return f"{KEY} alone does not tell the state of charge: nothing is said off the plan."
    levels, place = np.unique(table.numbers(CHARGE), return_inverse=True)
    between = (place % 2 == 1) & (place < len(levels) - 1)
    if not between.any():
        return "All tests are at too few states of charge to say anything off the plan."
    told = np.full((3, table.rows), np.nan)
    for cell in np.unique(groups):
        out = (groups == cell) & between
        told[:, out] = _told(table, (groups != cell) & (place % 2 == 0), out)
    estimate, lower, upper = told[:, between]
    held = np.mean((lower <= health[between]) & (health[between] <= upper))
    rmse = 100.0 * np.sqrt(np.mean((estimate - health[between]) ** 2))
    return Figures(
        "At states of charge between those learnt: every second one is taken out of the training",
        ("RMSE points", "held"),
        ((f"{rmse:.2f}", f"{100 * held:.1f} %"),),
    )
