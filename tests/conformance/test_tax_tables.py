"""The tables of taxes against those of the same laws that others typed."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest

from cellchain.services.tax.rulebook import Missing, rulebook

from .shared import shared_data


def read(name):
    text = shared_data("circular", "tax", name).read_text("utf-8")
    return json.loads(text, parse_float=Decimal, parse_int=Decimal)


BRAZIL, OTHERS = read("brazil_rules.json"), read("us_china_eu_rules.json")
ON = date(2026, 11, 30)
BR, US, CN, EU = (rulebook(one, ON) for one in ("BR", "US", "CN", "EU"))
SIMPLES, PRESUMED, REAL = (
    BRAZIL[one] for one in ("simples_nacional", "lucro_presumido", "lucro_real")
)


@pytest.mark.parametrize(("ours", "theirs"), [("i", "anexo_I"), ("ii", "anexo_II")])
def test_bands_and_their_split(ours, theirs):
    rule = BR.rule(f"br.simples.annex_{ours}", 2025, 1)
    (bands,) = [
        SIMPLES[one] for one in SIMPLES if one.startswith(f"{theirs}_") and "partilha" not in one
    ]
    assert [[Decimal(cell) for cell in band] for band in rule.bands] == bands
    for name, parts in SIMPLES[f"{theirs}_partilha"].items():
        first, *last = (int(one) for one in name.split("_")[1:])
        of = [one for one in rule.shares if first in one.bands]
        assert [one.parts for one in of] == [{kind: x for kind, x in parts.items() if x}]
        assert of[0].bands == tuple(range(first, (last or [first])[0] + 1))


def test_what_is_known_of_services():
    rule = BR.rule("br.simples.annex_iii", 2025, 1)
    assert [Decimal(one) for one in rule.bands[4]] == SIMPLES["anexo_III_faixa5"]
    assert [one.cap for one in rule.shares] == [{"ISS": SIMPLES["iss_cap"]}]
    limits = BR.rule("br.simples.limits", 2025, 1).numbers
    assert limits["limit"] == SIMPLES["annual_limit"]
    assert limits["sublimit"] == SIMPLES["state_sublimit_icms_iss"]
    assert limits["factor_r"] == SIMPLES["fator_r_threshold"]


def test_presumed_profit():
    shares = BR.rule("br.presumed.shares", 2026, 6).numbers
    goods = "industria_comercio"
    names = {
        "industry": goods, "commerce": goods, "services": "servicos",
        "cargo_transport": "transporte_cargas",
        "passenger_transport": "transporte_passageiros_16",
    }  # fmt: skip
    for ours, theirs in names.items():
        for tax, rate in PRESUMED["presuncao"][theirs].items():
            assert shares[f"{tax.lower()}_{ours}"] == rate
    assert BR.rule("br.presumed.limit", 2026, 1).numbers["year"] == PRESUMED["annual_limit"]
    for tax, since in PRESUMED["lc224_2025"]["effective"].items():
        first = date.fromisoformat(since[:10])
        rule = BR.rule(f"br.presumed.increase_{tax.lower()}", first.year, first.month)
        assert rule.number("multiplier") == PRESUMED["lc224_2025"]["multiplier_on_presuncao"]
        assert rule.valid_from == first


@pytest.mark.parametrize(("name", "table"), [("cumulative", PRESUMED), ("credits", REAL)])
def test_income_and_turnover(name, table):
    turnover = BR.rule(f"br.turnover.{name}", 2026, 1).numbers
    assert (turnover["PIS"], turnover["COFINS"]) == (table["pis"], table["cofins"])
    income = BR.rule("br.irpj", 2026, 1).numbers
    extra = table["irpj_adicional"]
    assert (income["rate"], income["surcharge"], income["month"]) == (
        table["irpj"], extra["rate"], extra["threshold_per_month"],
    )  # fmt: skip
    assert BR.rule("br.csll", 2026, 1).number("rate") == table["csll"]
    assert BR.rule("br.losses", 2026, 1).number("cap") == REAL["loss_offset_cap"]


def test_the_rest_of_brazil():
    test_year = BRAZIL["consumption_reform"]["2026"]
    assert BR.rule("br.reform", 2026, 5).numbers == {one: test_year[one] for one in ("CBS", "IBS")}
    assert BR.rule("br.cpp", 2026, 5).number("rate") == BRAZIL["payroll"]["CPP_patronal"]
    for group, years in BRAZIL["mover"]["min_rd_share_of_gross_revenue"].items():
        for year, share in years.items():
            assert BR.rule("br.mover", int(year), 6).number(group) == share
    good = BR.rule("br.lei_do_bem", 2026, 5).numbers
    least, some, much = BRAZIL["lei_do_bem"]["exclusao_adicional"]
    assert (good["base"], good["base"] + good["grown"]) == (least, some)
    assert good["base"] + good["grown_much"] == much
    assert good["patent"] == BRAZIL["lei_do_bem"]["extra_patente"]


def in_year(table, year):
    """Return the value of a year among keys such as ``<=2029``, ``2026_2029`` and ``>=2033``."""
    for key, value in table.items():
        first, _, last = key.lstrip("<>=").partition("_")
        low = 0 if key.startswith("<=") else int(first)
        high = 9999 if key.startswith(">=") else int(last or first)
        if low <= year <= high:
            return value
    return None


@pytest.mark.parametrize("year", range(2026, 2036))
def test_the_credits_of_manufacture(year):
    theirs, rule = OTHERS["45X"], US.rule("us.45x", year, 6)
    assert rule.number("cells") == theirs["cell_per_kwh"]
    assert rule.number("modules") == theirs["module_per_kwh"]
    assert rule.number("modules_without_cells") == theirs["module_without_cells_per_kwh"]
    assert rule.number("electrode_materials") == theirs["electrode_active_material"]
    assert rule.number("critical_minerals") == theirs["critical_mineral"]
    for ours, name in (("components", "battery_components"), ("minerals", "critical_minerals")):
        assert rule.number(f"{ours}_left") == in_year(theirs[f"phase_out_{name}"], year)
        assert rule.number(f"{ours}_ratio") == in_year(theirs[f"macr_{name}"], year)
    assert rule.unverified


@pytest.mark.parametrize("year", [2023, 2024, 2025])
def test_vehicles_and_facilities(year):
    theirs, rule = OTHERS["30D"], US.rule("us.30d", year, 6)
    assert rule.number("part") == theirs["per_requirement"]
    assert rule.number("minerals_share") * 100 == in_year(theirs["critical_minerals_pct"], year)
    assert rule.number("components_share") * 100 == in_year(theirs["battery_components_pct"], year)
    assert US.rule("us.30d", 2025, 10).number("part") == 0
    facility = US.rule("us.48c", year, 6).numbers
    assert facility["rate"] == OTHERS["48C"]["itc"]
    assert facility["rate_without_prevailing_wage"] == OTHERS["48C"]["without_prevailing_wage"]


@pytest.mark.parametrize(
    ("month", "place"), [((2024, 11), 0), ((2024, 12), 1), ((2026, 3), 1), ((2026, 4), 2), ((2026, 12), 2), ((2027, 1), 3)],  # noqa: E501
)  # fmt: skip
def test_the_rebate_of_china(month, place):
    _, rate = OTHERS["china"]["export_vat_rebate_battery"][place]
    assert CN.rule("cn.export_rebate", *month).number("rate") == rate


def test_the_targets_of_the_union():
    theirs = OTHERS["eu"]
    for act in ("portable", "lmt"):
        for year, share in theirs[f"collection_{act}"].items():
            assert EU.rule(f"eu.collection.{act}", int(year), 12).number("share") == share
    names = {"Co": "cobalt", "Pb": "lead", "Li": "lithium", "Ni": "nickel"}
    for day, shares in theirs["recycled_content"].items():
        rule = EU.rule("eu.recycled_content", int(day[:4]) + 1, 1)
        assert rule.valid_from == date.fromisoformat(day)
        assert rule.numbers == {names[one]: share for one, share in shares.items()}
    with pytest.raises(Missing, match="Art. 57"):
        EU.rule("eu.fee", 2026, 1)
