"""What firms tell, month by month: the table that is read, and what in it cannot be.

Columns: ``firm, month, jurisdiction, item, amount, unit, activity``, a row a quantity.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from cellchain.core.errors import Refused
from cellchain.services.analysis.spelling import check_spelling
from cellchain.services.analysis.table import shown
from cellchain.services.tax.items import ALIASES, FLAG, ITEMS, SHARE
from cellchain.services.tax.rulebook import Missing, jurisdictions, rulebook

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from cellchain.services.analysis.table import Table
    from cellchain.services.tax.items import Item

COLUMNS = ("firm", "month", "jurisdiction", "item", "amount", "unit", "activity")
ROWS_MAX = 100_000
"""Of a table: some thousands of firms a year; each row may become ten of the answer."""
YEAR_MAX = 2100
ACTIVITY = "activity"
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])(?:-01)?", re.ASCII)
_AMOUNT = re.compile(r"-?\d{1,15}(\.\d{1,12})?", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}")
Month = int
"""Months since the year 0."""


def month_name(month: Month) -> str:
    """Return ``YYYY-MM``."""
    return f"{month // 12:04}-{month % 12 + 1:02}"


@dataclass(frozen=True, slots=True)
class Firm:
    """What one firm tells of one jurisdiction.

    Attributes:
        name: Of the firm.
        jurisdiction: Of its code.
        amounts: By item, month and activity; the activity is empty where there is none.
        units: Of each item.
    """

    name: str
    jurisdiction: str
    amounts: dict[str, dict[Month, dict[str, Decimal]]] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)

    def by_activity(self, item: str, month: Month) -> dict[str, Decimal]:
        """Return the amounts of an item in a month, in the order of the activities' names.

        Raises:
            Missing: nothing is told.
        """
        found = self.amounts.get(item, {}).get(month)
        if found is None:
            raise Missing(f"no {item} of {month_name(month)}")
        return dict(sorted(found.items()))

    def amount(self, item: str, month: Month) -> Decimal:
        """Return an item of a month, all activities together.

        Raises:
            Missing: nothing is told.
        """
        return sum(self.by_activity(item, month).values(), Decimal(0))

    def perhaps(self, item: str, month: Month) -> Decimal | None:
        """Return an item of a month that nobody must tell, or nothing."""
        found = self.amounts.get(item, {}).get(month)
        return None if found is None else sum(found.values(), Decimal(0))

    def months(self, item: str) -> list[Month]:
        """Return the months in which an item is told."""
        return sorted(self.amounts.get(item, {}))


def firms_of(table: Table, on: date) -> list[Firm]:
    """Return the firms of a table, by name and jurisdiction, whatever the order of its rows.

    Raises:
        Refused: ``table.column``; ``tax.rows``, ``tax.key``, ``tax.month``, ``tax.jurisdiction``,
            ``tax.item``, ``tax.activity``, ``tax.amount``, ``tax.unit``, ``tax.currency``,
            ``tax.twice``, ``tax.too_early``, ``tax.not_known``: the row, and what clashes.
    """
    if table.rows > ROWS_MAX:
        raise Refused(
            "tax.rows",
            f"the table has {table.rows} rows, at most {ROWS_MAX} are answered at once",
            remedy="ask for some of the firms, then for the others",
        )
    check_spelling("firms", table, COLUMNS[:-1], (ACTIVITY,))
    found: dict[tuple[str, str], Firm] = {}
    for number, cells in enumerate(zip(*_columns(table), strict=True), 1):
        row = _Row(number, *cells)
        one = found.setdefault((row.firm, row.jurisdiction), Firm(row.firm, row.jurisdiction))
        _take(one, row, on)
    return [found[key] for key in sorted(found)]


@dataclass(frozen=True, slots=True)
class _Row:
    """The cells of a row, as they are written."""

    number: int
    firm: str
    month: str
    jurisdiction: str
    item: str
    amount: str
    unit: str
    activity: str

    def refused(self, code: str, told: str, *, remedy: str = "") -> Refused:
        return Refused(code, f"row {self.number}: {told}", remedy=remedy)


def _columns(table: Table) -> Iterator[list[str]]:
    for name in COLUMNS:
        if name == ACTIVITY and name not in table.columns:
            yield [""] * table.rows
            continue
        cells = [(one or "").strip() for one in table.texts(name).cells()]
        if name != ACTIVITY and not all(cells):
            raise Refused("tax.key", f"row {cells.index('') + 1}: there is no {name}")
        yield cells


def _take(one: Firm, row: _Row, on: date) -> None:
    kind = _kind(row)
    if one.units.setdefault(row.item, row.unit) != row.unit:
        told = f"{row.item} is in {row.unit}, and in {one.units[row.item]} before"
        raise row.refused("tax.currency", told, remedy="convert one of them")
    activity = _activity(row, kind)
    month = _month(row, on)
    held = one.amounts.setdefault(row.item, {}).setdefault(month, {})
    if activity in held:
        what = " ".join(filter(None, (row.firm, row.month, row.item, activity)))
        raise row.refused("tax.twice", f"{shown(what)} is there twice")
    held[activity] = _amount(row, kind)
    if kind.within:
        _check_within(row, kind, month, held[activity], on)


def _kind(row: _Row) -> Item:
    if row.jurisdiction not in ITEMS:
        known = ", ".join(jurisdictions())
        raise row.refused("tax.jurisdiction", f"{shown(row.jurisdiction)!a} is none of {known}")
    items = ITEMS[row.jurisdiction]
    if row.item not in items:
        told = f"{shown(row.item)!a} is no item of {row.jurisdiction}: {', '.join(items)}"
        raise row.refused("tax.item", told)
    kind = items[row.item]
    if row.unit == kind.unit or (kind.any_currency and _CURRENCY.fullmatch(row.unit)):
        return kind
    told = f"{row.item} of {row.jurisdiction} is in {kind.unit}, not in {shown(row.unit)!a}"
    if _CURRENCY.fullmatch(kind.unit) and _CURRENCY.fullmatch(row.unit):
        remedy = "convert it by the rate of the day that the law names; none is assumed here"
        raise row.refused("tax.currency", told, remedy=remedy)
    raise row.refused("tax.unit", told, remedy="convert it")


def _activity(row: _Row, kind: Item) -> str:
    named = ALIASES.get(row.activity, row.activity)
    if named in (*kind.activities, *kind.parts) or not (named or kind.activities):
        return named
    if not kind.activities:
        told = f"{row.item} has no activity {shown(row.activity)!a}"
        raise row.refused("tax.activity", told)
    told = f"{row.item} of {shown(row.activity)!a}: name one of {', '.join(kind.activities)}"
    raise row.refused("tax.activity", told)


def _month(row: _Row, on: date) -> Month:
    match = _MONTH.fullmatch(row.month)
    if match is None:
        raise row.refused("tax.month", f"{shown(row.month)!a} is no month", remedy="write YYYY-MM")
    year, month = int(match[1]), int(match[2])
    book = rulebook(row.jurisdiction, on)
    if on < book.first_known:
        told = f"of {row.jurisdiction} no law of the tables was known on {on}"
        raise row.refused("tax.not_known", told, remedy=f"ask on {book.first_known} or later")
    if (year, month) < (book.first_valid.year, book.first_valid.month):
        since = f"the laws that the tables have of {row.jurisdiction}, from {book.first_valid} on"
        raise row.refused("tax.too_early", f"{row.month} is before {since}")
    if year > YEAR_MAX:
        raise row.refused("tax.month", f"{row.month} is after {YEAR_MAX}")
    return year * 12 + month - 1


def _amount(row: _Row, kind: Item) -> Decimal:
    if not _AMOUNT.fullmatch(row.amount):
        remedy = "write digits with a point, at most 15 before and 12 after it"
        raise row.refused("tax.amount", f"{row.item} is {shown(row.amount)!a}", remedy=remedy)
    value = Decimal(row.amount)
    if value < 0 and not kind.signed:
        raise row.refused("tax.amount", f"{row.item} is {row.amount}, and cannot be below 0")
    if kind.unit == SHARE and value > kind.most:
        told = f"{row.item} is {row.amount}, and at most {kind.most}"
        raise row.refused("tax.amount", told, remedy="write a share, not percent: 0.02 for 2 %")
    if kind.unit == FLAG and value not in (0, 1):
        raise row.refused("tax.amount", f"{row.item} is {row.amount}, a flag is 0 or 1")
    return value


def _check_within(row: _Row, kind: Item, month: Month, value: Decimal, on: date) -> None:
    """Refuse a rate that no firm can have by the law of its month, where that is known."""
    try:
        rule = rulebook(row.jurisdiction, on).rule(kind.within, month // 12, month % 12 + 1)
    except Missing:  # told in the rows that ask for it
        return
    least, most = (rule.number(one) * rule.number(f"fap_{one}") for one in ("least", "most"))
    if not least <= value <= most:
        told = (
            f"{row.item} is {row.amount}, outside {least:f} to {most:f}: {rule.number('least')} to"
            f" {rule.number('most')} by {rule.cited}, times the firm's FAP of"
            f" {rule.number('fap_least')} to {rule.number('fap_most')}"
        )
        raise row.refused("tax.amount", told, remedy="write a share, not percent: 0.02 for 2 %")
