"""The scenario that ships: beside tables that say the same, beside what others report."""

from __future__ import annotations

import json

import numpy as np
import pytest

from cellchain.core.errors import Refused
from cellchain.services.analysis.picture import picture_of
from cellchain.services.analysis.report import markdown
from cellchain.services.analysis.table import Table, Texts
from cellchain.services.plan.drawn import answered
from cellchain.services.plan.materials import SecondLife, material_flows
from cellchain.services.plan.scenario_file import parse_scenario
from cellchain.services.plan.scenarios import SHIPPED, shipped
from cellchain.services.plan.stock import batteries, inflow_of
from cellchain.services.plan.told import report_of
from tests.conformance.shared import shared_data

FILE = shipped("neutral_growth").decode()
SCENARIO = parse_scenario(FILE.encode())
ASKED = {"draws": 300, "seed": 1, "figure": "share_of_demand", "year": 2040}
ANSWER = answered(SCENARIO, None, **ASKED)


@pytest.mark.parametrize("name", SHIPPED)
def test_every_number_that_ships_has_a_source(name):
    for one in parse_scenario(shipped(name)).parameters:
        assert len(one.range.source) > 20


def test_what_is_reported_is_as_reported():
    file = shared_data("circular", "planning", "reported_figures.json")
    theirs = json.loads(file.read_text())["scenarios"]["eol_share_of_2040_demand"]
    assert SCENARIO.reported.share_of_demand == theirs
    assert SCENARIO.reported.year == 2040


def likeliest():
    """Return the scenario's likeliest values as tables, and its recovery."""
    found = ANSWER.batteries
    inflow = Table({name: found.columns[name] for name in ("year", "chemistry", "inflow_kwh")})
    lives = [(name, one.distribution, one.shape, one.mean_years.mode)
             for name, one in SCENARIO.lifetimes.items()]  # fmt: skip
    names, kinds, shapes, means = zip(*lives, strict=True)
    contents = [(c, m, kg) for c, held in SCENARIO.materials.kg_per_kwh.items()
                for m, kg in held.items()]  # fmt: skip
    chemistries, metals, kg = zip(*contents, strict=True)
    count = len(SCENARIO.metals)
    return (
        inflow,
        Table({"chemistry": Texts.of(names), "distribution": Texts.of(kinds),
               "shape": np.array(shapes), "mean_years": np.array(means)}),
        Table({"chemistry": Texts.of(chemistries), "material": Texts.of(metals),
               "kg_per_kwh": np.array(kg)}),
        Table({"material": Texts.of(SCENARIO.metals), "year": np.full(count, 2000.0),
               "collection_share": np.full(count, SCENARIO.collection.mode),
               "recovery_share": np.array([o.mode for o in SCENARIO.recovery.values()])}),
    )  # fmt: skip


def test_tables_that_say_the_same_give_the_same():
    inflow, lives, contents, recovery = likeliest()
    known = inflow_of(inflow)
    found, survival = batteries(known, lives)
    flows = material_flows(known, survival, contents, recovery, SecondLife())
    for mine, theirs in ((found, ANSWER.batteries), (flows, ANSWER.flows)):
        for name in mine.names:
            if isinstance(mine.column(name), Texts):
                assert mine.texts(name).cells() == theirs.texts(name).cells()
            else:
                np.testing.assert_allclose(mine.numbers(name), theirs.numbers(name), rtol=1e-12)


def test_demand_is_what_the_sources_say():
    found = ANSWER.batteries
    years, inflow = found.numbers("year"), found.numbers("inflow_kwh")
    total = {year: inflow[years == year].sum() for year in (2021, 2023, 2030, 2035)}
    assert total[2021] == pytest.approx(330e6)
    assert total[2030] / total[2023] == pytest.approx(4.5, rel=0.01)
    assert total[2035] / total[2023] == pytest.approx(7, rel=0.03)


