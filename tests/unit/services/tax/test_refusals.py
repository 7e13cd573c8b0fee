"""What no table of firms may say, and what a row says where something is missing."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from cellchain.core.errors import Corrupt, Refused
from cellchain.services.analysis.table import Table, Texts
from cellchain.services.tax.effective import effective
from cellchain.services.tax.items import ITEMS
from cellchain.services.tax.rulebook import Changed, Rulebook, every_rule, parse_rules
from cellchain.services.tax.told import COLUMNS, ROWS_MAX
from tests.unit.services.tax.asking import ON, asked, by_key, table

GOOD = ("A", "2025-01", "BR", "revenue", "100.50", "BRL", "industry")
WRONG = [
    ("jurisdiction", "AR", "tax.jurisdiction"),
    ("jurisdiction", "br", "tax.jurisdiction"),
    ("item", "cells_kwh", "tax.item"),
    ("item", "turnover", "tax.item"),
    ("activity", "mining", "tax.activity"),
    ("activity", "", "tax.activity"),
    ("unit", "USD", "tax.currency"),
    ("unit", "kBRL", "tax.unit"),
    ("unit", "kWh", "tax.unit"),
    ("amount", "-1", "tax.amount"),
    ("amount", "nan", "tax.amount"),
    ("amount", "inf", "tax.amount"),
    ("amount", "1e5", "tax.amount"),
    ("amount", "1,000.00", "tax.amount"),
    ("amount", "1_000", "tax.amount"),
    ("amount", "٣", "tax.amount"),
    ("amount", "1" * 16, "tax.amount"),
    ("month", "2025-13", "tax.month"),
    ("month", "2025-01-02", "tax.month"),
    ("month", "January", "tax.month"),
    ("month", "9999-01", "tax.month"),
    ("month", "1980-01", "tax.too_early"),
    ("firm", None, "tax.key"),
    ("month", None, "tax.key"),
    ("amount", None, "tax.key"),
    ("unit", "", "tax.key"),
]


@pytest.mark.parametrize(("column", "cell", "code"), WRONG)
def test_what_cannot_be_is_refused_with_its_row(column, cell, code):
    bad = dict(zip(COLUMNS, GOOD, strict=True)) | {column: cell}
    other = ("B", *GOOD[1:])
    with pytest.raises(Refused, match="row 2") as refused:
        effective(table([other, tuple(bad.values())]), ON)
    assert refused.value.code == code


def test_a_row_twice_also_by_the_name_that_the_law_gives_an_activity():
    for activity in ("industry", "industria"):
        with pytest.raises(Refused, match="twice"):
            effective(table([GOOD, (*GOOD[:-1], activity)]), ON)


def test_exports_are_in_one_currency_of_their_own():
    lines = ["A,2026-05,CN,export_value,100,USD,", "A,2026-06,CN,export_value,100,CNY,"]
    (row,) = asked(lines[0])
    assert (row["tax"], row["unit"]) == ("6.00", "USD")
    assert "nothing is converted" in row["unverified"]
    with pytest.raises(Refused, match="CNY, and in USD before"):
        asked(*lines)
    with pytest.raises(Refused, match=r"tax\.unit"):
        asked("A,2026-05,CN,export_value,100,dollars,")


BY_SHARE = [
    ("BR", "third_parties_rate", ""),
    ("US", "components_ratio", ""),
    ("US", "minerals_ratio", ""),
    ("US", "minerals_share", ""),
    ("US", "components_share", ""),
    ("EU", "recycled_share", "cobalt"),
]


@pytest.mark.parametrize(("jurisdiction", "item", "activity"), BY_SHARE)
def test_a_share_in_percent_is_refused(jurisdiction, item, activity):
    line = f"A,2032-01,{jurisdiction},{item},{{}},share,{activity}"
    asked(line.format(1))
    for percent in ("1.000001", "5.8", "60"):
        with pytest.raises(Refused, match=f"row 1: {item} is {percent}, and at most 1") as refused:
            asked(line.format(percent))
        assert "not percent" in refused.value.remedy


def test_every_share_is_at_most_one_but_growth():
    most = {name: one.most for held in ITEMS.values() for name, one in held.items()}
    assert {name: one for name, one in most.items() if one != 1} == {"rd_headcount_growth": 10}
    asked("A,2025-01,BR,rd_headcount_growth,10,share,")
    with pytest.raises(Refused, match="growth is 10.1, and at most 10"):
        asked("A,2025-01,BR,rd_headcount_growth,10.1,share,")
    with pytest.raises(Refused, match="flag is 0 or 1"):
        asked("A,2025-01,US,prevailing_wage,0.5,flag,")


def test_a_contribution_for_accidents_is_one_that_a_firm_can_have():
    line = "A,2025-01,BR,rat_rate,{},share,"
    for rate in ("0.005", "0.02", "0.06"):
        assert asked(line.format(rate))
    for rate in ("0", "0.0049", "0.0601", "0.2", "1"):
        with pytest.raises(
            Refused, match=r"outside 0\.005 to 0\.06: 0\.01 to 0\.03 .* FAP of 0\.5 to 2"
        ):
            asked(line.format(rate))
    assert asked(line.format("0.2"), on=date(1997, 1, 1))


def test_what_is_told_by_activity_is_summed():
    whole = ["A,2025-01,BR,revenue,100,BRL,industry", "A,2025-01,BR,payroll,30,BRL,"]
    parts = [
        whole[0],
        "A,2025-01,BR,payroll,10,BRL,industry",
        "A,2025-01,BR,payroll,20,BRL,commerce",
    ]
    assert asked(*whole) == asked(*parts)
    with pytest.raises(Refused, match="no activity"):
        asked("A,2025-01,BR,rat_rate,0.02,share,industry")


def test_a_column_that_is_not_there():
    with pytest.raises(Refused, match="jurisdiction"):
        effective(Table({"firm": Texts.of(["A"]), "month": Texts.of(["2025-01"])}), ON)


def test_a_million_rows_are_refused_before_any_work():
    cells = {
        name: Texts(np.zeros(10**6, np.int32), (cell,))
        for name, cell in zip(COLUMNS, GOOD, strict=True)
    }
    with pytest.raises(Refused, match=str(ROWS_MAX)):
        effective(Table(cells), ON)


def test_two_far_months_of_many_firms_are_refused_before_any_work():
    cells = [(f"F{n}", month, *GOOD[2:]) for n in range(30) for month in ("2000-01", "2100-12")]
    with pytest.raises(Refused, match="36360 months"):
        effective(table(cells), ON)


def test_a_day_on_which_no_law_was_known():
    with pytest.raises(Refused, match="known on 1950-01-01"):
        effective(table([GOOD]), date(1950, 1, 1))


def test_no_row_no_answer():
    found = effective(Table({name: Texts.of(()) for name in COLUMNS}), ON)
    assert found.rows == 0
    assert "tax" in found.names


BR = "A,{},BR,{},{},BRL,{}"
SIMPLES = "simples_nacional"
MISSING = [
    (
        "losses told late",
        ["A,2025-01..2025-03,BR,revenue,1,BRL,industry", "A,2025-02,BR,loss_carried,1,BRL,"],
        ("2025-Q1", "lucro_real", "IRPJ"),
        "told in 2025-02",
    ),
    (
        "a state's part of a year with a gap",
        [
            "A,2025-01..2025-03,BR,revenue,1,BRL,industry",
            "A,2025-05..2025-12,BR,revenue,1,BRL,industry",
        ],
        ("2025", SIMPLES, "total_state"),
        "no revenue of 2025-04",
    ),
    (
        "a gap in the twelve months",
        [
            "A,2024-01..2024-06,BR,revenue,10,BRL,industry",
            "A,2024-08..2025-01,BR,revenue,10,BRL,industry",
        ],
        ("2025-01", SIMPLES, "DAS"),
        "no revenue of 2024-07",
    ),
    (
        "a band",
        ["A,2024-01..2025-01,BR,revenue,50000,BRL,services"],
        ("2025-01", SIMPLES, "DAS"),
        "band 3 of annex III",
    ),
    (
        "annex V",
        [
            "A,2024-01..2025-01,BR,revenue,9000,BRL,intellectual_services",
            "A,2024-01..2025-01,BR,payroll,2000,BRL,",
        ],
        ("2025-01", SIMPLES, "DAS"),
        "annex V",
    ),
    (
        "payroll",
        ["A,2024-01..2025-01,BR,revenue,9000,BRL,intellectual_services"],
        ("2025-01", SIMPLES, "DAS"),
        "no payroll of 2024-01",
    ),
    (
        "transport",
        ["A,2025-01,BR,revenue,9,BRL,cargo_transport"],
        ("2025-01", SIMPLES, "DAS"),
        "cargo transport",
    ),
    (
        "more than the limit",
        ["A,2025-01..2025-12,BR,revenue,401000,BRL,industry"],
        ("2025-12", SIMPLES, "DAS"),
        "from next January on",
    ),
    (
        "much more",
        ["A,2025-01..2025-12,BR,revenue,500000,BRL,industry"],
        ("2025-12", SIMPLES, "DAS"),
        "from next month on",
    ),
    (
        "a year after too much",
        [
            "A,2024-01..2024-12,BR,revenue,500000,BRL,industry",
            "A,2025-01,BR,revenue,1,BRL,industry",
        ],
        ("2025-01", SIMPLES, "DAS"),
        "no Simples Nacional in 2025",
    ),
    (
        "a first month that is too great",
        ["A,2025-01,BR,revenue,400001,BRL,industry"],
        ("2025-01", SIMPLES, "DAS"),
        "no band",
    ),
    (
        "ICMS above the sublimit",
        [
            "A,2024-01..2024-12,BR,revenue,400000,BRL,industry",
            "A,2025-01,BR,revenue,1,BRL,industry",
        ],
        ("2025-01", SIMPLES, "ICMS"),
        "outside the Simples",
    ),
    (
        "the reform",
        ["A,2027-01,BR,revenue,1,BRL,industry"],
        ("2027-01", SIMPLES, "DAS"),
        "LC 214/2025",
    ),
    (
        "CBS",
        ["A,2027-01,BR,revenue,1,BRL,industry"],
        ("2027-01", "lucro_presumido", "PIS"),
        "CBS takes the place",
    ),
    (
        "IBS",
        ["A,2029-01,BR,revenue,1,BRL,industry"],
        ("2029-01", "consumption_reform", "IBS"),
        "rates of IBS",
    ),
    ("ICMS", ["A,2025-01,BR,revenue,1,BRL,industry"], ("2025", "lucro_presumido", "ICMS"), "ICMS"),
    ("IPI", ["A,2025-01,BR,revenue,1,BRL,industry"], ("2025", "lucro_real", "IPI"), "TIPI"),
    ("ISS", ["A,2025-01,BR,revenue,1,BRL,services"], ("2025", "lucro_real", "ISS"), "ISS"),
    (
        "a quarter that is not over",
        ["A,2025-01..2025-02,BR,revenue,1,BRL,industry"],
        ("2025-Q1", "lucro_presumido", "IRPJ"),
        "no revenue of 2025-03",
    ),
    (
        "profit",
        ["A,2025-01..2025-03,BR,revenue,1,BRL,industry"],
        ("2025-Q1", "lucro_real", "IRPJ"),
        "no profit of 2025-01",
    ),
    (
        "profit before",
        ["A,2025-01..2025-06,BR,revenue,1,BRL,industry", "A,2025-04..2025-06,BR,profit,1,BRL,"],
        ("2025-Q2", "lucro_real", "IRPJ"),
        "losses carried from 2025-Q1",
    ),
    (
        "credits",
        ["A,2025-01,BR,revenue,1,BRL,industry"],
        ("2025-01", "lucro_real", "PIS"),
        "no credit_base of 2025-01",
    ),
    (
        "credits before",
        ["A,2025-01..2025-02,BR,revenue,1,BRL,industry", "A,2025-02,BR,credit_base,1,BRL,"],
        ("2025-02", "lucro_real", "PIS"),
        "credits carried from 2025-01",
    ),
    (
        "payroll of contributions",
        ["A,2025-01,BR,revenue,1,BRL,industry"],
        ("2025", "lucro_real", "CPP"),
        "no payroll",
    ),
    (
        "a rate of one's own",
        ["A,2025-01,BR,revenue,1,BRL,industry", "A,2025-01,BR,payroll,1,BRL,"],
        ("2025", "lucro_real", "RAT"),
        "no rat_rate",
    ),
    (
        "too great for presumed profit",
        [
            "A,2024-01..2024-12,BR,revenue,6500001,BRL,industry",
            "A,2025-01,BR,revenue,1,BRL,industry",
        ],
        ("2025-01", "lucro_presumido", "PIS"),
        "bound to real profit",
    ),
    (
        "a comparison of what is not known",
        ["A,2025-01..2025-12,BR,revenue,1,BRL,industry"],
        ("2025", "lucro_real", "compared"),
        "no profit of 2025-01",
    ),
    (
        "no revenue at all",
        ["A,2025-01,BR,payroll,1,BRL,"],
        (None, None, None),
        "no revenue is told",
    ),
    (
        "Mover of a year without a minimum",
        [
            "A,2026-01..2026-12,BR,revenue,1,BRL,industry",
            "A,2026-01,BR,mover_rd_spend,1,BRL,autoparts",
        ],
        ("2026", "mover", "research_shortfall"),
        "have no br.mover in 2026-12",
    ),
    (
        "the credit of Mover",
        ["A,2026-01,BR,revenue,1,BRL,industry", "A,2026-01,BR,mover_rd_spend,1,BRL,autoparts"],
        ("2026", "mover", "credit"),
        "between 50 and 320 %",
    ),
    (
        "48C and 45X",
        ["A,2026-01,US,cells_kwh,1,kWh,", "A,2025-01,US,qualified_investment_48c,1,USD,"],
        ("2026-01", "45X", "cells"),
        "48C",
    ),
    (
        "a cell that is too small",
        ["A,2026-01,US,cells_kwh,1,kWh,", "A,2026-01,US,cell_capacity,11.9,Wh,"],
        ("2026-01", "45X", "cells"),
        "below 12",
    ),
    (
        "material assistance",
        ["A,2026-01,US,cells_kwh,1,kWh,", "A,2026-01,US,components_ratio,0.59,share,"],
        ("2026-01", "45X", "cells"),
        "below 0.60",
    ),
    (
        "coal before its law",
        ["A,2024-01,US,metallurgical_coal_cost,1,USD,"],
        ("2024-01", "45X", "metallurgical_coal"),
        "no metallurgical coal",
    ),
    (
        "wages of 48C",
        ["A,2025-01,US,qualified_investment_48c,1,USD,"],
        ("2025-01", "48C", "investment"),
        "no prevailing_wage",
    ),
    (
        "shares of 30D",
        ["A,2025-01,US,vehicles_30d,1,vehicle,"],
        ("2025-01", "30D", "vehicles"),
        "no minerals_share",
    ),
    (
        "modulation",
        ["A,2026-01,EU,producer_fee,1,EUR,"],
        ("2026-01", "producer_fee", "modulation"),
        "Art. 57(2)",
    ),
    (
        "two years of three",
        ["A,2024-12,EU,placed_kg,1,kg,portable", "A,2024-12,EU,collected_kg,1,kg,portable"],
        ("2024", "collection_target", "portable"),
        "no placed_kg of portable in 2022",
    ),
    (
        "a target that has not begun",
        ["A,2026-01,EU,recycled_share,0.1,share,cobalt"],
        ("2026-01", "recycled_content", "cobalt"),
        "no eu.recycled_content",
    ),
]


@pytest.mark.parametrize(
    ("told", "key", "why"), [one[1:] for one in MISSING], ids=[one[0] for one in MISSING]
)
def test_what_is_missing_is_named_and_never_nothing(told, key, why):
    firm = "A"
    row = by_key(asked(*told))[firm, *key]
    assert row["tax"] is None
    assert why in row["error"]


@pytest.mark.parametrize("item", ["cells_kwh", "modules_kwh", "modules_without_cells_kwh"])
def test_above_the_ratio_of_capacity_to_power_the_doubt_is_told(item):
    made = f"A,2024-01,US,{item},1,kWh,"
    (row,) = asked(made, "A,2024-01,US,capacity_to_power,100.1,h,")
    assert row["tax"] is None
    assert "100.1 is above 100 (26 USC 45X, (b)(4)); unverified: " in row["error"]
    assert "may cap the counted kWh rather than void" in row["error"]
    (row,) = asked(made, "A,2024-01,US,capacity_to_power,100,h,")
    assert row["tax"] is not None
    assert "26 USC 45X, (b)(4)" in row["law"]
    assert "may cap the counted kWh" in row["unverified"]


def test_foreign_entities_are_said_not_to_be_checked_once_where_the_law_asks():
    items = ("cells_kwh,1,kWh,", "critical_mineral_cost,1,USD,")
    for item in items:
        for month in ("2025-08", "2025-12", *(f"{year}-03" for year in range(2026, 2036))):
            (row,) = asked(f"A,{month},US,{item}")
            assert row["unverified"].count("prohibited foreign entities (P.L. 119-21") == 1, month
        for month, on in (("2025-07", ON), ("2024-01", ON), ("2026-03", date(2025, 7, 3))):
            (row,) = asked(f"A,{month},US,{item}", on=on)
            assert "foreign entities" not in (row["unverified"] or "")


def test_lead_acid_batteries_of_2015_are_a_doubt_of_that_year_only():
    line = "A,{},CN,domestic_sales,100,CNY,other_battery"
    for month, doubted in (("2015-02", True), ("2015-12", True), ("2016-01", False)):
        (row,) = asked(line.format(month))
        assert row["tax"] == "4.00"
        assert ("lead-acid" in row["unverified"]) is doubted
        assert "exemption" in row["unverified"]


def test_a_band_and_a_year_that_disagree_on_the_sublimit_are_told():
    year = "A,2024-01..2024-12,BR,revenue,{},BRL,industry"
    early = [year.format(390_000), "A,2025-01,BR,revenue,1,BRL,industry"]
    late = [year.format(10_000), "A,2025-01..2025-05,BR,revenue,720001,BRL,industry"]
    for lines, month, why in ((early, "2025-01", "may still be"), (late, "2025-05", "art. 20")):
        for kind in ("DAS", "CPP"):
            assert why in by_key(asked(*lines))["A", month, SIMPLES, kind]["unverified"]
    assert by_key(asked(*late))["A", "2024-06", SIMPLES, "DAS"]["unverified"] is None


def test_a_law_that_was_not_known_yet_says_since_when_it_was():
    told = "A,2027-01,BR,revenue,1,BRL,industry"
    found = by_key(asked(told, on=date(2014, 1, 1)))
    assert "but from 2016-10-28 on" in found["A", "2027-01", SIMPLES, "DAS"]["error"]
    assert found["A", "2027-01", "lucro_presumido", "PIS"]["tax"] == "0.01"


CHANGED = [
    ("EU,recycled_share,0.20,share,cobalt", "2031-08-18", "no rule of the tables", "Art. 8(2)"),
    ("EU,recycled_share,0.20,share,cobalt", "2036-08-18", "Art. 8(2)", "Art. 8(3)"),
    ("US,vehicles_30d,1,vehicle,", "2023-04-18", "no rule of the tables", "26 USC 30D"),
    ("EU,producer_fee,1,EUR,", "2025-08-18", "no rule of the tables", "Art. 57(2)"),
]


@pytest.mark.parametrize(("told", "day", "before", "after"), CHANGED)
def test_a_month_in_which_the_law_changes_is_an_error_and_its_neighbours_are_not(
    told, day, before, after
):
    (row,) = asked(f"A,{day[:7]},{told}")
    assert row["tax"] is None
    first, _, then = row["error"].partition(" before that day, and ")
    assert first.startswith(f"the law changes on {day}: ")
    assert before in first
    assert after in then
    year, month = int(day[:4]), int(day[5:7])
    (later,) = asked(f"A,{year}-{month + 1:02},{told}")
    assert "changes" not in (later["error"] or "")


def test_a_change_that_was_not_known_is_none():
    """Of a law that is not published yet nobody can say that it changes a month."""
    two = sheet("2020-05-10", "2020-05-01")
    assert two(date(2020, 4, 30)).rule("x", 2020, 5).number("a") == 1
    with pytest.raises(Changed, match=r"2020-05-10: x is by L, 1 .* and by L, 2 "):
        two(date(2020, 5, 1)).rule("x", 2020, 5)
    assert two(date(2020, 5, 1)).rule("x", 2020, 6).number("a") == 2


def test_a_law_that_says_the_same_changes_nothing():
    assert sheet("2020-05-10", "2020-05-01", "1")(ON).rule("x", 2020, 5).clause == "1"
    for month in ("2025-06", "2025-07", "2025-08"):
        (row,) = asked(f"A,{month},US,cells_kwh,2,kWh,")
        assert row["tax"] == "70.00"


def test_a_law_that_ends_within_a_month_also_changes_it():
    ended = sheet("2021-01-01", "2020-01-01", "2", "valid_to = 2020-05-30\n")(ON)
    with pytest.raises(Changed, match=r"2020-05-31: .* no rule of the tables from it on"):
        ended.rule("x", 2020, 5)
    whole = sheet("2021-01-01", "2020-01-01", "2", "valid_to = 2020-05-31\n")(ON)
    assert whole.rule("x", 2020, 5).number("a") == 1


def test_of_two_laws_in_force_the_one_published_last_counts():
    assert sheet("2020-03-01", "2019-01-01")(ON).rule("x", 2020, 5).number("a") == 1
    assert sheet("2020-03-01", "2020-01-01")(ON).rule("x", 2020, 5).number("a") == 2
    assert sheet("2020-03-01", "2020-02-01")(ON).rule("x", 2020, 5).number("a") == 2


def sheet(begins, known, says="2", first=""):
    """Return rulebooks by day: one rule from 2020 on, and another one."""
    head, _, one = TABLE.partition("[[rules]]")
    old = one.replace('clause = ""', 'clause = "1"') + 'numbers = {a = "1"}\n' + first
    new = one.replace('clause = ""', 'clause = "2"') + f'numbers = {{a = "{says}"}}\n'
    new = new.replace("valid_from = 2020-01-01", f"valid_from = {begins}")
    new = new.replace("known_from = 2020-01-01", f"known_from = {known}")
    rules = parse_rules("x", f"{head}[[rules]]{old}[[rules]]{new}".encode()).rules
    early = date(2020, 1, 1)
    return lambda on: Rulebook("XX", "XXX", {"x": rules}, on, first_known=early, first_valid=early)


TABLE = 'jurisdiction = "XX"\ncurrency = "XXX"\n[[rules]]\nid = "x"\nlaw = "L"\nclause = ""\nvalid_from = 2020-01-01\nknown_from = 2020-01-01\n'  # noqa: E501
BROKEN = [
    "valid_to = 2019-01-01\n",
    "unverified = true\n",
    'why = "so"\n',
    'shares = [{bands = [1], parts = {A = "0.5"}}]\n',
    'bands = [["2", "0", "0"], ["1", "0", "0"]]\n',
    "numbers = {a = []}\n",
    "unknown = 1\n",
    'rounding = "as one likes"\n',
]


@pytest.mark.parametrize("more", BROKEN)
def test_a_table_that_cannot_be_is_corrupt(more):
    assert parse_rules("x", TABLE.encode()).rules[0].id == "x"
    with pytest.raises(Corrupt, match=r"tax\.table"):
        parse_rules("x", (TABLE + more).encode())


def test_each_version_of_a_rule_is_told_apart():
    keys = [(one.id, one.valid_from, one.known_from, one.law) for one in every_rule()]
    assert len(keys) == len(set(keys))
