"""Who owns, holds and answers for each battery, as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import BigInteger, Column, MetaData, Table, bindparam, select

from cellchain.contracts.custody.accept import Accepted
from cellchain.contracts.custody.record import EVERYTHING, Code, Custody
from cellchain.contracts.custody.register import Registered
from cellchain.contracts.custody.release import Released
from cellchain.ledger.projection import Insert, Upsert, View
from cellchain.ledger.question import Question
from cellchain.ledger.table import NAME, Packed, all_of, clamped, packed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Select

    from cellchain.ledger.projection import Batch, Change, Happening, RowTuple


METADATA = MetaData()
CUSTODY = Table(
    "custody_custody",
    METADATA,
    Column("battery", NAME, primary_key=True),
    Column("owner", NAME, nullable=False),
    Column("holder", NAME, nullable=False),
    Column("responsible", NAME, nullable=False),
    Column("gb_t_34014", NAME, nullable=False),
    Column("offered_to", NAME, index=True),
    Column("offered_by", NAME, index=True),
    Column("offered", Packed(tuple[str, ...]), nullable=False),
    Column("offer_ends_ms", BigInteger),
)
CODE = Table(
    "custody_code",
    METADATA,
    Column("code", NAME, primary_key=True),
    Column("battery", NAME, nullable=False),
)
HAND_OVER = Table(
    "custody_hand_over",
    METADATA,
    Column("battery", NAME, primary_key=True),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("height", BigInteger, nullable=False),
    Column("time_ms", BigInteger, nullable=False),
    Column("transaction", NAME),
    Column("giver", NAME),
    Column("receiver", NAME, nullable=False),
    Column("changes", Packed(tuple[str, ...]), nullable=False),
    sqlite_with_rowid=False,
)


class CustodyRow(msgspec.Struct, frozen=True, kw_only=True):
    """Who has which right to a battery."""

    battery: str
    owner: str
    holder: str
    responsible: str
    gb_t_34014: str
    offered_to: str | None
    offered: tuple[str, ...]
    """What the pending offer gives away; empty without one."""
    offer_ends_ms: int | None

    @property
    def giver(self) -> str | None:
        """Who made the pending offer."""
        giver: str | None = getattr(self, self.offered[0]) if self.offered else None
        return giver

    @property
    def installed(self) -> bool:
        """Whether a contract holds it as a part of another, whose hands then count."""
        return self.holder.startswith("contract:")


class HandOver(msgspec.Struct, frozen=True, kw_only=True):
    """A battery changed hands, was registered, or left a whole."""

    battery: str
    position: int
    height: int
    time_ms: int
    transaction: str | None
    giver: str | None
    """``None`` where it was registered or left a whole."""
    receiver: str
    changes: tuple[str, ...]
    """``holder``, ``owner``, ``responsible``: what the receiver became."""


def project(batch: Batch) -> Iterator[Change]:
    """Yield the custodies that were touched, and every change of hands."""
    touched = batch.touched(Custody)
    yield Upsert(CUSTODY, [_row(subject, found) for subject, found in touched.items() if found])
    codes = {subject: code for subject, code in batch.touched(Code).items() if code}
    yield Insert(CODE, [(subject, code.battery) for subject, code in codes.items()])
    changes = [_change(h, None, e.maker, EVERYTHING) for h, e in batch.of(Registered)]
    changes += [_change(h, e.giver, e.receiver, e.changes) for h, e in batch.of(Accepted)]
    changes += [_change(h, None, e.holder, EVERYTHING) for h, e in batch.of(Released)]
    yield Insert(HAND_OVER, changes)


VIEW = View(name="custody", tables=(CUSTODY, CODE, HAND_OVER), project=project)


def _row(subject: str, found: Custody) -> RowTuple:
    offered = found.offered if found.offered_to is not None else ()
    return (
        subject,
        found.owner,
        found.holder,
        found.responsible,
        found.gb_t_34014,
        found.offered_to,
        getattr(found, offered[0]) if offered else None,
        packed(offered),
        found.offer_ends_ms,
    )


def _change(
    happening: Happening, giver: str | None, receiver: str, changes: tuple[str, ...]
) -> RowTuple:
    return (
        happening.subject,
        happening.position,
        happening.height,
        happening.time_ms,
        happening.transaction,
        giver,
        receiver,
        packed(changes),
    )


def _custodies() -> Select[Any]:
    return select(*[c for c in CUSTODY.c if c.key != "offered_by"])


_BY_BATTERY = Question(_custodies().where(CUSTODY.c.battery == bindparam("battery")), CustodyRow)
_HAND_OVERS = Question(
    select(HAND_OVER)
    .where(HAND_OVER.c.battery == bindparam("battery"))
    .order_by(HAND_OVER.c.position)
    .limit(bindparam("limit")),
    HandOver,
)


def custody(db: Connection, battery: str) -> CustodyRow | None:
    """Return who has which right to a battery."""
    return _BY_BATTERY.first(db, battery=battery)


def by_code(db: Connection, code: str) -> str | None:
    """Return the battery that bears a GB/T 34014 code."""
    found: str | None = db.execute(select(CODE.c.battery).where(CODE.c.code == code)).scalar()
    return found


def offers_to(db: Connection, party: str, *, limit: int = 1000) -> tuple[CustodyRow, ...]:
    """Return the batteries that are offered to a party, over by time or not."""
    wanted = _custodies().where(CUSTODY.c.offered_to == party).order_by(CUSTODY.c.battery)
    return all_of(db, wanted.limit(clamped(limit)), CustodyRow)


def offers_by(db: Connection, party: str, *, limit: int = 1000) -> tuple[CustodyRow, ...]:
    """Return the batteries that a party offers."""
    wanted = _custodies().where(CUSTODY.c.offered_by == party).order_by(CUSTODY.c.battery)
    return all_of(db, wanted.limit(clamped(limit)), CustodyRow)


def hand_overs(db: Connection, battery: str, *, limit: int = 1000) -> tuple[HandOver, ...]:
    """Return how a battery went from hand to hand, the first first."""
    return tuple(_HAND_OVERS.all(db, battery=battery, limit=clamped(limit)))
