from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from cellchain.science.ageing import DAY_S, KNEE_RATE, Use, capacity_loss, resistance_gain

NEVER = np.array(1e9)
REST = Use(
    age_s=np.array(500 * DAY_S),
    full_cycles=np.array(0.0),
    temperature_k=np.array(308.15),
    voltage_v=np.array(3.7),
    depth=np.array(0.5),
    knee_cycles=NEVER,
)


def test_new_cells_have_lost_nothing():
    new = replace(REST, age_s=np.array(0.0))
    assert capacity_loss(new) == 0.0
    assert resistance_gain(new) == 0.0


def test_resting_ages_as_the_published_formula_says():
    alpha = (7.543 * 3.7 - 23.75) * 1e6 * np.exp(-6976 / 308.15)
    assert_allclose(capacity_loss(REST), alpha * 500**0.75, rtol=1e-5)
    alpha = (5.270 * 3.7 - 16.32) * 1e5 * np.exp(-5986 / 308.15)
    assert_allclose(resistance_gain(REST), alpha * 500**0.75, rtol=1e-5)


def test_cycling_ages_as_the_published_formula_says():
    used = replace(REST, age_s=np.array(0.0), full_cycles=np.array(800.0))
    throughput_ah = 2 * 2.05 * 800
    beta = 7.348e-3 * (3.7 - 3.667) ** 2 + 7.6e-4 + 4.081e-3 * 0.5
    assert_allclose(capacity_loss(used), beta * throughput_ah**0.5, rtol=1e-12)
    beta = 2.153e-4 * (3.7 - 3.725) ** 2 - 1.521e-5 + 2.798e-4 * 0.5
    assert_allclose(resistance_gain(used), beta * throughput_ah, rtol=1e-12)


@pytest.mark.parametrize(
    "worse",
    [{"age_s": 900 * DAY_S}, {"full_cycles": 300.0}, {"temperature_k": 318.15}, {"voltage_v": 4.0}],
    ids=lambda change: next(iter(change)),
)
def test_more_of_anything_is_worse(worse):
    harder = replace(REST, **{name: np.array(value) for name, value in worse.items()})
    assert capacity_loss(harder) > capacity_loss(REST)
    assert resistance_gain(harder) > resistance_gain(REST)


def test_past_its_knee_a_cell_fades_faster():
    used = replace(REST, full_cycles=np.array(700.0))
    tired = replace(used, knee_cycles=np.array(600.0))
    assert_allclose(capacity_loss(tired) - capacity_loss(used), 100 * KNEE_RATE, rtol=1e-12)


def test_nobody_loses_more_than_everything():
    assert capacity_loss(replace(REST, full_cycles=np.array(1e7))) == 1.0
