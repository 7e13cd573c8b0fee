"""Margins at prices that move: shared draws, exact where nothing moves, refused where not told."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellchain.core.errors import Refused
from cellchain.services.analysis.table import Table, Texts
from cellchain.services.circle.recycling import Assumptions, recycled
from cellchain.services.circle.recycling_gates import day_of
from cellchain.services.circle.recycling_prices import product_prices
from cellchain.services.circle.recycling_risk import BEST, QUANTILES, risk_of

PRODUCTS = tuple(product_prices("2019"))
CHEMISTRIES = ("NMC111", "NMC622", "NMC811", "LCO", "NCA", "LMO", "LFP")


def volatilities(volatility=0.3, correlation=0.5, **other):
    told = dict.fromkeys(PRODUCTS, volatility) | other
    return Table(
        {
            "product": Texts.of(told),
            "annual_volatility": np.array(list(told.values()), float),
            "correlation": np.full(len(told), correlation),
        }
    )


def answered(chemistries, kg, risk, day="2026-11-30"):
    packs = Table(
        {
            "pack": Texts.of(f"p{place}" for place in range(len(chemistries))),
            "chemistry": Texts.of(chemistries),
            "cell_mass_kg": np.array(kg, float),
        }
    )
    return recycled(packs, Assumptions(products=product_prices("2019"), day=day_of(day), risk=risk))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(CHEMISTRIES), st.floats(0.01, 1e4)), min_size=1,
                max_size=4), st.integers(0, 9))  # fmt: skip
def test_without_volatility_every_quantile_is_the_margin(packs, seed):
    found = answered(*zip(*packs, strict=True), risk_of(volatilities(0.0), 100, seed))
    for name in QUANTILES:
        assert found.numbers(name).tolist() == found.numbers("net_margin_usd").tolist()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(CHEMISTRIES), st.floats(0.01, 1e4)), min_size=1,
                max_size=4), st.floats(0, 2), st.sampled_from(("2025-01-01", "2026-11-30",
                "2028-01-01", "2032-01-01")))  # fmt: skip
def test_shares_add_up_over_lawful_routes_and_quantiles_are_in_order(packs, volatility, day):
    risk = risk_of(volatilities(volatility), 200)
    found = answered(*zip(*packs, strict=True), risk, day)
    best, lawful = (found.numbers(one).reshape(-1, 3) for one in (BEST, "lawful"))
    assert best.sum(axis=1) == pytest.approx(lawful.max(axis=1))
    assert not best[lawful == 0].any()
    low, middle, high = (found.numbers(name) for name in QUANTILES)
    assert ((low <= middle) & (middle <= high)).all()


def test_draws_are_shared_and_no_pack_changes_another():
    risk = risk_of(volatilities(), 1_000)
    whole = answered(["NMC811", "LFP", "NMC811"], [300, 250, 600], risk)
    alone = answered(["LFP"], [250], risk_of(volatilities(), 1_000))
    kept = ("margin_p10_usd", "margin_p50_usd", "margin_p90_usd", "p_best")
    for name in kept:
        assert whole.numbers(name)[3:6].tobytes() == alone.numbers(name).tobytes()
    assert whole.numbers("p_best")[:3].tolist() == whole.numbers("p_best")[6:].tolist()


def test_what_has_no_answer_has_none_here():
    found = answered(["LFP", "unobtainium"], [250, 3], risk_of(volatilities(), 100))
    assert np.isnan(found.numbers("p_best")[3:]).all()
    none = answered(["unobtainium"], [3], risk_of(volatilities(), 100))
    assert np.isnan(none.numbers("margin_p50_usd")).all()


def test_a_product_that_is_sold_must_be_told():
    few = risk_of(volatilities().taken(np.array([0])), 100)
    with pytest.raises(Refused, match=r"recycle.volatility.*LFP"):
        answered(["LFP"], [250], few)


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ({"volatility": -0.1}, "recycle.volatility"),
        ({"volatility": float("nan")}, "recycle.volatility"),
        ({"volatility": float("inf")}, "recycle.volatility"),
        ({"volatility": 30}, "recycle.volatility"),
        ({"correlation": 1.1}, "recycle.correlation"),
        ({"correlation": float("-inf")}, "recycle.correlation"),
        ({"gold": 0.2}, "recycle.product"),
        ({"co": 0.2}, "recycle.twice"),
    ],
)
def test_what_cannot_be_is_refused(columns, code):
    with pytest.raises(Refused, match=code):
        risk_of(volatilities(**columns))


@pytest.mark.parametrize(
    ("draws", "seed", "code"),
    [(99, 1, "draws"), (10**9, 1, "draws"), (100, -1, "seed"), (100, 2**63, "seed")],
)
def test_how_often_has_bounds(draws, seed, code):
    with pytest.raises(Refused, match=f"recycle.{code}"):
        risk_of(volatilities(), draws, seed)
