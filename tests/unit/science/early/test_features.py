"""Curves on the grid, spikes, and what the first hundred cycles say."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from cellchain.science.early.curves import grid_v, on_grid, without_spikes
from cellchain.science.early.features import NAMES, described
from tests.simulated_cells import CYCLES, discharge_curves

CURVES = discharge_curves([800.0])[0]


def test_a_curve_on_the_grid_stays_as_it_is():
    assert_allclose(on_grid(grid_v(), CURVES[:, 0]), CURVES[:, 0], rtol=1e-12)


def test_another_grid_in_any_order_gives_nearly_the_same_curve():
    fine = np.linspace(2.0, 3.55, 777)
    smooth = 1.0 / (1.0 + np.exp((fine - 3.2) / 0.05))
    wanted = 1.0 / (1.0 + np.exp((grid_v() - 3.2) / 0.05))
    assert_allclose(on_grid(fine, smooth), wanted, atol=1e-4)
    assert_allclose(on_grid(fine[::-1], smooth[::-1]), wanted, atol=1e-4)


@pytest.mark.parametrize(
    ("name", "hole"),
    [("half missing", slice(0, 100)), ("all missing", slice(None))],
)
def test_too_little_of_a_curve_is_none(name, hole):
    charge = CURVES[:, 0].copy()
    charge[hole] = np.nan
    assert np.isnan(on_grid(grid_v(), charge)).all()


def test_a_window_that_ends_too_high_is_none():
    high = grid_v() > 2.5
    assert np.isnan(on_grid(grid_v()[high], CURVES[high, 0])).all()


def test_a_spike_is_left_out_and_nothing_else():
    broken = CURVES.copy()
    broken[:, 40] += 30.0
    kept = without_spikes(broken)
    assert np.flatnonzero(np.isnan(kept[0])).tolist() == [40]
    assert np.array_equal(without_spikes(CURVES), CURVES)


def test_the_features_are_those_of_the_definitions():
    change = np.median(CURVES[:, -5:], axis=1) - np.median(CURVES[:, 6:11], axis=1)
    capacity = CURVES.max(axis=0)
    slope, start = np.polyfit(CYCLES, capacity, 1)
    wanted = {
        "log_variance": np.log10(np.var(change)),
        "log_minimum": np.log10(-change.min()),
        "log_mean": np.log10(-change.mean()),
        "start_ah": np.median(capacity[:3]),
        "slope_ah": 100 * slope,
        "intercept_ah": start,
    }
    found = dict(zip(NAMES, described(CURVES, CYCLES).values, strict=True))
    for name, value in wanted.items():
        assert found[name] == pytest.approx(value, rel=1e-9), name


@pytest.mark.parametrize("gone", [8, 98])
def test_a_missing_cycle_10_or_100_moves_the_features_a_little(gone):
    holed = CURVES.copy()
    holed[:, gone] = np.nan
    moved = described(holed, CYCLES).values - described(CURVES, CYCLES).values
    assert np.abs(moved[:4]).max() < 0.1  # decades
    assert np.abs(moved[4:]).max() < 1e-3  # Ah


@pytest.mark.parametrize("last", [1, 5, 20, 70])
def test_cycles_that_do_not_reach_have_no_features(last):
    assert described(CURVES[:, :last], CYCLES[:last]).values is None


def test_cycles_after_the_hundredth_are_not_looked_at():
    more = np.column_stack([CURVES, CURVES - 0.3])
    found = described(more, np.arange(2.0, 2.0 + 198))
    assert np.array_equal(found.values, described(CURVES, CYCLES).values)
