"""The tables of recycling against those of the same publications that others typed."""

from __future__ import annotations

import csv
import json

import pytest

from cellchain.services.circle import recycling_tables as tables

from .shared import shared_data

EVERBATT = json.loads(shared_data("circular", "recycling", "everbatt_tables.json").read_text())
GREET = shared_data("circular", "factors", "material_footprint_greet2022.csv")
OURS = {"cam": "cathode", "cb": "carbon_black", "cu": "Cu", "al": "Al", "solv": "solvents"}
OURS |= {"ng": "gas", "el": "electricity"}
MATERIALS = {
    "HCl": "Hydrochloric Acid", "H2O2": "Hydrogen Peroxide", "limestone": "Limestone",
    "sand": "Sand", "NH4OH": "Ammonium Hydroxide", "NaOH": "Sodium Hydroxide",
    "H2SO4": "Sulfuric Acid", "soda": "Soda Ash", "Li2CO3": "Lithium Carbonate",
}  # fmt: skip


def ours(theirs):
    return {OURS.get(name, name): value for name, value in theirs.items()}


def test_cells():
    theirs = {
        name: {part: kg for part, kg in ours(parts).items() if part != "cell_kg"}
        for name, parts in EVERBATT["cell_bom_mass_fraction"].items()
    }
    assert tables.cells().cells == theirs


@pytest.mark.parametrize("route", ["pyro", "hydro", "direct"])
def test_routes(route):
    found = tables.routes().routes[route]
    assert found.recovery == ours(EVERBATT["recovery"][route])
    assert found.inputs_kg == EVERBATT["material_inputs_kg_per_kg"][route]
    assert found.energy_mj == ours(EVERBATT["energy_MJ_per_kg"][route])
    parts = {"plastics": {"pp", "pe", "pet"}, "electrolyte": {"ec", "dmc"}}
    burnt = set()
    for name, fate in EVERBATT["fates"][route].items():
        if fate == "burn":
            burnt |= parts.get(name, {OURS.get(name, name)})
    assert set(found.burnt) == burnt


def test_prices():
    found = tables.price_lists()
    for year, prices in found.products.items():
        assert prices.usd_per_kg == ours(EVERBATT[f"prices_{year}"])
    assert found.inputs.usd_per_kg == EVERBATT["reagent_prices_2019"]
    assert found.spent_cells.usd_per_kg == EVERBATT["battery_fee_2019_usd_per_kg"]


def test_factors():
    found = tables.factor_sheet()
    assert found.carbon.values == ours(EVERBATT["carbon_content"])
    with GREET.open() as file:
        theirs = {row["material"]: float(row["kgCO2e_per_kg"]) for row in csv.DictReader(file)}
    expected = {name: theirs[material] for name, material in MATERIALS.items()}
    assert found.inputs.values == {**expected, "CO2": 0.0}
