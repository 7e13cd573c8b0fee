"""Plans for small days, worked by hand: goods of class 9, drivers' hours, tunnels."""

from __future__ import annotations

import json

import pytest

from cellchain.core.errors import Refused
from cellchain.services.circle.collecting.day import clock
from cellchain.services.circle.collecting.day_file import TEMPLATE, DayFiles
from cellchain.services.circle.collecting.day_routes import routed_day
from tests.unit.services.circle.collecting.days import DEPOT, STAR, files, lorry, planned, stop

A, B = stop("a"), stop("b")
CRITICAL, DAMAGED = '"critical"', '"damaged_noncritical"'


def routes(found):
    return [(one.vehicle_type, one.trips) for one in found.routed.plan.routes]


def test_one_round():
    """50 € and 10 + 12 + 20 km at 1 €; yard is 1, a is 2, b is 3."""
    found = planned(files(lorry(), A, B))
    assert found.routed.plan.cost == 92
    ((vehicle, trips),) = routes(found)
    assert (vehicle, sorted(trips[0])) == (1, [2, 3])


@pytest.mark.parametrize("fixed", [50, 0])
def test_two_rounds_where_one_does_not_hold_all(fixed):
    """700 and 400 kg: 2 · 10 + 2 · 20, and the lorry once."""
    given = files(lorry(trips=2, fixed_cost_eur=fixed), stop("a", weight_kg=700), B)
    found = planned(given)
    assert found.routed.plan.cost == 60 + fixed
    assert found.routed.plan.routes[0].reloads == (1,)


def test_a_gate_that_is_open_for_less_than_a_break_is_told_of_and_no_crash():
    """280 minutes out, with the break there at 11:25; the gate closes at 11:00."""
    far = "from,to,km,minutes\nyard,a,300,280\na,yard,300,260\n"
    narrow = stop("a", opens='"10:45"', closes='"11:00"')
    with pytest.raises(Refused, match="route.breaks"):
        planned(files(lorry(begins='"06:00"', ends='"20:00"'), narrow, distances=far))


def test_critical_packs_share_the_hours_of_two_lorries_that_are_alike():
    """Ten trips of 1 h on two lorries of 5 h 10: any order does, and five go to each."""
    roads = "from,to,km,minutes\n" + "".join(
        f"yard,{one},20,20\n{one},yard,20,20\n" for one in "abcdefghij"
    )
    stops = [stop(one, damage_class=CRITICAL, service_min=10) for one in "abcdefghij"]
    both = [lorry(id=f'"{one}"', ends='"13:10"') for one in ("red", "blue")]
    found = planned(files(*both, *stops, distances=roads))
    assert [len(trips) for _, trips in routes(found)] == [5, 5]


def test_each_lorry_is_of_its_depot():
    """Beside b, 1 km away, there is another yard: 50 + 2 · 10 and 50 + 2 · 1. It is number 2."""
    roads = STAR + "far,b,1,2,\nb,far,1,2,\nfar,a,13,20,\na,far,13,20,\n"
    two = DEPOT + DEPOT.replace("yard", "far")
    blue = lorry(id='"blue"', depot='"far"')
    given = files(lorry(capacity_kg=500), blue, A, stop("b", weight_kg=800), distances=roads,
                  depot=two)  # fmt: skip
    found = planned(given)
    assert found.routed.plan.cost == 122
    assert [(one.start_depot, one.end_depot, one.trips) for one in found.routed.plan.routes] == [
        (1, 1, ((3,),)), (2, 2, ((4,),)),
    ]  # fmt: skip


def test_a_critical_pack_rides_alone_and_first():
    """a alone and back by 09:00 (15 + 20 + 15 + 10), then b: the same 110 € as two rounds."""
    found = planned(files(lorry(), stop("a", damage_class=CRITICAL), B))
    assert routes(found) == [(1, ((2,), (3,)))]
    assert found.routed.plan.cost == 110
    (red,) = found.lorries
    assert [clock(one.leaves_s) for one in red.visits] == ["08:35", "09:00", "09:50", "10:30"]


def test_a_critical_pack_goes_by_the_cheaper_lorry():
    """Blue costs twice as much a kilometre and nothing to begin with: 0 + 2 · 20 < 50 + 20."""
    blue = lorry(id='"blue"', cost_eur_per_km=2, fixed_cost_eur=0, adr='["critical"]')
    found = planned(files(lorry(), blue, stop("a", damage_class=CRITICAL), B))
    assert routes(found) == [(1, ((3,),)), (2, ((2,),))]
    assert found.routed.plan.cost == 50 + 40 + 40


def test_all_stops_are_critical():
    given = files(lorry(), stop("a", damage_class=CRITICAL, opens='"07:00"', closes='"08:30"'),
                  stop("b", damage_class=CRITICAL))  # fmt: skip
    assert routes(planned(given)) == [(1, ((2,), (3,)))]


def test_where_the_cheapest_first_trip_leaves_too_little_time_another_lorry_goes():
    """b must be loaded by 08:45, by red alone; so blue, though dearer, fetches the other."""
    blue = lorry(id='"blue"', cost_eur_per_km=9, adr='["critical"]')
    given = files(lorry(), blue, stop("a", damage_class=CRITICAL),
                  stop("b", opens='"08:00"', closes='"08:45"'))  # fmt: skip
    assert routes(planned(given)) == [(1, ((3,),)), (2, ((2,),))]


def test_damaged_packs_count_by_their_number():
    """Two and one, and room for two: two lorries, or two rounds."""
    two = stop("a", packs=2, damage_class=DAMAGED), stop("b", packs=1, damage_class=DAMAGED)
    found = planned(files(lorry(trips=2), *two))
    assert sorted(map(len, found.routed.plan.routes[0].trips)) == [1, 1]


