"""The routes of a plan as a map, and in a sentence; no tiles of others, no network."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.services.circle.routes import Routed, VehicleRoute

SIDE, EDGE = 720.0, 16.0
HUES = ("#0a6654", "#a8540a", "#25528c", "#7a2f6b", "#6a6a12", "#9a2b2b", "#2f6f8f", "#4a4a4f")
"""One a route, in turn."""
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
    height = max((y for _, y in places.values()), default=0.0) + EDGE
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE:g} {height:.1f}" role="img"'
        f" aria-label={quoteattr(said)}><title>{escape(said)}</title>",
        '<rect width="100%" height="100%" fill="#ffffff"/>',
    ]
    if places:
        for number, route in enumerate(found.plan.routes):
            parts += _drawn(route, places, HUES[number % len(HUES)], number + 1)
        problem = found.instance.problem
        for depot in problem.depots:
            x, y = places[found.instance.numbers[depot]]
            parts.append(
                f'<rect x="{x - 5:.1f}" y="{y - 5:.1f}" width="10" height="10" fill="#111111">'
                f"<title>depot {found.instance.numbers[depot]}</title></rect>"
            )
    return "".join((*parts, "</svg>\n"))


def _places(found: Routed) -> dict[int, tuple[float, float]]:
    xy = found.instance.problem.coordinates
    if xy is None:
        return {}
    low, span = xy.min(axis=0), np.ptp(xy, axis=0)
    scale = (SIDE - 2 * EDGE) / (max(span.tolist()) or 1.0)
    across = EDGE + (xy[:, 0] - low[0]) * scale
    down = EDGE + (low[1] + span[1] - xy[:, 1]) * scale
    return dict(zip(found.instance.numbers, zip(across.tolist(), down.tolist(), strict=True),
                    strict=True))  # fmt: skip


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
