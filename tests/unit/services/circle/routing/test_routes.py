"""From a file to a plan that holds; and what no plan could hold."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellchain.core.errors import Refused
from cellchain.services.circle.plan_check.facts import facts_of
from cellchain.services.circle.plan_check.judging import judged
from cellchain.services.circle.route_map import map_of, spoken
from cellchain.services.circle.routes import TEMPLATE, routed
from tests.unit.science.routing.small_problems import ticking
from tests.unit.services.circle.routing.written import SOLOMON, vrplib


def plan(data, *, cpu_s=0.15, seed=1, **more):
    return routed(data, cpu_s=cpu_s, seed=seed, clock=ticking(), **more)


def test_the_plan_of_a_file_of_solomon():
    found = plan(SOLOMON.encode()).plan
    assert found.feasible
    assert found.cost == pytest.approx(30.0, abs=1e-9)
    assert [one.trips for one in found.routes] == [((1, 2),), ((3,),)]
    assert {(one.vehicle_type, one.start_depot, one.end_depot) for one in found.routes} == {
        (1, 0, 0)
    }


def test_the_plan_as_a_file():
    told = json.loads(plan(vrplib()).plan.to_bytes())
    assert told == {
        "cost": 30,
        "feasible": True,
        "routes": [
            {"vehicle_type": 1, "start_depot": 1, "end_depot": 1, "trips": trips, "reloads": []}
            for trips in ([[2, 3]], [[4]])
        ],
    }
    assert isinstance(told["cost"], int)


def test_vehicles_that_differ_are_told_by_their_numbers():
    data = vrplib(without=("CAPACITY",), CAPACITY_SECTION="1 6\n2 10")
    found = plan(data).plan
    assert {one.vehicle_type for one in found.routes} == {1, 2}


def test_a_vehicle_makes_several_trips():
    day = {"VEHICLES": "1", "VEHICLES_RELOAD_DEPOT_SECTION": "1 1"}
    (route,) = plan(vrplib(**day)).plan.routes
    assert len(route.trips) == 2
    assert route.reloads == (1,)


@st.composite
def instances(draw):
    """Instances of a few stops that a trip a stop can keep."""
    n = draw(st.integers(2, 7))
    numbers = range(1, n + 2)
    spot = st.tuples(st.integers(0, 50), st.integers(0, 50))
    spots = [draw(spot) for _ in numbers]
    opens = [0, *(draw(st.integers(0, 200)) for _ in range(n))]
    return vrplib(
        TYPE=draw(st.sampled_from(("CVRP", "MDVRPTW", "HFVRP", "MTVRPTWR"))),
        DIMENSION=str(n + 1), VEHICLES=str(n), SERVICE_TIME=str(draw(st.integers(0, 9))),
        NODE_COORD_SECTION="\n".join(f"{k} {spots[k - 1][0]} {spots[k - 1][1]}" for k in numbers),
        DEMAND_SECTION="\n".join(
            f"{k} {draw(st.integers(1, 10)) if k > 1 else 0}" for k in numbers
        ),
        TIME_WINDOW_SECTION="\n".join(
            f"{k} {since} {since + draw(st.integers(80, 200)) if k > 1 else 1000}"
            for k, since in zip(numbers, opens, strict=True)
        ),
        RELEASE_TIME_SECTION="\n".join(
            f"{k} {draw(st.integers(0, since // 2)) if k > 1 else 0}"
            for k, since in zip(numbers, opens, strict=True)
        ),
        VEHICLES_RELOAD_DEPOT_SECTION="\n".join(f"{k} 1" for k in range(1, n + 1)),
    )  # fmt: skip


@given(instances())
@settings(max_examples=25, deadline=None)
def test_whatever_is_planned_holds(data):
    found = plan(data, cpu_s=0.1)
    verdict = judged(found.plan.to_bytes(), facts_of(data))
    assert verdict.faults == ()
    assert verdict.cost == pytest.approx(found.plan.cost)


WINDOWS = "1 0 100\n2 0 90\n3 5 50\n4 0 60"
CLASHES = {
    "a stop heavier than any vehicle": (
        vrplib(DEMAND_SECTION="1 0\n2 4\n3 50\n4 6"), "route.too_heavy", "stop 3 asks for 50",
    ),
    "a window upside down": (
        vrplib(TIME_WINDOW_SECTION=WINDOWS.replace("5 50", "50 5")), "route.windows",
        "place 3 is open from 50 until 5",
    ),
    "a window that nobody reaches": (
        vrplib(TIME_WINDOW_SECTION=WINDOWS.replace("5 50", "5 9")), "route.unreachable",
        "stop 3 is open from 5 to 9",
    ),
    "home too late": (
        vrplib(TIME_WINDOW_SECTION="1 0 100\n2 0 90\n3 95 99\n4 0 60"), "route.unreachable",
        "back at 105, and it must be by 100",
    ),
    "a short shift": (
        vrplib(VEHICLES_MAX_DURATION="15"), "route.unreachable", "a shift is at most 15",
    ),
    "far away": (vrplib(VEHICLES_MAX_DISTANCE="15"), "route.unreachable", "drives at most 15"),
    "nobody may": (
        vrplib(VEHICLES_ALLOWED_CLIENTS_SECTION="1 2 3\n2 2 3"), "route.unreachable",
        "stop 4 may be visited by none",
    ),
    "more than all carry": (vrplib(VEHICLES="1"), "route.too_much", "stops ask for 15"),
    "what no search can pack": (
        vrplib(CAPACITY="8", DEMAND_SECTION="1 0\n2 5\n3 5\n4 5"), "route.infeasible", "no plan",
    ),
    "no time": (vrplib(), "route.cpu", "0 CPU seconds"),
}  # fmt: skip


@pytest.mark.parametrize("name", CLASHES)
def test_what_clashes_is_told(name):
    data, code, told = CLASHES[name]
    with pytest.raises(Refused) as refused:
        plan(data, cpu_s=0 if name == "no time" else 0.1)
    assert refused.value.code == code
    assert told in refused.value.text


def test_a_seed_below_zero_is_refused():
    with pytest.raises(Refused, match=r"route\.seed"):
        plan(vrplib(), seed=-1)


def test_a_map_says_what_it_shows():
    found = plan(TEMPLATE.encode())
    drawn = map_of(found)
    assert drawn.startswith("<svg ")
    assert spoken(found) == "1 routes serve 2 stops, 2 to 2 each; cost 20"
    assert f'aria-label="two stops: {spoken(found)}"' in drawn
    assert drawn.count("<polyline") == 1
    assert drawn.count("<circle") == 2
    assert "http" not in drawn.replace('xmlns="http://www.w3.org/2000/svg"', "")
