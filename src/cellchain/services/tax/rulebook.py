"""The rules that ship, and which of them holds in a month as the law was known on a day."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta  # msgspec reads date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import msgspec

from cellchain.core.errors import Corrupt
from cellchain.science.tax.exact import HALF_UP, ROUNDINGS, to_cent

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

SAID = ("numbers", "bands", "shares", "rounding", "lacks")
"""By what a rule leads to an amount."""
TABLES = ("brazil", "united_states", "china", "european_union")


class Missing(Exception):  # no error: a reason that a row tells
    """What a rule needs and does not have: an item, a band or a rule; told in the answer's row."""


class Changed(Missing):  # no error either
    """The law of a month is not one: it changes on a day other than the first."""


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A piece of a table; what it does not name is wrong in it."""


class Shares(_Part, frozen=True, kw_only=True):
    """How the tax of some bands is split."""

    bands: tuple[int, ...]
    parts: dict[str, Decimal]
    outside: tuple[str, ...] = ()
    """Taxes that are due by their own law in these bands."""
    cap: dict[str, Decimal] = {}
    """Most that a part may be, as a rate of revenue."""
    beyond: dict[str, Decimal] = {}
    """How what is above a cap is shared out."""


class Rule(_Part, frozen=True, kw_only=True):
    """What one law says from one day on."""

    id: str
    law: str
    clause: str
    valid_from: date
    valid_to: date | None = None
    known_from: date
    """Since when it could be known: its publication."""
    numbers: dict[str, Decimal] = {}
    bands: tuple[tuple[str, str, str], ...] = ()
    """Upper limit, nominal rate, deduction; empty where the table lacks them."""
    shares: tuple[Shares, ...] = ()
    rounding: str = HALF_UP
    lacks: str = ""
    """What the law says and the table does not; then the rule answers nothing else."""
    unverified: bool = False
    why: str = ""
    """It is doubtful, beyond that no rule was held against the official gazettes."""

    def rounded(self, amount: Decimal) -> Decimal:
        """Return an amount as the rule rounds it."""
        return to_cent(amount, self.rounding)

    def number(self, name: str) -> Decimal:
        """Return a parameter.

        Raises:
            Missing: the table has none of that name.
        """
        if name not in self.numbers:
            raise Missing(f"{self.id} of {self.valid_from} has no {name.replace('_', ' ')}")
        return self.numbers[name]

    def says_as(self, other: Rule) -> bool:
        """Return whether another one leads to the same amounts."""
        return all(getattr(self, name) == getattr(other, name) for name in SAID)

    @property
    def cited(self) -> str:
        """The law and the clause."""
        return f"{self.law}, {self.clause}" if self.clause else self.law


class _Sheet(_Part, frozen=True, kw_only=True):
    jurisdiction: str
    currency: str
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Rulebook:
    """The rules of a jurisdiction, as known on a day.

    Attributes:
        jurisdiction: Its code.
        currency: In which its amounts are.
        rules: By id.
        on: The day.
        first_known: Since when any of them could be known.
        first_valid: Since when any of them holds.
    """

    jurisdiction: str
    currency: str
    rules: Mapping[str, tuple[Rule, ...]]
    on: date
    first_known: date
    first_valid: date
    _found: dict[tuple[str, int, int], Rule] = field(default_factory=dict, repr=False)

    def rule(self, name: str, year: int, month: int) -> Rule:
        """Return the rule of a name in a month, by those that were known.

        On a day the one that was made last counts: of those in force the last published
        (`Rule.known_from`), and of those published together the one that began last.

        Raises:
            Changed: that is not the same one on every day of the month, or none on some, and they
                do not say the same; what is told of a month is never divided, nor a rule picked.
            Missing: there is none, or it is one that the tables lack.
        """
        found = self._found.get((name, year, month))
        if found is None:
            found = self._found[name, year, month] = self._look_up(name, date(year, month, 1))
        if found.lacks:
            raise Missing(f"{found.lacks} ({found.cited})")
        return found

    def _look_up(self, name: str, first: date) -> Rule:
        last = (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        held = [
            one
            for one in self.rules[name]
            if one.valid_from <= last and (one.valid_to is None or first <= one.valid_to)
        ]
        known = [one for one in held if one.known_from <= self.on]
        if known:
            return _of_every_day(name, known, first, last)
        if held:
            soonest = min(one.known_from for one in held)
            raise Missing(
                f"{name} in {first:%Y-%m} was not known on {self.on}, but from {soonest} on"
            )
        raise Missing(f"the tables have no {name} in {first:%Y-%m}")


def _of_every_day(name: str, known: Sequence[Rule], first: date, last: date) -> Rule:
    begun = {one.valid_from for one in known}
    ended = {one.valid_to + timedelta(days=1) for one in known if one.valid_to is not None}
    rule = _in_force(known, first)
    for day in sorted(one for one in begun | ended if first < one <= last):
        then = _in_force(known, day)
        if rule is None or then is None or not rule.says_as(then):
            before, after = (one.cited if one else "no rule of the tables" for one in (rule, then))
            raise Changed(
                f"the law changes on {day}: {name} is by {before} before that day, and by {after}"
                " from it on; a month is not divided"
            )
    assert rule is not None
    return rule


def _in_force(known: Iterable[Rule], day: date) -> Rule | None:
    held = [
        one
        for one in known
        if one.valid_from <= day and (one.valid_to is None or day <= one.valid_to)
    ]
    return max(held, key=lambda one: (one.known_from, one.valid_from), default=None)


@cache
def rulebook(jurisdiction: str, on: date) -> Rulebook:
    """Return the rules of a jurisdiction of `jurisdictions`, as known on a day."""
    sheet = _sheets()[jurisdiction]
    return Rulebook(
        jurisdiction, sheet.currency, _by_id(sheet.rules), on,
        first_known=min(one.known_from for one in sheet.rules),
        first_valid=min(one.valid_from for one in sheet.rules),
    )  # fmt: skip


def jurisdictions() -> tuple[str, ...]:
    """Return the codes of those that the tables know."""
    return tuple(_sheets())


def every_rule() -> tuple[Rule, ...]:
    """Return the rules of all jurisdictions."""
    return tuple(one for sheet in _sheets().values() for one in sheet.rules)


def parse_rules(name: str, data: bytes) -> _Sheet:
    """Return a table out of its bytes, checked.

    Raises:
        Corrupt: ``tax.table``: it is none, or a rule says what cannot be.
    """
    try:
        found = msgspec.toml.decode(data, type=_Sheet)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _corrupt(name, str(error)) from error
    for one in found.rules:
        _check(name, one)
    return found


def _check(name: str, one: Rule) -> None:
    if one.valid_to is not None and one.valid_to < one.valid_from:
        raise _corrupt(name, f"{one.id} ends before it begins")
    if one.rounding not in ROUNDINGS:
        raise _corrupt(name, f"{one.id} is rounded {one.rounding!a}")
    if one.unverified != bool(one.why):
        raise _corrupt(name, f"{one.id} of {one.valid_from} is unverified without a reason")
    whole = [sum(one.parts.values()) for one in one.shares]
    beyond = [sum(one.beyond.values()) for one in one.shares if one.beyond]
    if any(total != 1 for total in (*whole, *beyond)):
        raise _corrupt(name, f"shares of {one.id} do not add up to 1")
    limits = [Decimal(limit) for limit, _, _ in one.bands]
    if limits != sorted(set(limits)):
        raise _corrupt(name, f"bands of {one.id} do not rise")


def _by_id(rules: Iterable[Rule]) -> dict[str, tuple[Rule, ...]]:
    found: dict[str, list[Rule]] = defaultdict(list)
    for one in rules:
        found[one.id].append(one)
    return {name: tuple(held) for name, held in found.items()}


@cache
def _sheets() -> dict[str, _Sheet]:
    folder = files(f"{__package__}.tables")
    sheets = [parse_rules(name, folder.joinpath(f"{name}.toml").read_bytes()) for name in TABLES]
    return {one.jurisdiction: one for one in sheets}


def _corrupt(name: str, why: str) -> Corrupt:
    return Corrupt("tax.table", f"table {name}: {why}", remedy="install cellchain anew")
