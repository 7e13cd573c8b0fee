"""Numbers, times, masses and names, written for people."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec
from markupsafe import Markup, escape

from cellchain.web.frame.escaping import escaped
from cellchain.web.frame.languages import catalogue
from cellchain.web.frame.languages.figures import category_in, day_in, number_in
from cellchain.web.frame.life import steps
from cellchain.web.frame.scale import plain_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_MASSES = ((10**9, "t"), (10**6, "kg"), (10**3, "g"), (1, "mg"))
_SPANS = ((86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1000, "s"))
NARROW_SPACE = "\u202f"
FULL, EXACT = 10_000, 10**15
"""From where six digits would lose cents, and from where a double has none."""
_TURNING = dict.fromkeys((0x200E, 0x200F, 0x061C, *range(0x202A, 0x202F), *range(0x2066, 0x206A)))
"""Characters that steer the direction of a text (Unicode Standard Annex 9)."""
WORDS: Mapping[str, str] = {
    "legitimate-interest": "legitimate interest",
    "ev": "electric vehicle",
    "in_service": "in service",
    "lmt": "light means of transport",
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
def day(time_ms: int | None, language: str = "") -> Markup:
    """Return the day of a time; as it is sorted, or as it is written in a language."""
    if time_ms is None:
        return Markup("—")
    found = datetime.fromtimestamp(time_ms / 1000, tz=UTC).date()
    told = day_in(found, language) if language else found.isoformat()
    return Markup(f'<time datetime="{found.isoformat()}">{escaped(told)}</time>')  # noqa: S704  # escaped


def number(value: float | None, language: str = "") -> str:
    """Return a number with its thousands apart, with the separators of a language."""
    if value is None:
        return "—"
    text = f"{value:,}" if isinstance(value, int) else f"{value:,.6g}"
    return number_in(text, language) if language else text.replace(",", NARROW_SPACE)


def cell(value: float) -> str:
    """Return a number of a table: six digits, and of large ones every whole one and hundredths.

    An amount of money is a number of cents or has two decimals, and loses none of them.
    """
    if not FULL <= abs(value) < EXACT:
        return f"{value:.6g}"
    text = f"{value:,.2f}".replace(",", NARROW_SPACE)
    return text.rstrip("0").removesuffix(".")


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
    """Return a text of ours with a capital letter at its beginning.

    A name that somebody gave may stand in it, unmarked: what turns a line around is left out.
    """
    return (text[:1].upper() + text[1:]).translate(_TURNING)


def all_of(names: Sequence[str]) -> str:
    """Return words of ours in a row: a, b and c."""
    *first, last = names or ("nothing",)
    return f"{', '.join(first)} and {last}" if first else last


def serial(battery: str) -> str:
    """Return the serial in a battery's name."""
    return battery.rpartition("/")[2]


def isolated(text: object) -> Markup:
    """Return a text that others wrote, kept from turning the line around."""
    return Markup(f"<bdi>{escaped(text)}</bdi>")  # noqa: S704  # `format` takes ten times as long


@lru_cache(maxsize=4096)
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


def shown_value(
    value: str | None,
    attribute: str = "",
    language: str = "",
    names: Mapping[str, str] | None = None,
) -> Any:
    """Return a value of an attribute, kept as JSON in smallest units, as a person reads it.

    Args:
        value: The JSON.
        attribute: Of what it is the value.
        language: Of the reader; English, with days as they are sorted, where it is empty.
        names: Names of parties for people.
    """
    if value is None:
        return Markup('<span class="quiet">not for this home to open</span>')
    found = msgspec.json.decode(value)
    if isinstance(found, int) and not isinstance(found, bool) and attribute in UNITS:
        factor, unit = UNITS[attribute]
        shown = number(found if factor == 1 else found / factor, language)
        unit = catalogue(language)[unit] if language and unit == "cycles" else unit
        return f"{shown}{NARROW_SPACE}{unit}"
    if isinstance(found, str):
        return isolated(_told(found, attribute, language, names or {}))
    return plain(found, language)


def _told(found: str, attribute: str, language: str, names: Mapping[str, str]) -> str:
    if attribute == "passport_operator":
        return names.get(found, found)
    if language and attribute == "category":
        return category_in(found, language)
    if language and attribute == "manufacturing_date":
        with suppress(ValueError):
            return day_in(date.fromisoformat(found), language)
    return found


def plain(value: Any, language: str = "") -> Any:
    """Return a value out of JSON as a person reads it."""
    if isinstance(value, bool):
        word = "yes" if value else "no"
        return catalogue(language)[word] if language else word
    if isinstance(value, int | float):
        return number(value, language)
    if isinstance(value, list):
        figures = bool(language) and all(isinstance(one, int | float) for one in value)
        between = Markup("; ") if figures else Markup(", ")  # a comma may be in a number there
        return between.join(escape(plain(one, language)) for one in value)
    if isinstance(value, dict):
        return Markup(", ").join(
            Markup("{}: {}").format(name, plain(one, language)) for name, one in value.items()
        )
    return isolated(value)


FILTERS: Mapping[str, Callable[..., Any]] = {
    "all_of": all_of,
    "cell": cell,
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
    "steps": steps,
    "value": shown_value,
}
