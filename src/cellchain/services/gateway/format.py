"""Format mappings: which column of a table is which channel, in which unit, by which sign.

A mapping is a small TOML file. The ones that ship lie in `formats/`; a path names any other.

    [time]      column, format (local, rfc3339, unix_ms, unix_s or a pattern of strptime), zone
    [[channel]] column, name, unit, smallest; where needed: sign, offset, round, width_bytes,
                optional, with_column, without_column

``V_{n}`` matches ``V_1``, ``V_2`` … and ``cell_voltage_{n}_mv`` takes the number over; ``{name}``
does the same with a word. A mapping that contradicts itself is refused before a row is read.
"""

from __future__ import annotations

import re
import tomllib
from fractions import Fraction
from importlib import resources
from typing import Any, Literal

import msgspec

from cellchain.core.errors import Refused
from cellchain.core.quantities import UNITS

_PLACE = re.compile(r"\{(n|name)\}")
_PLACES = {"n": r"([0-9]{1,6})", "name": r"([a-z][a-z0-9_]*?)"}
_DECIMAL = re.compile(r"-?[0-9]{1,9}(?:\.[0-9]{1,9})?")
_FORMAT_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")

_MORE_UNITS: dict[str, dict[str, Fraction]] = {
    "mK": {"degC": Fraction(10**3)},
    "m/h": {"m/h": Fraction(1), "km/h": Fraction(10**3)},
    "1": {"1": Fraction(1)},
}
ZERO_POINTS = {("mK", "degC"): Fraction(273_150)}
"""Smallest unit and unit → the count at zero: 0 °C is 273.15 K exactly (BIPM SI brochure)."""


class TimeRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the time of a row is and how it is written."""

    column: str
    format: str = "local"
    """``local`` (2021-05-05 09:10:00), ``rfc3339``, ``unix_ms``, ``unix_s``, or a pattern."""
    zone: str = ""
    """IANA time zone of ``local`` times and patterns."""


class ChannelRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which columns become which channels.

    count = sign · (value + offset) · factor of the unit + its zero point
    """

    column: str
    name: str
    unit: str
    """Unit in the table."""
    smallest: str
    """Unit of the channel."""
    sign: Literal[1, -1] = 1
    offset: str = "0"
    """Decimal number added to each value, in the unit of the table."""
    round: bool = False
    """Whether values between two counts are rounded, half to even, instead of rejected."""
    width_bytes: Literal[4, 8] = 4
    optional: bool = False
    """Whether a table may be without it."""
    with_column: str = ""
    """The rule holds only in tables that have this column."""
    without_column: str = ""
    """The rule holds only in tables that do not have this column."""

    @property
    def factor(self) -> Fraction:
        """How many smallest units one unit holds, with the sign."""
        return self.sign * _factors(self.smallest)[self.unit]

    @property
    def zero(self) -> Fraction:
        """The count of the value zero."""
        start = ZERO_POINTS.get((self.smallest, self.unit), Fraction(0))
        return start + Fraction(self.offset) * self.factor

    @property
    def pattern(self) -> re.Pattern[str]:
        """What the names of its columns look like."""
        literal, *rest = _PLACE.split(self.column)
        text = re.escape(literal)
        if rest:
            place, after = rest
            text += _PLACES[place] + re.escape(after)
        return re.compile(text)

    def channel_name(self, found: re.Match[str]) -> str:
        """Return the name of the channel of the column that was ``found``."""
        return _PLACE.sub(lambda _: found[1], self.name)


class Format(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole mapping."""

    description: str
    time: TimeRule
    channel: tuple[ChannelRule, ...]
    missing: tuple[str, ...] = ("",)
    """What a cell without a measurement holds."""
    ignored: tuple[str, ...] = ()
    """Columns that are left out on purpose."""
    source: str = ""
    """Where such tables come from."""


def shipped_formats() -> list[str]:
    """Return the names of the mappings that ship."""
    folder = resources.files("cellchain.services.gateway") / "formats"
    return sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if ".toml" in f.name)


def shipped_format(name: str) -> Format:
    """Return the mapping that ships under ``name``.

    Raises:
        Refused: ``format.unknown``.
    """
    folder = resources.files("cellchain.services.gateway") / "formats"
    file = folder / f"{name}.toml"
    if not _FORMAT_NAME.fullmatch(name) or not file.is_file():
        raise Refused(
            "format.unknown",
            f"there is no format {name[:40]!a}",
            remedy=f"one of {', '.join(shipped_formats())}, or the path of a TOML file",
        )
    return parse_format(file.read_text("utf-8"))


def parse_format(text: str) -> Format:
    """Return the mapping that the TOML ``text`` describes.

    Raises:
        Refused: ``format.malformed``: no TOML, or unknown, missing or mistyped fields;
            ``format.unit``, ``format.pattern``, ``format.time``, ``format.twice``.
    """
    try:
        fields: dict[str, Any] = tomllib.loads(text)
        found = msgspec.convert(fields, Format)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise Refused("format.malformed", f"this is not a format mapping: {error}") from error
    if not found.channel:
        raise Refused("format.malformed", "a mapping names at least one [[channel]]")
    _check_time(found.time)
    for rule in found.channel:
        _check_rule(rule)
    return found


def _check_time(rule: TimeRule) -> None:
    local = rule.format == "local" or "%" in rule.format
    if not local and rule.format not in {"rfc3339", "unix_ms", "unix_s"}:
        raise Refused("format.time", f"{rule.format!a} is not a way to write times")
    if not local and rule.zone:
        raise Refused("format.time", f"times as {rule.format} need no zone")


def _check_rule(rule: ChannelRule) -> None:
    if rule.unit not in _factors(rule.smallest):
        raise Refused(
            "format.unit",
            f"{rule.column}: no exact way from {rule.unit!a} to {rule.smallest!a}",
            remedy=f"it is read from {', '.join(_factors(rule.smallest)) or 'nothing'}",
        )
    places = [_PLACE.findall(text) for text in (rule.column, rule.name)]
    if len(places[0]) > 1 or places[0] != places[1]:
        raise Refused("format.pattern", f"{rule.column} and {rule.name} have different places")
    if not _DECIMAL.fullmatch(rule.offset) or rule.zero.denominator != 1:
        raise Refused(
            "format.unit", f"{rule.column}: offset {rule.offset!a} is no whole {rule.smallest}"
        )


def _factors(smallest: str) -> dict[str, Fraction]:
    return {**UNITS.get(smallest, {}), **_MORE_UNITS.get(smallest, {})}
