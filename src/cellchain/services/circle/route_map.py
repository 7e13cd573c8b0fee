"""The routes of a plan as a map, and in a sentence; no tiles of others, no network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.services.circle.map_drawing import HUES, as_map, spread_out

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.services.circle.routes import Routed, VehicleRoute

DOTS_MAX = 2_000
"""Stops beyond are drawn by their lines alone."""


def spoken(found: Routed) -> str:
    """Return what a map of the plan shows, for those who hear it."""
    stops = [sum(map(len, one.trips)) for one in found.plan.routes]
    trips = sum(len(one.trips) for one in found.plan.routes)
    more = f" on {trips} trips" if trips > len(stops) else ""
    return (
        f"{len(stops)} routes{more} serve {sum(stops)} stops, {min(stops)} to {max(stops)} each;"
        f" cost {found.plan.cost:,.10g}"
    )


def path_of(route: VehicleRoute) -> list[int]:
    """Return the places of a route in order, depots included."""
    path = [route.start_depot]
    for trip, depot in zip(route.trips, (*route.reloads, route.end_depot), strict=True):
        path += [*trip, depot]
    return path


def map_of(found: Routed) -> str:
    """Return the plan as SVG; where no coordinates are known, the sentence alone."""
    said = f"{found.instance.name[:60]}: {spoken(found)}"
    places = _places(found)
    return as_map(said, places.values(), _parts(found, places) if places else ())


def _parts(found: Routed, places: dict[int, tuple[float, float]]) -> Iterator[str]:
    for number, route in enumerate(found.plan.routes):
        yield from _drawn(route, places, HUES[number % len(HUES)], number + 1)
    for depot in found.instance.problem.depots:
        x, y = places[found.instance.numbers[depot]]
        yield (
            f'<rect x="{x - 5:.1f}" y="{y - 5:.1f}" width="10" height="10" fill="#111111">'
            f"<title>depot {found.instance.numbers[depot]}</title></rect>"
        )


def _places(found: Routed) -> dict[int, tuple[float, float]]:
    xy = found.instance.problem.coordinates
    return {} if xy is None else dict(zip(found.instance.numbers, spread_out(xy), strict=True))


def _drawn(
    route: VehicleRoute, places: dict[int, tuple[float, float]], hue: str, number: int
) -> Iterator[str]:
    points = " ".join(f"{places[one][0]:.1f},{places[one][1]:.1f}" for one in path_of(route))
    stops = sum(map(len, route.trips))
    yield (
        f'<polyline points="{points}" fill="none" stroke="{hue}" stroke-width="1.4">'
        f"<title>route {number}, vehicle {route.vehicle_type}: {stops} stops</title></polyline>"
    )
    if len(places) <= DOTS_MAX:
        for trip in route.trips:
            for one in trip:
                x, y = places[one]
                yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.4" fill="{hue}"/>'
