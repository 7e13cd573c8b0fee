"""Tables to stocks and flows; beside hand-worked figures; what clashes."""

from __future__ import annotations

import numpy as np
import pytest

from cellchain.core.errors import Refused
from cellchain.services.analysis.picture import picture_of
from cellchain.services.analysis.table import Table, Texts
from cellchain.services.plan.materials import SecondLife, material_flows
from cellchain.services.plan.stock import batteries, inflow_of

TEXTS = ("chemistry", "material", "distribution", "unit")
NAN = float("nan")
INFLOW = {
    "year": [2020, 2020, 2021, 2021, 2022, 2022, 2023, 2023],
    "chemistry": ["lfp", "nmc"] * 4,
    "inflow_kwh": [100, 10, 100, 20, 100, 30, 100, 40],
}
LIVES = {
    "chemistry": ["nmc", "lfp", "lto"],
    "distribution": ["fixed", "fixed", "weibull"],
    "mean_years": [1, 2, 20],
    "shape": [NAN, NAN, 3],
}
CONTENTS = {
    "chemistry": ["lfp", "lfp", "nmc", "nmc"],
    "material": ["Li", "Ni"] * 2,
    "kg_per_kwh": [0.1, 0, 0.2, 0.5],
}
RECOVERY = {
    "material": ["Li", "Ni", "Ni", "Li", "Cu"],
    "year": [2000, 2021, 2023, 2022, 2000],
    "collection_share": [0.8, 0.5, 1, 0.9, 0.3],
    "recovery_share": [0.5, 0.9, 0.8, 1, 0.9],
}


def table(columns):
    return Table(
        {
            name: Texts.of(cells) if name in TEXTS else np.array(cells, float)
            for name, cells in columns.items()
        }
    )


def answered(inflow=None, lives=None, contents=None, recovery=None, second=(0.0, 0)):
    known = inflow_of(table({**INFLOW, **(inflow or {})}))
    found, survival = batteries(known, table({**LIVES, **(lives or {})}))
    flows = material_flows(
        known, survival,
        table({**CONTENTS, **(contents or {})}), table({**RECOVERY, **(recovery or {})}),
        SecondLife(*second),
    )  # fmt: skip
    return found, flows


def figures(flows, material, *names):
    rows = np.array(flows.texts("material").cells()) == material
    return [flows.numbers(name)[rows].tolist() for name in names]


def test_batteries_by_year_and_chemistry():
    found, _ = answered()
    assert found.names == ("year", "chemistry", "inflow_kwh", "stock_kwh", "outflow_kwh")
    assert found.numbers("year").tolist() == INFLOW["year"]
    assert found.texts("chemistry").cells() == INFLOW["chemistry"]
    assert found.numbers("stock_kwh").tolist() == [100, 10, 200, 20, 200, 30, 200, 40]
    assert found.numbers("outflow_kwh").tolist() == [0, 0, 0, 10, 100, 20, 100, 30]


def test_materials_by_year():
    _, flows = answered()
    demand, gone, collected, recovered, share = figures(
        flows, "Ni", "demand_kg", "end_of_life_kg", "collected_kg", "recovered_kg",
        "share_of_demand",
    )  # fmt: skip
    assert (demand, gone) == ([5, 10, 15, 20], [0, 5, 10, 15])
    assert collected == [0, 2.5, 5, 15]
    assert recovered == pytest.approx([0, 2.25, 4.5, 12])
    assert share == pytest.approx([0, 0.225, 0.3, 0.6])
    held, collected, recovered = figures(flows, "Li", "in_stock_kg", "collected_kg", "recovered_kg")
    assert held == pytest.approx([12, 24, 26, 28])
    assert collected == pytest.approx([0, 2 * 0.8, 14 * 0.9, 16 * 0.9])
    assert recovered == pytest.approx([0, 0.8, 12.6, 14.4])


def test_what_a_kilowatt_hour_holds_is_that_of_its_year_of_entry():
    dated = {
        "year": [2000, 2000, 2000, 1990, 2021],
        "chemistry": [*CONTENTS["chemistry"], "nmc"],
        "material": [*CONTENTS["material"], "Ni"],
        "kg_per_kwh": [0.1, 0, 0.2, 9, 0.5],
    }
    demand, gone = figures(answered(contents=dated)[1], "Ni", "demand_kg", "end_of_life_kg")
    assert (demand, gone) == ([90, 10, 15, 20], [0, 90, 10, 15])


