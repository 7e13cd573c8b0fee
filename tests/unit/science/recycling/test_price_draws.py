"""Prices that are drawn: their mean, their correlation, and who is best at them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cellchain.science.recycling.price_draws import best_shares, normals, price_changes

MARGINS = arrays(np.float64, (4, 50), elements=st.integers(-3, 3).map(float))


def test_prices_keep_their_mean_and_have_their_deviation():
    normal = normals({"Co": 0.5}, 100_000, 1)["Co"]
    change = price_changes(normal, 0.4, 4.0)
    assert change.mean() == pytest.approx(0, abs=4 * change.std() / np.sqrt(100_000))
    assert np.log1p(change).std() == pytest.approx(0.8, rel=0.01)


def test_products_are_correlated_by_the_product_of_theirs():
    found = normals({"Co": 0.8, "Ni": -0.5, "Cu": 0.0}, 100_000, 2)
    assert np.corrcoef(found["Co"], found["Ni"])[0, 1] == pytest.approx(-0.4, abs=0.01)
    assert np.corrcoef(found["Co"], found["Cu"])[0, 1] == pytest.approx(0, abs=0.01)


def test_a_product_more_changes_no_bit_of_another():
    few, more = normals({"Co": 0.8}, 500, 3), normals({"Ni": 0.1, "Co": 0.8}, 500, 3)
    assert few["Co"].tobytes() == more["Co"].tobytes()
    assert few["Co"].tobytes() != normals({"Co": 0.8}, 500, 4)["Co"].tobytes()


@given(arrays(np.float64, 20, elements=st.floats(-6, 6)), st.floats(0, 30))
def test_without_volatility_nothing_changes_at_all(normal, years):
    assert not price_changes(normal, 0.0, years).any()


@given(MARGINS, arrays(np.bool_, 4))
def test_shares_add_up_over_what_is_allowed(margins, allowed):
    found = best_shares(margins, allowed)
    assert not found[~allowed].any()
    assert found.sum() == pytest.approx(1 if allowed.any() else 0)


def test_equal_ways_share_a_draw():
    margins = np.array([[1.0, 5.0], [1.0, 2.0], [9.0, 9.0]])
    assert best_shares(margins, np.array([True, True, False])).tolist() == [0.75, 0.25, 0]
