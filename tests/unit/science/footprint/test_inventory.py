"""What products emit to any depth: against dense algebra, by hand, and by drawing the factors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellchain.science.footprint.inventory import Inventory, NotProductive, carried_kg, emitted
from cellchain.science.footprint.pedigree import log_deviation

PRODUCTS, INPUTS = 5, 3


@st.composite
def inventories(draw):
    """Flows of which no product needs more than four fifths of products in all."""
    count = draw(st.integers(0, 14))
    flows = [
        (
            draw(st.integers(0, PRODUCTS - 1)),
            draw(st.integers(0, PRODUCTS + INPUTS - 1)),
            draw(st.floats(0, 0.8)),
            draw(st.booleans()),
        )
        for _ in range(count)
    ]
    columns = zip(*flows, strict=True) if flows else ((), (), (), ())
    kinds = (np.intp, np.intp, float, bool)
    product, source, amount, evident = map(np.array, columns, kinds)
    among = source < PRODUCTS
    total = np.bincount(product[among], amount[among], PRODUCTS)
    amount = amount / np.where(among, np.maximum(1.0, total[product] / 0.8), 1.0)
    kg = np.array(draw(st.lists(st.floats(0, 30), min_size=INPUTS, max_size=INPUTS)))
    return Inventory(product, source, amount, evident, kg, np.full(INPUTS, 0.2), PRODUCTS)


def dense(one, counted):
    among, product = one.source < PRODUCTS, one.product
    inner, inputs = np.zeros((PRODUCTS, PRODUCTS)), np.zeros((PRODUCTS, INPUTS))
    np.add.at(
        inner, (product[among & counted], one.source[among & counted]), one.amount[among & counted]
    )
    other = ~among & counted
    np.add.at(inputs, (product[other], one.source[other] - PRODUCTS), one.amount[other])
    return np.linalg.solve(np.eye(PRODUCTS) - inner, inputs @ one.factor_kg)


@given(inventories())
@settings(max_examples=200, deadline=None)
def test_it_is_what_dense_algebra_says_and_the_flows_carry_all_of_it(asked):
    found = emitted(asked, 0.9)
    every = np.ones(len(asked.amount), bool)
    np.testing.assert_allclose(found.kg, dense(asked, every), rtol=1e-9, atol=1e-12)
    carried = np.bincount(asked.product, carried_kg(asked, found.kg), PRODUCTS)
    np.testing.assert_allclose(carried, found.kg, rtol=1e-9, atol=1e-12)
    known = dense(asked, asked.evident)
    np.testing.assert_allclose(found.primary_share * found.kg, known, rtol=1e-7, atol=1e-9)
    assert (found.lo_kg <= found.hi_kg).all()


def fleet():
    """A cell of 2 kg of one input and 1 of another; a pack of 100 cells and 5 of the second."""
    return Inventory(
        product=np.array([0, 0, 1, 1]),
        source=np.array([2, 3, 0, 3]),
        amount=np.array([2.0, 1.0, 100.0, 5.0]),
        evident=np.array([True, False, True, True]),
        factor_kg=np.array([10.0, 4.0]),
        log_deviation=np.array([0.1, 0.3]),
        products=2,
    )


def test_a_pack_by_hand():
    found = emitted(fleet(), 0.9)
    assert found.kg.tolist() == pytest.approx([24.0, 2420.0])
    assert found.primary_share.tolist() == pytest.approx([20 / 24, 2020 / 2420])


def test_the_interval_is_that_of_drawn_factors():
    rng = np.random.default_rng(3)
    one = fleet()
    found = emitted(one, 0.9)
    spread = one.log_deviation
    drawn = one.factor_kg * rng.lognormal(0.0, spread, (20_000, 2))
    packs = drawn @ np.array([200.0, 105.0])
    lo, hi = np.quantile(packs, (0.05, 0.95))
    assert found.lo_kg[1] == pytest.approx(lo, rel=0.01)
    assert found.hi_kg[1] == pytest.approx(hi, rel=0.01)


def with_flow(source, amount):
    """Return the fleet, whose cells take something more."""
    one = fleet()
    return replace(
        one,
        product=np.append(one.product, 0),
        source=np.append(one.source, source),
        amount=np.append(one.amount, amount),
        evident=np.append(one.evident, True),
    )


@pytest.mark.parametrize("packs", [0.01, 1.0])
def test_a_circle_that_needs_more_than_it_makes_is_named(packs):
    """A cell that takes a hundredth of a pack takes a cell: no more than singular."""
    with pytest.raises(NotProductive) as refused:
        emitted(with_flow(1, packs), 0.9)
    assert refused.value.products.tolist() == [0, 1]


def test_a_circle_that_makes_more_than_it_needs_is_none():
    assert emitted(with_flow(0, 0.2), 0.9).kg[0] == pytest.approx(24.0 / 0.8)


def test_worse_marks_are_less_certain():
    deviations = [log_deviation((mark,) * 5) for mark in range(1, 6)]
    assert deviations == sorted(deviations)
    assert np.exp(2 * deviations[0]) == pytest.approx(1.05)
    assert np.exp(2 * log_deviation((5, 1, 1, 1, 1))) == pytest.approx(1.504, abs=5e-4)
