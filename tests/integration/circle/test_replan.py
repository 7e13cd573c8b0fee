"""``circle replan`` on files: a late stop, a break-down, a closed road, and what clashes."""

from __future__ import annotations

import json

import pytest

from cellchain.app import Cellchain
from cellchain.cli.root import run
from cellchain.services.circle.plan_check.facts import facts_of
from cellchain.services.circle.plan_check.judging import judged
from tests.unit.services.circle.routing.written import vrplib

PLAN = """{"cost": 30, "feasible": true, "routes": [
{"vehicle_type": 1, "start_depot": 1, "end_depot": 1, "trips": [[2, 3]], "reloads": []}]}"""
EVENTS = "late = [4]\n[[driven]]\nroute = 1\nstops = 1\n"


def replan(folder, *more, plan=PLAN, events=EVENTS, instance=None):
    (folder / "small.vrp").write_bytes(instance or vrplib())
    (folder / "plan.json").write_text(plan)
    (folder / "events.toml").write_text(events)
    files = ("--in", folder / "plan.json", "--events", folder / "events.toml")
    asked = (*files, "--instance", folder / "small.vrp", "--out", folder / "new.json", *more)
    return run(Cellchain(), ("circle", "replan", *map(str, asked)))


def test_a_late_stop_is_taken_in_and_the_driven_one_stays(tmp_path, capsys):
    assert replan(tmp_path, "--json", "--plot", tmp_path / "map.svg") == 0
    told = json.loads(capsys.readouterr().out)
    plan = json.loads((tmp_path / "new.json").read_bytes())
    assert told["cost"] == plan["cost"] == 30
    assert told["inserted_cost"] >= told["cost"]
    assert next(one for one in plan["routes"] if 2 in one["trips"][0])["trips"][0][0] == 2
    facts = facts_of(vrplib())
    assert judged((tmp_path / "new.json").read_bytes(), facts).faults == ()
    assert (tmp_path / "map.svg").read_text().startswith("<svg ")


def test_a_road_that_is_closed_is_driven_no_more(tmp_path):
    closed = EVENTS + "[[closed]]\nfrom = 2\nto = 3\n"
    assert replan(tmp_path, events=closed) == 0
    routes = json.loads((tmp_path / "new.json").read_bytes())["routes"]
    assert [2, 3] not in [trip for one in routes for trip in one["trips"]]


def test_who_is_broken_drives_no_further(tmp_path):
    broken = EVENTS + "broken = true\n"
    assert replan(tmp_path, plan=OF_THREE % 3, events=broken, instance=MIXED) == 0
    routes = json.loads((tmp_path / "new.json").read_bytes())["routes"]
    assert [one["trips"] for one in routes if one["vehicle_type"] == 3] == [[[2]]]


def test_the_template_is_events(tmp_path):
    out = tmp_path / "events.toml"
    assert run(Cellchain(), ("circle", "replan", "--template", "--out", str(out))) == 0
    route = '{"vehicle_type": 1, "start_depot": 1, "end_depot": 1, "trips": [[%d]]}'
    whole = '{"cost": 40, "feasible": true, "routes": [%s, %s]}'
    light = vrplib(DEMAND_SECTION="1 0\n2 4\n3 5\n4 0")
    plan = whole % (route.replace("%d", "2, 3"), route % 4)
    assert replan(tmp_path, events=out.read_text(), plan=plan, instance=light) == 0


MIXED = vrplib(
    without=("CAPACITY",), VEHICLES="3", CAPACITY_SECTION="1 10\n2 12\n3 10",
    DEMAND_SECTION="1 0\n2 4\n3 5\n4 6",
)  # fmt: skip
ONE_MORE = '{"vehicle_type": 1, "start_depot": 1, "end_depot": 1, "trips": [[2]]}'
OF_THREE = PLAN.replace('"vehicle_type": 1', '"vehicle_type": %d')


@pytest.mark.parametrize("vehicle", [1, 3])
def test_a_vehicle_that_is_broken_at_its_depot_drives_no_more(tmp_path, vehicle):
    events = "late = [4]\n[[driven]]\nroute = 1\nstops = 0\nbroken = true\n"
    assert replan(tmp_path, plan=OF_THREE % vehicle, events=events, instance=MIXED) == 0
    routes = json.loads((tmp_path / "new.json").read_bytes())["routes"]
    assert {one["vehicle_type"] for one in routes} == {1, 2, 3} - {vehicle}


def test_a_vehicle_on_its_way_keeps_its_number(tmp_path):
    assert replan(tmp_path, plan=OF_THREE % 3, instance=MIXED) == 0
    routes = json.loads((tmp_path / "new.json").read_bytes())["routes"]
    (driven,) = [one for one in routes if 2 in one["trips"][0]]
    assert (driven["vehicle_type"], driven["trips"][0][0]) == (3, 2)


HOURS = vrplib(TIME_WINDOW_SECTION="1 0 100\n2 0 90\n3 0 90\n4 0 60", VEHICLES="3")


