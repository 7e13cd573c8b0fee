"""What the desk of an organisation shows: figures of its fleet, and what waits for it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import and_, func, or_, select

from cellchain.contracts.custody.view import CustodyRow, offers_by, offers_to
from cellchain.contracts.material.view import LotRow, lots
from cellchain.contracts.passport.view.tables import (
    ATTRIBUTE,
    BATTERY,
    NO_HOLDER,
    NO_MAKER,
    PASSPORT,
    PUBLIC,
)
from cellchain.contracts.telemetry.view import WINDOW
from cellchain.ledger.table import all_of, clamped

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection


class Fleet(msgspec.Struct, frozen=True, kw_only=True):
    """Figures of all batteries, or of those in a party's hands."""

    total: int
    by_sort: dict[str, int]
    by_phase: dict[str, int]
    by_status: dict[str, int]
    by_category: dict[str, int]
    in_service: int
    retired: int
    windows: int
    """Anchored windows of readings."""
    readings: int
    """Readings in them."""


class DraftRow(msgspec.Struct, frozen=True, kw_only=True):
    """A passport that waits to be issued."""

    passport: str
    category: str
    changed_ms: int
    stated: int
    """How many attributes have a value."""


class LackingRow(msgspec.Struct, frozen=True, kw_only=True):
    """An issued passport that lacks public values."""

    passport: str
    missing: int


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """What needs a party."""

    batteries: tuple[CustodyRow, ...]
    """Batteries that are offered to it."""
    lots: tuple[LotRow, ...]
    """Lots that are offered to it."""
    drafts: tuple[DraftRow, ...]
    lacking: tuple[LackingRow, ...]
    offered: tuple[CustodyRow, ...]
    """Batteries that it offers, and that nobody has taken yet."""


def fleet(db: Connection, *, holder: str | None = None) -> Fleet:
    """Return the figures of all batteries, or of those that a party holds."""
    table = NO_HOLDER if holder is None else NO_MAKER
    facets = ("sort", "phase", "status", "category")
    wanted = select(*[table.c[facet] for facet in facets], table.c.count.label("number"))
    if holder is not None:
        wanted = wanted.where(NO_MAKER.c.holder == holder)
    found = db.execute(wanted).all()
    by = {facet: Counter[str]() for facet in facets}
    for row in found:
        for facet in facets:
            by[facet][getattr(row, facet)] += row.number
    seen = select(func.count(), func.coalesce(func.sum(WINDOW.c.count), 0))
    if holder is not None:
        theirs = select(BATTERY.c.battery).where(BATTERY.c.holder == holder)
        seen = seen.where(WINDOW.c.battery.in_(theirs))
    windows, readings = db.execute(seen.select_from(WINDOW)).one()
    return Fleet(
        total=sum(row.number for row in found),
        by_sort=dict(by["sort"]),
        by_phase=dict(by["phase"]),
        by_status=dict(by["status"]),
        by_category=dict(by["category"]),
        in_service=by["status"]["in_service"],
        retired=by["status"]["retired"],
        windows=windows,
        readings=int(readings),
    )


def waiting_for(db: Connection, party: str, *, limit: int = 50) -> Waiting:
    """Return what needs a party, at most ``limit`` of each."""
    limit = clamped(limit)
    return Waiting(
        batteries=offers_to(db, party, limit=limit),
        lots=lots(db, offered_to=party, limit=limit).rows,
        drafts=_drafts(db, party, limit),
        lacking=_lacking(db, party, limit),
        offered=offers_by(db, party, limit=limit),
    )


def _drafts(db: Connection, party: str, limit: int) -> tuple[DraftRow, ...]:
    stated = select(func.count()).where(ATTRIBUTE.c.passport == PASSPORT.c.passport)
    wanted = select(
        PASSPORT.c.passport,
        PASSPORT.c.category,
        PASSPORT.c.changed_ms,
        stated.scalar_subquery().label("stated"),
    ).where(PASSPORT.c.phase == "draft", _answers(party, "draft"))
    return all_of(db, wanted.order_by(PASSPORT.c.passport).limit(limit), DraftRow)


def _answers(party: str, *phases: str) -> ColumnElement[bool]:
    """Passports that ``party`` answers for: of a model or batch who drafted it."""
    own = select(BATTERY.c.battery).where(
        BATTERY.c.responsible == party, BATTERY.c.phase.in_(phases)
    )
    drafted = and_(PASSPORT.c.operator == party, PASSPORT.c.level != "item")
    return or_(PASSPORT.c.passport.in_(own), drafted)


def _lacking(db: Connection, party: str, limit: int) -> tuple[LackingRow, ...]:
    """Return living passports of batteries that lack public values; it looks at a page of them."""
    living = ("issued", "amended")
    theirs = select(BATTERY.c.battery).where(
        BATTERY.c.responsible == party, BATTERY.c.phase.in_(living)
    )
    names = db.execute(theirs.order_by(BATTERY.c.battery).limit(limit)).scalars().all()
    models = {name: name.partition("/21/")[0] for name in names}
    places = {*models, *models.values()}
    stated: dict[str, set[str]] = {place: set() for place in places}
    found = select(ATTRIBUTE.c.passport, ATTRIBUTE.c.name).where(ATTRIBUTE.c.passport.in_(places))
    for passport, name in db.execute(found):
        stated[passport].add(name)
    missing = {name: len(PUBLIC - stated[name] - stated[model]) for name, model in models.items()}
    return tuple([LackingRow(passport=n, missing=count) for n, count in missing.items() if count])