def test_a_chemistry_may_have_a_recovery_of_its_own():
    own = {"material": ["Li", "Li", "Ni"], "chemistry": [None, "lfp", None], "year": [2000] * 3,
           "collection_share": [1, 0.5, 1], "recovery_share": [1, 1, 1]}  # fmt: skip
    (collected,) = figures(answered(recovery=own)[1], "Li", "collected_kg")
    assert collected == pytest.approx([0, 2, 5 + 4, 5 + 6])


def test_a_second_life_delays_and_is_held():
    _, flows = answered(second=(0.5, 1))
    held, recovered = figures(flows, "Li", "second_life_kg", "recovered_kg")
    assert held == pytest.approx([0, 0.8, 6.3, 7.2])
    assert recovered == pytest.approx([0, 0.4, 6.3 + 0.8, 7.2 + 6.3])


def test_a_million_rows():
    years, names = 100, 10_000
    inflow = Table(
        {
            "year": np.repeat(np.arange(2000.0, 2100), names),
            "chemistry": Texts(
                np.tile(np.arange(names, dtype=np.int32), years), tuple(map(str, range(names)))
            ),
            "inflow_kwh": np.ones(years * names),
        }
    )
    lives = table({"chemistry": map(str, range(names)), "distribution": ["fixed"] * names,
                   "mean_years": [10] * names})  # fmt: skip
    found, _ = batteries(inflow_of(inflow), lives)
    assert found.rows == years * names
    assert found.numbers("stock_kwh")[-1] == 10


YEARS, NAMES = INFLOW["year"], INFLOW["chemistry"]


@pytest.mark.parametrize(
    ("clashing", "code"),
    [
        ({"inflow": {"inflow_kwh": [-1, *INFLOW["inflow_kwh"][1:]]}}, "stock.amount"),
        ({"inflow": {"inflow_kwh": [NAN, *INFLOW["inflow_kwh"][1:]]}}, "stock.amount"),
        ({"inflow": {"inflow_kwh": [np.inf, *INFLOW["inflow_kwh"][1:]]}}, "stock.amount"),
        ({"inflow": {"year": [2020.5, *YEARS[1:]]}}, "stock.year"),
        ({"inflow": {"year": [NAN, *YEARS[1:]]}}, "stock.year"),
        ({"inflow": {"year": [20, *YEARS[1:]]}}, "stock.year"),
        ({"inflow": {"year": [2021, *YEARS[1:]]}}, "stock.twice"),
        ({"inflow": {"year": [2019, *YEARS[1:]]}}, "stock.gap"),
        ({"inflow": {"year": [*YEARS[:-2], 2024, 2024]}}, "stock.gap"),
        ({"inflow": {"year": [1900, 1900, *YEARS[2:-2], 2200, 2200]}}, "stock.years"),
        ({"inflow": {"chemistry": [None, *NAMES[1:]]}}, "stock.key"),
        ({"inflow": {"chemistry": [], "year": [], "inflow_kwh": []}}, "stock.empty"),
        ({"inflow": {"unit": ["kWh"] * 7 + ["GWh"]}}, "stock.unit"),
        ({"lives": {"chemistry": ["NMC", "lfp", "lto"]}}, "stock.no_lifetime"),
        ({"lives": {"chemistry": ["nmc", "lfp", "nmc"]}}, "stock.twice"),
        ({"lives": {"distribution": ["gamma", "fixed", "fixed"]}}, "stock.distribution"),
        ({"lives": {"distribution": [None, "fixed", "fixed"]}}, "stock.distribution"),
        ({"lives": {"mean_years": [0, 2, 20]}}, "stock.lifetime"),
        ({"lives": {"mean_years": [-3, 2, 20]}}, "stock.lifetime"),
        ({"lives": {"mean_years": [NAN, 2, 20]}}, "stock.lifetime"),
        ({"lives": {"mean_years": [np.inf, 2, 20]}}, "stock.lifetime"),
        ({"lives": {"shape": [3, NAN, 3]}}, "stock.lifetime"),
        ({"lives": {"distribution": ["weibull", "fixed", "fixed"]}}, "stock.lifetime"),
        ({"lives": {"distribution": ["normal", "fixed", "fixed"], "mean_years": [10, 2, 20],
                    "deviation_years": [5, NAN, NAN]}}, "stock.lifetime"),
        ({"contents": {"kg_per_kwh": [0.1, 0, -0.2, 0.5]}}, "stock.amount"),
        ({"contents": {"kg_per_kwh": [0.1, 0, 200, 500]}}, "stock.amount"),
        ({"contents": {"unit": ["kg/kWh"] * 3 + ["g/kWh"]}}, "stock.unit"),
        ({"contents": {"chemistry": ["lfp", "lfp", "lto", "lto"]}}, "stock.no_material"),
        ({"contents": {"material": ["Li", "Ni", "Li", "Co"]}}, "stock.no_material"),
        ({"contents": {"year": [2000, 2000, 2000, 2021]}}, "stock.no_material"),
        ({"contents": {"material": ["Li", "Li", "Li", "Ni"]}}, "stock.twice"),
        ({"recovery": {"recovery_share": [1.1, 0.9, 0.8, 1, 0.9]}}, "stock.amount"),
        ({"recovery": {"collection_share": [80, 0.5, 1, 0.9, 0.3]}}, "stock.amount"),
        ({"recovery": {"collection_share": [NAN, 0.5, 1, 0.9, 0.3]}}, "stock.amount"),
        ({"recovery": {"material": ["Li", "Co", "Co", "Li", "Cu"]}}, "stock.no_recovery"),
        ({"recovery": {"year": [2000, 2022, 2023, 2022, 2000]}}, "stock.no_recovery"),
        ({"recovery": {"year": [2022, 2021, 2023, 2022, 2000]}}, "stock.twice"),
        ({"recovery": {"chemistry": ["NMC", None, None, None, None]}}, "stock.chemistry"),
        ({"second": (0.5, 0)}, "stock.second_life"),
        ({"second": (0.0, 3)}, "stock.second_life"),
        ({"second": (1.5, 3)}, "stock.second_life"),
        ({"second": (NAN, 3)}, "stock.second_life"),
    ],
)  # fmt: skip
def test_what_clashes_is_named(clashing, code):
    with pytest.raises(Refused) as refused:
        answered(**clashing)
    assert refused.value.code == code


