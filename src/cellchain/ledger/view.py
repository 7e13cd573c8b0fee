"""The explorer: blocks, transactions, events, what each event mentions, and names to search by.

Every query takes a connection first and returns frozen structs. Lists come in pages: ``after`` is
the cursor that the page before ended with, ``limit`` is at most `LIMIT_MAX`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec

if TYPE_CHECKING:
    from sqlalchemy import Connection

LIMIT_MAX = 1000
"""Rows in one page."""
T = TypeVar("T")


class Listed(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """A page of rows."""

    rows: tuple[T, ...]
    after: str | None = None
    """Cursor of the next page; ``None``: this was the last."""


class BlockRow(msgspec.Struct, frozen=True, kw_only=True):
    """A block; height 0 is the genesis."""

    height: int
    time_ms: int
    app_hash: str
    log_start: int
    """Position of its first log entry."""
    entries: int
    transactions: int


class TransactionRow(msgspec.Struct, frozen=True, kw_only=True):
    """A transaction in the log."""

    id: str
    height: int
    index: int
    time_ms: int
    position: int
    """Position of its receipt in the log."""
    key: str
    sender: str
    sequence: int
    kinds: tuple[str, ...]
    """Kinds of its messages."""
    size: int
    """Bytes."""
    gas: int
    code: str
    """Why it was refused; empty: it happened."""
    events: int


class EventRow(msgspec.Struct, frozen=True, kw_only=True):
    """An event in the log."""

    position: int
    height: int
    time_ms: int
    transaction: str | None
    """``None`` for the events of the genesis."""
    sender: str
    kind: str
    subject: str
    entry: str
    """The event itself, canonical JSON."""


class EntryRow(msgspec.Struct, frozen=True, kw_only=True):
    """What stands at one position of the log."""

    position: int
    height: int
    time_ms: int
    what: str
    """``mark``, ``event`` or ``receipt``."""
    transaction: str | None
    kind: str
    subject: str


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a search found."""

    sort: str
    """``battery``, ``block``, ``device``, ``document``, ``key``, ``licence``, ``lot``, ``party``,
    ``passport``, ``run`` or ``transaction``."""
    subject: str
    label: str
    """A name for people; the subject where it has none."""
    exact: bool
    """Whether the text is its identifier, letter for letter."""


def blocks(
    db: Connection, *, after: str | None = None, limit: int = 50, filled: bool = False
) -> Listed[BlockRow]:
    """Return blocks, the newest first; with ``filled`` only those with transactions."""
    raise NotImplementedError


def block(db: Connection, height: int) -> BlockRow | None:
    """Return a block."""
    raise NotImplementedError


def transactions(
    db: Connection,
    *,
    height: int | None = None,
    party: str | None = None,
    key: str | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Listed[TransactionRow]:
    """Return transactions, the newest first; those of a block in its order."""
    raise NotImplementedError


def transaction(db: Connection, identity: str) -> TransactionRow | None:
    """Return a transaction by its id, 64 hexadecimal digits: where its receipt stands."""
    raise NotImplementedError


def events(
    db: Connection,
    *,
    subject: str | None = None,
    kind: str | None = None,
    party: str | None = None,
    height: int | None = None,
    transaction: str | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Listed[EventRow]:
    """Return events, the newest first.

    Args:
        db: The views.
        subject: Only those that evolved a record of this subject.
        kind: Only those of this kind, or of this contract: ``custody.accepted/1``, ``custody.``.
        party: Only those of transactions that this party sent.
        height: Only those of this block.
        transaction: Only those of this transaction.
        after: Cursor.
        limit: Rows, at most `LIMIT_MAX`.
    """
    raise NotImplementedError


def entry(db: Connection, position: int) -> EntryRow | None:
    """Return what stands at a position of the log."""
    raise NotImplementedError


def timeline(
    db: Connection, subject: str, *, after: str | None = None, limit: int = 50
) -> Listed[EventRow]:
    """Return the events that mention a subject in any of their fields, the newest first."""
    raise NotImplementedError


def find(db: Connection, text: str, *, limit: int = 20) -> tuple[Hit, ...]:
    """Return what a text may mean, exact names first; anything at all may be in the text.

    An identifier of any sort, a height, the beginning of an identifier, or the beginnings of
    words of names, all of which must be there.
    """
    raise NotImplementedError


def counts(db: Connection) -> Counts:
    """Return how much there is."""
    raise NotImplementedError


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """How much is in the ledger."""

    blocks: int
    transactions: int
    refused: int
    """Transactions that the rules refused."""
    events: int
    time_ms: int
    """Of the last block."""
