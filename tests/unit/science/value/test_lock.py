"""The lock against formulas that know nothing of its draws."""

from __future__ import annotations

from math import exp, log, sqrt
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellchain.science.value.channels import Battery, Way
from cellchain.science.value.lock import lock, reserve, worst_mean, worths
from cellchain.science.value.paths import (
    Health,
    Quantiles,
    add_turned_back,
    brownian,
    index,
    normal_middles,
    turned,
)

PAIRS = 20_000
NORMALS = normal_middles(2 * PAIRS)
PRICE, YEARS, RATE = 1_000.0, 3.0, 0.06
FOREVER = Health(Quantiles(1, 1, 1), Quantiles(1e12, 1e12, 1e12), 0.5)
MOTION = brownian(7, "LFP", (36,), PAIRS)[36]
NORMAL = NormalDist().cdf


def draws(volatility, drift=RATE, *, years=YEARS, motion=MOTION, offset=0):
    """Return the worth of a battery that does not age and costs nothing to sell."""
    prices = turned(index(motion, years, drift, volatility), offset, np.empty(2 * PAIRS))
    battery = Battery(FOREVER, (Way(PRICE, 0.0, 0.0),), -1e9)
    return battery.worths_after([years], NORMALS, prices[None], np.empty((1, 2 * PAIRS)))[0]


def black_scholes_put(strike, volatility, years, rate):
    width = volatility * sqrt(years)
    d1 = (log(PRICE / strike) + rate * years) / width + width / 2
    return strike * exp(-rate * years) * NORMAL(width - d1) - PRICE * NORMAL(-d1)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("strike", "volatility"), [(700, 0.3), (1_000, 0.2), (1_400, 0.5)])
def test_without_ageing_it_is_the_put_of_black_and_scholes(seed, strike, volatility):
    motion = brownian(seed, "LFP", (36,), PAIRS)[36]
    found = lock(draws(volatility, motion=motion), strike, YEARS, RATE)
    fair = black_scholes_put(strike, volatility, YEARS, RATE)
    assert abs(found.premium - fair) <= 3 * found.error
    assert found.error < 0.02 * fair


@pytest.mark.parametrize("volatility", [0.0, 0.2, 0.6])
def test_the_discounted_index_is_a_martingale(volatility):
    up, down = index(MOTION, YEARS, RATE, volatility)
    mean = (up + down) / 2 * exp(-RATE * YEARS)
    assert abs(mean.mean() - 1) <= 3 * mean.std() / sqrt(PAIRS) + 1e-12


def test_put_less_call_is_strike_less_worth():
    worth, strike = draws(0.35), 900.0
    put = lock(worth, strike, YEARS, RATE).premium
    call = exp(-RATE * YEARS) * np.maximum(worth - strike, 0).mean()
    parity = exp(-RATE * YEARS) * (strike - worth.mean())
    assert put - call == pytest.approx(parity, abs=1e-9)


@given(st.floats(1, 3_000), st.floats(0, 500), st.floats(0.02, 0.8), st.floats(0, 0.4))
def test_it_rises_with_strike_and_volatility(strike, more, volatility, wider):
    low = lock(draws(volatility), strike, YEARS, RATE).premium
    assert lock(draws(volatility), strike + more, YEARS, RATE).premium >= low
    wide = lock(draws(volatility + wider), strike, YEARS, RATE).premium
    # a convex payment of a mean that stays, but for the error of the mean itself
    error = abs(draws(volatility).mean() - draws(volatility + wider).mean())
    assert wide >= low - error


def test_out_of_the_money_it_vanishes_with_the_volatility():
    found = [lock(draws(one), 800, YEARS, RATE).premium for one in (0.4, 0.2, 0.1, 0.05, 0.0)]
    assert found == sorted(found, reverse=True)
    assert found[-1] == 0
    assert found[-2] < 1e-3


def test_the_reserve_is_the_mean_of_the_worst_twentieth():
    worth = draws(0.3)
    payments = np.sort(lock(worth, 900, YEARS, RATE).payments)
    spread = worths(worth)
    assert reserve(spread, 900, YEARS, RATE) == pytest.approx(
        payments[-len(payments) // 20 :].mean()
    )
    assert worst_mean(payments) == pytest.approx(payments[-len(payments) // 20 :].mean())
    rising = np.sort(worth)
    assert (spread.p10, spread.p50) == (rising[len(worth) // 10 - 1], rising[len(worth) // 2 - 1])


def test_ageing_channels_and_warranties_against_plain_draws():
    health = Health(Quantiles(0.74, 0.82, 0.86), Quantiles(2, 5, 9), 0.6)
    ways = (Way(3_000, 385, 0.75, 2, 1), Way(1_320, 365, 0.65, 3, 0.5), Way(1_080, 305, 0.6))
    prices = turned(index(MOTION, YEARS, -0.05, 0.3), 4_321, np.empty(2 * PAIRS))
    room = np.empty((2, 2 * PAIRS))
    both = np.stack([prices, prices])
    now, worth = Battery(health, ways, 120.0).worths_after([0.0, YEARS], NORMALS, both, room)
    assert (now >= worth).all()
    found = lock(worth, 700.0, YEARS, RATE)
    rng = np.random.default_rng(99)
    z, w = rng.standard_normal((2, 400_000))
    width = NormalDist().inv_cdf(0.9)
    soh0 = 0.82 + np.where(z > 0, 0.04, 0.08) * z / width
    left = 5 + np.where(z > 0, 4, 3) * z / width
    alive = (left > YEARS) & (soh0 > 0.6)
    soh = np.where(alive, 0.6 + (soh0 - 0.6) * (1 - YEARS / np.where(alive, left, 9)), 0)
    seen = np.maximum(left - YEARS, 0) * 2 / 5
    price = np.exp((-0.05 - 0.3**2 / 2) * YEARS + 0.3 * sqrt(YEARS) * w)
    best = np.full(len(z), 120.0)
    for way in ways:
        kept = 1.0
        if way.warranty_years:
            kept = 1 - way.refund_share * np.clip(1 - seen / way.warranty_years, 0, 1)
        given = way.price * kept * soh * price - way.cost
        best = np.maximum(best, np.where(soh >= way.least_soh, given, -np.inf))
    paid = exp(-RATE * YEARS) * np.maximum(700 - best, 0)
    assert abs(found.premium - paid.mean()) <= 3 * (found.error + paid.std() / sqrt(len(paid)))
    assert worths(worth).p90 == pytest.approx(np.quantile(best, 0.9), rel=0.02)


@given(st.integers(0, 9))
def test_paths_of_packs_are_added_path_by_path(offset):
    up, down = np.arange(10.0), np.arange(10.0) + 100
    sums = np.zeros(20)
    add_turned_back(sums, turned((up, down), offset, np.empty(20)), offset)
    assert sums.tolist() == [*up, *down]


def test_months_do_not_depend_on_which_others_are_asked_for():
    alone, beside = brownian(3, "NCA", (12,), 50), brownian(3, "NCA", (6, 12, 40), 50)
    assert (alone[12] == beside[12]).all()
    assert brownian(3, "LFP", (12,), 50)[12][0] != alone[12][0]
