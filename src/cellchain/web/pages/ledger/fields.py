"""What a message or an event says, field by field, as a person reads it.

Names of fields end in their unit. A text may be the name of something: it links to the search,
which knows what and goes there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec
from markupsafe import Markup, escape

from cellchain.web.frame.filters import (
    NARROW_SPACE,
    isolated,
    mass,
    moment,
    number,
    percent,
    words,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

NAME_MAX = 200
"""Characters; a longer text is no name."""
EPOCH_MS = 10**11
"""A greater number of milliseconds is a point in time, a smaller one a span."""


def _time(value_ms: int) -> Any:
    if abs(value_ms) > EPOCH_MS:
        return moment(value_ms)
    return f"{number(value_ms / 1000)}{NARROW_SPACE}s"


UNITS: Mapping[str, Callable[[Any], Any]] = {"ms": _time, "mg": mass, "ppm": percent}


def fields_of(value: str | msgspec.Raw) -> list[tuple[str, Markup]]:
    """Return name and value of every field of a message or event, but for its kind."""
    return [(words(name), told) for name, told in _told(msgspec.json.decode(value))]


def _told(fields: Mapping[str, Any]) -> Iterator[tuple[str, Markup]]:
    for name, found in fields.items():
        if name == "kind":
            continue
        stem, _, unit = name.rpartition("_")
        if stem and unit in UNITS and isinstance(found, int):
            yield stem, escape(UNITS[unit](found))
        else:
            yield name, _plain(found)


def _plain(found: Any) -> Markup:
    if found is None:
        return Markup("none")
    if isinstance(found, bool):
        return Markup("yes" if found else "no")
    if isinstance(found, int):
        return escape(number(found))
    if isinstance(found, str):
        return _text(found)
    if isinstance(found, list):
        return Markup(", ").join(map(_plain, found)) or Markup("none")
    return Markup("; ").join(Markup("{}: {}").format(words(n), t) for n, t in _told(found))


def _text(found: str) -> Markup:
    if not found or len(found) > NAME_MAX or " " in found:
        return isolated(found)
    link = Markup('<a class="id" href="/search?q={}">{}</a>')
    return link.format(quote(found, safe=""), isolated(found))
