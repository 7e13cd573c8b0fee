"""Routes as ways on a map: every stop once, from depot to depot, and no more than can be drawn."""

from __future__ import annotations

from importlib.resources import files

import msgspec

from cellchain.services.circle.route_picture import POINTS_MAX, WAYS_MAX, route_picture
from cellchain.services.circle.routes import Routed, RoutePlan, VehicleRoute
from cellchain.services.circle.routing_files.reading import read_instance

WORKED = files("cellchain.services.lab.worked")


def plan():
    return msgspec.json.decode((WORKED / "plan.json").read_bytes(), type=RoutePlan)


def instance():
    return read_instance((WORKED / "returns.vrp").read_bytes())


def test_each_way_begins_and_ends_at_its_depot_and_visits_its_stops():
    found = route_picture(Routed(plan(), instance()))
    assert sum(sum(one.stops) for one in found.ways) == 16
    for one in found.ways:
        assert one.points[0] == one.points[-1] == (50.0, 50.0)
        assert one.stops == (False, *[True] * (len(one.points) - 2), False)
    assert found.said.startswith("4 routes serve 16 stops, 3 to 6 each; cost 429. Most stops: 6 on")


def test_a_plan_of_many_routes_is_drawn_in_part_and_says_so():
    one = VehicleRoute(vehicle_type=1, start_depot=1, end_depot=1, trips=((2,),))
    many = RoutePlan(cost=1.0, feasible=True, routes=(one,) * (WAYS_MAX + 1))
    found = route_picture(Routed(many, instance()))
    assert len(found.ways) == WAYS_MAX
    assert f"the first {WAYS_MAX} are drawn" in found.said
    long = VehicleRoute(vehicle_type=1, start_depot=1, end_depot=1, trips=((2,) * POINTS_MAX,))
    found = route_picture(
        Routed(RoutePlan(cost=1.0, feasible=True, routes=(one, long)), instance())
    )
    assert len(found.ways) == 1
    assert "the first 1 are drawn" in found.said