def test_a_missing_column_is_named():
    with pytest.raises(Refused, match="inflow_gwh") as refused:
        inflow_of(table({"year": [2020], "chemistry": ["lfp"], "inflow_gwh": [1]}))
    assert refused.value.code == "table.column"


def test_the_greatest_stocks_are_drawn():
    names = [f"c{place}" for place in range(6)]
    inflow = {"year": [2020] * 6, "chemistry": names, "inflow_kwh": [5, 1, 6, 3, 4, 2]}
    lives = {"chemistry": names, "distribution": ["fixed"] * 6, "mean_years": [3] * 6}
    found, _ = batteries(inflow_of(table(inflow)), table(lives))
    assert [one.name for one in picture_of(found).courses] == ["c3", "c4", "c0", "c2"]


def test_of_each_material_nothing_is_lost():
    _, flows = answered(
        lives={"distribution": ["weibull", "lognormal", "fixed"], "shape": [3, NAN, NAN],
               "mean_years": [NAN, 2, 20], "scale_years": [2, NAN, NAN],
               "deviation_years": [NAN, 0.7, NAN]},
        recovery={"year": [2000, 2000, 2023, 2022, 2000]},
    )  # fmt: skip
    for material in ("Li", "Ni"):
        demand, held, gone = figures(flows, material, "demand_kg", "in_stock_kg", "end_of_life_kg")
        assert np.cumsum(np.subtract(demand, gone)) == pytest.approx(held, rel=1e-9)


def test_a_chemistry_is_as_it_is_alone():
    found, _ = answered()
    for name in ("lfp", "nmc"):
        rows = np.array(NAMES) == name
        alone = {one: np.array(cells)[rows].tolist() for one, cells in INFLOW.items()}
        only, _ = batteries(inflow_of(table(alone)), table(LIVES))
        assert only.numbers("outflow_kwh").tolist() == found.numbers("outflow_kwh")[rows].tolist()
