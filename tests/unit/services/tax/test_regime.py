"""A choice of regime: what it says, whom it says nothing to, and that neighbours are nothing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from examples.simulated_firms import simulated_firm

from benchmarks.circle_tax import judged, told
from cellchain.core.errors import Refused
from cellchain.services.tax.futures import Asked
from cellchain.services.tax.regime import COLUMNS, chosen
from cellchain.services.tax.told import month_name
from tests.unit.services.tax.asking import asked as effective_rows
from tests.unit.services.tax.asking import rows, table

ASKED = Asked(on=date(2026, 1, 31), draws=200)
UNITS = "BRL"
REAL = ("lucro_real", "lucro_real_annual")


def lines(seed, name):
    firm = told(simulated_firm(seed), name)
    return [
        f"{name},{month_name(month)},BR,{item},{amount},BRL,{activity}"
        for item, months in firm.amounts.items()
        for month, held in months.items()
        for activity, amount in held.items()
    ]


def asked(*told, how=ASKED):
    found = chosen(table(rows(*told)), how)
    assert found.names == COLUMNS
    return found.plain(0, found.rows)


def test_what_is_told_of_a_choice():
    found = asked(*lines(3, "A"))
    assert {row["year"] for row in found} == {"2026"}
    assert sum(row["p_cheapest"] for row in found) == pytest.approx(1)
    expected = [Decimal(row["expected_tax"]) for row in found]
    (best,) = [row for row in found if row["best"]]
    assert Decimal(best["expected_tax"]) == min(expected)
    assert Decimal(best["expected_regret"]) == min(Decimal(row["expected_regret"]) for row in found)
    for row in found:
        low, mid, high = (Decimal(row[f"tax_p{share}"]) for share in (10, 50, 90))
        assert low <= mid <= high
        assert row["taxes_compared"] == "IRPJ + IRPJ_surcharge + CSLL + PIS + COFINS + CPP"


def test_neighbours_and_the_order_of_rows_are_nothing():
    alone = asked(*lines(3, "A"))
    beside = asked(*reversed(lines(4, "B") + lines(3, "A")))
    assert [row for row in beside if row["firm"] == "A"] == alone
    assert asked(*lines(3, "A")) == alone
    assert asked(*lines(3, "A"), how=Asked(on=ASKED.on, draws=200, seed=2)) != alone


def steady(revenue, margin=0.1, name="A", span="2023-01..2025-12"):
    return [
        f"{name},{span},BR,revenue,{revenue},BRL,industry",
        f"{name},{span},BR,profit,{revenue * margin:.2f},BRL,",
        f"{name},{span},BR,payroll,{revenue * 0.1:.2f},BRL,",
        f"{name},{span},BR,credit_base,{revenue * 0.5:.2f},BRL,",
    ]


def by_regime(*told, how=ASKED):
    return {row["regime"]: row for row in asked(*told, how=how)}


def test_what_is_unverified_of_a_rule_is_told_of_the_regime_that_follows_it():
    """As `tax effective` tells it of the same firm and year, regime by regime."""
    rates = ("A,2023-01,BR,rat_rate,0.02,share,", "A,2023-01,BR,third_parties_rate,0.058,share,")
    found = by_regime(*steady(300_000), *rates)
    presumed = found["lucro_presumido"]["unverified"]
    for doubt in ("br.presumed.increase_irpj: ", "br.presumed.increase_csll: the start is"):
        assert presumed.count(doubt) == 1
        assert all(doubt not in (found[one]["unverified"] or "") for one in REAL)
    for regime in (*REAL, "lucro_presumido"):
        assert found[regime]["unverified"].count("br.third_parties: the rate differs") == 1
    assert found["simples_nacional"]["unverified"] is None
    assert all(row["unverified"] is None for row in by_regime(*steady(300_000)).values()
               if row["regime"] in REAL)  # fmt: skip
    year = [line.replace("2023-01", "2026-01", 1).replace("2025-12", "2026-12")
            for line in (*steady(300_000), *rates)]  # fmt: skip
    exact = {row["regime"]: row["unverified"] for row in effective_rows(*year, on=ASKED.on)
             if row["tax_kind"] == "compared"}  # fmt: skip
    for regime, row in found.items():
        doubts = {*(exact[regime] or "").split("; br.")}
        assert {*(row["unverified"] or "").split("; br.")} == doubts, regime


def test_what_is_not_compared_has_no_doubts_of_its_own():
    out = by_regime(*steady(500_000))["simples_nacional"]
    assert (out["expected_tax"], out["unverified"]) == (None, None)


def test_a_steady_firm_is_sure():
    found = by_regime(*steady(100_000))["lucro_presumido"]
    assert Decimal(found["tax_p90"]) - Decimal(found["tax_p10"]) < Decimal(found["tax_p50"])
    assert float(found["break_even_margin"]) > 0


def test_break_even_is_where_real_profit_begins_to_cost_more():
    margin = float(by_regime(*steady(600_000))["lucro_presumido"]["break_even_margin"])
    for at, cheaper in ((margin - 0.03, True), (margin + 0.03, False)):
        found = by_regime(*steady(600_000, at))
        taxes = {
            name: Decimal(row["expected_tax"]) for name, row in found.items() if row["expected_tax"]
        }
        real = min(taxes["lucro_real"], taxes["lucro_real_annual"])
        assert (real < taxes["lucro_presumido"]) is cheaper


def test_the_limit_of_the_small_firms_regime():
    out = by_regime(*steady(500_000))["simples_nacional"]
    assert "above 4800000" in out["reason"]
    assert out["expected_tax"] is None
    waves = [f"A,{month_name(2023 * 12 + n)},BR,revenue,{370_000 + n * 7 % 11 * 5_000},BRL,industry"
             for n in range(36)]  # fmt: skip
    near = by_regime(*waves)["simples_nacional"]
    assert 0 < near["p_open"] < 1
    assert "outgrown" in near["reason"]


def test_a_firm_that_tells_no_profit_is_compared_without_real_profit():
    found = by_regime("A,2023-01..2025-12,BR,revenue,100000,BRL,industry")
    assert "no profit" in found["lucro_real"]["reason"]
    assert found["simples_nacional"]["expected_tax"] is not None


LONG = "A,2023-01..2025-12,BR,revenue,{},BRL,industry"
NOTHING = [
    ("too few months", LONG.replace("2023", "2025").format(1), "12 months of revenue", {}),
    ("no revenue", LONG.format(0), "no revenue above 0 in 2023-01", {}),
    ("too much", LONG.format(10**13), "above 1e+12", {}),
    ("a far year", LONG.format(1), "does not follow", {"year": 2030}),
    ("a year that began", LONG.format(1), "does not follow", {"year": 2025}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "why", "how"), [one[1:] for one in NOTHING], ids=[one[0] for one in NOTHING]
)
def test_whom_nothing_is_said_to(line, why, how):
    (row,) = asked(line, how=Asked(on=ASKED.on, draws=200, **how))
    assert why in row["reason"]
    assert row["regime"] is None


def test_a_gap_is_named():
    told = [
        "A,2023-01..2024-05,BR,revenue,1,BRL,industry",
        "A,2024-07..2025-12,BR,revenue,1,BRL,industry",
    ]
    (row,) = asked(*told)
    assert "no revenue of 2024-06" in row["reason"]


def test_a_year_of_which_the_law_is_missing():
    found = by_regime(*steady(100_000), how=Asked(on=ASKED.on, draws=200, year=2027))
    assert "CBS" in found["lucro_presumido"]["reason"]
    assert all(row["expected_tax"] is None for row in found.values())


@pytest.mark.parametrize("how", [{"draws": 9}, {"draws": 10_001}, {"seed": -1}])
def test_numbers_that_cannot_be(how):
    with pytest.raises(Refused, match="draws|seed"):
        Asked(on=ASKED.on, **how)


def test_a_table_without_firms_of_brazil():
    with pytest.raises(Refused, match="no row is of BR"):
        asked("A,2025-01,CN,export_value,1,CNY,")


def test_the_second_kind_of_firm_has_heavier_tails():
    shocks = {
        heavy: np.concatenate([
            np.diff(np.log(simulated_firm(seed, heavy=heavy).credit_cents / simulated_firm(seed, heavy=heavy).revenue_cents))  # noqa: E501
            for seed in range(40)
        ])
        for heavy in (False, True)
    }  # fmt: skip
    tails = {heavy: np.mean(one**4) / np.mean(one**2) ** 2 for heavy, one in shocks.items()}
    assert tails[True] > 1.5 * tails[False]


def test_what_naive_choices_lose():
    found = [judged(seed, heavy=False) for seed in range(900, 912)]
    least = sum(one.least for one in found)
    assert sum(one.chosen for one in found) - least < 0.02 * least
    assert sum(one.presumed for one in found) - least > 0.02 * least
