import numpy as np
import pytest
from numpy.testing import assert_allclose

from cellchain.science.circuit import (
    REFERENCE_K,
    Circuit,
    at_rest,
    open_circuit_voltage,
    resistance_factor,
    stepped,
    terminal_voltage,
)

CAPACITY_C = 216_000.0


def cell(**changes):
    values = {
        "capacity_c": CAPACITY_C,
        "resistance_ohm": 0.001,
        "fast_ohm": 0.0004,
        "slow_ohm": 0.0005,
        "cooling_w_k": 1.0,
        "leak_siemens": 0.0,
    } | changes
    return Circuit(**{name: np.array([value]) for name, value in values.items()})


def resting(soc=0.5, temperature_k=REFERENCE_K):
    return at_rest(np.array([soc]), np.array([temperature_k]))


def run(cells, state, current_a, seconds, step_s=1.0, coolant_k=REFERENCE_K):
    for _ in range(round(seconds / step_s)):
        state = stepped(cells, state, np.array([current_a]), np.array([coolant_k]), step_s)
    return state


def test_at_rest_the_terminals_show_the_open_circuit():
    assert terminal_voltage(cell(), resting(), np.array([0.0])) == open_circuit_voltage(
        np.array([0.5])
    )


def test_the_open_circuit_voltage_rises_with_the_charge():
    volts = open_circuit_voltage(np.linspace(0, 1, 101))
    assert (np.diff(volts) > 0).all()
    assert (volts[0], volts[-1]) == (3.0, 4.19)


def test_charge_is_counted_to_the_coulomb():
    after = run(cell(), resting(), 60.0, 600)
    assert_allclose(0.5 - after.soc, 60.0 * 600 / CAPACITY_C, rtol=1e-12)


def test_a_pair_relaxes_as_its_exponential_does():
    """Implicit Euler of order one: a step of 0.02 s against a time constant of 20 s is near."""
    cells = cell(cooling_w_k=1e6)  # held at the temperature of its coolant
    after = run(cells, resting(), 50.0, 20, step_s=0.02)
    assert_allclose(after.fast_v, 50.0 * 0.0004 * (1 - np.exp(-1)), rtol=1e-3)


@pytest.mark.parametrize("step_s", [60.0, 3600.0])
def test_a_constant_current_heats_to_the_balance_with_the_coolant(step_s):
    cells = cell(capacity_c=1e12)  # so large that the charge hardly moves
    after = run(cells, resting(), 40.0, 100 * 3600, step_s=step_s)
    ohm = (0.001 + 0.0004 + 0.0005) * resistance_factor(after.temperature_k)
    assert_allclose(after.temperature_k - REFERENCE_K, 40.0 * 40.0 * ohm, rtol=1e-4)


def test_cold_makes_resistance_large():
    factors = resistance_factor(np.array([273.15, REFERENCE_K, 318.15]))
    assert factors[1] == 1.0
    assert factors[0] > 1.0 > factors[2]


def test_a_soft_short_drains_a_resting_cell():
    shorted, sound = cell(leak_siemens=0.02), cell()
    assert run(sound, resting(), 0.0, 3600).soc == 0.5
    drained = 0.5 - run(shorted, resting(), 0.0, 3600).soc
    assert_allclose(drained, 0.02 * 3.7 * 3600 / CAPACITY_C, rtol=1e-3)


def test_the_charge_stops_at_its_ends():
    assert run(cell(), resting(0.01), 200.0, 3600).soc == 0.0
    assert run(cell(), resting(0.99), -200.0, 3600).soc == 1.0
