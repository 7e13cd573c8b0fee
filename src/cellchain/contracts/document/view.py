"""Documents and who may open them, as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from cellchain.ledger.view import Listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection


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


def document(db: Connection, identity: str) -> DocumentRow | None:
    """Return a document."""
    raise NotImplementedError


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
    raise NotImplementedError


def openings(db: Connection, document: str) -> tuple[OpeningRow, ...]:
    """Return who may open a document by name, over by time or not."""
    raise NotImplementedError