def test_where_there_are_hours_the_time_is_told(tmp_path, capsys):
    assert replan(tmp_path, instance=HOURS) == 1
    assert "replan.now" in capsys.readouterr().err
    assert replan(tmp_path, instance=HOURS, events="now = 5\n" + EVENTS) == 0
    assert replan(tmp_path, instance=HOURS, events="now = 61\n" + EVENTS) == 1
    assert "replan.infeasible" in capsys.readouterr().err
    assert replan(tmp_path, instance=HOURS, events="now = 101\n" + EVENTS) == 1
    assert "replan.driven: route 1 has neither time" in capsys.readouterr().err
    assert replan(tmp_path, instance=HOURS, events="now = nan\n" + EVENTS) == 1
    assert "replan.now" in capsys.readouterr().err


def test_goods_on_board_are_driven_by_a_road_that_is_open(tmp_path, capsys):
    day = vrplib(
        TYPE="MTVRPTWR", VEHICLES_MAX_RELOADS="1", VEHICLES_RELOAD_DEPOT_SECTION="1 1\n2 1",
        RELEASE_TIME_SECTION="1 0\n2 0\n3 0\n4 3",
        TIME_WINDOW_SECTION="1 0 100\n2 0 90\n3 0 90\n4 0 90",
    )  # fmt: skip
    closed = "now = 9\n" + EVENTS + "[[closed]]\nfrom = 2\nto = 3\n"
    plan = PLAN.replace('"cost": 30', '"cost": 300')
    assert replan(tmp_path, instance=day, plan=plan, events=closed) == 1
    assert "replan.road: route 1 must end its trip by the road 2 to 3" in capsys.readouterr().err
    assert replan(tmp_path, instance=day, plan=plan, events=closed.replace("to = 3", "to = 4")) == 0


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"events": "late = [4, 9]"}, "replan.stops"),
        ({"events": "late = [2, 4]"}, "replan.stops"),
        ({"events": ""}, "replan.stops"),
        ({"events": EVENTS.replace("route = 1", "route = 2")}, "replan.route"),
        ({"events": EVENTS + "[[driven]]\nroute = 1\nstops = 1\n"}, "replan.route"),
        ({"events": EVENTS.replace("stops = 1", "stops = 3")}, "replan.driven"),
        ({"events": EVENTS.replace("stops = 1", "stops = -1")}, "replan.driven"),
        ({"events": EVENTS.replace("stops = 1", "stops = 1.5")}, "replan.malformed"),
        ({"events": EVENTS + "speed = 9\n"}, "replan.malformed"),
        ({"events": "late = ["}, "replan.malformed"),
        ({"events": EVENTS + "[[closed]]\nfrom = 2\nto = 9\n"}, "replan.road"),
        ({"events": EVENTS + "[[closed]]\nfrom = 2\nto = 2\n"}, "replan.road"),
        ({"plan": "{}"}, "replan.malformed"),
        (
            {
                "plan": PLAN.replace("[[2, 3]]", "[[2], [3]]").replace(
                    '"reloads": []', '"reloads": [1]'
                )
            },
            "replan.vehicle",
        ),
        (
            {"instance": vrplib(VEHICLES="1", CAPACITY="99"), "events": EVENTS + "broken = true\n"},
            "replan.infeasible",
        ),
        (
            {
                "instance": vrplib(VEHICLES="1", CAPACITY="99"),
                "events": "late = [4]",
                "plan": PLAN.replace("[[2, 3]], ", "[[3]], ").replace("]}", "]}, " + ONE_MORE, 1),
            },
            "replan.vehicle",
        ),
        ({"events": "late = [" + "1" * 5_000 + "]"}, "replan.malformed"),
        ({"events": "a." * 20_000 + "b = 1"}, "replan.malformed"),
        (
            {
                "plan": OF_THREE.replace("[[2, 3]]", "[[2]]") % 3,
                "events": "late = [3, 4]\n[[driven]]\nroute = 1\nstops = 2\n",
                "instance": MIXED,
            },
            "replan.driven",
        ),
        (
            {
                "plan": OF_THREE.replace(
                    '[[2, 3]], "reloads": []}',
                    "[[2]]}, " + '{"vehicle_type": 3, '
                    '"start_depot": 1, "end_depot": 1, "trips": [[3]]}',
                )
                % 3,
                "instance": MIXED,
            },
            "replan.vehicle",
        ),
        ({"plan": PLAN.replace("[2, 3]", "[2, 3, 3]")}, "replan.stops"),
        ({"plan": PLAN.replace('"vehicle_type": 1', '"vehicle_type": 9')}, "replan.vehicle"),
        ({"plan": PLAN.replace('"end_depot": 1', '"end_depot": 2')}, "replan.vehicle"),
        ({"plan": PLAN.replace("[[2, 3]]", "[[2, 3], []]")}, "replan.vehicle"),
        ({"plan": PLAN.replace('"cost": 30,', '"cost": 30, "cost": 30,')}, "json.malformed"),
        ({"events": EVENTS + "broken = true\n"}, "replan.infeasible"),
        (
            {
                "events": EVENTS + "[[closed]]\nfrom = 4\nto = 1\n[[closed]]\nfrom = 4\nto = 3\n"
                "[[closed]]\nfrom = 4\nto = 2\n"
            },
            "replan.infeasible",
        ),
    ],
)
def test_what_clashes_is_named_and_nothing_written(tmp_path, capsys, given, code):
    assert replan(tmp_path, **given) in {1, 2}
    assert code in capsys.readouterr().err
    assert not (tmp_path / "new.json").exists()
