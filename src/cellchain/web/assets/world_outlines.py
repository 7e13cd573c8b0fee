"""Makes `world.svg` and the places of countries: `python -m …assets.world_outlines COUNTRIES.json`.

The source is ``countries-110m.json`` (TopoJSON) of the npm package ``world-atlas`` 2.0.2, which is
Natural Earth, in the public domain. Drawn in the Natural Earth projection (Patterson and Šavrič
2011, polynomial form) in whole steps of a 1000 by 520 box. Rings are cut where they jump over the
antimeridian, or Russia would draw a streak across the map; Antarctica is left out.
"""

from __future__ import annotations

import json
import sys
from itertools import pairwise
from math import radians
from pathlib import Path
from typing import Any, TypeAlias

Point: TypeAlias = tuple[float, float]
FOLDER = Path(__file__).parent
PLACES = FOLDER.parent / "frame" / "countries.json"
SCALE, CENTRE_X, CENTRE_Y = 180, 500, 260
ANTARCTICA = "010"
_JUMP = 500
"""Two neighbours of a ring so far apart lie on both sides of the antimeridian."""
_POINTS_MIN = 3


def main(source: Path) -> None:
    """Write both files from the countries in ``source``."""
    topology = json.loads(source.read_text("utf-8"))
    arcs = list(_arcs(topology))
    paths: list[str] = []
    places: dict[str, list[int]] = {}
    for shape in topology["objects"]["countries"]["geometries"]:
        name, identity = shape["properties"]["name"], shape.get("id", "")
        if identity == ANTARCTICA:
            continue
        many = shape["arcs"] if shape["type"] == "MultiPolygon" else [shape["arcs"]]
        rings = [_ring(numbers, arcs) for polygon in many for numbers in polygon]
        parts = [part for ring in rings for part in _cut(ring)]
        number = len(paths)
        drawn = "".join(map(_path, parts))
        paths.append(f'<path id="c{number}" vector-effect="non-scaling-stroke" d="{drawn}"/>')
        places[name.casefold()] = [number, *_middle(max(parts, key=_area))]
    world = f'<svg xmlns="http://www.w3.org/2000/svg"><g id="world">{"".join(paths)}</g></svg>\n'
    (FOLDER / "world.svg").write_text(world, "ascii")
    PLACES.write_text(json.dumps(places, ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8")


def project(longitude: float, latitude: float) -> Point:
    """Return the place of a point, given in degrees, in the box."""
    x, y = radians(longitude), radians(latitude)
    y2 = y * y
    y4 = y2 * y2
    across = 0.8707 - 0.131979 * y2 + y4 * (-0.013791 + y4 * (0.003971 * y2 - 0.001529 * y4))
    up = 1.007226 + y2 * (0.015085 + y4 * (-0.044475 + 0.028874 * y2 - 0.005916 * y4))
    return CENTRE_X + x * across * SCALE, CENTRE_Y - y * up * SCALE


def _arcs(topology: dict[str, Any]) -> Any:
    """Yield the arcs, projected: TopoJSON counts steps from point to point."""
    (across, down), (left, top) = (topology["transform"][part] for part in ("scale", "translate"))
    for steps in topology["arcs"]:
        x = y = 0
        arc = []
        for step_x, step_y in steps:
            x, y = x + step_x, y + step_y
            arc.append(project(x * across + left, y * down + top))
        yield arc


def _ring(numbers: list[int], arcs: list[list[Point]]) -> list[Point]:
    """Join arcs into an outline; a negative number is an arc backwards."""
    points: list[Point] = []
    for number in numbers:
        points += arcs[number] if number >= 0 else arcs[~number][::-1]
    return points


def _cut(ring: list[Point]) -> list[list[Point]]:
    parts = [[ring[0]]]
    for before, after in pairwise(ring):
        if abs(after[0] - before[0]) > _JUMP:
            parts.append([])
        parts[-1].append(after)
    if len(parts) > 1:  # the ring began in the middle of a part
        parts[0] = [*parts.pop(), *parts[0]]
    return parts


def _path(part: list[Point]) -> str:
    places: list[str] = []
    for x, y in part:
        place = f"{round(x)} {round(y)}"
        if place not in places[-1:]:
            places.append(place)
    return f"M{'L'.join(places)}Z" if len(places) >= _POINTS_MIN else ""


def _area(ring: list[Point]) -> float:
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise([*ring, ring[0]])))


def _middle(ring: list[Point]) -> tuple[int, int]:
    across, down = zip(*ring, strict=True)
    return round((min(across) + max(across)) / 2), round((min(down) + max(down)) / 2)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
