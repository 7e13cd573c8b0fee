"""A journey as a drawing: the countries that its places name, in the order in which they came.

The ledger knows no coordinates: a place is a name that somebody chose. Where it ends in the name of
a country, that country is shown and no point in it; other places are in the list beside the map.
The outlines are a file of their own (`world.svg`), which browsers keep.
"""

from __future__ import annotations

import json
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from markupsafe import Markup, escape

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WIDTH_MIN, MARGIN, RATIO = 260, 60, 2
DOTS = 46
"""Radii of a dot that go into the width."""
_ALIASES: Mapping[str, str] = {
    "czech republic": "czechia",
    "drc": "dem. rep. congo",
    "uk": "united kingdom",
    "united states": "united states of america",
    "usa": "united states of america",
}


class Stop(msgspec.Struct, frozen=True, kw_only=True):
    """Somewhere that it, or what it is made of, has been."""

    place: str
    what: str
    """Materials or the battery, for people."""
    time_ms: int
    """When it was there first."""


class Country(NamedTuple):
    """A country on the map."""

    number: int
    x: int
    y: int


def country_of(place: str) -> Country | None:
    """Return the country that ``place`` ends in: ``Skellefteå, Sweden``; ``None`` without one."""
    name = place.rpartition(",")[2].strip().casefold()
    found = _countries().get(_ALIASES.get(name, name))
    return None if found is None else Country(*found)


def journey_svg(stops: Sequence[Stop], outlines: str) -> Markup:
    """Return the map of ``stops``; empty where none of them names a country.

    Args:
        stops: In order of time.
        outlines: Address of `world.svg`.
    """
    numbered = [(place + 1, country_of(stop.place)) for place, stop in enumerate(stops)]
    known = [(number, country) for number, country in numbered if country is not None]
    if not known:
        return Markup()
    left, top, width = _frame([country for _, country in known])
    size = width / DOTS
    told = ", then ".join(stop.place for stop in stops if country_of(stop.place))
    visited: dict[Country, int] = {}
    for number, country in known:
        visited.setdefault(country, number)
    parts = [
        f'<svg class="journey" viewBox="{left} {top} {width} {width // RATIO}" role="img"'
        f' aria-label="Map: {escape(told)}"><use class="land" href="{escape(outlines)}#world"/>',
        *(f'<use class="visited" href="{escape(outlines)}#c{c.number}"/>' for c in visited),
        *(_way(a, b) for (_, a), (_, b) in pairwise(known) if a != b),
        *(_dot(country, number, size) for country, number in visited.items()),
        "</svg>",
    ]
    return Markup("".join(parts))  # noqa: S704  # texts are escaped


@cache
def _countries() -> Mapping[str, tuple[int, int, int]]:
    found: dict[str, tuple[int, int, int]] = json.loads(
        Path(__file__).with_name("countries.json").read_text("utf-8")
    )
    return found


def _frame(countries: Sequence[Country]) -> tuple[int, int, int]:
    """Return left, top and width of what is shown: all countries, and some sea around them."""
    across, down = [c.x for c in countries], [c.y for c in countries]
    width = max(
        WIDTH_MIN,
        max(across) - min(across) + 2 * MARGIN,
        RATIO * (max(down) - min(down) + 2 * MARGIN),
    )
    middle_x, middle_y = (min(across) + max(across)) // 2, (min(down) + max(down)) // 2
    return middle_x - width // 2, middle_y - width // (2 * RATIO), width


def _way(source: Country, target: Country) -> str:
    """An arc, bent upwards: where the road went is not known."""
    middle, bend = (source.x + target.x) // 2, abs(target.x - source.x) // 4 + 10
    height = min(source.y, target.y) - bend
    return f'<path class="way" d="M{source.x} {source.y}Q{middle} {height} {target.x} {target.y}"/>'


def _dot(country: Country, number: int, size: float) -> str:
    """A dot with the number of the first stop in a country."""
    return (
        f'<g font-size="{size * 1.1:.1f}">'
        f'<circle class="stop" cx="{country.x}" cy="{country.y}" r="{size:.1f}"/>'
        f'<text class="stop-number" x="{country.x}" y="{country.y + size * 0.36:.1f}"'
        f' text-anchor="middle">{number}</text></g>'
    )
