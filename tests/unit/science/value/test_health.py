"""Health along quantiles, what a battery is worth, and what it must earn."""

from __future__ import annotations

from math import exp

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellchain.science.value.channels import Way, worth
from cellchain.science.value.lease import annuity, break_even_fee
from cellchain.science.value.paths import Health, Quantiles, bands, normal_middles

NORMALS = normal_middles(200)
rising = st.lists(st.integers(0, 12_000).map(lambda one: one / 10_000), min_size=3, max_size=3).map(
    sorted
)
years = st.lists(st.floats(0, 20), min_size=3, max_size=3).map(sorted)


def test_it_falls_to_its_end_when_nothing_remains():
    health = Health(Quantiles(0.8, 0.9, 0.95), Quantiles(2, 4, 8), 0.7)
    assert bands(health, 0) == (0.8, 0.9, 0.95)
    assert bands(health, 1) == pytest.approx((0.75, 0.85, 0.91875))
    assert bands(health, 4)[:2] == (0, 0)
    soh, left = health.after(0, *health.paths(NORMALS))
    assert np.interp(0, NORMALS, left) == pytest.approx(2, rel=0.01)
    assert np.mean(soh <= 0.8) == 0.1


@given(rising, years, st.floats(0, 1), st.floats(0, 25))
def test_who_is_healthier_stays_so_and_nobody_recovers(soh, remaining, end, later):
    health = Health(Quantiles(*soh), Quantiles(*remaining), end)
    now, remaining = health.paths(NORMALS)
    found, left = health.after(later, now, remaining)
    assert (np.diff(found) >= -1e-12).all()
    assert (np.diff(left) >= -1e-12).all()
    assert (found <= now + 1e-12).all()
    assert (found >= 0).all()


@given(rising, st.floats(0, 1.3))
def test_the_chance_to_be_below_is_that_of_the_quantiles(values, limit):
    quantity = Quantiles(*values)
    many = normal_middles(4_000)
    assert quantity.below(limit) == pytest.approx(np.mean(quantity.at(many) < limit), abs=1e-3)


def test_the_best_channel_and_at_least_recycling():
    ways = (Way(1_000, 100, 0.8), Way(500, 20, 0.5, 2, 1))
    soh, left = np.array([0.4, 0.6, 0.79, 0.8, 1.0]), np.array([1.0, 1.0, 2.0, 2.0, 3.0])
    found = worth(soh, left, 1.0, ways, 10.0)
    assert found.tolist() == pytest.approx([10, 0.5 * 500 * 0.6 - 20, 375, 700, 900])


@given(rising, st.floats(0, 3), st.floats(0, 5))
def test_a_better_price_or_health_is_never_worth_less(soh, price, dearer):
    ways, left = (Way(900, 50, 0.7, 3, 1), Way(400, 10, 0.2)), np.array([0.5, 1, 4])
    low, high = (worth(np.array(soh), left, one, ways, -5.0) for one in (price, price + dearer))
    assert (np.diff(low) >= 0).all()
    assert (high >= low).all()


def test_at_the_break_even_fee_nothing_is_earned_and_nothing_lost():
    for rate in (0.0, 0.08):
        months, price, running = 48, 6_000.0, 8.0
        (fee,) = break_even_fee(price, np.array([900.0]), running, months, rate)
        paid = [(fee - running) * exp(-rate * month / 12) for month in range(1, months + 1)]
        assert sum(paid) + 900 * exp(-rate * months / 12) == pytest.approx(price)
        assert annuity(months, rate) == pytest.approx(sum(paid) / (fee - running))
