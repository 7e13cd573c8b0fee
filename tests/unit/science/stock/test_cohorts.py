"""Stock and outflow beside a dense matrix of cohorts in fractions, closed forms, and their laws."""

from __future__ import annotations

from fractions import Fraction
from math import exp, gamma, log, sqrt
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cellchain.science.stock.cohorts import stock_and_outflow
from cellchain.science.stock.lifetime import DISTRIBUTIONS, survival, weibull_scale
from cellchain.science.stock.materials import returned, share_of

YEARS = 41
LIVES = {"weibull": (15.3, 3.5), "lognormal": (14.0, 4.0), "normal": (12.0, 3.0), "fixed": (9, 1)}
EXACT = {
    "weibull": lambda age: exp(-((age / 15.3) ** 3.5)),
    "lognormal": lambda age: NormalDist(
        log(14) - log(1 + (4 / 14) ** 2) / 2, sqrt(log(1 + (4 / 14) ** 2))
    ).cdf(2 * (log(14) - log(1 + (4 / 14) ** 2) / 2) - log(age)),
    "normal": lambda age: NormalDist(12, 3).cdf(24 - age),
    "fixed": lambda age: float(age < 9),
}

FLOWS = arrays(np.float64, (YEARS, 2), elements=st.floats(0, 1e12))
KINDS = st.sampled_from(DISTRIBUTIONS)
SHARES = st.floats(0, 1)


def dense(inflow, share):
    """Return stock and outflow from a matrix of years by cohorts, in fractions."""
    flow, kept = [Fraction(one) for one in inflow], [Fraction(one) for one in share]
    matrix = [
        [flow[cohort] * kept[year - cohort] if cohort <= year else Fraction(0)
         for cohort in range(len(flow))]
        for year in range(len(flow))
    ]  # fmt: skip
    stock = [sum(row) for row in matrix]
    before = [Fraction(0), *stock[:-1]]
    return stock, [b + f - n for b, f, n in zip(before, flow, stock, strict=True)]


@pytest.mark.parametrize("kind", DISTRIBUTIONS)
def test_the_share_in_use_is_that_of_the_distribution_in_the_middle_of_the_year(kind):
    found = survival(kind, YEARS, *LIVES[kind])[:, 0]
    exact = [EXACT[kind](year + 0.5) for year in range(YEARS)]
    assert found == pytest.approx(exact, rel=1e-11, abs=1e-15)
    assert (np.diff(found) <= 0).all()


@pytest.mark.parametrize("kind", DISTRIBUTIONS)
def test_cohorts_agree_with_a_dense_matrix_in_fractions(kind):
    inflow = np.random.default_rng(5).integers(0, 10**12, YEARS).astype(float)
    share = survival(kind, YEARS, *LIVES[kind])
    stock, outflow = stock_and_outflow(inflow[:, None], share)
    exact_stock, exact_outflow = dense(inflow, share[:, 0])
    for found, exact in ((stock, exact_stock), (outflow, exact_outflow)):
        assert found[:, 0] == pytest.approx([float(one) for one in exact], rel=1e-12, abs=1e-3)


def test_a_fixed_lifetime_shifts():
    inflow = np.arange(1.0, YEARS + 1)[:, None]
    _, outflow = stock_and_outflow(inflow, survival("fixed", YEARS, 7, 1))
    assert not outflow[:7].any()
    assert outflow[7:].tolist() == inflow[:-7].tolist()


@pytest.mark.parametrize("kind", DISTRIBUTIONS)
def test_a_constant_inflow_leads_to_a_stock_of_inflow_times_mean_lifetime(kind):
    size, form = LIVES[kind]
    mean = size * gamma(1 + 1 / form) if kind == "weibull" else size
    stock, outflow = stock_and_outflow(np.full((300, 1), 5.0), survival(kind, 300, size, form))
    assert stock[-1, 0] == pytest.approx(5 * mean, rel=1e-4)
    assert outflow[-1, 0] == pytest.approx(5, rel=1e-9)


def test_a_weibull_of_a_mean_has_that_mean():
    assert weibull_scale(15, 1) == 15
    assert weibull_scale([10, 20], 2) == pytest.approx([10 / (np.pi**0.5 / 2), 40 / np.pi**0.5])


@given(FLOWS, KINDS)
def test_nothing_is_lost_and_nothing_negative(inflow, kind):
    stock, outflow = stock_and_outflow(inflow, survival(kind, YEARS, *LIVES[kind]))
    balance = np.cumsum(inflow - outflow, axis=0)
    assert np.abs(balance - stock).max() <= 1e-9 * max(inflow.sum(), 1e-300)
    assert (stock >= 0).all()
    assert (outflow >= 0).all()


@given(FLOWS, FLOWS, KINDS, st.floats(0, 100))
def test_flows_add(one, other, kind, factor):
    share = survival(kind, YEARS, *LIVES[kind])
    together = stock_and_outflow(one + factor * other, share)
    apart = zip(stock_and_outflow(one, share), stock_and_outflow(other, share), strict=True)
    for whole, (first, second) in zip(together, apart, strict=True):
        np.testing.assert_allclose(whole, first + factor * second, rtol=1e-9, atol=1e-3)


@given(FLOWS, SHARES, SHARES, SHARES, SHARES, st.integers(1, 60))
def test_more_collection_never_lowers_what_is_recovered(gone, less, more, recovery, second, delay):
    less, more = sorted((less, more))
    few, many = (
        returned(gone, np.array(one), np.array(recovery), np.array(second), delay)
        for one in (less, more)
    )
    assert (few.recovered <= many.recovered * (1 + 1e-12) + 1e-9).all()
    assert (many.recovered >= 0).all()
    assert (many.collected <= gone).all()


@given(FLOWS, SHARES, SHARES, st.integers(1, 60))
def test_what_is_collected_is_recycled_or_in_second_use(gone, collection, second, delay):
    found = returned(gone, np.array(collection), np.array(1.0), np.array(second), delay)
    balance = np.cumsum(found.collected - found.recovered, axis=0)
    assert np.abs(balance - found.second_life).max() <= 1e-9 * max(gone.sum(), 1e-300)


def test_a_second_life_comes_back_later_at_the_recovery_of_then():
    gone = np.array([[100.0], [0], [0], [0]])
    recovery = np.array([[0.5], [0.6], [0.7], [0.8]])
    found = returned(gone, np.array(0.9), recovery, np.array(0.2), 2)
    assert found.collected[:, 0].tolist() == [90, 0, 0, 0]
    assert found.second_life[:, 0].tolist() == [18, 18, 0, 0]
    assert found.recovered[:, 0] == pytest.approx([36, 0, 12.6, 0])


def test_a_share_of_nothing_is_none():
    assert np.isnan(share_of(np.zeros(1), np.zeros(1))).all()
    assert share_of(np.ones(1), np.full(1, 4.0)).tolist() == [0.25]
