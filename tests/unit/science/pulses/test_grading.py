"""Health from pulses whose state of charge nobody knows, on cells that a test makes up."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from cellchain.core.errors import Refused
from cellchain.science.pulses.grading import fitted_grade, graded
from cellchain.science.pulses.inversion import inverse, inverted
from cellchain.science.pulses.surface import Form, fitted_surface, steps
from tests.simulated_cells import pulse_tests

NAMES, VOLTAGES, CHARGE, HEALTH = pulse_tests()
CELLS = np.array([int(name[5]) for name in NAMES])
MODEL = fitted_grade(VOLTAGES, CHARGE, HEALTH, CELLS)
OTHERS = pulse_tests(cells=4, seed=9)


def test_cells_never_seen_are_graded_better_than_by_the_mean():
    _, voltages, _, health = OTHERS
    found = graded(MODEL, voltages, 0.8)
    error = np.sqrt(np.mean((found.health - health) ** 2))
    assert error < 0.4 * health.std()
    assert np.mean((found.lower <= health) & (health <= found.upper)) > 0.7


def test_the_posterior_is_that_of_the_normal_law():
    surface = fitted_surface(
        steps(VOLTAGES), CHARGE, HEALTH, CELLS,
        levels_percent=np.unique(CHARGE), form=Form(2, 6.0, 0.1),
    )  # fmt: skip
    shares = np.array([0.25, 0.75])
    known = inverse(surface, np.array([20.0, 30.0]), shares)
    x = steps(VOLTAGES)[37]
    weights = np.zeros(len(known.health))
    for charge, share in ((20.0, 0.25), (30.0, 0.75)):
        at = surface.voltages(np.full(len(known.health), charge), known.health)
        law = [multivariate_normal.logpdf(x, one, surface.scatter_at(charge)) for one in at]
        weights += share * np.exp(np.array(law) - 60.0)
    mean = float(weights @ known.health / weights.sum())
    found = inverted(known, x[None], (1.0,))
    assert found.health[0, 0] == pytest.approx(mean, rel=1e-6)


def test_between_two_levels_the_scatter_is_between_theirs():
    surface = MODEL.surface
    middle = surface.scatter_at(15.0)
    assert middle == pytest.approx((surface.scatter[0] + surface.scatter[1]) / 2)
    assert np.array_equal(surface.scatter_at(99.0), surface.scatter[-1])


def test_a_test_like_none_that_was_learnt_has_an_interval_that_holds_every_health():
    found = graded(MODEL, VOLTAGES[:3] + 0.5 * np.arange(21) ** 2, 0.8)
    assert (found.beyond > 1.0).all()
    assert (found.lower <= HEALTH.min()).all()
    assert (found.upper >= HEALTH.max()).all()


def test_a_row_is_graded_alone_to_the_last_bit():
    together = graded(MODEL, VOLTAGES[:20], 0.8)
    for row in (0, 7, 19):
        alone = graded(MODEL, VOLTAGES[row : row + 1], 0.8)
        assert (alone.health[0], alone.lower[0], alone.upper[0]) == (
            together.health[row], together.lower[row], together.upper[row],
        )  # fmt: skip


def test_a_level_that_six_cells_cannot_hold_is_infinite():
    assert np.isinf(graded(MODEL, VOLTAGES[:1], 0.95).upper).all()


@pytest.mark.parametrize(
    ("code", "rows", "change"),
    [
        ("grade.few_cells", CELLS < 2, lambda h, c: (h, c)),
        ("grade.constant", CELLS < 4, lambda h, c: (np.full_like(h, 0.8), c)),
        ("grade.constant", CELLS < 4, lambda h, c: (h, np.full_like(c, 30.0))),
    ],
)
def test_what_cannot_be_learnt_is_refused(code, rows, change):
    health, charge = change(HEALTH[rows], CHARGE[rows])
    with pytest.raises(Refused) as refused:
        fitted_grade(VOLTAGES[rows], charge, health, CELLS[rows])
    assert refused.value.code == code
