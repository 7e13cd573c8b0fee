"""The balance of a kilogram of cell: nothing comes from nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellchain.science.recycling.lines import (
    CARBONATE_PER_LITHIUM,
    EMITTING,
    Cell,
    Factors,
    Prices,
    Route,
    balance,
    item_kg,
    total,
)

CELL = Cell(
    material="X",
    parts={"cathode": 0.5, "graphite": 0.2, "Cu": 0.2, "pp": 0.05, "lipf6": 0.05},
    cathode={"Li": 0.1, "Co": 0.5, "O": 0.4},
    salt={"Li": 0.05, "F": 0.95},
)
PRICES = Prices(
    products={"Cu": 5.0, "Li2CO3": 8.0, "Co": 50.0, "X": 20.0, "plastics": 0.1, "graphite": 0.3},
    inputs={"acid": 0.5},
    spent_cell=-1.0,
)
FACTORS = Factors(
    inputs={"acid": 2.0}, carbon={"graphite": 1.0, "pp": 0.9}, decay={"acid": 0.4},
    energy={"electricity": 0.1},
)  # fmt: skip
SHARES = st.floats(0, 1)


def route(**recovery):
    return Route(recovery, {"acid": 0.3}, ("graphite", "pp"), {"acid": 0.5}, {"electricity": 2.0})


def test_a_balance_worked_by_hand():
    lines = balance(CELL, route(Cu=0.9, Li=0.8, plastics=0.5), PRICES, FACTORS)
    assert total(lines, "recovered") == pytest.approx(0.18 + 0.04 + 0.025)
    carbonate_usd = 0.04 * CARBONATE_PER_LITHIUM * 8
    assert total(lines, "revenue") == pytest.approx(0.9 + carbonate_usd + 0.0025)
    assert total(lines, "reagent") == pytest.approx(0.15)
    assert total(lines, "gate_fee") == -1
    burnt_kg = 0.2 + 0.05 * 0.5 * 0.9
    assert total(lines, "burning") == pytest.approx(burnt_kg * 44.01 / 12.011)
    assert total(lines, "decay") == pytest.approx(0.3 * 0.5 * 0.4)
    assert total(lines, "upstream") == pytest.approx(0.6)
    assert total(lines, "energy") == pytest.approx(0.2)
    assert CELL.element_kg("Li") == pytest.approx(0.05 + 0.0025)


def test_cathode_material_is_counted_once_and_told_by_element():
    lines = balance(CELL, route(cathode=0.9), PRICES, FACTORS)
    assert total(lines, "recovered") == pytest.approx(0.45)
    assert item_kg(lines, "Co") == pytest.approx(0.225)
    assert total(lines, "revenue") == pytest.approx(9.0)


@given(SHARES, SHARES, SHARES, SHARES)
def test_no_more_comes_out_than_goes_in(cu, li, co, plastics):
    lines = balance(CELL, route(Cu=cu, Li=li, Co=co, plastics=plastics), PRICES, FACTORS)
    assert total(lines, "recovered") <= 1 + 1e-12
    for element in ("Cu", "Li", "Co"):
        assert item_kg(lines, element) <= CELL.element_kg(element) + 1e-12
    assert total(lines, *EMITTING) >= 0
