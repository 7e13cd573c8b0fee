"""The judge of a day: good plans pass, and each promise that is broken is told."""

from __future__ import annotations

import json

import pytest

from cellchain.core.errors import Refused
from cellchain.services.circle.collecting.day_file import TEMPLATE, DayFiles
from cellchain.services.circle.plan_check.day_facts import day_facts_of
from cellchain.services.circle.plan_check.day_judging import day_judged
from tests.unit.services.circle.collecting.days import HEAD, STAR, files, lorry, stop

ROADS = STAR + "yard,c,6,9,\nc,yard,6,9,\na,c,5,8,\nc,a,5,8,\nb,c,15,22,\nc,b,15,22,\n"
GOOD = [{"vehicle_type": 1, "start_depot": 1, "end_depot": 1, "trips": [[4], [2, 3]],
         "reloads": [1]}]  # fmt: skip
COST = 50 + 12 + 42
"""Yard is 1, a 2, b 3, c 4; c holds a critical pack."""


def the_day(*, head=HEAD, distances=ROADS, a=(), b=(), c=(), **changed):
    return files(
        lorry(**changed), stop("a", **dict(a)),
        stop("b", **{"damage_class": '"damaged_noncritical"', "packs": 2} | dict(b)),
        stop("c", **{"damage_class": '"critical"'} | dict(c)), head=head, distances=distances,
    )  # fmt: skip


def verdict(given, routes, cost=COST, feasible=True):
    facts = day_facts_of(given.day, given.stops, given.lorries, given.distances)
    return day_judged(
        json.dumps({"cost": cost, "feasible": feasible, "routes": routes}).encode(), facts
    )


def told(**changed):
    return [GOOD[0] | changed]


def test_a_good_plan():
    found = verdict(the_day(), GOOD)
    assert (found.faults, found.cost) == ((), COST)


def test_a_plan_without_reloads_reloads_at_home():
    route = {name: value for name, value in GOOD[0].items() if name != "reloads"}
    assert verdict(the_day(), [route]).faults == ()


@pytest.mark.parametrize(
    "given",
    [
        the_day(drive_h_max=10.5),
        the_day(begins='"00:00"', ends='"18:00"'),
        the_day(adr='["intact", "damaged_noncritical", "critical", "fine"]'),
        the_day(a={"damage_class": '"Critical"'}),
        the_day(a={"un_number": 1}),
        the_day(a={"service_min": -45}),
        the_day(a={"weight_kg": -1}),
        the_day(a={"opens": '"08:60"'}),
        the_day(c={"packs": 5}),
        the_day(distances=ROADS.replace("a,b,12,18,", "a,b,12,18,e")),
        the_day(distances=ROADS.replace("a,b,12,18", "a,b,12,-18")),
        the_day(head=HEAD + 'apart = [["yard", "a"]]\n'),
        files(lorry()),
    ],
)
def test_a_day_in_words_that_nobody_knows_is_not_judged(given):
    with pytest.raises(Refused, match="verify.instance"):
        verdict(given, GOOD)


def test_an_empty_hour_is_no_hour():
    assert verdict(the_day(a={"ready": '""', "opens": '""'}), GOOD).faults == ()


LATE = {"opens": '"08:00"', "closes": '"08:59"'}
FAR = ROADS.replace("a,b,12,18", "a,b,12,300")