def test_bands_hold_their_median_and_the_same_seed_gives_the_same():
    for name in ("stock_kwh", "inflow_kwh"):
        low, median, high = (
            ANSWER.batteries.numbers(name + one) for one in ("_p05", "_p50", "_p95")
        )
        assert (low <= median).all()
        assert (median <= high).all()
    again = answered(SCENARIO, None, **ASKED)
    for mine, theirs in ((ANSWER.flows, again.flows), (ANSWER.batteries, again.batteries)):
        for name in mine.names[2:]:
            assert mine.numbers(name).tobytes() == theirs.numbers(name).tobytes()
    other = answered(SCENARIO, None, **{**ASKED, "seed": 2}).flows
    assert (
        ANSWER.flows.numbers("share_of_demand").tolist()
        == other.numbers("share_of_demand").tolist()
    )
    assert (
        other.numbers("recovered_kg_p50").tolist()
        != ANSWER.flows.numbers("recovered_kg_p50").tolist()
    )


def test_the_tornado_moves_as_the_science_says():
    rows = ANSWER.tornado.plain(0, ANSWER.tornado.rows)
    cobalt = {row["parameter"]: row for row in rows if row["material"] == "Co"}
    assert cobalt["collection"]["at_low"] < cobalt["collection"]["at_high"]
    assert cobalt["lifetime nmc622"]["at_low"] > cobalt["lifetime nmc622"]["at_high"]
    assert cobalt["second life"]["at_low"] > cobalt["second life"]["at_high"]
    assert cobalt["recovery Li"]["swing"] == 0
    share = cobalt["collection"]["at_mode"]
    low = SCENARIO.collection.low / SCENARIO.collection.mode
    assert cobalt["collection"]["at_low"] == pytest.approx(share * low)
    swings = [row["swing"] for row in rows if row["material"] == "Co"]
    assert swings == sorted(swings, reverse=True)


def test_a_report_keeps_what_is_reported_apart():
    text = markdown(report_of(SCENARIO, ANSWER, "300 draws"))
    assert "| Co | 60 % |" in text
    assert "Reported by others, not a result of this model" in text
    assert "SWD(2021) 60" in text
    other = answered(SCENARIO, None, **{**ASKED, "figure": "recovered_kg", "year": 2030})
    assert "What moves recovered_kg in 2030" in markdown(report_of(SCENARIO, other, ""))


@pytest.mark.parametrize(
    "life",
    ['"lognormal"\ndeviation_years = 4', '"normal"\ndeviation_years = 3', '"fixed"'],
)
def test_other_lifetimes_lose_nothing(life):
    other = FILE.replace('"weibull"\nshape = 3.5', life)
    assert other != FILE
    found = answered(parse_scenario(other.encode()), None, **ASKED).flows
    demand, held, gone = (
        found.numbers(name).reshape(-1, len(SCENARIO.metals))
        for name in ("demand_kg", "in_stock_kg", "end_of_life_kg")
    )
    np.testing.assert_allclose(np.cumsum(demand - gone, axis=0), held, rtol=1e-9)


def test_without_demand_there_is_no_share():
    nothing = FILE
    for kwh in ("330e6", "550e6", "750e6"):
        nothing = nothing.replace(kwh, "0")
    found = answered(parse_scenario(nothing.encode()), None, **ASKED)
    assert np.isnan(found.flows.numbers("share_of_demand_p50")).all()
    assert picture_of(found.tornado).bars == ()
    text = markdown(report_of(SCENARIO, found, ""))
    assert "| Co | 60 % | no demand | no demand, no demand, no demand |  |" in text
    assert "nan" not in text


def test_pictures():
    assert picture_of(ANSWER.tornado).bars[0].name == "Mn recovery Mn"
    courses = picture_of(ANSWER.batteries).courses
    assert [one.name for one in courses] == ["nmc622", "nmc811", "lfp"]
    assert all(np.less_equal(one.lo, one.hi).all() for one in courses)


def inflow(first=2022, chemistries=("lfp", "nmc622", "nmc811"), years=3):
    return inflow_of(
        Table(
            {
                "year": np.repeat(np.arange(first, first + years, dtype=float), len(chemistries)),
                "chemistry": Texts.of(list(chemistries) * years),
                "inflow_kwh": np.arange(1.0, years * len(chemistries) + 1),
            }
        )
    )


