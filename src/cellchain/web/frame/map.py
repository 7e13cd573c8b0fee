"""Ways on a map without tiles: a scale that is the same east and north, a number each way.

Hues repeat, so each way carries its number where it is farthest from its start; every other way of
a hue is dashed.
"""

from __future__ import annotations

from math import hypot
from typing import TYPE_CHECKING

from markupsafe import escape

from cellchain.web.frame.drawing import opened, text_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cellchain.services.analysis.shapes import Picture, Way

    Place = Callable[[tuple[float, float]], tuple[float, float]]

EDGE = 18
HEIGHT_MAX = 520
HUES = 6
BADGES_MAX = 24
"""Ways that carry their number; on a fuller map none could be read."""
STOPS_MAX = 600
"""Stops that are dots; on a fuller map the ways show where they are."""


def map_svg(picture: Picture, said: str, kind: str, width: int) -> str:
    """Return ways as a drawing."""
    points = [one for way in picture.ways for one in way.points]
    if not points:
        return ""
    place, height = _placed(points, width)
    stops = sum(sum(way.stops) for way in picture.ways)
    parts = [opened(picture.title, said, kind, width, height)]
    for number, way in enumerate(picture.ways):
        parts += _way(way, number, place, dots=stops <= STOPS_MAX)
    for depot in sorted({way.points[0] for way in picture.ways if way.points}):
        x, y = place(depot)
        parts.append(
            f'<rect class="depot" x="{x - 6:.1f}" y="{y - 6:.1f}" width="12" height="12"/>'
        )
    if len(picture.ways) <= BADGES_MAX:
        for number, way in enumerate(picture.ways):
            parts += _badge(way, number, place)
    return "".join((*parts, "</svg>"))


def _placed(points: list[tuple[float, float]], width: int) -> tuple[Place, float]:
    """Return where a place is drawn, and the height of the drawing."""
    (west, east), (south, north) = ((min(one), max(one)) for one in zip(*points, strict=True))
    across, up = east - west or 1.0, north - south
    room = width - 2 * EDGE
    scale = min(room / across, (HEIGHT_MAX - 2 * EDGE) / up if up > 0 else room / across)
    left = (width - across * scale) / 2
    height = round(max(up * scale, 2 * EDGE) + 2 * EDGE)
    low = (height + up * scale) / 2
    return lambda at: (left + (at[0] - west) * scale, low - (at[1] - south) * scale), height


def _way(way: Way, number: int, place: Place, *, dots: bool) -> Iterator[str]:
    hue = f"d{number % HUES + 1}"
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in map(place, way.points))
    dashed = " dashed" if number // HUES % 2 else ""
    yield (
        f'<polyline class="line {hue}{dashed}" points="{points}">'
        f"<title>{escape(way.name)}</title></polyline>"
    )
    if dots:
        for at, stops in zip(way.points, way.stops, strict=True):
            if stops:
                x, y = place(at)
                yield f'<circle class="dot {hue}" cx="{x:.1f}" cy="{y:.1f}" r="4"/>'


def _badge(way: Way, number: int, place: Place) -> Iterator[str]:
    start = way.points[0]
    far = max(way.points, key=lambda one: hypot(one[0] - start[0], one[1] - start[1]))
    x, y = (round(one, 1) for one in place(far))
    yield f'<circle class="badge d{number % HUES + 1}" cx="{x}" cy="{y}" r="9"/>'
    yield text_at(x, y + 4, str(number + 1), "middle", "on")
