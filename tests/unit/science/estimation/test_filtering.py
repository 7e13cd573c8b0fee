"""The filter knows how far it is in doubt, and a battery does not notice the others."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from cellchain.science.estimation.belief import (
    CAPACITY,
    CAPACITY_SD,
    OFFSET_C,
    OHM,
    OHM_SD,
    SIZE,
    SOC,
    Belief,
    Seen,
    begun,
)
from cellchain.science.estimation.curve import GRID, on_grid
from cellchain.science.estimation.equivalent import Equivalent, resistances
from cellchain.science.estimation.filtering import stepped, told_capacity, told_resistance

CELL = Equivalent(
    capacity_ah=5.0,
    curve_v=3.0 + 0.9 * GRID + 0.3 * GRID**4 - 0.3 * (1.0 - GRID) ** 8,
    ohm=np.outer([0.02, 0.015, 0.02], 1.0 + 0.5 * (1.0 - GRID) ** 3),
    tau_s=np.array([20.0, 500.0]),
    activation_j_mol=np.array([2e4, 1.5e4, 1e4]),
    celsius=np.array([5.0, 40.0]),
    soc=np.array([0.05, 0.95]),
    error_v=5e-3,
    error_s=600.0,
    rough_v=1e-6,
    rough_s=1.0,
    noise_v=3e-3,
)
BATTERIES = 200
STEP_S = 10.0


def rows(count, seed=1, batteries=BATTERIES):
    """Return what sensors show of cells that are as the filter takes them, and their truth."""
    rng = np.random.default_rng(seed)
    soc = rng.uniform(0.85, 0.95, batteries)
    capacity_ah = 5.0 * np.exp(CAPACITY_SD * rng.standard_normal(batteries))
    ohm = np.exp(OHM_SD * rng.standard_normal(batteries))
    offset_a = 5.0 * OFFSET_C * rng.standard_normal(batteries)
    celsius = np.full(batteries, 20.0)
    fast_v, slow_v, before_a = np.zeros(batteries), np.zeros(batteries), np.zeros(batteries)
    error_v = CELL.error_v * rng.standard_normal(batteries)
    seen, truths = [], []
    for row in range(count):
        held = row // 6 * 6
        level = 2.2 * np.sin(held / 12.0) + 1.0 * np.sin(held)
        current_a = (0.0 if row == 0 else 1.8) + level * np.ones(batteries)
        if row:
            between_a = (before_a + current_a) / 2.0
            response = resistances(CELL, soc, celsius) * ohm
            soc = soc - between_a * STEP_S / 3600.0 / capacity_ah
            for_fast, for_slow = np.exp(-STEP_S / CELL.tau_s)
            fast_v = for_fast * fast_v + (1.0 - for_fast) * response[1] * between_a
            slow_v = for_slow * slow_v + (1.0 - for_slow) * response[2] * between_a
            lasting = np.exp(-STEP_S / CELL.error_s)
            shock = np.sqrt(1.0 - lasting**2) * rng.standard_normal(batteries)
            error_v = lasting * error_v + CELL.error_v * shock
        drop_v = resistances(CELL, soc, celsius)[0] * ohm * current_a
        noise_v = CELL.noise_v * rng.standard_normal(batteries)
        voltage_v = on_grid(CELL.curve_v, soc) - fast_v - slow_v - drop_v + error_v + noise_v
        time_s = np.full(batteries, STEP_S * row)
        seen.append(Seen(time_s, current_a + offset_a, voltage_v, celsius))
        truths.append((soc, np.log(capacity_ah / 5.0), np.log(ohm)))
        before_a = current_a
    return seen, truths


def followed(seen, start):
    belief = begun(CELL, seen[0], start)
    for one in seen:
        stepped(CELL, belief, one)
    return belief


def test_errors_are_as_large_as_the_doubt():
    seen, truths = rows(600)
    start = truths[0][0] + np.random.default_rng(2).normal(0.0, 0.15, BATTERIES)
    belief = followed(seen, np.clip(start, 0.0, 1.0))
    for place, truth in zip((SOC, CAPACITY, OHM), truths[-1], strict=True):
        squares = (belief.mean[place] - truth) ** 2 / belief.covariance[place, place]
        # Chi-squared of one degree has a median of 0.455; what is only considered stays wider.
        assert 0.1 < np.median(squares) < 0.7
        assert 0.2 < squares.mean() < 1.5
    assert np.median(belief.surprise) == pytest.approx(1.0, abs=0.25)


def test_capacity_and_resistance_become_known():
    belief = followed(rows(600)[0], np.full(BATTERIES, 0.85))
    assert np.sqrt(belief.covariance[CAPACITY, CAPACITY]).mean() < 0.5 * CAPACITY_SD
    assert np.sqrt(belief.covariance[OHM, OHM]).mean() < 0.3 * OHM_SD
    assert (told_capacity(CELL, belief) > 1.0).all()
    assert (told_resistance(CELL, belief) > 1.0).all()


def test_a_covariance_stays_one():
    belief = followed(rows(300)[0], np.full(BATTERIES, 0.4))
    assert np.array_equal(belief.covariance, belief.covariance.transpose(1, 0, 2)) or (
        np.abs(belief.covariance - belief.covariance.transpose(1, 0, 2)).max() < 1e-15
    )
    assert np.linalg.eigvalsh(belief.covariance.transpose(2, 0, 1)).min() > -1e-12


@pytest.mark.parametrize("place", [0, 17, BATTERIES - 1])
def test_a_battery_has_the_same_bits_alone(place):
    seen, start = rows(60)[0], np.linspace(0.3, 0.9, BATTERIES)
    alone = [
        Seen(*(getattr(one, field.name)[place : place + 1] for field in fields(Seen)))
        for one in seen
    ]
    together, single = followed(seen, start), followed(alone, start[place : place + 1])
    for field in fields(Belief):
        part = getattr(together, field.name)[..., place : place + 1]
        assert part.tobytes() == getattr(single, field.name).tobytes()


def test_the_charge_is_that_which_went_where_voltages_say_nothing():
    count = 3
    deaf = Equivalent(**{field.name: getattr(CELL, field.name) for field in fields(Equivalent)
                         if field.name != "noise_v"}, noise_v=1e6)  # fmt: skip
    current_a = np.full(count, 2.5)
    belief = begun(deaf, Seen(np.zeros(count), current_a, np.full(count, 3.7), current_a + 20.0),
                   np.full(count, 0.9))  # fmt: skip
    for row in range(1, 361):
        time_s = np.full(count, STEP_S * row)
        stepped(deaf, belief, Seen(time_s, current_a, np.full(count, 3.7), current_a + 20.0))
    assert belief.mean[SOC] == pytest.approx(0.9 - 0.5, abs=1e-6)
    assert belief.mean.shape == (SIZE, count)
