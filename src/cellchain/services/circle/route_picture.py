"""The routes of a plan as ways on a map, with the sentence that says the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.services.analysis.shapes import Picture, Way, shown_name
from cellchain.services.circle.route_map import path_of, spoken

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cellchain.services.circle.routes import Routed, VehicleRoute

WAYS_MAX = 60
POINTS_MAX = 2_000
"""Routes beyond either are not drawn, and the sentence says so."""
LONGEST_SAID = 3


def route_picture(found: Routed) -> Picture | None:
    """Return a plan as a picture; nothing where no coordinates are known."""
    xy = found.instance.problem.coordinates
    if xy is None:
        return None
    places = dict(zip(found.instance.numbers, map(tuple, xy.tolist()), strict=True))
    ways: list[Way] = []
    room = POINTS_MAX
    for number, route in enumerate(found.plan.routes[:WAYS_MAX], 1):
        way = _way(number, route, places)
        room -= len(way.points)
        if room < 0:
            break
        ways.append(way)
    all_of_them = len(found.plan.routes)
    cut = f"; the first {len(ways)} are drawn" if len(ways) < all_of_them else ""
    said = f"{spoken(found)}{cut}. {_longest(found)}"
    title = f"Routes of {shown_name(found.instance.name)}"
    return Picture(title, "east", "north", ways=tuple(ways), said=said)


def _way(number: int, route: VehicleRoute, places: Mapping[int, tuple[float, float]]) -> Way:
    path = path_of(route)
    stops = {one for trip in route.trips for one in trip}
    name = f"route {number}, vehicle {route.vehicle_type}: {sum(map(len, route.trips))} stops"
    return Way(name, tuple(places[one] for one in path), tuple(one in stops for one in path))


def _longest(found: Routed) -> str:
    """Return which routes have most stops, and how many."""
    stops = [sum(map(len, one.trips)) for one in found.plan.routes]
    most = sorted(range(len(stops)), key=lambda one: -stops[one])[:LONGEST_SAID]
    told = ", ".join(f"{stops[one]} on route {one + 1}" for one in most)
    return f"Most stops: {told}."
