"""Rounding, and splits that add up: in decimals, and the same in integers."""

from __future__ import annotations

from decimal import Decimal, localcontext

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellchain.science.tax import brazil, cents
from cellchain.science.tax.exact import split, to_cent, to_rate

WEIGHTS = st.lists(st.integers(0, 10**6), min_size=1, max_size=8).filter(any)


@given(st.integers(0, 10**12), WEIGHTS)
def test_a_split_adds_up_and_is_the_same_in_integers(total, weights):
    parts = split(Decimal(total) / 100, {str(n): Decimal(one) for n, one in enumerate(weights)})
    assert sum(parts.values()) == Decimal(total) / 100
    found = cents.split(np.array([total], object), np.array([weights], object))
    assert [int(one * 100) for one in parts.values()] == found[0].tolist()


@pytest.mark.parametrize(
    ("amount", "cent"),
    [("0.005", "0.01"), ("0.015", "0.02"), ("0.0149", "0.01"), ("-0.005", "-0.01"), ("2", "2.00")],
)
def test_half_a_cent_goes_up_whatever_the_context(amount, cent):
    with localcontext(prec=3, rounding="ROUND_DOWN"):
        assert str(to_cent(Decimal(amount))) == cent
        assert str(to_cent(Decimal(amount), "not rounded")) == amount


def test_a_rule_may_cut():
    assert str(to_cent(Decimal("0.019"), "to the cent, cut")) == "0.01"


def test_integers_round_as_decimals_do():
    found = cents.half_up(np.array([5, 15, 14, 0], object), 10)
    assert found.tolist() == [1, 2, 1, 0]
    assert cents.scaled(Decimal("0.0065")) == 650_000
    with pytest.raises(ValueError, match="eight places"):
        cents.scaled(Decimal("0.000000001"))


@pytest.mark.parametrize(
    ("rate", "shown"), [("0.10", "0.1"), ("45", "45"), ("40", "40"), ("0", "0")]
)
def test_a_rate_is_shown_without_zeros(rate, shown):
    assert f"{to_rate(Decimal(rate)):f}" == shown


@given(st.lists(st.decimals(0, 10**6, places=2), max_size=20), st.decimals(0, 10**6, places=2))
def test_twelve_months_are_the_last_ones_or_a_mean_of_fewer(earlier, first):
    found = brazil.twelve_months(earlier, first)
    if len(earlier) >= 12:
        assert found == sum(earlier[-12:])
    elif earlier:
        assert abs(found * len(earlier) - 12 * sum(earlier)) < Decimal("1e-30")
    else:
        assert found == 12 * first


def test_losses_take_no_more_than_there_are_nor_than_the_cap():
    cap = Decimal("0.3")
    assert brazil.offset_loss(Decimal(100), Decimal(10), cap) == 10
    assert brazil.offset_loss(Decimal(100), Decimal(100), cap) == 30
    assert brazil.offset_loss(Decimal(-100), Decimal(100), cap) == 0
