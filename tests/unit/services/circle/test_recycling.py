"""``circle recycle``: what is said of packs, by which law, and what cannot be said."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellchain.core.errors import Corrupt, Refused
from cellchain.services.analysis.table import Table, Texts
from cellchain.services.circle import recycling_tables as tables
from cellchain.services.circle.recycling import ITEMS, Assumptions, recycled
from cellchain.services.circle.recycling_gates import day_at, day_of, in_force
from cellchain.services.circle.recycling_prices import (
    dismantling_prices,
    own_prices,
    product_prices,
)

CHEMISTRIES = ("NMC111", "NMC622", "NMC811", "LCO", "NCA", "LMO", "LFP")
NUMBERS = ("cell_mass_kg", "pack_mass_kg", "soh", "usd_per_kg")
PACKS = {"pack": ["a", "b"], "chemistry": ["NMC811", "LFP"], "cell_mass_kg": [300, 250]}


def table(columns):
    return Table(
        {
            name: np.array(cells, float) if name in NUMBERS else Texts.of(cells)
            for name, cells in columns.items()
        }
    )


def asked(day="2026-11-30", prices="2019", **more):
    return Assumptions(products=product_prices(prices), day=day_of(day), **more)


def answered(columns=None, assumptions=None, **more):
    return recycled(table({**PACKS, **(columns or {})}), assumptions or asked(**more))


def row(answer, pack, route):
    found = answer.plain(0, answer.rows)
    return next(one for one in found if (one["pack"], one["route"]) == (pack, route))


def test_a_row_a_pack_and_route_in_their_order():
    found = answered()
    assert found.texts("pack").cells() == ["a"] * 3 + ["b"] * 3
    assert found.texts("route").cells() == ["pyro", "hydro", "direct"] * 2
    one = row(found, "a", "direct")
    assert one["readiness"] == "pilot"
    assert "purchased CO2 carries 0" in one["reason"]
    assert "dismantling not counted" in one["reason"]
    assert one["net_margin_usd"] == pytest.approx(
        one["revenue_usd"] - one["reagent_usd"] - one["gate_fee_usd"]
    )


@pytest.mark.parametrize("chemistry", CHEMISTRIES)
@pytest.mark.parametrize("prices", ["2019", "2023"])
def test_mass_that_comes_out_never_exceeds_mass_that_goes_in(chemistry, prices):
    found = answered({"chemistry": [chemistry] * 2}, prices=prices)
    cell = tables.cells().cell(chemistry)
    assert (found.numbers("recovered_kg")[:3] < 300).all()
    for item in ("Li", "Co", "Ni", "Mn", "Cu", "Al"):
        out_kg = found.numbers(f"recovered_{item}_kg")[:3]
        assert (out_kg <= 300 * cell.element_kg(item) + 1e-9).all()


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(CHEMISTRIES), st.floats(0.01, 1e4), st.floats(0.01, 100))
def test_everything_scales_with_mass(chemistry, kg, factor):
    columns = {"chemistry": [chemistry] * 2, "cell_mass_kg": [kg, kg * factor]}
    found = answered(columns)
    for name in found.names:
        if name.endswith(("_usd", "_kg")) and name != "dismantling_usd":
            one, other = np.split(found.numbers(name), 2)
            assert other == pytest.approx(one * factor, rel=1e-12)
    for name in ("lawful", "pareto"):
        one, other = np.split(found.numbers(name), 2)
        assert one.tolist() == other.tolist()


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(CHEMISTRIES), st.sampled_from(sorted(product_prices("2019"))),
       st.floats(1, 10))  # fmt: skip
def test_a_higher_price_of_a_product_never_lowers_a_margin(chemistry, product, factor):
    dear = product_prices("2019")
    dear[product] *= factor
    columns = {"chemistry": [chemistry] * 2}
    before = answered(columns).numbers("net_margin_usd")
    after = answered(columns, Assumptions(products=dear, day=day_of("2026-11-30")))
    assert (after.numbers("net_margin_usd") >= before).all()


def test_no_pack_changes_what_is_said_of_another():
    whole = answered()
    alone = recycled(table({name: cells[1:] for name, cells in PACKS.items()}), asked())
    assert whole.plain(3, 6) == alone.plain(0, 3)


@pytest.mark.parametrize(
    ("day", "chemistry", "lawful"),
    [
        ("2025-12-30", "LFP", [1, 1, 1]),
        ("2025-12-31", "LFP", [0, 0, 1]),
        ("2025-12-31", "NMC111", [0, 1, 1]),
        ("2027-12-31", "NMC111", [0, 1, 1]),
        ("2030-12-30", "NMC111", [0, 1, 1]),
        ("2030-12-31", "NMC111", [0, 0, 1]),
        ("2031-12-31", "NMC111", [0, 0, 0]),
    ],
)
def test_gates_open_on_their_day(day, chemistry, lawful):
    found = answered({"chemistry": [chemistry] * 2}, day=day)
    assert found.numbers("lawful")[:3].tolist() == lawful
    assert (found.numbers("pareto") <= found.numbers("lawful")).all()


@pytest.mark.parametrize("chemistry", CHEMISTRIES)
def test_no_generic_route_recovers_the_copper_that_2032_asks_for(chemistry):
    found = answered({"chemistry": [chemistry] * 2, "pack_mass_kg": [450, 400]}, day="2031-12-31")
    assert not found.numbers("lawful").any()
    assert all("C(2)(b) Cu 90.00% of 95%" in one for one in found.texts("reason").cells())


def test_before_the_first_gate_there_is_none_and_the_clause_says_so():
    found = answered(day="2025-12-30").texts("clause").cells()
    assert all("no gate before 2025-12-31" in one for one in found)


def test_the_clause_names_what_is_reached_and_asked():
    one = row(answered(day="2032-01-01"), "a", "hydro")
    assert "Regulation (EU) 2023/1542" in one["clause"]
    for part in ("B(2)(b) efficiency 68.58% of 70%", "C(2)(b) Cu 90.00% of 95%",
                 "C(2)(d) Li 85.43% of 80%"):  # fmt: skip
        assert part in one["clause"]
    assert "C(2)(d)" not in one["reason"]
    assert one["reason"].startswith("not lawful: B(2)(b) efficiency")
    held = {gate.clause: gate.least for gate in in_force(date(2028, 1, 1))}
    assert held == {"B(1)(b)": 0.65, "C(1)(a)": 0.9, "C(1)(b)": 0.9, "C(1)(d)": 0.5, "C(1)(e)": 0.9}


def test_a_gate_asks_nothing_of_an_element_that_is_not_there():
    clause = row(answered(day="2032-01-01"), "b", "hydro")["clause"]
    assert "Co" not in clause
    assert "Li" in clause


def test_housing_raises_efficiency_as_far_as_it_is_recycled():
    heavy = {"pack_mass_kg": [420, 500]}
    assert row(answered(heavy), "b", "hydro")["lawful"] == 1
    assert row(answered(heavy, housing=0.0), "b", "hydro")["lawful"] == 0
    assert "100% of the housing" in row(answered(heavy), "b", "hydro")["reason"]
    assert "efficiency 73.01% of 65%" in row(answered(heavy), "b", "hydro")["clause"]


def test_the_front_says_why():
    found = answered({"chemistry": ["LCO", "LFP"]})
    assert "on the front: most margin" in row(found, "a", "hydro")["reason"]
    assert "on the front: least CO2e" in row(found, "a", "direct")["reason"]
    free = answered({"chemistry": ["LFP", "LFP"]}, day="2020-01-01")
    beaten = row(free, "a", "pyro")
    assert (beaten["pareto"], beaten["lawful"]) == (0, 1)
    assert beaten["reason"].startswith("beaten by hydro in margin, CO2e, critical mass")


def test_dismantling_lowers_every_margin_of_its_pack():
    own = dismantling_prices(table({"pack": ["b"], "usd_per_kg": [2.0]}))
    before, after = answered(), answered(dismantling=own)
    lower = before.numbers("net_margin_usd") - after.numbers("net_margin_usd")
    assert lower.tolist() == pytest.approx([0, 0, 0, 500, 500, 500])
    assert "dismantling not counted" in row(after, "a", "hydro")["reason"]
    assert "dismantling not counted" not in row(after, "b", "hydro")["reason"]
    by_chemistry = dismantling_prices(table({"chemistry": ["ncm-811"], "usd_per_kg": [1.0]}))
    found = answered(dismantling=by_chemistry).numbers("dismantling_usd")
    assert found.tolist()[:3] == [300] * 3
    assert np.isnan(found[3:]).all()


@pytest.mark.parametrize(
    ("columns", "why"),
    [
        ({"chemistry": ["NMC532", "LFP"]}, "know nothing of NMC532"),
        ({"chemistry": [None, "LFP"]}, "chemistry is not told"),
        ({"cell_mass_kg": [np.nan, 250]}, "cell_mass_kg is not told"),
        ({"state": ["black_mass", None]}, "not of black mass"),
        ({"state": ["ash", None]}, "the state ash is none of"),
    ],
)
def test_a_row_without_an_answer_says_why_and_changes_no_other(columns, why):
    apart = {"dismantling": ("pack", {"a": 1.0})}
    found = answered(columns, **apart)
    for one in found.plain(0, 3):
        assert why in one["reason"]
        empty = {one[name] for name in ("revenue_usd", "lawful", "pareto", "dismantling_usd")}
        assert (one["clause"], empty) == (None, {None})
    assert found.plain(3, 6) == answered().plain(3, 6)


def test_modules_and_other_spellings_are_known():
    found = answered({"chemistry": ["ncm 811", "lfp"], "state": ["Module", "cell"]})
    assert found.plain(0, 6) == answered().plain(0, 6)


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ({"cell_mass_kg": [-1, 250]}, "recycle.mass"),
        ({"cell_mass_kg": [0, 250]}, "recycle.mass"),
        ({"cell_mass_kg": [np.inf, 250]}, "recycle.mass"),
        ({"pack_mass_kg": [299, 400]}, "recycle.mass"),
        ({"pack_mass_kg": [-5, 400]}, "recycle.mass"),
        ({"soh": [85, 0.8]}, "recycle.soh"),
        ({"soh": [-0.1, 0.8]}, "recycle.soh"),
        ({"pack": ["a", "a"]}, "recycle.twice"),
        ({"pack": [None, "b"]}, "recycle.key"),
    ],
)
def test_what_cannot_be_is_refused(columns, code):
    with pytest.raises(Refused) as refused:
        answered(columns)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("asking", "code"),
    [
        (lambda: day_of("2026-02-30"), "recycle.date"),
        (lambda: day_of("20261130"), "recycle.date"),
        (lambda: day_of("tomorrow"), "recycle.date"),
        (lambda: answered(grid_g_per_kwh=-1), "recycle.grid"),
        (lambda: answered(grid_g_per_kwh=np.nan), "recycle.grid"),
        (lambda: asked(housing=1.1), "recycle.housing"),
        (lambda: product_prices("2021"), "recycle.prices"),
        (lambda: own_prices(table({"product": ["Co"], "usd_per_kg": [0]})), "recycle.price"),
        (lambda: own_prices(table({"product": ["Co"], "usd_per_kg": [-3]})), "recycle.price"),
        (lambda: own_prices(table({"product": ["Co"], "usd_per_kg": [np.nan]})), "recycle.price"),
        (lambda: own_prices(table({"product": ["Gold"], "usd_per_kg": [9]})), "recycle.product"),
        (lambda: own_prices(table({"product": ["Co"] * 2, "usd_per_kg": [9, 9]})), "recycle.twice"),
        (lambda: own_prices(table({"product": ["Cu", "cu"], "usd_per_kg": [9, 9]})),
         "recycle.product"),
        (lambda: own_prices(table({"product": [None], "usd_per_kg": [9]})), "recycle.key"),
        (lambda: dismantling_prices(table({"pack": ["a"], "usd_per_kg": [-1]})), "recycle.price"),
        (lambda: dismantling_prices(table({"usd_per_kg": [1]})), "table.column"),
        (lambda: dismantling_prices(table({"chemistry": ["NCM811", "NMC811"],
                                           "usd_per_kg": [1, 2]})), "recycle.twice"),
    ],
)  # fmt: skip
def test_assumptions_that_cannot_be_are_refused(asking, code):
    with pytest.raises(Refused) as refused:
        asking()
    assert refused.value.code == code


def test_own_prices_stand_before_published_ones():
    found = own_prices(table({"product": ["co"], "usd_per_kg": [20.0]}))
    assert found == {**product_prices("2019"), "Co": 20.0}


def test_a_time_is_the_day_in_utc():
    assert day_at(1_767_225_599_999) == date(2025, 12, 31)
    assert day_at(1_767_225_600_000) == date(2026, 1, 1)


def test_no_pack_no_row():
    nothing = {name: [] for name in PACKS}
    assert recycled(table(nothing), asked()).rows == 0


def test_a_table_that_was_touched_is_named():
    cells = tables.cells()
    heavy = {**cells.cells, "LFP": {**cells.cells["LFP"], "Cu": 0.5}}
    with pytest.raises(Corrupt, match="parts of LFP add up"):
        tables.check_cells(tables.Cells(**{**fields(cells), "cells": heavy}))
    bare = {name: one for name, one in cells.formulas.items() if name != "LFP"}
    with pytest.raises(Corrupt, match="no formula of LFP"):
        tables.check_cells(tables.Cells(**{**fields(cells), "formulas": bare}))
    process = tables.routes().routes["hydro"]
    for recovery, why in (({"Cu": 1.2}, "not between"), ({"cathode": 0.9, "Li": 0.9}, "as well")):
        bad = tables.Process(**{**fields(process), "recovery": recovery})
        with pytest.raises(Corrupt, match=why):
            tables.check_routes(tables.Routes(source="", date="", unit="", routes={"x": bad}))
    with pytest.raises(Corrupt, match="table gates"):
        tables.parsed("gates", b"law = 3", tables.Gates)


def fields(one):
    return {name: getattr(one, name) for name in one.__struct_fields__}


def test_items_are_the_columns():
    assert set(ITEMS) <= {
        name.removeprefix("recovered_").removesuffix("_kg") for name in answered().names
    }
