"""The judge of plans: what it lets pass, and every fault that it must find."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

import cellchain.services.circle.plan_check as judge
from cellchain.core.errors import Refused
from cellchain.services.circle.plan_check.facts import facts_of
from cellchain.services.circle.plan_check.judging import judged
from tests.unit.services.circle.routing.written import SOLOMON, vrplib

ONE = {"vehicle_type": 1, "start_depot": 1, "end_depot": 1, "trips": [[2, 3]], "reloads": []}
TWO = ONE | {"trips": [[4]]}
MANY = {
    "TYPE": "MTVRPTWR",
    "VEHICLES_RELOAD_DEPOT_SECTION": "1 1\n2 1",
    "TIME_WINDOW_SECTION": "1 0 100\n2 0 90\n3 0 90\n4 0 60",
    "RELEASE_TIME_SECTION": "1 0\n2 0\n3 50\n4 0",
}


def verdict(data, *routes, cost=30, feasible=True, rounding=""):
    plan = {"cost": cost, "feasible": feasible, "routes": list(routes)}
    return judged(json.dumps(plan).encode(), facts_of(data, rounding))


def test_a_sound_plan_passes():
    assert verdict(vrplib(), ONE, TWO) == judged(
        json.dumps({"cost": 30, "feasible": True, "routes": [ONE, TWO]}).encode(),
        facts_of(vrplib()),
    )
    assert verdict(vrplib(), ONE, TWO).faults == ()
    assert verdict(vrplib(), ONE, TWO).cost == 30


MIXED = {"without": ("CAPACITY",), "CAPACITY_SECTION": "1 10\n2 6"}
FAULTS = {
    "a lie": (vrplib(), (ONE, TWO), {"cost": 29}, "the cost is 30"),
    "infeasible": (vrplib(), (ONE, TWO), {"feasible": False}, "infeasible"),
    "a stop left out": (vrplib(), (ONE,), {"cost": 20}, "stop 4 is visited 0 times"),
    "a stop twice": (vrplib(), (ONE, TWO | {"trips": [[4, 2]]}), {}, "stop 2 is visited 2"),
    "a stop that is none": (vrplib(), (ONE, TWO | {"trips": [[4, 8]]}), {}, "8 is no stop"),
    "a depot as a stop": (vrplib(), (ONE, TWO | {"trips": [[4, 1]]}), {}, "1 is no stop"),
    "too much": (vrplib(CAPACITY="8"), (ONE, TWO), {}, "carries 9, and may 8"),
    "a number of one alike": (vrplib(), (ONE, TWO | {"vehicle_type": 2}), {}, "alike"),
    "a vehicle twice": (vrplib(**MIXED), (ONE, TWO), {}, "vehicle 1 has 2 routes"),
    "the wrong vehicle": (
        vrplib(**MIXED), (ONE | {"vehicle_type": 2}, TWO), {}, "carries 9, and may 6",
    ),
    "no reload allowed": (
        vrplib(), (ONE | {"trips": [[2], [3]], "reloads": [1]}, TWO), {"cost": 40}, "reloads at",
    ),
    "too many trips": (
        vrplib(VEHICLES_MAX_RELOADS="0", VEHICLES_RELOAD_DEPOT_SECTION="1 1\n2 1"),
        (ONE | {"trips": [[2], [3]], "reloads": [1]}, TWO), {"cost": 40}, "2 trips, and may have 1",
    ),
    "another depot": (
        vrplib(DEPOT_SECTION="1\n2\n-1"), (ONE | {"trips": [[3]], "end_depot": 2}, TWO), {},
        "the vehicle is of 1",
    ),
    "too late": (
        vrplib(TIME_WINDOW_SECTION="1 0 100\n2 0 90\n3 0 9\n4 0 60"), (ONE, TWO), {},
        "is at 3 at 10, and may until 9",
    ),
    "home too late": (
        vrplib(TIME_WINDOW_SECTION="1 0 19\n2 0 90\n3 0 90\n4 0 60"), (ONE, TWO), {},
        "is at 1 at 20, and may until 19",
    ),
    "service counts": (
        vrplib(TIME_WINDOW_SECTION="1 0 99\n2 0 90\n3 0 19\n4 0 60", SERVICE_TIME="10"),
        (ONE, TWO), {}, "is at 3 at 20",
    ),
    "a long shift": (vrplib(VEHICLES_MAX_DURATION="19"), (ONE, TWO), {}, "takes 20, and may 19"),
    "an old long shift": (vrplib(DISTANCE="19"), (ONE, TWO), {}, "takes 20, and may 19"),
    "too far": (vrplib(VEHICLES_MAX_DISTANCE="19"), (ONE, TWO), {}, "drives 20, and may 19"),
    "not allowed": (
        vrplib(VEHICLES_ALLOWED_CLIENTS_SECTION="1 2 3\n2 2 3 4"), (ONE, TWO), {}, "may not",
    ),
    "released later": (
        vrplib(**MANY | {"RELEASE_TIME_SECTION": "1 0\n2 0\n3 50\n4 0",
                         "TIME_WINDOW_SECTION": "1 0 100\n2 0 50\n3 0 90\n4 0 60"}),
        (ONE, TWO), {"cost": 300}, "is at 2 at 550, and may until 500",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found(name):
    data, routes, more, told = FAULTS[name]
    assert any(told in one for one in verdict(data, *routes, **more).faults)


def test_trips_and_their_releases():
    day = ONE | {"trips": [[2, 4], [3]], "reloads": [1]}
    found = verdict(vrplib(**MANY), day, cost=331)
    assert found.cost == 50 + 31 + 50 + 200
    assert found.faults == ()
    early = MANY | {"TIME_WINDOW_SECTION": "1 0 69\n2 0 90\n3 0 90\n4 0 60"}
    assert any("is at 1 at 700" in one for one in verdict(vrplib(**early), day, cost=331).faults)


def test_a_shift_begins_as_late_as_it_may():
    wide = "1 0 1000\n2 500 600\n3 500 600\n4 0 60"
    data = vrplib(TIME_WINDOW_SECTION=wide, VEHICLES_MAX_DURATION="20")
    assert verdict(data, ONE, TWO).faults == ()


def test_double_precision_has_a_tolerance():
    route = {"vehicle_type": 1, "start_depot": 0, "end_depot": 0, "trips": [[1, 2]], "reloads": []}
    rest = route | {"trips": [[3]]}
    assert verdict(SOLOMON.encode(), route, rest, cost=30 + 1e-7).faults == ()
    assert verdict(SOLOMON.encode(), route, rest, cost=30 + 1e-5).faults
    for closes, sound in (("19.9999999", True), ("19.9999", False)):
        late = SOLOMON.replace("20        60", f"0 {closes}").encode()
        assert (verdict(late, route, rest).faults == ()) == sound


def plan_of(**changed):
    return json.dumps({"cost": 1, "feasible": True, "routes": [ONE | changed]}).encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b'{"cost": 1, "feasible": true, "routes": 3}',
        b"[" * 100_000,
        plan_of(vehicle_type=9),
        plan_of(start_depot=3),
        plan_of(trips=[["two"]]),
        plan_of(reloads=[1, 1]),
        plan_of(trips=[]),
        plan_of(trips=[[2], []]),
        plan_of(trips=[["2", "3"]]),
        plan_of(trips=[[2.9, 3]]),
        plan_of(vehicle_type=1.0),
        plan_of(vehicle_type=True),
        plan_of().replace(b'"cost": 1', b'"cost": "30"'),
        plan_of().replace(b'"cost": 1', b'"cost": 1e999'),
        plan_of().replace(b'"cost": 1', b'"cost": ' + b"9" * 401),
        plan_of().replace(b'"cost": 1', b'"cost": 2, "cost": 1'),
        plan_of().replace(b'"vehicle_type": 1', b'"vehicle_type": 1e999'),
    ],
)
def test_what_is_no_plan_is_refused(data):
    with pytest.raises(Refused, match=r"verify\.plan"):
        judged(data, facts_of(vrplib()))


def test_more_routes_than_vehicles_are_no_plan():
    with pytest.raises(Refused, match="2 routes, and 1 vehicles"):
        verdict(vrplib(VEHICLES="1"), ONE, TWO)


def test_what_is_no_instance_is_refused():
    with pytest.raises(Refused, match=r"verify\.instance"):
        facts_of(b"battery,slot\n")


def test_the_judge_imports_nothing_of_what_it_judges():
    for file in Path(judge.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                ours = name.startswith("cellchain")
                assert not ours or name in {
                    "cellchain.core.errors",
                    "cellchain.services.analysis.toml_file",
                } or name.startswith("cellchain.services.circle.plan_check."), name  # fmt: skip
                assert name.partition(".")[0] not in {"numpy", "pyvrp", "vrplib", "scipy"}
