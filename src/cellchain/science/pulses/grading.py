r"""The model of a grade: fitted by cell, calibrated on cells that were left out.

Of each cell a model is made without it, which then grades it: so the form of the surface and the
exponent are chosen, so the scores |h − ĥ| / d are found, d the deviation of the posterior, whose
conformal quantile makes intervals, and so is known how far from the surface a cell of the same kind
may lie. Nothing of a cell that is graded is ever seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cellchain.core.errors import Refused
from cellchain.science.intervals.conformal import conformal_quantile
from cellchain.science.portable import Floats  # noqa: TC001  # read from files by its type
from cellchain.science.pulses.inversion import Inverted, inverse, inverted
from cellchain.science.pulses.surface import Form, Surface, fitted_surface, steps

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

EXPONENTS = (1.0, 0.5, 0.25)
FORMS = tuple(
    Form(degree, width, shrinkage)
    for degree in (3, 4)
    for width in (6.0, 9.0)
    for shrinkage in (0.003, 0.01, 0.03)
)
"""What is tried, by cells left out, with each of the exponents."""
CELLS_MIN = 3
LEVELS_MAX = 20
"""Of states of charge in a training file: more of them are no plan of tests, but any."""
CHARGE_STEP_PERCENT = 2.0
DEVIATION_MIN = 0.005
"""Half a step of the grid of health."""


@dataclass(frozen=True, slots=True, eq=False)
class _Tests:
    x: Floats
    charge_percent: Floats
    health: Floats
    cells: NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class GradeModel:
    """What grades a cell by its pulses."""

    surface: Surface
    charges_percent: Floats
    """States of charge that a test may be at."""
    shares: Floats
    """How likely each of them is."""
    exponent: float
    scores: Floats
    """Of cells left out: distance of the truth ÷ deviation, shape [tests]."""
    cells: Floats
    """Number of the cell of each of those, whole."""
    distance_max: float
    """The farthest that a test of a cell left out lay from the surface."""


@dataclass(frozen=True, slots=True, eq=False)
class Grades:
    """Of each test: health as a fraction, its interval, and how far out of domain it is."""

    health: Floats
    lower: Floats
    upper: Floats
    beyond: Floats
    """Distance from the surface ÷ the farthest of a cell left out: above 1 is out of domain."""


def fitted_grade(
    voltages: Floats,
    charge_percent: Floats,
    health: Floats,
    cells: NDArray[np.intp],
    *,
    progress: Callable[[int], None] = lambda _: None,
) -> GradeModel:
    """Return the model of tests whose charge and health are known.

    Args:
        voltages: At the corners of the pulses, shape [tests, corners], volts; no NaN.
        charge_percent: State of charge of each test, 0 to 100.
        health: State of health of each test, a fraction.
        cells: Number of the physical cell of each test.
        progress: Told how many of `FORMS` have been tried.

    Raises:
        Refused: ``grade.few_cells``: there are fewer than three; ``grade.constant``: all tests
            have one health or one state of charge.
    """
    names = np.unique(cells)
    _check(names, charge_percent, health)
    tests = _Tests(steps(voltages), charge_percent, health, cells)
    tried = []
    for done, form in enumerate(FORMS):
        tried.append(_left_out(tests, form))
        progress(done + 1)
    errors = [np.mean((one.health - health) ** 2, axis=1) for one in tried]
    best, exponent = np.unravel_index(np.argmin(errors), (len(FORMS), len(EXPONENTS)))
    found = tried[best]
    return GradeModel(
        *_learnt(tests, FORMS[best], np.ones(len(health), dtype=bool)),
        EXPONENTS[exponent],
        np.abs(health - found.health[exponent])
        / np.maximum(found.deviation[exponent], DEVIATION_MIN),
        np.searchsorted(names, cells).astype(np.float64),
        float(found.distance.max()),
    )


def graded(
    model: GradeModel, voltages: Floats, level: float, strange: NDArray[np.bool_] | None = None
) -> Grades:
    """Return the grade of each test, by itself.

    Of a test out of domain the voltages count for less, the farther from the surface it is, and the
    interval holds every health that the surface knows.

    Args:
        model: From `fitted_grade`.
        voltages: Shape [tests, corners], volts; no NaN.
        level: Of the interval, 0 to 1. Where the cells are too few for it, the interval is
            infinite.
        strange: Tests known to be out of domain whatever their voltages, shape [tests].

    Raises:
        Refused: ``interval.level``.
    """
    quantile = conformal_quantile(model.scores, model.cells.astype(np.intp), level)
    known = inverse(model.surface, model.charges_percent, model.shares)
    found = inverted(known, steps(voltages), (model.exponent,), model.distance_max)
    beyond = found.distance / model.distance_max
    health = found.health[0]
    half = quantile * np.maximum(found.deviation[0], DEVIATION_MIN)
    out = (beyond > 1.0) if strange is None else (beyond > 1.0) | strange
    lower = np.where(out, np.minimum(health - half, known.health[0]), health - half)
    upper = np.where(out, np.maximum(health + half, known.health[-1]), health + half)
    return Grades(health, np.maximum(lower, 0.0), upper, beyond)


def _check(names: NDArray[np.intp], charge_percent: Floats, health: Floats) -> None:
    if len(names) < CELLS_MIN:
        raise Refused(
            "grade.few_cells",
            f"{len(names)} physical cells to learn from; each is left out once",
            remedy=f"give the tests of {CELLS_MIN} cells or more",
        )
    for name, values in (("SOH", health), ("SOC", charge_percent)):
        if values.min() == values.max():
            raise Refused(
                "grade.constant",
                f"every test has a {name} of {values[0]:g}",
                remedy="give tests of several healths, at several states of charge",
            )


def _left_out(tests: _Tests, form: Form) -> Inverted:
    """Return what is said of each cell by a model that has not seen it."""
    health, deviation = np.empty((2, len(EXPONENTS), len(tests.x)))
    distance = np.empty(len(tests.x))
    for cell in np.unique(tests.cells):
        out = tests.cells == cell
        found = inverted(inverse(*_learnt(tests, form, ~out)), tests.x[out], EXPONENTS)
        health[:, out], deviation[:, out] = found.health, found.deviation
        distance[out] = found.distance
    return Inverted(health, deviation, distance)


def _learnt(tests: _Tests, form: Form, among: NDArray[np.bool_]) -> tuple[Surface, Floats, Floats]:
    """Return the surface of some tests, the states of charge that are possible, and their shares.

    Any state of charge may be, between the lowest and the highest. Where the tests were made at few
    of them, by a plan, half of the tests to come are expected to follow it.
    """
    charge = tests.charge_percent[among]
    levels = np.unique(charge)
    planned = len(levels) <= LEVELS_MAX
    if not planned:
        levels = np.linspace(levels[0], levels[-1], LEVELS_MAX)
    learnt = tests.x[among], charge, tests.health[among], tests.cells[among]
    surface = fitted_surface(*learnt, levels_percent=levels, form=form)
    count = max(round((levels[-1] - levels[0]) / CHARGE_STEP_PERCENT) + 1, 2)
    anywhere = np.linspace(levels[0], levels[-1], count)
    if not planned:
        return surface, anywhere, np.full(count, 1.0 / count)
    shares = np.repeat([0.5 / count, 0.5 / len(levels)], [count, len(levels)])
    return surface, np.concatenate([anywhere, levels]), shares
