"""Several trips a vehicle: planned apart, packed into days."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellchain.science.routing.problem import Route, route_distance, served_once
from cellchain.science.routing.solver import evaluated, solve
from cellchain.science.routing.trips import has_trips, packed, with_a_vehicle_a_trip
from tests.unit.science.routing.small_problems import drawn, ticking


def daily(seed, stops, *, vehicles, latest=3_000, release=False):
    problem = drawn(
        seed, stops, available=vehicles, trips_max=stops, reload_depots=(0,), latest=latest
    )
    dice = np.random.default_rng(seed + 1)
    ready = dice.integers(0, 300, problem.places) if release else np.zeros(problem.places, np.int64)
    return replace(problem, release=ready, service=np.where(np.arange(problem.places), 5, 0))


@given(st.integers(0, 1_000), st.integers(2, 12), st.integers(1, 3))
@settings(max_examples=25, deadline=None)
def test_days_hold_every_trip_once_and_cost_what_trips_cost(seed, stops, vehicles):
    problem = daily(seed, stops, vehicles=vehicles, release=True)
    trips = [Route(0, ((stop,),)) for stop in problem.stops]
    days, late = packed(problem, trips)
    assert served_once(problem, days)
    assert len(days) <= vehicles
    found = evaluated(problem, days)
    alone = sum(route_distance(problem, trip) for trip in trips)
    assert found.cost == alone
    assert found.feasible == (late == 0)


@pytest.mark.parametrize("seed", range(3))
def test_one_vehicle_does_in_a_day_what_many_would(seed):
    problem = daily(seed, 10, vehicles=1, release=True)
    found = solve(problem, cpu_s=0.4, seed=1, clock=ticking())
    many = solve(with_a_vehicle_a_trip(problem), cpu_s=0.4, seed=1, clock=ticking())
    assert found.feasible
    assert len(found.routes) == 1
    assert found.cost <= many.cost * 1.05


def test_trips_that_do_not_fit_are_mended_as_days():
    problem = daily(1, 10, vehicles=2, latest=700)
    assert solve(problem, cpu_s=0.6, seed=1, clock=ticking()).feasible


def test_who_has_a_short_shift_or_a_price_is_planned_whole():
    problem = daily(1, 5, vehicles=2)
    (kind,) = problem.vehicle_types
    assert has_trips(problem)
    others = ({"shift_duration": 400}, {"fixed_cost": 5}, {"duration_cost": 1}, {"trips_max": 1},
              {"distance_max": 900})  # fmt: skip
    for other in others:
        assert not has_trips(replace(problem, vehicle_types=(replace(kind, **other),)))
