"""What a cell has shown so far."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cellchain.science.capacity.history import (
    exponential_mean,
    median,
    running_median,
    start_median,
)

SIZES = (1, 3, 40, 12, 300)


@pytest.fixture
def cells():
    dice = np.random.default_rng(1)
    values = dice.normal(size=(sum(SIZES), 3))
    values[dice.random(values.shape) < 0.2] = np.nan
    place = np.concatenate([np.arange(size) for size in SIZES])
    frame = pd.DataFrame(values)
    return values, place, frame.groupby(np.repeat(np.arange(len(SIZES)), SIZES))


def test_a_median_leaves_out_what_is_missing():
    stack = np.array([[1.0, np.nan, np.nan], [3.0, 5.0, np.nan], [2.0, 6.0, np.nan]])
    assert median(stack) == pytest.approx([2.0, 5.5, np.nan], nan_ok=True)


def test_a_running_median_is_that_of_pandas(cells):
    values, place, grouped = cells
    expected = grouped.rolling(5, min_periods=1).median().to_numpy()
    assert running_median(values, place, 5) == pytest.approx(expected, nan_ok=True)


def test_an_exponential_mean_is_that_of_pandas_where_its_window_is_long(cells):
    values, place, grouped = cells
    expected = grouped.ewm(alpha=0.1, ignore_na=False).mean().to_numpy()
    found = exponential_mean(values, place, share=0.1, doublings=9)
    assert found == pytest.approx(expected, rel=1e-9, nan_ok=True)


def test_a_start_is_that_of_the_rows_so_far_and_then_stays(cells):
    values, place, grouped = cells
    expected = grouped.expanding().median().to_numpy()
    found = start_median(values, place)
    early = place < 10
    assert found[early] == pytest.approx(expected[early], nan_ok=True)
    assert np.array_equal(found[-1], found[-290], equal_nan=True)
