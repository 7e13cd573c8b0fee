"""The simulated cars are what their parameters say."""

from dataclasses import replace

import numpy as np
import pytest

from cellchain.science.warning.fleet import DAY_S, HEAVY, REALISTIC, Make, Short, simulated

MAKE = Make(cells=24, days=40)


def test_a_seed_is_a_car_and_a_short_changes_one_cell_alone():
    car = simulated(MAKE, REALISTIC, 3)
    again = simulated(MAKE, REALISTIC, 3)
    assert np.array_equal(car.voltage_v, again.voltage_v)
    short = simulated(MAKE, REALISTIC, 3, Short(cell=5, onset_s=20 * DAY_S, resistance_ohm=30.0))
    before = car.time_s < 20 * DAY_S
    assert np.array_equal(car.voltage_v[before], short.voltage_v[before])
    fell_v = np.median((car.voltage_v - short.voltage_v)[car.time_s > 38 * DAY_S], axis=0)
    days = 19.0  # since the onset; 0.3 to 1.1 V per unit of charge along the curve
    expected_v = 3.7 / 30.0 * days * 24.0 / 150.0
    assert 0.25 * expected_v < fell_v[5] < 1.2 * expected_v
    assert np.abs(np.delete(fell_v, 5)).max() < 0.1 * fell_v[5]


@pytest.mark.parametrize("spread", [REALISTIC, HEAVY])
def test_voltages_are_those_of_a_pack_in_use_to_the_millivolt(spread):
    car = simulated(MAKE, spread, 4)
    assert (np.diff(car.time_s) > 0).all()
    assert np.allclose(car.voltage_v * 1e3, np.round(car.voltage_v * 1e3))
    rest_v = car.voltage_v[np.abs(car.current_a) < 1.0]
    assert 3.2 < rest_v.min() < rest_v.max() < 4.25
    assert np.percentile(np.abs(rest_v - np.median(rest_v, axis=1)[:, None]), 90) < 0.03


def test_ends_of_charges_are_rows_more_of_the_same_use():
    plain = simulated(MAKE, REALISTIC, 3)
    car = simulated(replace(MAKE, charges=1.0), REALISTIC, 3)
    more = ~np.isin(car.time_s, plain.time_s)
    assert np.array_equal(car.current_a[~more], plain.current_a)
    assert (np.diff(car.time_s) > 0).all()
    assert (car.current_a[more] < -5.0).all()
    packs_v = np.median(car.voltage_v[more], axis=1)
    begins = np.diff(car.time_s[more], prepend=-np.inf) > DAY_S / 2
    rises_v = [one[-1] - one[0] for one in np.split(packs_v, np.flatnonzero(begins)[1:])]
    assert len(rises_v) > 10
    assert min(rises_v) > 0.0
    assert packs_v.max() == pytest.approx(4.135, abs=0.06)  # 95 % of charge, under 8 to 28 A


def test_a_probe_shows_what_a_short_warms_and_no_more():
    make = replace(MAKE, probes=6)
    plain = simulated(MAKE, REALISTIC, 3)
    short = Short(cell=5, onset_s=20 * DAY_S, resistance_ohm=5.0)
    car, warm = simulated(make, REALISTIC, 3), simulated(make, REALISTIC, 3, short)
    assert np.array_equal(car.voltage_v, plain.voltage_v)
    after = car.time_s > 20 * DAY_S
    rises_k = (warm.temperature_c - car.temperature_c)[after].mean(axis=0)
    watts = 3.7**2 / 5.0
    assert 0.3 * 2.0 * watts * 0.95 < rises_k[1] < 2.0 * watts * 1.05
    assert np.delete(rises_k, 1) == pytest.approx(0.0, abs=1e-9)
    assert (car.temperature_c == np.round(car.temperature_c)).all()
