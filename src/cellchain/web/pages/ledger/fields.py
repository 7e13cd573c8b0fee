"""What a message or an event says, field by field, as a person reads it.

Names of fields end in their unit. A text that is the name of something in the book links to the
search, which knows what it is and goes there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec
from markupsafe import Markup, escape

from cellchain.ledger.view import known
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

    from sqlalchemy import Connection

EPOCH_MS = 10**11
"""A greater number of milliseconds is a point in time, a smaller one a span."""


def _time(value_ms: int) -> Any:
    if abs(value_ms) > EPOCH_MS:
        return moment(value_ms)
    return f"{number(value_ms / 1000)}{NARROW_SPACE}s"


PORTIONS = frozenset({"inputs", "outputs"})
"""Fields that list lots with a mass in milligrams."""
UNITS: Mapping[str, Callable[[Any], Any]] = {"ms": _time, "mg": mass, "ppm": percent}


def fields_of(db: Connection, value: str | msgspec.Raw) -> list[tuple[str, Markup]]:
    """Return name and value of every field of a message or event, but for its kind."""
    fields = msgspec.json.decode(value)
    names = known(db, list(dict.fromkeys(_texts(fields))))
    return [(words(name), told) for name, told in _told(fields, names)]


def _texts(found: Any) -> Iterator[str]:
    if isinstance(found, str):
        yield found
    elif isinstance(found, list | dict):
        for inside in found.values() if isinstance(found, dict) else found:
            yield from _texts(inside)


def _told(fields: Mapping[str, Any], names: frozenset[str]) -> Iterator[tuple[str, Markup]]:
    for name, found in fields.items():
        if name == "kind":
            continue
        stem, _, unit = name.rpartition("_")
        if stem and unit in UNITS and isinstance(found, int):
            yield stem, escape(UNITS[unit](found))
        elif name in PORTIONS and isinstance(found, list):
            yield name, Markup("; ").join(_portion(one, names) for one in found)
        else:
            yield name, _plain(found, names)


def _portion(found: Any, names: frozenset[str]) -> Markup:
    """A lot and its mass, as runs list them; anything else as it is."""
    match found:
        case [str() as lot, int() as mass_mg]:
            return Markup("{} {}").format(_plain(lot, names), mass(mass_mg))
    return _plain(found, names)


def _plain(found: Any, names: frozenset[str]) -> Markup:
    if not isinstance(found, str | list | dict):
        return escape(_number(found))
    if isinstance(found, list):
        return Markup(", ").join(_plain(one, names) for one in found) or Markup("none")
    if isinstance(found, dict):
        told = _told(found, names)
        return Markup("; ").join(Markup("{}: {}").format(words(n), t) for n, t in told)
    if found in names:
        return _LINK.format(quote(found, safe=""), isolated(found))
    return isolated(found)


def _number(found: int | bool | None) -> str:
    if found is None:
        return "none"
    return ("yes" if found else "no") if isinstance(found, bool) else number(found)


_LINK = Markup('<a class="id" href="/search?q={}">{}</a>')
