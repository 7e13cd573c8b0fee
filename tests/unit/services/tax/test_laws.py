"""What holds of every firm: splits add up, order is nothing, more revenue is more tax."""

from __future__ import annotations

from decimal import Decimal, localcontext
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from cellchain.services.tax.difference import differences
from cellchain.services.tax.effective import effective
from cellchain.services.tax.explained import Narrowed, explained
from tests.unit.services.tax.asking import ON, asked, rows, table

if TYPE_CHECKING:
    import random

MONEY = st.integers(0, 40_000_000).map(lambda cents: f"{Decimal(cents) / 100:.2f}")
GOODS = st.sampled_from(("industry", "commerce"))
SIMPLES, YEAR = "simples_nacional", "2025-01..2025-12"
FIRM = (
    f"A,{YEAR},BR,revenue,123456.78,BRL,industry", f"A,{YEAR},BR,revenue,23456.78,BRL,commerce",
    f"A,{YEAR},BR,payroll,9999.99,BRL,", "A,2025-01..2025-03,BR,profit,-8000.01,BRL,",
    "A,2025-04..2025-12,BR,profit,30000.77,BRL,", f"A,{YEAR},BR,credit_base,70000.05,BRL,",
    "A,2025-05,BR,rd_spend,50000,BRL,", "B,2026-01,CN,export_value,77.77,CNY,",
)  # fmt: skip


def total(answer, regime, role):
    return sum(
        Decimal(row["tax"] or 0) for row in answer if (row["regime"], row["role"]) == (regime, role)
    )


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(MONEY, GOODS), min_size=1, max_size=14))
def test_a_split_adds_up_to_the_tax(revenue):
    months = [f"{2024 + place // 12}-{place % 12 + 1:02}" for place in range(len(revenue))]
    told = [f"A,{month},BR,revenue,{amount},BRL,{activity}"
            for month, (amount, activity) in zip(months, revenue, strict=True)]  # fmt: skip
    answer = asked(*told)
    for month in months:
        found = [row for row in answer if (row["period"], row["regime"]) == (month, SIMPLES)]
        assert found
        if not any(row["tax_kind"] == "DAS" and row["error"] for row in found):
            assert total(found, SIMPLES, "part") == total(found, SIMPLES, "due")
            assert all(Decimal(row["tax"] or 0) >= 0 for row in found)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 39_990_000), st.integers(0, 10_000), GOODS)
def test_more_revenue_is_not_less_tax(cents, more, activity):
    def taxes(revenue):
        told = f"{Decimal(revenue) / 100:.2f}"
        answer = asked(f"A,2025-01..2025-03,BR,revenue,{told},BRL,{activity}")
        return [total(answer, regime, "due") for regime in (SIMPLES, "lucro_presumido")]

    assert all(a <= b for a, b in zip(taxes(cents), taxes(cents + more), strict=True))


def test_the_one_cliff_of_the_small_firms_table_is_where_the_sublimit_is():
    """The sixth band of annex II is as continuous as the others; state tax leaves it, though."""
    below, above = (
        asked(f"A,2024-01..2025-01,BR,revenue,{revenue},BRL,industry")
        for revenue in ("300000", "300000.01")
    )
    last = [[row for row in one if row["period"] == "2025-01"] for one in (below, above)]
    kinds = [{r["tax_kind"] for r in one if r["regime"] == SIMPLES and r["tax"]} for one in last]
    assert kinds[0] - kinds[1] == {"ICMS"}


@given(st.randoms(use_true_random=False))
@settings(max_examples=10, deadline=None)
def test_the_order_of_rows_is_nothing(dice: random.Random):
    cells = rows(*FIRM)
    dice.shuffle(cells)
    found = effective(table(cells), ON)
    assert found.plain(0, found.rows) == asked(*FIRM)


