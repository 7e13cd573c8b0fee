"""Two scenarios: what differs, part by part, and that the parts make the whole."""

from __future__ import annotations

from fractions import Fraction

import msgspec
import numpy as np
import pytest

from cellchain.core.errors import Refused
from cellchain.services.analysis.picture import picture_of
from cellchain.services.plan.difference import INTERACTION, differences
from cellchain.services.plan.scenario_file import parse_scenario
from cellchain.services.plan.scenarios import shipped

FIRST = parse_scenario(shipped("neutral_growth"))
YEAR = FIRST.asked_year
replace = msgspec.structs.replace


def moved(one, **values):
    """Return a range elsewhere."""
    return replace(one, **values)


def rows(found, material):
    table = found.tornado
    names = table.texts("parameter").cells()
    mine = [row for row, one in enumerate(table.texts("material").cells()) if one == material]
    return {names[row]: table.numbers("change")[row] for row in mine}


def whole(found, material):
    flows = found.flows
    mine = [row for row, one in enumerate(flows.texts("material").cells())
            if one == material and flows.numbers("year")[row] == YEAR]  # fmt: skip
    return flows.numbers("share_of_demand_change")[mine[0]]


def test_the_same_scenario_differs_in_nothing():
    found = differences(FIRST, FIRST, "share_of_demand", YEAR)
    assert set(found.tornado.texts("parameter").cells()) == {INTERACTION}
    assert not found.tornado.numbers("change").any()
    assert not np.nan_to_num(found.flows.numbers("demand_kg_change")).any()


def test_one_change_is_all_of_it_and_moves_its_metal_alone():
    metal, other = FIRST.metals[:2]
    half = moved(FIRST.recovery[metal], mode=FIRST.recovery[metal].mode / 2)
    second = replace(FIRST, recovery=FIRST.recovery | {metal: half})
    found = differences(FIRST, second, "share_of_demand", YEAR)
    assert rows(found, metal)[f"recovery {metal}"] == pytest.approx(whole(found, metal))
    assert rows(found, metal)[INTERACTION] == 0
    assert rows(found, other)[f"recovery {metal}"] == 0
    before, after = (found.flows.numbers(f"recovered_kg{one}") for one in ("", "_against"))
    mine = np.array(found.flows.texts("material").cells()) == metal
    assert after[mine] == pytest.approx(before[mine] / 2)


def test_two_that_are_multiplied_interact_and_all_sum_to_the_last_bit():
    metal = FIRST.metals[0]
    recovery, collection = FIRST.recovery[metal], FIRST.collection
    life = FIRST.lifetimes[FIRST.chemistries[0]]
    second = replace(
        FIRST,
        recovery=FIRST.recovery | {metal: moved(recovery, mode=recovery.mode * 0.9)},
        collection=moved(collection, mode=collection.mode * 0.8),
        lifetimes=FIRST.lifetimes | {
            FIRST.chemistries[0]: replace(life, mean_years=moved(life.mean_years, mode=9.0))
        },
        second_life=None,
        growth=tuple(moved(one, mode=one.mode / 2) for one in FIRST.growth),
    )  # fmt: skip
    found = differences(FIRST, second, "share_of_demand", YEAR)
    for one in FIRST.metals:
        exact = sum(map(Fraction, rows(found, one).values()))
        assert float(exact) == pytest.approx(whole(found, one), rel=1e-9)
        assert Fraction(float(exact)) == exact
    assert rows(found, metal)[INTERACTION] != 0
    names = found.tornado.texts("parameter").cells()
    assert names[len(rows(found, metal)) - 1] == INTERACTION
    widest = picture_of(found.tornado).bars[0].value
    assert abs(widest) == np.abs(found.tornado.numbers("change")).max()


@pytest.mark.parametrize(
    ("change", "code", "told"),
    [
        ({"last_year": FIRST.last_year - 1}, "stock.unlike", "differ in years"),
        ({"growth": FIRST.growth[:1]}, "stock.unlike", "first years of growth"),
    ],
)
def test_scenarios_that_are_unlike(change, code, told):
    with pytest.raises(Refused, match=told) as error:
        differences(FIRST, replace(FIRST, **change), "share_of_demand", YEAR)
    assert error.value.code == code


def test_what_is_not_there_to_be_explained():
    with pytest.raises(Refused, match="is no figure"):
        differences(FIRST, FIRST, "stock", YEAR)
    with pytest.raises(Refused, match="the year 1999"):
        differences(FIRST, FIRST, "share_of_demand", 1999)
