"""Steps of current and voltage tell the sign of the current."""

from __future__ import annotations

import numpy as np
import pytest

from cellchain.science.estimation.excitation import step_correlation

RNG = np.random.default_rng(2)
TIME_S = np.arange(200.0)
CURRENT_A = np.repeat(RNG.normal(0.0, 2.0, 20), 10)
VOLTAGE_V = 3.7 - 0.02 * CURRENT_A + 1e-3 * RNG.standard_normal(200)


def test_a_discharge_lowers_the_voltage():
    assert step_correlation(TIME_S, CURRENT_A, VOLTAGE_V, 0.1) < -0.9
    assert step_correlation(TIME_S, -CURRENT_A, VOLTAGE_V, 0.1) > 0.9


@pytest.mark.parametrize(
    ("time_s", "current_a", "least_a"),
    [(60.0 * TIME_S, CURRENT_A, 0.1), (TIME_S, np.ones(200), 0.1), (TIME_S, CURRENT_A, 50.0)],
)
def test_where_there_are_no_steps_nothing_is_said(time_s, current_a, least_a):
    assert step_correlation(time_s, current_a, VOLTAGE_V, least_a) == 0.0
