"""Plans of small problems: whole, no dearer than a child's, the best where that is known."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings

from cellchain.core.errors import Refused
from cellchain.science.routing.problem import CLOSED, Route, route_distance, served_once
from cellchain.science.routing.solver import evaluated, solve
from tests.unit.science.routing.small_problems import SMALL, drawn, least_cost, nearest, ticking

BRIEF = 0.15
"""Seconds of the ticking clock."""


def plan(problem, *, cpu_s=BRIEF, seed=1, **more):
    return solve(problem, cpu_s=cpu_s, seed=seed, clock=ticking(), **more)


@given(SMALL)
@settings(max_examples=25, deadline=None)
def test_a_plan_serves_every_stop_once_within_what_vehicles_take(problem):
    found = plan(problem)
    assert found.feasible
    assert served_once(problem, found.routes)
    for route in found.routes:
        for trip in route.trips:
            assert (problem.demand[list(trip)].sum(axis=0) <= 12).all()
    assert found.cost == sum(route_distance(problem, one) for one in found.routes)


@given(SMALL)
@settings(max_examples=20, deadline=None)
def test_a_plan_that_begins_with_going_to_the_nearest_is_no_dearer(problem):
    naive = evaluated(problem, nearest(problem))
    assert naive.feasible
    assert plan(problem, start=naive.routes).cost <= naive.cost


@pytest.mark.parametrize("seed", range(4))
def test_a_plan_from_nothing_is_cheaper_than_going_to_the_nearest(seed):
    problem = drawn(seed, 40)
    assert plan(problem, cpu_s=0.6).cost < evaluated(problem, nearest(problem)).cost


@pytest.mark.parametrize("seed", range(5))
def test_of_six_stops_the_plan_is_the_best(seed):
    problem = drawn(seed, 6)
    assert plan(problem).cost == least_cost(problem)


def test_the_same_seed_and_steps_give_the_same_plan():
    problem = drawn(3, 30, dimensions=2)
    assert plan(problem, cpu_s=0.5) == plan(problem, cpu_s=0.5)


def test_a_start_is_never_made_worse():
    problem = drawn(4, 25)
    good = plan(problem, cpu_s=1.0)
    assert plan(problem, cpu_s=0.0, start=good.routes, seed=9).cost <= good.cost


def test_a_start_that_cannot_stand_is_mended():
    problem = drawn(5, 20)
    heap = [Route(0, (problem.stops,))]
    assert not evaluated(problem, heap).feasible
    assert plan(problem, start=heap).feasible


def test_progress_is_told_and_may_end_the_search():
    told = []
    plan(drawn(1, 10), progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 100

    def stop(_done):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        plan(drawn(1, 10), progress=stop)


def test_a_stop_that_needs_a_skill_rides_with_who_has_it():
    problem = drawn(2, 12, available=3)
    able = replace(problem.vehicle_types[0], skills=frozenset({"adr", "other"}))
    skills = tuple(frozenset({"adr"} if one in {4, 9} else ()) for one in range(problem.places))
    asked = replace(problem, vehicle_types=(*problem.vehicle_types, able), skills=skills)
    found = plan(asked)
    assert found.feasible
    assert {r.vehicle_type for r in found.routes if {4, 9} & set(r.stops)} == {1}
    none = replace(problem, skills=skills)
    assert not plan(none).feasible


def test_stops_apart_ride_on_different_trips():
    problem = replace(drawn(2, 10), apart=((1, 2, 3), (3, 4)))
    found = plan(problem)
    assert found.feasible
    for route in found.routes:
        for trip in route.trips:
            assert len({1, 2, 3} & set(trip)) <= 1
            assert len({3, 4} & set(trip)) <= 1


def test_a_closed_road_is_not_driven():
    problem = drawn(6, 8)
    roads = problem.distance[0].copy()
    roads[1, 2] = CLOSED
    found = plan(replace(problem, distance=(roads,)))
    for route in found.routes:
        path = route.path(problem.vehicle_types[0])
        assert (1, 2) not in set(pairwise(path))


def test_pick_ups_and_what_is_on_board_take_room():
    problem = drawn(7, 8)
    none = np.zeros_like(problem.demand)
    fetched = replace(problem, demand=none, pickup=problem.demand)
    assert plan(fetched).cost == plan(problem).cost
    full = replace(problem.vehicle_types[0], initial_load=(7,))
    held = replace(fetched, vehicle_types=(full,))
    for route in plan(held).routes:
        assert problem.demand[list(route.stops)].sum() <= 5


def test_no_stop_is_no_question():
    with pytest.raises(Refused, match=r"route\.nothing"):
        plan(drawn(1, 0))