def test_another_inflow_is_carried_on():
    found = answered(SCENARIO, inflow(), **ASKED).batteries
    years, kwh = found.numbers("year"), found.numbers("inflow_kwh")
    assert kwh[:9].tolist() == list(range(1, 10))
    assert kwh[years == 2025].sum() == pytest.approx((7 + 8 + 9) * 1.24)


@pytest.mark.parametrize(
    ("known", "code"),
    [
        (inflow(chemistries=("lfp", "nmc622", "nca")), "stock.no_lifetime"),
        (inflow(chemistries=("lfp", "nmc622")), "stock.gap"),
        (inflow(first=2000), "stock.scenario"),
        (inflow(first=2050), "stock.scenario"),
    ],
)
def test_an_inflow_that_does_not_fit_is_named(known, code):
    with pytest.raises(Refused) as refused:
        answered(SCENARIO, known, **ASKED)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"draws": 0}, "stock.draws"),
        ({"draws": 10**6}, "stock.draws"),
        ({"seed": -1}, "stock.seed"),
        ({"figure": "profit"}, "stock.figure"),
        ({"year": 2051}, "stock.year"),
    ],
)
def test_a_question_beyond_reason_is_named(asked, code):
    with pytest.raises(Refused) as refused:
        answered(SCENARIO, None, **{**ASKED, **asked})
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("text", "by", "code"),
    [
        ("title", "heading", "stock.scenario"),
        ("mode = 0.24", "mode = 0.4", "stock.scenario"),
        ("mode = 0.24", "mode = nan", "stock.scenario"),
        ("high = 0.95", "high = 95", "stock.scenario"),
        ('source = "assumption: a market that has grown up"', 'source = " "', "stock.scenario"),
        ("2030 = 0.15", "2030 = 0.25", "stock.scenario"),
        ("2030 = 0.15", "2031 = 0.15", "stock.scenario"),
        ("2022 = 550e6, ", "", "stock.scenario"),
        ("2021 = 330e6", "2021 = -1", "stock.scenario"),
        ("first_year = 2024", "first_year = 2025", "stock.scenario"),
        ("first_year = 2031", "first_year = 2024", "stock.scenario"),
        ("last_year = 2050", "last_year = 2023", "stock.scenario"),
        ("last_year = 2050", "last_year = 9999", "stock.scenario"),
        ("by_chemistry.lfp", "by_chemistry.LFP", "stock.scenario"),
        ("kg_per_kwh.lfp = { Li = 0.0676, ", "kg_per_kwh.lfp = { ", "stock.scenario"),
        ("Ni = 0.3758", "Ni = 375.8", "stock.scenario"),
        ("Ni = 0.53 }", "Cu = 0.53 }", "stock.scenario"),
        ("year = 2040", "year = 2051", "stock.scenario"),
        (
            "by_chemistry.lfp = { 2021 = 0.25, 2022 = 0.3, 2023 = 0.4, 2030 = 0.5 }",
            "by_chemistry.lfp = {}",
            "stock.scenario",
        ),
        ("years = 8", "years = 0", "stock.scenario"),
        ("low = 11", "low = 0", "stock.scenario"),
        ("shape = 3.5", "shape = 0", "stock.lifetime"),
        ("shape = 3.5", "deviation_years = 3", "stock.lifetime"),
        ('"weibull"', '"gamma"', "stock.distribution"),
    ],
)
def test_what_clashes_in_a_scenario_is_named(text, by, code):
    assert text in FILE
    with pytest.raises(Refused) as refused:
        parse_scenario(FILE.replace(text, by, 1).encode()).projection()
    assert refused.value.code == code


def test_more_than_memory_holds_is_named():
    long = parse_scenario(FILE.replace("last_year = 2050", "last_year = 2200").encode())
    with pytest.raises(Refused) as refused:
        answered(long, None, **{**ASKED, "draws": 100_000})
    assert refused.value.code == "stock.size"


def test_no_scenario_is_called_so():
    with pytest.raises(Refused) as refused:
        shipped("../secrets")
    assert refused.value.code == "stock.no_scenario"
