"""A year in arrays of cents against the decimal rules, row by row of `effective`."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellchain.services.tax.desk import Desk
from cellchain.services.tax.rulebook import rulebook
from cellchain.services.tax.told import firms_of
from cellchain.services.tax.year import Quantities, YearOfLaw
from tests.unit.services.tax.asking import ON, asked, by_key, months, rows, table

AMOUNTS = st.lists(st.integers(0, 60_000_000), min_size=24, max_size=24)
PROFITS = st.lists(st.integers(-5_000_000, 9_000_000), min_size=12, max_size=12)
EARLIER, YEAR = list(months("2025-01..2025-12")), list(months("2026-01..2026-12"))


def told(amount):
    return f"{Decimal(int(amount)) / 100:.2f}"


def of(item, span, amounts, activity=""):
    return [f"A,{month},BR,{item},{told(one)},BRL,{activity}"
            for month, one in zip(span, amounts, strict=True)]  # fmt: skip


def both(goods, wares, profit, payroll, credit, on=ON):
    lines = (
        of("revenue", EARLIER + YEAR, goods, "industry")
        + (of("revenue", EARLIER + YEAR, wares, "commerce") if wares else [])
        + of("profit", EARLIER + YEAR, [1] * 12 + profit)
        + of("payroll", EARLIER + YEAR, [0] * 12 + payroll)
        + of("credit_base", EARLIER + YEAR, [0] * 12 + credit)
    )
    decimal = by_key(asked(*lines, on=on))
    past = [line for line in lines if ",2025-" in line]
    (firm,) = firms_of(table(rows(*past)), on)
    activities = ("commerce", "industry") if wares else ("industry",)
    every = np.array([wares, goods] if wares else [goods], object).T
    given_ = Quantities(
        every[None, 12:],
        every[:12].sum(axis=1),
        *(np.array([one], object) for one in (profit, payroll, credit)),
    )
    law = YearOfLaw(Desk(firm, rulebook("BR", on)), 2026, activities)
    return decimal, law.taxes(given_)


def check_equal(decimal, found):
    taxes, held, out = found
    assert not set(out) - {"simples_nacional"}
    for regime, amount in taxes.items():
        row = decimal["A", "2026", regime, "compared"]
        if row["error"]:
            assert regime == "simples_nacional"
            assert not held[0] or "2025" in row["error"]
        else:
            assert Decimal(row["tax"]) == Decimal(int(amount[0])) / 100, regime


@settings(max_examples=40, deadline=None)
@given(AMOUNTS, st.none() | AMOUNTS, PROFITS, AMOUNTS, AMOUNTS)
def test_arrays_say_what_decimals_say(goods, wares, profit, payroll, credit):
    check_equal(*both(goods, wares, profit, payroll[:12], credit[:12]))


@pytest.mark.parametrize(
    "cents",
    [
        0,
        1,
        1_500_000,
        1_500_001,
        3_000_000,
        15_000_000,
        30_000_000,
        40_000_000,
        40_000_001,
        125_000_000,
    ],
)
@pytest.mark.parametrize("on", [ON, date(2025, 6, 1)])
def test_edges_of_bands_and_limits(cents, on):
    check_equal(
        *both([cents] * 24, None, [cents // 7] * 12, [cents // 3] * 12, [cents // 2] * 12, on)
    )


def test_a_year_whose_law_is_missing_names_it():
    (firm,) = firms_of(table(rows("A,2025-01..2026-12,BR,revenue,10,BRL,industry")), ON)
    law = YearOfLaw(Desk(firm, rulebook("BR", ON)), 2027, ("industry",))
    ten = np.full((1, 12, 1), 1000, object)
    taxes, _, out = law.taxes(Quantities(ten, ten[0, :, 0], None, None, None))
    assert taxes == {}
    assert "LC 214/2025" in out["simples_nacional"]
    assert "CBS" in out["lucro_presumido"]
    assert "no profit" in out["lucro_real"]
