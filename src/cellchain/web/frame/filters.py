"""Numbers, times, masses and names, written for people."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec
from markupsafe import Markup, escape

from cellchain.web.frame.escaping import escaped
from cellchain.web.frame.scale import plain_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_MASSES = ((10**9, "t"), (10**6, "kg"), (10**3, "g"), (1, "mg"))
_SPANS = ((86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1000, "s"))
NARROW_SPACE = "\u202f"
WORDS: Mapping[str, str] = {
    "legitimate-interest": "legitimate interest",
    "in_service": "in service",
    "second_life": "second life",
    "handed_on": "handed on",
}


@lru_cache(maxsize=4096)
def moment(time_ms: int | None) -> Markup:
    """Return a time: day and minute, UTC, with its exact form for machines."""
    if time_ms is None:
        return Markup("—")
    found = datetime.fromtimestamp(time_ms / 1000, tz=UTC)
    exact, shown = found.strftime("%Y-%m-%dT%H:%M:%SZ"), found.strftime("%Y-%m-%d %H:%M")
    return Markup(f'<time datetime="{exact}">{shown}</time>')  # noqa: S704  # digits


@lru_cache(maxsize=4096)
def day(time_ms: int | None) -> Markup:
    """Return the day of a time."""
    if time_ms is None:
        return Markup("—")
    found = datetime.fromtimestamp(time_ms / 1000, tz=UTC).strftime("%Y-%m-%d")
    return Markup(f'<time datetime="{found}">{found}</time>')  # noqa: S704  # digits


def number(value: float | None) -> str:
    """Return a number with its thousands apart."""
    if value is None:
        return "—"
    text = f"{value:,}" if isinstance(value, int) else f"{value:,.6g}"
    return text.replace(",", NARROW_SPACE)


def mass(value_mg: int | None) -> str:
    """Return a mass in the unit that gives it few digits."""
    if value_mg is None:
        return "—"
    for factor, unit in _MASSES:
        if abs(value_mg) >= factor:
            return f"{number(round(value_mg / factor, 2))}{NARROW_SPACE}{unit}"
    return f"0{NARROW_SPACE}kg"


def percent(value_ppm: int | None) -> str:
    """Return a share."""
    return "—" if value_ppm is None else f"{value_ppm / 10_000:.4g}{NARROW_SPACE}%"


def bytes_of(value: int | None) -> str:
    """Return a size in bytes."""
    if value is None:
        return "—"
    size, units = float(value), ["bytes", "kB", "MB", "GB", "TB"]
    while size >= 1000 and len(units) > 1:  # noqa: PLR2004
        size, units = size / 1000, units[1:]
    return f"{size:.3g}{NARROW_SPACE}{units[0]}"


def duration(value_ms: int | None) -> str:
    """Return a span of time in the unit that gives it few digits."""
    if value_ms is None:
        return "—"
    for factor, unit in _SPANS:
        if abs(value_ms) >= factor:
            return f"{number(round(value_ms / factor, 1))}{NARROW_SPACE}{unit}"
    return f"{value_ms}{NARROW_SPACE}ms"


def words(value: str) -> str:
    """Return a name of ours as words."""
    return WORDS.get(value, value.replace("_", " ").replace("-", " "))


def kind(name: str) -> str:
    """Return the kind of a message or event as words: ``custody.offered/1``, or ``custody.``."""
    contract, _, rest = name.partition("/")[0].partition(".")
    return f"{words(contract)}: {words(rest) or 'anything'}"


def short(identity: str, length: int = 12) -> str:
    """Return the beginning of a long identifier."""
    return identity if len(identity) <= length else f"{identity[:length]}…"


def sentence(text: str) -> str:
    """Return a text of ours with a capital letter at its beginning."""
    return text[:1].upper() + text[1:]


def serial(battery: str) -> str:
    """Return the serial in a battery's name."""
    return battery.rpartition("/")[2]


def isolated(text: object) -> Markup:
    """Return a text that others wrote, kept from turning the line around."""
    return Markup(f"<bdi>{escaped(text)}</bdi>")  # noqa: S704  # `format` takes ten times as long


def segment(text: str) -> str:
    """Return a name as one segment of a path."""
    return quote(text, safe="")


UNITS: Mapping[str, tuple[int, str]] = {
    "capacity": (1000, "Ah"),
    "remaining_capacity": (1000, "Ah"),
    "weight": (10**6, "kg"),
    "minimum_voltage": (1000, "V"),
    "nominal_voltage": (1000, "V"),
    "maximum_voltage": (1000, "V"),
    "exhaustion_threshold": (10_000, "%"),
    "health_capacity": (10_000, "%"),
    "expected_cycles": (1, "cycles"),
    "cycle_count": (1, "cycles"),
}
"""Attribute → how many of the smallest unit one of the unit that people read is, and that unit."""


def shown_value(value: str | None, attribute: str = "") -> Any:
    """Return a value of an attribute, kept as JSON in smallest units, as a person reads it."""
    if value is None:
        return Markup('<span class="quiet">not for this home to open</span>')
    found = msgspec.json.decode(value)
    if isinstance(found, int) and not isinstance(found, bool) and attribute in UNITS:
        factor, unit = UNITS[attribute]
        return f"{number(found if factor == 1 else found / factor)}{NARROW_SPACE}{unit}"
    return plain(found)


def plain(value: Any) -> Any:
    """Return a value out of JSON as a person reads it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return number(value)
    if isinstance(value, list):
        return Markup(", ").join(escape(plain(one)) for one in value)
    if isinstance(value, dict):
        return Markup(", ").join(
            Markup("{}: {}").format(name, plain(one)) for name, one in value.items()
        )
    return isolated(value)


FILTERS: Mapping[str, Callable[..., Any]] = {
    "moment": moment,
    "channel": plain_name,
    "day": day,
    "number": number,
    "mass": mass,
    "percent": percent,
    "plain": plain,
    "bytes": bytes_of,
    "kind": kind,
    "duration": duration,
    "words": words,
    "short": short,
    "serial": serial,
    "own": isolated,
    "segment": segment,
    "sentence": sentence,
    "value": shown_value,
}
