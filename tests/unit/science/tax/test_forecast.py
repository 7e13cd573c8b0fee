"""Futures drawn from a past: the same for the same seed, wide where the past was."""

from __future__ import annotations

import numpy as np
import pytest

from cellchain.science.tax.forecast import Series, drawn

RNG = np.random.default_rng(3)
MONTHS = np.arange(36)
SEASON = np.log(np.where(MONTHS % 12 == 11, 2.0, 1.0))


def one(noise, growth=0.0, seed=1):
    shocks = noise * np.random.default_rng(seed).normal(size=36)
    return Series(10 + SEASON + growth * MONTHS / 12 + shocks, seasonal=True, trending=True)


def future(series, seed=5):
    (found,) = drawn([series], 0, 12, 2_000, [seed])
    return found


def test_the_same_seed_gives_the_same_bits():
    assert np.array_equal(future(one(0.1)), future(one(0.1)))
    assert not np.array_equal(future(one(0.1)), future(one(0.1), seed=6))


def test_seasons_come_again():
    found = np.median(future(one(0.01)), axis=0)
    assert found[11] - found[:11].mean() > 0.5


def test_what_varied_more_is_wider():
    narrow, wide = (np.ptp(np.quantile(future(one(noise)), [0.1, 0.9], axis=0), axis=0).mean()
                    for noise in (0.02, 0.2))  # fmt: skip
    assert wide > 3 * narrow


def test_growth_is_carried_on_less_than_it_was():
    ahead = future(one(0.01, growth=0.3)).mean() - future(one(0.01)).mean()
    assert 0.6 < ahead < 1.1  # of 0.3 a year, two and a half years after the middle of the past


def test_quantities_are_drawn_together():
    shocks = RNG.normal(size=36) * 0.1
    twins = [Series(shocks + 5, seasonal=False, trending=False) for _ in range(2)]
    first, second = drawn(twins, 0, 12, 500, [1])
    assert np.corrcoef(first.ravel(), second.ravel())[0, 1] > 0.9


def test_what_was_off_its_mean_comes_back():
    found = drawn([Series(np.r_[np.tile([0.0, 0.1], 12), np.linspace(0, 1, 12)],
                          seasonal=False, trending=False)], 0, 12, 500, [1])[0]  # fmt: skip
    assert found[:, 0].mean() > found[:, -1].mean()


def test_a_past_without_misses_has_one_future():
    flat = Series(np.full(24, 3.0), seasonal=False, trending=False)
    assert drawn([flat], 0, 12, 20, [1])[0] == pytest.approx(np.full((20, 12), 3.0))