@pytest.mark.parametrize(
    ("given", "routes", "cost", "fault"),
    [
        (the_day(), told(trips=[[4], [2]]), 82, "stop b is visited 0 times"),
        (the_day(), told(trips=[[4], [2, 3, 2]]), 106, "stop a is visited 2 times"),
        (the_day(), told(trips=[[4], [2, 3, 9]]), 84, "9 is no stop"),
        (the_day(), told(trips=[[2, 3], [4]]), COST, "a critical pack does not ride first"),
        (
            the_day(capacity_kg=2000),
            told(trips=[[4, 2, 3]], reloads=[]),
            93,
            "a critical pack does not ride alone",
        ),
        (the_day(adr='["critical", "intact"]'), GOOD, COST, "carries damaged_noncritical, and may"),
        (the_day(capacity_kg=799.999), GOOD, COST, "carries 800 kg, and has room for 799.999"),
        (the_day(pallets=1), GOOD, COST, "carries 2 pallets, and has room for 1"),
        (the_day(energy_kwh=99), GOOD, COST, "carries 100 kWh, and has room for 99"),
        (the_day(damaged_packs=1), GOOD, COST, "carries 2 damaged packs, and has room for 1"),
        (the_day(), told(trips=[[4], [2], [3]], reloads=[1, 1]), 122, "2 rounds, and may have 1"),
        (the_day(a=LATE), GOOD, COST, "is at a at 09:03:00, which closes at 08:59:00"),
        (
            the_day(a={"ready": '"17:00"'}, ends='"18:07"'),
            GOOD,
            COST,
            "is unloaded at 18:38:00, and must be by 18:07:00",
        ),
        (the_day(drive_h_max=1.3), GOOD, COST, "drives 1.35 h, and its driver may 1.3 h"),
        (
            the_day(distances=ROADS.replace("a,b,12,18,", "a,b,12,18,E")),
            GOOD,
            COST - 12,
            "drives from 2 to 3, where no road is open to it",
        ),
        (
            the_day(distances=ROADS.replace("a,b,12,18,\n", "")),
            GOOD,
            COST - 12,
            "drives from 2 to 3, where no road is open to it",
        ),
        (
            the_day(head=HEAD + 'apart = [["b", "a"]]\n'),
            GOOD,
            COST,
            "stops [2, 3] ride together, and are to be apart",
        ),
        (the_day(), told(start_depot=2), COST, "uses depots [1, 2], and is of 1"),
        (the_day(), told(reloads=[3]), COST, "uses depots [1, 3], and is of 1"),
        (the_day(), GOOD, COST - 1, "the cost is 104, and the plan says 103"),
    ],
)
def test_a_broken_promise_is_told(given, routes, cost, fault):
    faults = verdict(given, routes, cost).faults
    assert len(faults) == 1
    assert fault in faults[0]


def test_a_break_is_counted_where_it_delays():
    """9 + 20 + ... the road from a to b takes 300 minutes: without its break it is done by 15:13.

    08:00 + 9 + 20 + 9 + 10 = 08:48, + 15 + 20 = 09:23, + 300 = 14:23, + 20 + 30 + 10 = 15:23; and
    since 33 minutes were driven before, a break of 45 falls into the long road: 16:08.
    """
    (fault,) = verdict(the_day(ends='"16:07"', distances=FAR), GOOD).faults
    assert "is unloaded at 16:08:00, and must be by 16:07:00" in fault
    assert verdict(the_day(ends='"16:08"', distances=FAR), GOOD).faults == ()


def test_a_van_below_the_limit_passes_the_tunnel():
    tunnel = STAR.replace("a,b,12,18,", "a,b,12,18,E")
    light = {"weight_kg": 100}
    for capacity, faults in ((333, 0), (333.001, 1)):
        given = files(
            lorry(capacity_kg=capacity, adr='["intact"]'), stop("a", **light), stop("b", **light),
            distances=tunnel,
        )  # fmt: skip
        found = verdict(given, told(trips=[[2, 3]], reloads=[]), 92 if not faults else 80)
        assert len(found.faults) == faults


def test_a_lorry_drives_once():
    routes = [told(trips=[[4]], reloads=[])[0], told(trips=[[2, 3]], reloads=[])[0]]
    given = the_day()
    two = DayFiles(given.day + lorry(id='"blue"').encode(), distances=given.distances)
    assert verdict(two, routes, 154).faults == ("lorry red has 2 routes",)


def test_a_plan_that_calls_itself_infeasible():
    assert verdict(the_day(), GOOD, feasible=False).faults == ("the plan calls itself infeasible",)


@pytest.mark.parametrize(
    "routes",
    [
        told(vehicle_type=2), told(vehicle_type=True), told(trips=[[]]), told(trips=[]),
        told(trips=[[4.0]]), told(reloads=[1, 1]), [{}], GOOD * 2, "none",
    ],
)  # fmt: skip
def test_what_is_no_plan_is_refused(routes):
    with pytest.raises(Refused, match=r"verify\.plan"):
        verdict(the_day(), routes)


@pytest.mark.parametrize(
    "given",
    [
        DayFiles(b"[day]\n[[depot]]\n"), DayFiles(b"a." * 20_000 + b"b = 1"), DayFiles(b"\xff"),
        DayFiles(TEMPLATE.encode(), stops=b"id\nx\n"),
        DayFiles(TEMPLATE.encode(), lorries=b"id\nx,y\n"),
        DayFiles(TEMPLATE.encode(), distances=b"from,to,km,minutes\nyard,moon,1,1\n"),
        DayFiles(TEMPLATE.replace("820", "nan").encode()),
        DayFiles(TEMPLATE.replace("opens", "open").encode()), DayFiles(b"day = 3\ndepot = 4\n"),
    ],
)  # fmt: skip
def test_what_is_no_day_is_refused(given):
    with pytest.raises(Refused, match=r"verify\.instance"):
        day_facts_of(given.day, given.stops, given.lorries, given.distances)
