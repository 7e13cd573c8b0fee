"""Ways beside the routes of the tables: second lives, cascades, and routes of one's own."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellchain.core.errors import Refused
from cellchain.science.recycling.price_draws import normals
from cellchain.services.analysis.table import Table, Texts
from cellchain.services.circle.recycling import Assumptions, balances, recycled
from cellchain.services.circle.recycling_gates import day_of
from cellchain.services.circle.recycling_prices import product_prices
from cellchain.services.circle.recycling_risk import BEST, QUANTILES, risk_of
from cellchain.services.circle.recycling_routes import TEMPLATE, parse_routes
from cellchain.services.circle.recycling_tables import cells

CHEMISTRIES = ("NMC111", "NMC622", "NMC811", "LCO", "NCA", "LMO", "LFP")
ROUTES = """
[routes.bioleaching]
trl = 4
source = "a laboratory's own notes, 2026"
recovery = { Li = 0.8, Co = 0.9, Ni = 0.9, Cu = 0.9 }
inputs_kg = { H2SO4 = 0.5, glucose = 0.3 }
burnt = ["pp", "ec"]
decaying = {}
energy_mj = { electricity = 3.6 }
[inputs.glucose]
usd_per_kg = 0.5
kg_co2e_per_kg = 1.5
source = "an invoice, 2026"
[cascades.last_direct]
then = "direct"
trl = 6
source = "a pilot of ours, 2026"
"""


def packs(chemistries=("NMC811", "LFP"), kg=(300, 250), value=(4_000, np.nan), years=(8, np.nan)):
    names = [f"p{place}" for place in range(len(chemistries))]
    return Table(
        {
            "pack": Texts.of(names),
            "chemistry": Texts.of(chemistries),
            "cell_mass_kg": np.array(kg, float),
            "second_life_value_usd": np.array(value, float),
            "second_life_years": np.array(years, float),
        }
    )


def asked(discount=0.08, routes=None, **more):
    own = None if routes is None else parse_routes(routes.encode())
    day = day_of(more.pop("day", "2026-11-30"))
    return Assumptions(
        products=product_prices("2019"), day=day, discount=discount, routes=own, **more
    )


def rows(answer):
    found = answer.plain(0, answer.rows)
    return {(one["pack"], one["route"]): one for one in found}


def moving(volatility=0.3, draws=200):
    products = product_prices("2019")
    return risk_of(
        Table(
            {
                "product": Texts.of(products),
                "annual_volatility": np.full(len(products), volatility),
            }
        ),
        draws,
    )


def test_a_second_life_earns_its_value_and_later_what_the_best_lawful_route_does():
    found = rows(recycled(packs(), asked()))
    assert list(found) == [
        ("p0", "pyro"), ("p0", "hydro"), ("p0", "direct"), ("p0", "second_life"),
        ("p1", "pyro"), ("p1", "hydro"), ("p1", "direct"),
    ]  # fmt: skip
    later, end = found["p0", "second_life"], found["p0", "direct"]
    assert later["net_margin_usd"] == pytest.approx(4_000 + end["net_margin_usd"] / 1.08**8)
    assert later["co2e_kg"] == end["co2e_kg"]
    assert later["critical_kg"] == end["critical_kg"]
    assert (later["lawful"], later["clause"]) == (1, end["clause"])
    assert later["pareto"] == 1
    assert "after 8 years by direct" in later["reason"]
    assert "8.00% a year" in later["reason"]
    assert end["reason"].startswith("beaten by second_life in margin")
    assert later["readiness"] is None


def test_a_worthless_second_life_without_discount_is_no_better_than_its_end():
    found = rows(recycled(packs(value=(0, np.nan)), asked(discount=0.0)))
    assert found["p0", "second_life"]["net_margin_usd"] == found["p0", "direct"]["net_margin_usd"]
    assert found["p0", "direct"]["pareto"] == found["p0", "second_life"]["pareto"] == 1


def test_it_ends_as_lawfully_as_its_route():
    found = rows(recycled(packs(), asked(day="2032-01-01")))
    assert found["p0", "second_life"]["lawful"] == 0
    assert found["p0", "second_life"]["reason"].startswith("not lawful: C(2)(a) Co")
    assert [one["lawful"] for one in found.values()] == [0] * 7


def test_routes_before_a_second_life_are_as_without_it():
    plain = packs()
    without = Table({name: plain.columns[name] for name in plain.names[:3]})
    found, before = rows(recycled(plain, asked())), rows(recycled(without, asked(None)))
    for key, one in before.items():
        kept = {name: cell for name, cell in one.items() if name not in ("pareto", "reason")}
        assert kept.items() <= found[key].items()
    assert before["p1", "direct"] == found["p1", "direct"]


@pytest.mark.parametrize(
    ("columns", "discount", "code"),
    [
        ({"value": (-1, np.nan)}, 0.1, "second_life"),
        ({"value": (np.inf, np.nan)}, 0.1, "second_life"),
        ({"value": (np.nan, np.nan)}, 0.1, "second_life"),
        ({"years": (0, np.nan)}, 0.1, "second_life"),
        ({"years": (51, np.nan)}, 0.1, "second_life"),
        ({"years": (np.nan, np.nan)}, 0.1, "second_life"),
        ({}, None, "discount"),
        ({}, -0.1, "discount"),
        ({}, float("nan"), "discount"),
    ],
)
def test_a_second_life_that_cannot_be_is_refused(columns, discount, code):
    with pytest.raises(Refused, match=f"recycle.{code}"):
        recycled(packs(**columns), asked(discount))


def test_one_column_of_a_second_life_needs_the_other():
    plain = packs()
    with pytest.raises(Refused, match="second_life_years"):
        recycled(Table({name: plain.columns[name] for name in plain.names[:4]}), asked())


def test_own_routes_and_cascades_stand_beside_with_their_readiness():
    found = rows(recycled(packs(), asked(routes=ROUTES)))
    assert [name for pack, name in found if pack == "p0"] == [
        "pyro", "hydro", "direct", "bioleaching", "second_life", "last_direct",
    ]  # fmt: skip
    assert [name for pack, name in found if pack == "p1"][3:] == ["bioleaching"]
    own, cascade = found["p0", "bioleaching"], found["p0", "last_direct"]
    assert (own["trl"], own["readiness"], cascade["trl"]) == (4, "TRL 4", 6)
    assert "reported by a laboratory's own notes, 2026" in own["reason"]
    assert "reported by a pilot of ours, 2026" in cascade["reason"]
    assert found["p0", "pyro"]["trl"] is None
    assert "no source tells its TRL" in found["p0", "pyro"]["reason"]
    assert own["reagent_usd"] == pytest.approx(300 * (0.5 * 0.06 + 0.3 * 0.5))
    cell = cells().cell("NMC811")
    burnt = (0.86 * cell.parts["pp"] + 0.41 * cell.parts["ec"]) * 44.01 / 12.011
    assert own["co2e_kg"] == pytest.approx(300 * (0.5 * 0.0441 + 0.45 + burnt + 0.4665))
    assert cascade["net_margin_usd"] == found["p0", "second_life"]["net_margin_usd"]


SHARE = st.floats(0, 1)


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(CHEMISTRIES), st.tuples(SHARE, SHARE, SHARE, SHARE), st.floats(0.01, 1e4))
def test_no_route_makes_mass(chemistry, shares, kg):
    li, co, cu, solvents = shares
    told = f"{{ Li = {li!r}, Co = {co!r}, Cu = {cu!r}, solvents = {solvents!r}, Mn = 1.0 }}"
    routes = ROUTES.replace("{ Li = 0.8, Co = 0.9, Ni = 0.9, Cu = 0.9 }", told)
    table = packs((chemistry,), (kg,), (10,), (3,))
    found = recycled(table, asked(routes=routes))
    assert (found.numbers("recovered_kg") <= kg * 1.005).all()
    for element in ("Li", "Co", "Ni", "Mn", "Cu", "Al"):
        held = kg * cells().cell(chemistry).element_kg(element)
        assert (found.numbers(f"recovered_{element}_kg") <= held * (1 + 1e-12)).all()


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(CHEMISTRIES), st.floats(0, 1e4), st.floats(0.1, 50), st.floats(0, 1),
       st.sampled_from(("2026-11-30", "2032-01-01")))  # fmt: skip
def test_prices_move_second_lives_as_well(chemistry, value, years, discount, day):
    table = packs((chemistry,) * 2, (300, 2), (value, np.nan), (years, np.nan))
    found = recycled(table, asked(discount, routes=ROUTES, risk=moving(), day=day))
    by_pack = [slice(0, 6), slice(6, 10)]
    for one in by_pack:
        lawful, best = found.numbers("lawful")[one], found.numbers(BEST)[one]
        assert best.sum() == pytest.approx(lawful.max())
        assert not best[lawful == 0].any()
    still = recycled(table, asked(discount, routes=ROUTES, risk=moving(0.0), day=day))
    for name in QUANTILES:
        assert still.numbers(name).tolist() == still.numbers("net_margin_usd").tolist()


def test_more_years_than_memory_holds_are_refused():
    many = 400
    table = packs(("LFP",) * many, (1,) * many, (1,) * many, np.linspace(1, 9, many))
    with pytest.raises(Refused, match=r"recycle.many"):
        recycled(table, asked(risk=moving(draws=100_000)))


def test_a_cascade_needs_a_second_life():
    plain = packs()
    with pytest.raises(Refused, match=r"recycle.second_life.*last_direct"):
        recycled(
            Table({name: plain.columns[name] for name in plain.names[:3]}), asked(routes=ROUTES)
        )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("trl = 4", "trl = 0"),
        ("trl = 4", "trl = 10"),
        ("trl = 4", ""),
        ('source = "a laboratory\'s own notes, 2026"', ""),
        ('source = "a laboratory\'s own notes, 2026"', 'source = "    "'),
        ("Li = 0.8", "Li = 1.1"),
        ("Li = 0.8", "Li = nan"),
        ("Li = 0.8", "Li = -0.1"),
        ("Li = 0.8", "Xx = 0.8"),
        ("Li = 0.8", "Li = 0.8, cathode = 0.9"),
        ("glucose = 0.3", "glucose = inf"),
        ("glucose = 0.3", "sugar = 0.3"),
        ("usd_per_kg = 0.5", "usd_per_kg = -1.0"),
        ("[inputs.glucose]", "[inputs.NaOH]"),
        ('["pp", "ec"]', '["pp", "pp"]'),
        ('["pp", "ec"]', '["gold"]'),
        ("decaying = {}", "decaying = { soda = 1.0 }"),
        ("electricity = 3.6", "coal = 3.6"),
        ("routes.bioleaching", "routes.hydro"),
        ("routes.bioleaching", "routes.second_life"),
        ("routes.bioleaching", 'routes."<b>"'),
        ('then = "direct"', 'then = "landfill"'),
        ("trl = 6", "trl = 6\nmore = 1"),
    ],
)
def test_a_file_of_routes_that_cannot_be_is_refused(before, after):
    assert before in ROUTES
    with pytest.raises(Refused, match="recycle.routes"):
        parse_routes(ROUTES.replace(before, after, 1).encode())


@pytest.mark.parametrize("data", [b"", b"\xff", b"[routes", TEMPLATE, b"#" * 300_000])
def test_what_is_no_file_of_routes_is_refused(data):
    with pytest.raises(Refused, match="recycle.routes"):
        parse_routes(data)


def test_quantiles_and_shares_are_those_of_each_draw_worked_out_alone():
    risk = moving(0.5, draws=400)
    normal = normals(risk.correlation, 400, 1)
    table = packs(("LCO", "LCO"), (50, 50), (np.nan, 600), (np.nan, 3))
    found = rows(recycled(table, asked(risk=risk)))
    plain = rows(recycled(table, asked()))
    lines = balances(product_prices("2019"), 466.5)

    def drawn(pack, route, end, years, factor):
        moved = sum(
            one.value * (np.exp(0.5 * np.sqrt(years) * normal[one.item] - 0.125 * years) - 1)
            for one in lines["LCO", end]
            if one.kind == "revenue"
        )
        return plain[pack, route]["net_margin_usd"] + 50 * factor * moved

    ways = {route: drawn("p0", route, route, 1, 1) for route in ("pyro", "hydro", "direct")}
    end = max(("hydro", "direct"), key=lambda one: plain["p0", one]["net_margin_usd"])
    later = drawn("p1", "second_life", end, 4, 1.08**-3)
    for pack, those in (("p0", ways), ("p1", ways | {"second_life": later})):
        for route, margins in those.items():
            for name, share in QUANTILES.items():
                assert found[pack, route][name] == pytest.approx(np.quantile(margins, share))
        lawful = {one: m for one, m in those.items() if found[pack, one]["lawful"]}
        best = np.argmax(np.array(list(lawful.values())), axis=0)
        for place, route in enumerate(lawful):
            assert found[pack, route][BEST] == pytest.approx((best == place).mean())
