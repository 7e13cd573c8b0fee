"""What a cell does: as the cell of the parameter set does, and as more of a thing must."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cellchain.core.errors import Refused
from cellchain.science.design.cell import Electrodes, Failed
from cellchain.science.design.chemistry import Chemistry, Curve, Fitted, Sourced
from cellchain.science.design.physics import Physics
from cellchain.science.design.simulation import Use
from tests.machine import require_twin

FITTED = Fitted(temperature_c=(25, 25), source="a test")
USE = Use(soc_low=0.1, soc_high=0.9, discharge_rate_per_h=0.5, charge_rate_per_h=0.3,
          pulse_s=10.0, pulse_soc=0.5, temperature_k=298.15)  # fmt: skip


def chemistry(base="Chen2020", **more):
    return Chemistry(title="a test", base=base, source="a test", fitted=FITTED, **more)


@pytest.fixture(scope="module")
def physics():
    require_twin()
    return Physics(chemistry())


def electrodes(physics, **changes):
    of_cell = Electrodes(positive_thickness_m=75.6e-6, np_ratio=1.131, **physics.of_set())
    return replace(of_cell, **changes)


def done_by(physics, use=USE, **changes):
    made = electrodes(physics, **changes)
    return physics.performance(made, physics.sheet(made), 0.1027, use)


def test_the_cell_of_the_set_comes_out_as_it_is(physics):
    """Chen (2020): 85.2 micrometres of graphite, 5 Ah, 2.5 to 4.2 V."""
    sheet = physics.sheet(electrodes(physics))
    assert sheet.negative_thickness_m == pytest.approx(85.2e-6, rel=0.01)
    done = done_by(physics)
    assert done.capacity_ah == pytest.approx(5.0, rel=0.04)
    assert done.depth == pytest.approx(0.8)
    assert done.duration_s == pytest.approx(0.8 * 7200)
    assert 3.4 < done.energy_wh / (done.depth * done.capacity_ah) < done.mean_ocv_v < 4.2


def test_more_current_gives_less_and_warms_more(physics):
    slow, fast = done_by(physics), done_by(physics, replace(USE, discharge_rate_per_h=1.5))
    assert fast.energy_wh < slow.energy_wh
    assert fast.heat_w > slow.heat_w > 0
    charged = done_by(physics, replace(USE, charge_rate_per_h=1.5))
    assert charged.plating_v < slow.plating_v
    assert charged.charge_share < slow.charge_share <= 1


def test_thicker_holds_more_and_pulses_weaker_by_its_capacity(physics):
    thin, thick = (done_by(physics, positive_thickness_m=x) for x in (50e-6, 100e-6))
    assert thick.capacity_ah == pytest.approx(2 * thin.capacity_ah, rel=1e-6)
    assert thick.pulse_power_w / thick.capacity_ah < thin.pulse_power_w / thin.capacity_ah


def test_a_pulse_at_a_fuller_charge_is_stronger(physics):
    weak, strong = (done_by(physics, replace(USE, pulse_soc=soc)) for soc in (0.2, 0.8))
    assert weak.pulse_power_w < strong.pulse_power_w


def test_solids_and_pores_fill_the_thickness(physics):
    made = electrodes(physics, positive_porosity=0.4)
    sheet = physics.sheet(made)
    parts = sheet.volumes
    whole = parts.positive_m + parts.negative_m + parts.additives_m + parts.pores_m
    whole += parts.separator_m
    expected = made.positive_thickness_m + sheet.negative_thickness_m + physics.separator_m
    assert whole == pytest.approx(expected)
    assert sheet.positive_solid == pytest.approx(0.6)  # the set has no binder


def test_electrodes_that_do_not_balance_fail_with_the_reason(physics):
    with pytest.raises(Failed, match="too small: -"):
        done_by(physics, np_ratio=0.5)


def test_a_curve_and_a_number_of_ones_own_take_the_place_of_the_sets(physics):
    flat = Curve((0.0, 0.9, 1.0), (4.3, 3.7, 3.0), "a test")
    slow = Sourced(1e-15, (1e-16, 1e-14), "a test")
    own = Physics(
        chemistry(
            curves={"Positive electrode OCP [V]": flat},
            parameters={"Positive particle diffusivity [m2.s-1]": slow},
        )
    )
    made = electrodes(own)
    done = own.performance(made, own.sheet(made), 0.1027, USE)
    assert done.mean_ocv_v != pytest.approx(done_by(physics).mean_ocv_v, abs=0.01)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"base": "Nobody1900"}, "design.no_set"),
        ({"base": "Xu2019"}, "design.no_set"),
        ({"base": "Sulzer2019"}, "design.no_set"),
        ({"base": "ECM_Example"}, "design.no_set"),
        ({"parameters": {"Diffusivity": Sourced(1, (1, 1), "a test")}}, "design.no_parameter"),
    ],
)
def test_what_the_model_does_not_know_is_refused(more, code):
    require_twin()
    with pytest.raises(Refused) as caught:
        Physics(chemistry(**more))
    assert caught.value.code == code
