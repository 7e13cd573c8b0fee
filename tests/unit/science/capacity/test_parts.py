"""Folds, boxes, bands and the power law, each on its own."""

from __future__ import annotations

import numpy as np
import pytest

from cellchain.science.capacity.bands import band
from cellchain.science.capacity.domain import domain
from cellchain.science.capacity.experts import doubt_limit, joined
from cellchain.science.capacity.rows import FEATURES, Described
from cellchain.science.capacity.transfer import transfer
from cellchain.science.capacity.validation import folds, spread
from cellchain.science.intervals.coverage import covered


def test_folds_hold_whole_cells_of_every_regime():
    cell = np.repeat(np.arange(20), 7)
    regime = np.repeat(np.arange(20) % 2, 7)
    found = folds(cell, regime)
    assert all(len(set(found[cell == one])) == 1 for one in range(20))
    assert all(len(set(found[regime == one])) == 5 for one in range(2))


@pytest.mark.parametrize("size", [1, 5, 6, 11, 100])
def test_rows_are_spread_over_a_cell_to_its_end(size):
    kept = spread(np.repeat([3, 9], [size, 4]), 5)
    of_first = kept[kept < size]
    assert len(of_first) == min(size, 5)
    assert of_first[-1] == size - 1
    assert np.ptp(np.diff(of_first, prepend=-1)) <= 1
    assert len(kept) - len(of_first) == 4


def test_a_row_beside_every_box_is_outside_and_one_between_two_as_well():
    dice = np.random.default_rng(0)
    cell = np.repeat(np.arange(12), 50)
    regime = cell % 2
    features = dice.normal(size=(600, 4)) + 100.0 * regime[:, np.newaxis]
    known = domain(features, regime, cell)
    rows = np.array([[0.0] * 4, [100.0] * 4, [50.0] * 4, [0.0, 0.0, 0.0, 100.0]])
    assert list(known.score(rows) > known.limit) == [False, False, True, True]


def test_a_constant_feature_that_changes_is_outside():
    cell = np.repeat(np.arange(6), 10)
    features = np.column_stack([np.full(60, 3.0), np.random.default_rng(0).normal(size=60)])
    known = domain(features, np.zeros(60, dtype=int), cell)
    assert known.score(np.array([[3.0, 0.0], [3.1, 0.0]])).tolist()[0] == 0.0
    assert known.score(np.array([[3.1, 0.0]]))[0] > known.limit


def test_a_start_is_in_doubt_when_it_is_contradicted_far_more_than_usual():
    usual = np.random.default_rng(0).normal(scale=0.01, size=400)
    limit = doubt_limit(np.append(usual, 5.0))
    assert limit == pytest.approx(0.05, rel=0.15)
    said = np.full(2, 2.0), np.array([1.0, np.nan])
    assert joined(said, np.array([True, False])).tolist() == [1.5, 2.0]


def test_a_band_is_wide_where_errors_are_and_holds_new_cells():
    def made(seed):
        dice = np.random.default_rng(seed)
        cell = np.repeat(np.arange(30), 60)
        columns = dice.uniform(size=(1800, 3))
        return cell, columns, np.abs(dice.normal(size=1800)) * (0.01 + 0.1 * columns[:, 0])

    cell, columns, errors = made(1)
    known = band((columns, columns), (errors, 2 * errors), cell, folds(cell, cell * 0))
    new_cell, new, new_errors = made(2)
    familiar = np.zeros(1800, dtype=bool)
    half = known.half_width(new, familiar, 0.9)
    found = covered(new_errors, -half, half, new_cell)
    assert 0.87 <= found.overall <= 0.95
    assert found.low_groups <= 0.1
    assert half[new[:, 0] > 0.9].mean() > 1.6 * half[new[:, 0] < 0.1].mean()
    assert (known.half_width(new, ~familiar, 0.9) > 1.5 * half).all()


def test_a_power_law_is_recovered_beyond_what_was_learnt():
    def known(fade, power):
        start = np.full((len(fade), 16), 2.0)
        now = start.copy()
        for name, sign in (("CV Q", 1), ("CV charge time", 1), ("current slope", -1)):
            now[:, FEATURES.index(name)] = 2.0 * np.exp(-sign * fade * power)
        means = np.array([now] * 4)
        no = np.full(len(fade), np.nan)
        return Described(now, means, start, no, np.zeros(len(fade), int), now > 9.0, None)

    fade = np.tile(np.linspace(0.0, -0.2, 40), 8)
    found = transfer(known(fade, 4.0), fade, np.repeat(np.arange(8), 40))
    assert found.exponents == pytest.approx([-0.25, -0.25, 0.25])
    assert found.log_fade(known(np.array([-0.1]), 4.0)) == pytest.approx([-0.1], abs=0.01)
    assert found.log_fade(known(np.array([-0.3]), 4.0))[0] < -0.22
