"""Passports with their values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import bindparam, select

from cellchain.contracts.passport.attributes import ATTRIBUTES
from cellchain.contracts.passport.view.tables import ATTRIBUTE, PASSPORT, PUBLIC
from cellchain.ledger.question import Question, among
from cellchain.ledger.table import Listed, page_of

if TYPE_CHECKING:
    from sqlalchemy import Connection


class AttributeRow(msgspec.Struct, frozen=True, kw_only=True):
    """A value of a passport."""

    passport: str
    """The passport that it is stated in: the battery's own, or that of its batch or model."""
    name: str
    point: int
    """Number of the data point in the Commission's guidance."""
    access: str
    """``public``, ``legitimate-interest`` or ``authority``: who may read it."""
    dynamic: bool
    value: str | None
    """The value as JSON; ``None`` where this home cannot open it."""
    commitment: str
    evidence: tuple[str, ...]
    """Documents that support it."""
    stated_by: str
    stated_ms: int
    version: int
    position: int
    """Position of the event that stated it, for its proof."""


class PassportRow(msgspec.Struct, frozen=True, kw_only=True):
    """A passport."""

    passport: str
    level: str
    """``model``, ``batch`` or ``item``."""
    category: str
    phase: str
    operator: str
    """Who drafted it."""
    version: int
    commitment: str | None
    predecessors: tuple[str, ...]
    successors: tuple[str, ...]
    position: int
    """Position of the event that changed it last."""
    changed_ms: int
    """Time of the block that changed it last."""

    @property
    def issued(self) -> bool:
        """Whether it was ever issued; a draft that was given up never was."""
        return self.version > 0


class PassportShown(msgspec.Struct, frozen=True, kw_only=True):
    """A passport with its values, those of its batch and model included."""

    passport: PassportRow
    attributes: tuple[AttributeRow, ...]
    """In order of their points. The viewer's access is for the caller to look at."""
    missing: tuple[str, ...]
    """Public static attributes without a value anywhere."""


def _shown(**row: Any) -> AttributeRow:
    rule = ATTRIBUTES[row["name"]]
    return AttributeRow(**row, point=rule.point, access=rule.access, dynamic=rule.dynamic)


_PASSPORT_BY_ID = Question(
    select(PASSPORT).where(PASSPORT.c.passport == bindparam("passport")), PassportRow
)


_ATTRIBUTES = Question(select(ATTRIBUTE).where(among(ATTRIBUTE.c.passport)), _shown)


_ATTRIBUTE = Question(
    select(ATTRIBUTE).where(
        ATTRIBUTE.c.passport == bindparam("passport"), ATTRIBUTE.c.name == bindparam("name")
    ),
    _shown,
)


def passport(db: Connection, identity: str) -> PassportShown | None:
    """Return a passport with its values; those of a battery take the place of its model's."""
    found = _PASSPORT_BY_ID.first(db, passport=identity)
    if found is None:
        return None
    model = "/".join(identity.split("/")[:2])
    rows = list(_ATTRIBUTES.of(db, list({identity, model})))
    chosen = {row.name: row for row in sorted(rows, key=lambda row: row.passport == identity)}
    return PassportShown(
        passport=found,
        attributes=tuple(sorted(chosen.values(), key=lambda row: (row.point, row.name))),
        missing=tuple(sorted(PUBLIC - chosen.keys(), key=lambda name: ATTRIBUTES[name].point)),
    )


def passports(
    db: Connection,
    *,
    level: str | None = None,
    phase: str | None = None,
    operator: str | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Listed[PassportRow]:
    """Return passports in order of their ids."""
    wanted = select(PASSPORT)
    chosen = {PASSPORT.c.level: level, PASSPORT.c.phase: phase, PASSPORT.c.operator: operator}
    wanted = wanted.where(
        *[column == value for column, value in chosen.items() if value is not None]
    )
    return page_of(db, wanted, PassportRow, by=[PASSPORT.c.passport], after=after, limit=limit)


def attribute(db: Connection, passport: str, name: str) -> AttributeRow | None:
    """Return one value of one passport, not of its model."""
    return _ATTRIBUTE.first(db, passport=passport, name=name)
