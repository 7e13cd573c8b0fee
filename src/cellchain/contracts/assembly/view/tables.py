"""Cells, modules, packs and vehicles, what they are made of and what became of them, as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import BigInteger, Column, Index, MetaData, Table, bindparam, select

from cellchain.contracts.assembly.record import Item
from cellchain.ledger.projection import Insert, Upsert, View
from cellchain.ledger.question import Question, among
from cellchain.ledger.table import NAME, Packed, packed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection

    from cellchain.ledger.projection import Batch, Change, RowTuple

METADATA = MetaData()
ITEM = Table(
    "assembly_item",
    METADATA,
    Column("battery", NAME, primary_key=True),
    Column("sort", NAME, nullable=False),
    Column("maker", NAME, nullable=False),
    Column("made_ms", BigInteger, nullable=False),
    Column("mass_mg", BigInteger, nullable=False),
    Column("elements_mg", Packed(dict[str, int]), nullable=False),
    Column("gained_ppm", BigInteger, nullable=False),
    Column("lots", Packed(tuple[tuple[str, int], ...]), nullable=False),
    Column("parts", Packed(tuple[str, ...]), nullable=False),
    Column("whole", NAME),
    Column("since_ms", BigInteger, nullable=False),
    Column("in_service_ms", BigInteger),
    Column("retired_ms", BigInteger),
    Index("assembly_item_whole", "whole", "sort", "lots"),
)
MADE = Table(
    "assembly_made",
    METADATA,
    Column("lot", NAME, primary_key=True),
    Column("battery", NAME, primary_key=True),
    sqlite_with_rowid=False,
)


class ItemRow(msgspec.Struct, frozen=True, kw_only=True):
    """A cell, module, pack or vehicle."""

    battery: str
    sort: str
    maker: str
    made_ms: int
    mass_mg: int
    elements_mg: dict[str, int]
    gained_ppm: int
    lots: tuple[tuple[str, int], ...]
    """Lots that went into it, and masses, milligrams."""
    parts: tuple[str, ...]
    whole: str | None
    since_ms: int
    in_service_ms: int | None
    retired_ms: int | None


def project(batch: Batch) -> Iterator[Change]:
    """Yield the items that were touched, and the lots that they were made of."""
    items = {subject: found for subject, found in batch.touched(Item).items() if found}
    yield Upsert(ITEM, [_row(subject, found) for subject, found in items.items()])
    yield Insert(MADE, [(lot, s) for s, found in items.items() for lot, _ in found.lots])


VIEW = View(name="assembly", tables=(ITEM, MADE), project=project)


def _row(subject: str, item: Item) -> RowTuple:
    return (
        subject,
        item.sort,
        item.maker,
        item.made_ms,
        item.mass_mg,
        packed(item.elements_mg),
        item.gained_ppm,
        packed(item.lots),
        packed(item.parts),
        item.whole,
        item.since_ms,
        item.in_service_ms,
        item.retired_ms,
    )


_ITEM = Question(select(ITEM).where(ITEM.c.battery == bindparam("battery")), ItemRow)
_ITEMS = Question(select(ITEM).where(among(ITEM.c.battery)), ItemRow)
_WHOLE: Question[tuple[str | None]] = Question(
    select(ITEM.c.whole).where(ITEM.c.battery == bindparam("battery"))
)


def item(db: Connection, battery: str) -> ItemRow | None:
    """Return an item."""
    return _ITEM.first(db, battery=battery)


def items(db: Connection, batteries: Sequence[str]) -> tuple[ItemRow, ...]:
    """Return those of these items that there are."""
    return tuple(_ITEMS.of(db, list(dict.fromkeys(batteries))))


def parts(db: Connection, battery: str) -> tuple[ItemRow, ...]:
    """Return what is directly in an item, in order of installation."""
    whole = item(db, battery)
    listed = whole.parts if whole else ()
    found = {part.battery: part for part in items(db, listed)}
    return tuple([found[part] for part in listed if part in found])


def outermost(db: Connection, battery: str) -> str:
    """Return the whole that an item goes along with; itself where it stands alone."""
    while True:
        found = _WHOLE.first(db, battery=battery)
        if found is None or found[0] is None:
            return battery
        battery = found[0]