def test_stops_apart_ride_apart():
    head = "[day]\ndate = 2026-03-02\nunload_min = 10\n" + 'apart = [["a", "b"]]\n'
    found = planned(files(lorry(trips=2), A, B, head=head))
    assert found.routed.plan.cost == 110


TUNNEL = STAR + "a,b,5,5,E\nb,a,5,5,E\nyard,b,18,20,D\n"


def test_the_shorter_road_is_for_who_may_pass_its_tunnel():
    """Through the tunnel a to b is 5 km, and the road of category D is open to all: 18 to b.

    Large: yard b 18, b a 12, a yard 10. Small: yard b 18, b a 5, a yard 10, and no less the other
    way round: 10 + 5 + 20.
    """
    light = stop("a", weight_kg=100), stop("b", weight_kg=100)
    large = planned(files(lorry(), *light, distances=TUNNEL))
    small = planned(
        files(lorry(capacity_kg=333, adr='["intact"]'), *light, distances=TUNNEL)
    )  # fmt: skip
    assert (large.routed.plan.cost, small.routed.plan.cost) == (50 + 40, 50 + 33)


FAR = """from,to,km,minutes
yard,a,200,180
a,yard,200,180
yard,b,220,200
b,yard,220,200
a,b,60,60
b,a,60,60
"""


def test_breaks_stand_in_the_schedule():
    """180 + 60 to b is 4 h; back 200 more: a break after 270 minutes, 30 of them back."""
    found = planned(files(lorry(), A, B, distances=FAR))
    breaks = [begins for visit in found.lorries[0].visits for begins in visit.breaks_s]
    assert len(breaks) == 1
    assert found.routed.plan.cost == 530


def test_where_breaks_make_a_stop_late_another_way_is_found():
    """Without breaks a then b is there at 12:20 (8:00 + 180 + 20 + 60), and both orders do.

    Wide: the yard is 280 minutes of driving from b by a; b closes at 13:00. a first: 220 + 20 + 60
    with a break at 270 is 13:45, late; b first is there in 200, and a after that closes never.
    """
    far = FAR.replace("yard,a,200,180", "yard,a,150,220")
    given = files(lorry(begins='"08:00"', ends='"20:00"', drive_h_max=10), A,
                  stop("b", opens='"08:00"', closes='"13:00"'), distances=far)  # fmt: skip
    found = planned(given, 0.5)
    assert routes(found) == [(1, ((3, 2),))]
    assert found.routed.plan.cost == 50 + 220 + 60 + 200


def test_a_driver_who_would_drive_too_long_shares_with_another():
    """One round is 63 minutes at the wheel, and an hour is the most: 50 + 20 and 50 + 40."""
    hour = {"drive_h_max": 1}
    found = planned(files(lorry(**hour), lorry(id='"blue"', **hour), A, B), 0.3)
    assert found.routed.plan.cost == 160


def test_where_a_break_falls_after_a_wait_shares_of_it_are_not_enough():
    """250 minutes to a, which opens at 12:51: 41 of waiting are no break. 20 of work, and b 25 on.

    Without breaks b is reached at 13:36, by shares of them at 13:41, in truth at 14:21; it closes
    at 14:00. So another lorry fetches it: 50 + 400 and 50 + 300, not 50 + 360.
    """
    roads = (
        "from,to,km,minutes\nyard,a,200,250\na,yard,200,250\nyard,b,150,200\nb,yard,150,200\n"
        "a,b,10,25\n"
    )
    hours = {"ends": '"20:00"', "drive_h_max": 10}
    given = files(
        lorry(**hours), lorry(id='"blue"', **hours), stop("a", opens='"12:51"', closes='"18:00"'),
        stop("b", opens='"08:00"', closes='"14:00"'), distances=roads,
    )  # fmt: skip
    assert planned(given, 0.4).routed.plan.cost == 800


@pytest.mark.parametrize(
    ("given", "code", "told"),
    [
        (  # driving, and 20 + 20 + 10 of work, fill the shift to the minute; a break does not fit
            files(lorry(ends='"16:10"'), A, B, distances=FAR),
            "route.breaks",
            "lorry red is at yard at 16:45 with its breaks, and must be by 16:00",
        ),
        (  # both at once are 42 km, and b before 08:30 leaves a too late
            files(lorry(), stop("a", opens='"08:00"', closes='"08:20"'),
                  stop("b", opens='"08:00"', closes='"08:40"')),
            "route.infeasible",
            "one was found without the hours of stops",
        ),
        (
            files(lorry(), *(stop(one, damage_class=CRITICAL, opens='"08:00"', closes='"08:40"')
                             for one in "ab")),
            "route.critical",
            "the critical packs at a, b each ride alone and first, and in 2 steps no way",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_planned_says_why(given, code, told):
    with pytest.raises(Refused) as error:
        planned(given)
    assert error.value.code == code
    assert told in str(error.value)


def test_coordinates_alone_will_do():
    """By the template's great circles; the judge measured them by another formula."""
    found = planned(DayFiles(TEMPLATE.encode()))
    assert routes(found) == [(1, ((3,), (2,)))]
    assert json.loads(found.routed.plan.to_bytes())["cost"] == pytest.approx(321.07, abs=0.01)


@pytest.mark.parametrize(("cpu_s", "seed", "code"), [(0, 1, "route.cpu"), (1, -1, "route.seed")])
def test_the_effort_is_bounded(cpu_s, seed, code):
    with pytest.raises(Refused, match=code):
        routed_day(files(lorry(), A, B), cpu_s=cpu_s, seed=seed, clock=lambda: 0.0)
