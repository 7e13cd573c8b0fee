"""Where a battery, and what it is made of, has been: places as those who were there named them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from cellchain.contracts.material.view import sites
from cellchain.web.frame.journey import Stop

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from cellchain.contracts.assembly.view import Graph
    from cellchain.contracts.passport.view import AttributeRow

STOPS_MAX = 12
WHATS_MAX = 3


def journey(
    db: Connection, graph: Graph, values: Sequence[AttributeRow], made_ms: int | None
) -> tuple[Stop, ...]:
    """Return the places of a battery's lots and of its making, each once, the first first.

    Args:
        db: The views.
        graph: Its genealogy.
        values: What the viewer may read of its passport.
        made_ms: When it was made.
    """
    lots = [node for node in graph.nodes if node.sort == "lot"]
    at = sites(db, [node.subject for node in lots])
    stops = [
        Stop(place=at[n.subject], what=n.label, time_ms=n.at_ms) for n in lots if at.get(n.subject)
    ]
    stops += [
        Stop(place=place, what="the battery", time_ms=made_ms or one.stated_ms)
        for one in values
        if one.name == "manufacturing_place" and (place := _text(one.value))
    ]
    return tuple(_each_once(sorted(stops, key=lambda stop: stop.time_ms))[:STOPS_MAX])


def _each_once(stops: Sequence[Stop]) -> list[Stop]:
    """Let one place stand for everything that came from there."""
    whats: dict[str, dict[str, None]] = {}
    first: dict[str, int] = {}
    for stop in stops:
        whats.setdefault(stop.place, {})[stop.what] = None
        first.setdefault(stop.place, stop.time_ms)
    return [
        Stop(place=place, what=_listed(list(whats[place])), time_ms=first[place]) for place in first
    ]


def _listed(whats: Sequence[str]) -> str:
    more = len(whats) - WHATS_MAX
    return ", ".join(whats[:WHATS_MAX]) + (f" and {more} more" if more > 0 else "")


def _text(value: str | None) -> str:
    found = None if value is None else msgspec.json.decode(value)
    return found if isinstance(found, str) else ""
