"""Room in a format, what it weighs, how long it lasts: by hand and by the papers."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from cellchain.core.errors import Refused
from cellchain.science import ageing_lfp
from cellchain.science.design.bill import PARTS, Volumes, masses_kg, spread, total
from cellchain.science.design.cell import Cylinder, Failed, Foils, Stack
from cellchain.science.design.chemistry import Chemistry, Curve, Fitted, Sourced
from cellchain.science.design.life import LAWS, YEAR_S, YEARS_MAX, Duty, life_years
from cellchain.science.design.pack import PARALLEL_MAX, _fewest
from cellchain.science.design.parameters import parameter_values

CAN = Cylinder(diameter_m=0.021, height_m=0.07, wall_m=0.0, core_m=0.0, headspace_m=0.0)
BOX = Stack(width_m=0.1, height_m=0.2, thickness_m=0.01, wall_m=0.001, headspace_m=0.008)
DUTY = Duty(cycles_per_day=1.0, depth=0.8, mean_soc=0.5, mean_voltage_v=3.7,
            mean_rate_per_h=0.5, temperature_k=298.15)  # fmt: skip


def test_a_roll_that_fills_its_can_has_the_volume_of_the_can():
    turn_m = 3e-4
    assert CAN.area_m2(turn_m) / 2 * turn_m == pytest.approx(CAN.volume_m3)  # faced on both sides
    assert CAN.case_m3 == 0.0


def test_sheets_are_whole_and_inside_the_walls():
    assert BOX.area_m2(0.003) == pytest.approx(2 * 2 * 0.098 * 0.19)
    assert BOX.case_m3 == pytest.approx(0.1 * 0.2 * 0.01 - 0.098 * 0.198 * 0.008)


@pytest.mark.parametrize(
    "format_",
    [
        replace(CAN, core_m=0.03),
        replace(CAN, headspace_m=0.07),
        replace(BOX, thickness_m=0.004),
        replace(BOX, headspace_m=0.2),
    ],
    ids=["core", "headspace", "thin", "low"],
)
def test_where_nothing_fits_in_the_design_fails(format_):
    with pytest.raises(Failed, match="no room"):
        format_.area_m2(0.003)


def known(value, low, high):
    return Sourced(value, (low, high), "a test")


def test_a_cell_weighs_what_its_layers_weigh():
    chemistry = Chemistry(
        title="", base="", source="", fitted=Fitted(temperature_c=(25, 25), source="a test"),
        densities_kg_m3={"positive": known(4000, 3000, 5000), "negative": known(2000, 2000, 2000)},
    )  # fmt: skip
    volumes = Volumes(positive_m=5e-5, negative_m=6e-5, additives_m=0, pores_m=0, separator_m=0)
    masses = masses_kg(chemistry, volumes, area_m2=2.0, foils=Foils(positive_m=2e-5, negative_m=0),
                       case_m3=1e-5, case_kg_m3=2700)  # fmt: skip
    assert set(masses) == set(PARTS)
    assert masses["positive"].tolist() == pytest.approx([0.4, 0.3, 0.5])
    assert masses["positive_foil"][0] == pytest.approx(2.0 * 1e-5 * 2700)  # half of it each side
    assert masses["case"].tolist() == pytest.approx([0.027] * 3)
    per_kg = dict.fromkeys(PARTS, known(10, 5, 20))
    whole = np.sum(list(masses.values()), axis=0)
    assert total(masses, per_kg).tolist() == pytest.approx((whole * [10, 5, 20]).tolist())
    assert spread(per_kg["case"]).tolist() == [10, 5, 20]


def test_as_few_strings_as_meet_what_grows_and_never_too_many():
    of_string = {"energy_wh": 10.0, "mean_power_w": 1.0, "pulse_power_w": 0.0}
    assert _fewest(of_string, {}) == 1
    assert _fewest(of_string, {"energy_wh": 31.0, "mean_power_w": 2.0, "pulse_power_w": 9.0}) == 4
    assert _fewest(of_string, {"energy_wh": 10.0 * PARALLEL_MAX}) == PARALLEL_MAX
    for energy_wh in (10.1 * PARALLEL_MAX, 1e300):
        with pytest.raises(Failed, match="energy_wh wants too many strings"):
            _fewest(of_string, {"energy_wh": energy_wh})
    with pytest.raises(Failed):
        _fewest(dict.fromkeys(of_string, 5e-324), {"energy_wh": 1.0})


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("Separator porosity", 5.0, "between 0 and 1"),
        ("Separator porosity", 0.0, "between 0 and 1"),
        ("Positive electrode active material volume fraction", 1.0, "between 0 and 1"),
        ("Separator thickness [m]", 0.0, "above 0"),
        ("Negative particle radius [m]", -1e-6, "above 0"),
        ("Maximum concentration in positive electrode [mol.m-3]", 0.0, "above 0"),
        ("Initial concentration in electrolyte [mol.m-3]", -1.0, "above 0"),
        ("Positive particle diffusivity [m2.s-1]", -1e-14, "above 0"),
    ],
)
def test_a_number_that_no_cell_can_have_is_refused_by_name(name, value, rule):
    curve = Curve((0.0, 1.0), (0.5, value), "a test")
    for more in ({"parameters": {name: known(value, value, value)}}, {"curves": {name: curve}}):
        fitted = Fitted(temperature_c=(25, 25), source="a test")
        chemistry = Chemistry(title="", base="Chen2020", source="", fitted=fitted, **more)
        with pytest.raises(Refused) as caught:
            parameter_values(None, chemistry)
        assert caught.value.code == "design.parameter"
        assert f"{name} = {value:g}" in str(caught.value)
        assert rule in caught.value.remedy


def test_lfp_fades_as_published():
    """Naumann (2018): at 25 °C and half charge 0.60225 k of each root second; ten years of it."""
    ten_years = np.array(10 * YEAR_S)
    lost = ageing_lfp.calendar_loss(ten_years, np.array(298.15), np.array(0.5))
    assert lost == pytest.approx(1.2571e-5 * 0.60225 * math.sqrt(10 * YEAR_S), rel=1e-9)
    warm = ageing_lfp.calendar_loss(ten_years, np.array(313.15), np.array(0.5))
    assert warm / lost == pytest.approx(math.exp(17126 / 8.314462618 * (1 / 298.15 - 1 / 313.15)))
    at_1c = ageing_lfp.cycle_loss(np.array(2500.0), np.array(0.6), np.array(1.0))
    assert at_1c == pytest.approx((0.0630 + 0.0971) * 1.0923 * 50 / 100)


@pytest.mark.parametrize("name", LAWS)
def test_a_life_ends_where_the_law_says_and_sooner_with_more_use(name):
    law = LAWS[name]
    years = life_years(law, DUTY, 0.8)
    assert law.loss(DUTY, np.array(years * YEAR_S)) == pytest.approx(0.2, rel=1e-6)
    assert life_years(law, replace(DUTY, cycles_per_day=2.0), 0.8) < years
    assert life_years(law, replace(DUTY, temperature_k=313.15), 0.8) < years
    assert life_years(law, DUTY, 0.9) < years
    assert life_years(law, replace(DUTY, cycles_per_day=0.0), 0.01) == YEARS_MAX


def test_a_duty_outside_of_what_a_law_was_fitted_to_is_doubted():
    assert list(LAWS["naumann_2020"].doubts(DUTY)) == []
    (cold,) = LAWS["schmalstieg_2014"].doubts(DUTY)
    assert "temperature_c is 25" in cold
    (fast,) = LAWS["naumann_2020"].doubts(replace(DUTY, mean_rate_per_h=3.0))
    assert "mean_rate_per_h is 3" in fast


def test_use_outside_of_what_the_physics_was_fitted_to_is_doubted():
    fitted = Fitted(temperature_c=(25, 25), source="a test", rate_per_h=(0.5, 1.5))
    assert fitted.doubts(25.0, 1.0) == []
    assert len(fitted.doubts(40.0, 2.0)) == 2
    silent = Fitted(temperature_c=(0, 45), source="a test")
    assert "no rates" in silent.doubts(25.0, 1.0)[0]


@pytest.mark.parametrize(
    "made",
    [
        lambda: known(1.0, 2.0, 3.0),
        lambda: Sourced(math.nan, (0.0, 1.0), "a test"),
        lambda: Sourced(1.0, (0.0, math.inf), "a test"),
        lambda: Sourced(1.0, (0.0, 2.0), "  "),
        lambda: Curve((0.0, 0.0), (1.0, 2.0), "a test"),
        lambda: Curve((0.0, 1.0), (1.0, math.nan), "a test"),
        lambda: Curve((0.0,), (1.0,), "a test"),
        lambda: Curve((0.0, 1.0), (1.0, 2.0), ""),
    ],
    ids=["outside", "nan", "infinite", "no source", "not rising", "nan in y", "one point", "none"],
)
def test_a_number_without_source_or_range_is_none(made):
    with pytest.raises(ValueError, match=r"."):
        made()
