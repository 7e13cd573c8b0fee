"""A plan that is being driven: the past stays, and late stops come in as cheaply as may be."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellchain.science.routing.insertion import inserted
from cellchain.science.routing.problem import Route, served_once
from cellchain.science.routing.replanning import Driven, Rest, replanned
from cellchain.science.routing.schedule import driven_times
from cellchain.science.routing.solver import evaluated, solve
from tests.unit.science.routing.small_problems import drawn, ticking


def a_day(seed, stops=14, late=3, share=0.5, **more):
    """Return a problem, the routes of its early stops as far as driven, and its late stops."""
    problem = drawn(seed, stops, **more)
    early = solve(problem, cpu_s=0.05, seed=1, clock=ticking()).routes
    waits = set(problem.stops[:late])
    routes = [
        Route(one.vehicle_type, tuple(t for trip in one.trips if (t := tuple(
            stop for stop in trip if stop not in waits))))
        for one in early
    ]  # fmt: skip
    kept = [one for one in routes if one.trips]
    return problem, [Driven(one, int(len(one.stops) * share)) for one in kept]


def again(problem, driven, closed=(), cpu_s=0.1, now=0):
    return replanned(problem, driven, closed, now=now, cpu_s=cpu_s, seed=1, clock=ticking())


def with_hours(problem, seed):
    """Return a problem with windows, service and shifts, most of them wide."""
    dice = np.random.default_rng(seed)
    opens = dice.integers(0, 200, problem.places)
    closes = opens + dice.integers(100, 600, problem.places)
    opens[0], closes[0] = 0, 2_000
    kind = replace(problem.vehicle_types[0], shift_duration=700, latest=2_000)
    return replace(
        problem, earliest=opens, latest=closes, service=np.full(problem.places, 5),
        vehicle_types=(kind,),
    )  # fmt: skip


@given(st.integers(0, 10_000), st.floats(0, 1))
@settings(max_examples=25, deadline=None)
def test_what_is_driven_stays_and_all_is_served_no_dearer_than_by_insertion(seed, share):
    problem, driven = a_day(seed, share=share)
    found = again(problem, driven)
    assert served_once(problem, found.plan.routes)
    assert evaluated(problem, found.plan.routes).feasible == found.plan.feasible
    after = {one.stops[0]: one for one in found.plan.routes}
    for one in driven:
        if one.stops:
            now = after[one.route.stops[0]]
            assert now.stops[: one.stops] == one.route.stops[: one.stops]
            assert now.vehicle_type == one.route.vehicle_type
    costs = [evaluated(problem, one.routes).cost for one in (found.plan, found.inserted)]
    assert not found.inserted.feasible or costs[0] <= costs[1]


@given(st.integers(0, 10_000), st.floats(0, 1))
@settings(max_examples=25, deadline=None)
def test_hours_and_shifts_of_the_whole_day_are_kept(seed, share):
    problem = with_hours(drawn(seed, 12), seed)
    plan = solve(problem, cpu_s=0.05, seed=1, clock=ticking())
    driven = [Driven(one, int(len(one.stops) * share)) for one in plan.routes]
    left = [one for one in driven if one.stops]
    now = max((driven_times(problem, problem.vehicle_types[0], one.past).done for one in left),
              default=0)  # fmt: skip
    found = again(problem, driven, now=now)
    if found.plan.feasible:
        assert served_once(problem, found.plan.routes)
        assert evaluated(problem, found.plan.routes).feasible


def test_nobody_leaves_the_depot_before_now():
    problem = drawn(7, 2, available=2)
    far = int(problem.distance[0][0, 2])
    hours = replace(problem, earliest=np.zeros(3, np.int64), latest=np.array([9_999, 9_999, far]))
    driven = [Driven(Route(0, ((1,),)), 1)]
    assert again(hours, driven).plan.feasible
    assert not again(hours, driven, now=1).plan.feasible


def test_waiting_on_the_way_counts_for_the_shift():
    problem = drawn(8, 2, available=1)
    far = problem.distance[0]
    kind = replace(problem.vehicle_types[0], shift_duration=300)
    hours = replace(
        problem, earliest=np.array([0, 0, 500]), latest=np.array([9_999, 100, 600]),
        vehicle_types=(kind,),
    )  # fmt: skip
    found = again(hours, [Driven(Route(0, ((1,),)), 1)], now=int(far[0, 1]))
    assert not found.plan.feasible


def test_where_no_vehicle_is_left_there_is_no_plan():
    problem = drawn(9, 2, available=1)
    found = again(problem, [Driven(Route(0, ((1, 2),)), 1, broken=True)])
    assert not found.plan.feasible


def test_a_later_trip_begins_at_its_depot():
    problem = drawn(10, 4)
    kind = replace(problem.vehicle_types[0], capacity=(99,), trips_max=2, reload_depots=(0,))
    asked = replace(problem, vehicle_types=(replace(kind, available=1),))
    far = problem.distance[0]
    rest = Rest(asked, [Driven(Route(0, ((1,), (2, 3)), (0,)), 1)], ())
    (route,) = inserted(rest.problem, rest.begun, rest.unplaced)
    whole = rest.whole([route])
    ways = [((1, 4), (2, 3))] + [((1,), (*(2, 3)[:at], 4, *(2, 3)[at:])) for at in range(3)]
    lengths = [
        sum(int(far[leg]) for trip in way for leg in pairwise((0, *trip, 0))) for way in ways
    ]
    found = sum(int(far[leg]) for leg in pairwise(whole[0].path(kind)))
    assert found == min(lengths)


def test_nothing_driven_and_nothing_late_is_a_plan_like_any_other():
    problem, _ = a_day(1)
    good = solve(problem, cpu_s=0.3, seed=2, clock=ticking())
    found = again(problem, [Driven(one, 0) for one in good.routes])
    assert evaluated(problem, found.plan.routes).cost <= good.cost


def test_a_broken_vehicle_is_towed_and_others_take_what_it_leaves():
    problem, driven = a_day(2, late=0, share=0.5)
    broken = [replace(driven[0], stops=1, broken=True), *driven[1:]]
    found = again(problem, broken)
    assert found.plan.feasible
    past = driven[0].route.stops[:1]
    assert next(one for one in found.plan.routes if one.stops[0] == past[0]).stops == past


def test_a_vehicle_that_is_broken_at_its_depot_is_missed():
    problem, driven = a_day(3, late=0, share=0.0, available=4)
    broken = [replace(driven[0], broken=True), *driven[1:]]
    rest = Rest(problem, broken, ())
    assert rest.problem.vehicle_types[0].available == 3
    assert len(again(problem, broken).plan.routes) <= 3


def test_no_closed_road_is_driven_from_now_on():
    problem, driven = a_day(4, share=0.4)
    free = again(problem, driven).plan.routes
    past = {leg for one in driven for leg in pairwise((0, *one.past.stops) if one.stops else ())}
    roads = {leg for one in free for leg in pairwise(one.stops)} - past
    closed = [*roads][:2]
    legs = {
        leg for one in again(problem, driven, closed).plan.routes for leg in pairwise(one.stops)
    }
    assert closed
    assert not legs & set(closed)


def test_a_vehicle_goes_on_with_what_it_has_on_board_and_the_hours_it_has_left():
    problem, _ = a_day(5, stops=6, late=0)
    driven = Driven(Route(0, (problem.stops[:3],)), 2)
    rest = Rest(problem, [driven], ())
    kind = rest.problem.vehicle_types[-1]
    times = driven_times(problem, problem.vehicle_types[0], driven.past)
    far = problem.distance[0]
    assert times.done == times.taken == far[0, 1] + far[1, 2]
    assert times.since_start(times.done) == times.taken
    assert kind.earliest == times.done
    (anchor,) = [
        one for one in rest.problem.stops if rest.problem.distance[0][kind.start_depot, one] == 0
    ]
    assert rest.problem.demand[anchor] == problem.demand[[1, 2]].sum(axis=0)


def test_who_drives_released_goods_ends_the_trip_first():
    problem = drawn(6, 8)
    release = np.zeros(problem.places, np.int64)
    release[8] = 500
    kind = replace(problem.vehicle_types[0], available=2, trips_max=9, reload_depots=(0,))
    asked = replace(problem, release=release, vehicle_types=(kind,))
    plan = solve(asked, cpu_s=0.2, seed=1, clock=ticking())
    first = plan.routes[0]
    driven = [Driven(first, 1), *(Driven(one, 0) for one in plan.routes[1:])]
    found = again(asked, driven)
    now = next(one for one in found.plan.routes if one.stops[0] == first.stops[0])
    assert found.plan.feasible
    assert now.trips[0] == first.trips[0]


@pytest.mark.parametrize("seed", range(3))
def test_a_stop_is_inserted_where_it_costs_least(seed):
    problem = drawn(seed, 5)
    route = Route(0, (problem.stops[:2],))
    (stop,) = problem.stops[2:3]
    one = replace(problem, vehicle_types=(replace(problem.vehicle_types[0], capacity=(99,)),))
    found = inserted(one, [route], [stop])
    far = problem.distance[0]
    ways = [
        sum(int(far[leg]) for leg in pairwise((0, *path, 0)))
        for at in range(3)
        if (path := [*route.stops[:at], stop, *route.stops[at:]])
    ]
    alone = sum(int(far[leg]) for leg in pairwise((0, *route.stops, 0))) + 2 * int(far[0, stop])
    cost = sum(int(far[leg]) for one in found for leg in pairwise((0, *one.stops, 0)))
    assert cost == min(*ways, alone)
