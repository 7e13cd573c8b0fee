"""How the members decide and what they are deciding, as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from sqlalchemy import BigInteger, Column, MetaData, Table, select

from cellchain.contracts.governance.record import (
    Agreement,
    Alarm,
    Constitution,
    Proposal,
    Validators,
)
from cellchain.ledger.contract import kind_of
from cellchain.ledger.projection import Delete, Open, Upsert, View
from cellchain.ledger.stage import encode
from cellchain.ledger.table import NAME, Listed, Packed, all_of, first_of, packed, page_of
from cellchain.ledger.view import named

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from cellchain.ledger.contract import Record
    from cellchain.ledger.projection import Batch, Change, RowTuple

METADATA = MetaData()
PROPOSAL = Table(
    "governance_proposal",
    METADATA,
    Column("proposal", NAME, primary_key=True),
    Column("proposer", NAME, nullable=False),
    Column("summary", NAME, nullable=False),
    Column("actions", Packed(tuple[Any, ...]), nullable=False),
    Column("state", NAME, nullable=False, index=True),
    Column("expires_ms", BigInteger, nullable=False),
    Column("executes_height", BigInteger),
    Column("due_height", BigInteger),
    Column("votes", Packed(tuple[tuple[str, bool], ...]), nullable=False),
    Column("code", NAME, nullable=False),
    Column("position", BigInteger, nullable=False, index=True),
)
AGREED = Table(
    "governance_agreed",
    METADATA,
    Column("kind", NAME, primary_key=True),
    Column("record", NAME, nullable=False),
)
ALARM = Table(
    "governance_alarm",
    METADATA,
    Column("key", NAME, primary_key=True),
    Column("parties", Packed(tuple[str, ...]), nullable=False),
    Column("expires_ms", BigInteger, nullable=False),
)
R = TypeVar("R", bound="Record")


class ProposalRow(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was put to the vote."""

    proposal: str
    proposer: str
    summary: str
    actions: tuple[Any, ...]
    """The messages that happen if it is accepted."""
    state: str
    """``open``, ``accepted``, ``rejected``, ``executed`` or ``given_up``; open also where its time
    is over."""
    expires_ms: int
    executes_height: int | None
    due_height: int | None
    votes: tuple[tuple[str, bool], ...]
    """Who is for it or against it."""
    code: str
    """Why it did not happen when it was due."""
    position: int
    """In the log, of the last that happened to it."""


class AlarmRow(msgspec.Struct, frozen=True, kw_only=True):
    """Members who want a key suspended at once, too few so far."""

    key: str
    parties: tuple[str, ...]
    expires_ms: int


def project(batch: Batch) -> Iterator[Change]:
    """Yield what was proposed, what is agreed on, and which alarms stand."""
    last = batch.last(Proposal)
    found = {subject: record for subject, record in batch.touched(Proposal).items() if record}
    yield Upsert(PROPOSAL, [_row(s, record, last[s].position) for s, record in found.items()])
    for kind in (Constitution, Validators, Agreement):
        for record in batch.touched(kind).values():
            yield Upsert(AGREED, [(kind_of(kind), encode(record).decode())])
    alarms = batch.touched(Alarm)
    yield Delete(ALARM, [(subject,) for subject, alarm in alarms.items() if alarm is None])
    yield Upsert(ALARM, [(s, packed(a.parties), a.expires_ms) for s, a in alarms.items() if a])
    yield from named(("proposal", s, record.summary, ()) for s, record in found.items())


VIEW = View(
    name="governance",
    tables=(PROPOSAL, AGREED, ALARM),
    project=project,
    open=Open(sorts=("proposal",)),
)
"""Open: who relies on the ledger is to see who may change its rules, and how they were changed."""


def _row(subject: str, found: Proposal, position: int) -> RowTuple:
    return (
        subject,
        found.proposer,
        found.summary,
        packed(found.actions),
        found.state,
        found.expires_ms,
        found.executes_height,
        found.due_height,
        packed(found.votes),
        found.code,
        position,
    )


def proposals(
    db: Connection, *, state: str | None = None, after: str | None = None, limit: int = 50
) -> Listed[ProposalRow]:
    """Return proposals, the one that something happened to last first."""
    wanted = select(PROPOSAL)
    if state is not None:
        wanted = wanted.where(PROPOSAL.c.state == state)
    by = [PROPOSAL.c.position]
    return page_of(db, wanted, ProposalRow, by=by, after=after, limit=limit, newest_first=True)


def proposal(db: Connection, identity: str) -> ProposalRow | None:
    """Return a proposal."""
    return first_of(db, select(PROPOSAL).where(PROPOSAL.c.proposal == identity), ProposalRow)


def agreed(db: Connection, kind: type[R]) -> R | None:
    """Return the record of which there is one: constitution, validators or agreement."""
    wanted = select(AGREED.c.record).where(AGREED.c.kind == kind_of(kind))
    found = db.execute(wanted).scalar()
    return None if found is None else msgspec.json.decode(found, type=kind)


def alarms(db: Connection, now_ms: int, limit: int = 20) -> tuple[AlarmRow, ...]:
    """Return the alarms that stand at ``now_ms``, those that end last first."""
    standing = select(ALARM).where(ALARM.c.expires_ms > now_ms)
    return all_of(db, standing.order_by(ALARM.c.expires_ms.desc()).limit(limit), AlarmRow)