def test_the_arithmetic_of_whoever_asks_is_nothing():
    with localcontext(prec=5, rounding="ROUND_UP"):
        assert asked(*FIRM) == (found := asked(*FIRM))
    assert found == asked(*FIRM)


def test_a_year_is_what_its_estimates_and_balance_are():
    answer = asked(*FIRM)
    annual = [row for row in answer if row["regime"] == "lucro_real_annual"]
    for kind in ("IRPJ", "IRPJ_surcharge", "CSLL"):
        parts = [
            row for row in annual if row["tax_kind"] in (f"{kind}_estimate", f"{kind}_balance")
        ]
        (due,) = [row for row in annual if (row["tax_kind"], row["role"]) == (kind, "due")]
        assert len(parts) == 13
        assert sum(Decimal(row["tax"]) for row in parts) == Decimal(due["tax"])


def test_a_comparison_is_the_sum_of_its_taxes_in_every_regime():
    answer = asked(*FIRM)
    compared = [row for row in answer if row["tax_kind"] == "compared"]
    assert len(compared) == 4
    sets = {row["trace"].rpartition("same taxes = ")[2].partition(" = ")[0] for row in compared}
    assert sets == {"IRPJ + IRPJ_surcharge + CSLL + PIS + COFINS + CPP"}
    (kinds,) = ({*one.split(" + ")} for one in sets)
    for row in compared:
        role = "part" if row["regime"] == SIMPLES else "due"
        of = [one for one in answer if one["tax_kind"] in kinds and one["regime"] == row["regime"]]
        assert total(of, row["regime"], role) == Decimal(row["tax"])


def test_quarters_and_years_are_what_is_due_to_each_authority():
    answer = asked(*FIRM)
    sums = {
        (row["regime"], row["period"], row["tax_kind"]): row
        for row in answer
        if row["role"] == "sum"
    }
    quarters = [Decimal(sums[SIMPLES, f"2025-Q{q}", "total_federal"]["tax"]) for q in range(1, 5)]
    states = Decimal(sums[SIMPLES, "2025", "total_state"]["tax"])
    assert sum(quarters) == Decimal(sums[SIMPLES, "2025", "total_federal"]["tax"])
    assert sum(quarters) + states == total(answer, SIMPLES, "due")
    assert "ICMS" in sums["lucro_presumido", "2025", "total_state"]["error"]
    told = sums["lucro_real", "2025", "total_federal"]["error"]
    assert told.startswith("RAT of 2025: no rat_rate is told, and ")


def test_the_last_step_of_a_trace_is_the_tax_and_traces_add_up_to_what_is_due():
    found = explained(table(rows(*FIRM)), ON, Narrowed(firm="A", period="2025"))
    for regime in (SIMPLES, "lucro_presumido", "lucro_real", "lucro_real_annual"):
        due = [one for one in found["answers"] if (one["regime"], one["role"]) == (regime, "due")]
        last = [Decimal(one["steps"][-1]["value"]) for one in due if not one["error"]]
        assert sum(last) == Decimal(found["due"][f"A {regime} BRL"])
    for one in found["answers"]:
        if one["tax"] is not None:
            assert Decimal(one["steps"][-1]["value"]) == Decimal(one["tax"])
            assert one["rules"]
            assert all(found["rules"][rule]["law"] for rule in one["rules"])
    assert "a person" in found["advice"]


def test_what_changed_is_told_row_by_row():
    old, new = (
        effective(table(rows(*lines)), ON)
        for lines in (FIRM, (*FIRM[:-1], FIRM[-1].replace("77.77", "77.99")))
    )
    assert differences(old, old).rows == 0
    (row,) = differences(old, new).plain(0, 1)
    assert (row["change"], row["difference"], row["what"]) == ("changed", "0.02", "base, tax")
    fewer = effective(table(rows(*FIRM[:-1])), ON)
    assert differences(old, fewer).texts("change").cells() == ["gone"]
    assert differences(fewer, old).texts("change").cells() == ["new"]
