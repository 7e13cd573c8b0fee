"""Documents and who may open them, as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import BigInteger, Column, MetaData, Table, select

from cellchain.contracts.document.record import Document, Opening
from cellchain.ledger.projection import Delete, Upsert, View
from cellchain.ledger.table import NAME, Listed, all_of, first_of, page_of
from cellchain.ledger.view import named

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection

    from cellchain.ledger.projection import Batch, Change, RowTuple


METADATA = MetaData()
DOCUMENT = Table(
    "document_document",
    METADATA,
    Column("document", NAME, primary_key=True),
    Column("owner", NAME, nullable=False, index=True),
    Column("commitment", NAME, nullable=False),
    Column("access", NAME, nullable=False),
    Column("registered_ms", BigInteger, nullable=False),
    Column("predecessor", NAME),
    Column("successor", NAME),
    Column("withdrawn_ms", BigInteger),
)
OPENING = Table(
    "document_opening",
    METADATA,
    Column("key", NAME, primary_key=True),
    Column("document", NAME, nullable=False, index=True),
    Column("reader", NAME, nullable=False, index=True),
    Column("purpose", NAME, nullable=False),
    Column("until_ms", BigInteger),
)


class DocumentRow(msgspec.Struct, frozen=True, kw_only=True):
    """A document whose commitment is in the book."""

    document: str
    owner: str
    commitment: str
    access: str
    """``authority``, ``legitimate-interest``, ``private`` or ``public``."""
    registered_ms: int
    predecessor: str | None
    successor: str | None
    withdrawn_ms: int | None


class OpeningRow(msgspec.Struct, frozen=True, kw_only=True):
    """A named party may open a document."""

    document: str
    reader: str
    purpose: str
    until_ms: int | None


def project(batch: Batch) -> Iterator[Change]:
    """Yield the documents and openings that were touched."""
    found = {subject: record for subject, record in batch.touched(Document).items() if record}
    yield Upsert(DOCUMENT, [_row(subject, record) for subject, record in found.items()])
    openings = batch.touched(Opening)
    yield Delete(OPENING, [(subject,) for subject, opening in openings.items() if opening is None])
    yield Upsert(
        OPENING,
        [(s, o.document, o.reader, o.purpose, o.until_ms) for s, o in openings.items() if o],
    )
    yield from named(("document", subject, "", ()) for subject in found)


VIEW = View(name="document", tables=(DOCUMENT, OPENING), project=project)


def _row(subject: str, found: Document) -> RowTuple:
    return (
        subject,
        found.owner,
        found.commitment,
        found.access,
        found.registered_ms,
        found.predecessor,
        found.successor,
        found.withdrawn_ms,
    )


def document(db: Connection, identity: str) -> DocumentRow | None:
    """Return a document."""
    return first_of(db, select(DOCUMENT).where(DOCUMENT.c.document == identity), DocumentRow)


def documents(
    db: Connection,
    *,
    owner: str | None = None,
    reader: str | None = None,
    ids: Sequence[str] | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Listed[DocumentRow]:
    """Return documents in order of their ids.

    Args:
        db: The views.
        owner: Only those of this party.
        reader: Only those that this party was granted by name.
        ids: Only these.
        after: Cursor.
        limit: Rows, at most `LIMIT_MAX`.
    """
    wanted = select(DOCUMENT)
    if owner is not None:
        wanted = wanted.where(DOCUMENT.c.owner == owner)
    if reader is not None:
        granted = select(OPENING.c.document).where(OPENING.c.reader == reader)
        wanted = wanted.where(DOCUMENT.c.document.in_(granted))
    if ids is not None:
        wanted = wanted.where(DOCUMENT.c.document.in_(ids))
    return page_of(db, wanted, DocumentRow, by=[DOCUMENT.c.document], after=after, limit=limit)


def openings(db: Connection, document: str) -> tuple[OpeningRow, ...]:
    """Return who may open a document by name, over by time or not."""
    columns = [c for c in OPENING.c if c.key != "key"]
    wanted = select(*columns).where(OPENING.c.document == document).order_by(OPENING.c.reader)
    return all_of(db, wanted, OpeningRow)
