"""How the log becomes tables: batches of blocks, the records that they touched, rows that follow.

    blocks → happenings → batch → each view's `project` → changes → one database transaction

Tables are disposable: whatever is in them follows from the log, from the records as they stand,
and from the values that this home may open. A record table holds the row of the current record,
which may be newer than the batch; the event that made it so comes in a later batch and writes the
same row again. Every change may therefore be applied twice, and whoever crashed begins anew at
the height that was remembered with the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import msgspec

from cellchain.core.names import Digest, KeyId, PartyId
from cellchain.ledger.contract import GENESIS, AnyEvent, Event, R, kind_of, record_of
from cellchain.ledger.entry import RECEIPT_KIND, Receipt

if TYPE_CHECKING:
    from sqlalchemy import Table

    from cellchain.ledger.contract import Record
    from cellchain.ledger.state import StoredBlock

RowTuple: TypeAlias = tuple[Any, ...]
"""The values of a row in the order of its table's columns."""


class Happening(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An event and where it stands in the log."""

    position: int
    height: int
    time_ms: int
    transaction: Digest | None
    """The transaction that it belongs to; ``None`` for the events of the genesis."""
    sender: PartyId
    """The party whose key signed the transaction."""
    event: AnyEvent
    entry: bytes
    """The event as it stands in the log, canonical JSON."""

    @property
    def subject(self) -> str:
        """Subject of the record that the event evolved."""
        subject: str = getattr(self.event, self.event.subject_field)
        return subject


class Sent(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A transaction in the log, and what became of it."""

    id: Digest
    height: int
    index: int
    """Its place in the block, from 0."""
    time_ms: int
    position: int
    """Position of its receipt in the log."""
    key: KeyId
    sender: PartyId
    sequence: int
    kinds: tuple[str, ...]
    """Kinds of its messages, in order."""
    size: int
    """Bytes of the envelope."""
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Insert:
    """Rows that are written once; a row that is there already stays as it is."""

    table: Table
    rows: Sequence[RowTuple]


@dataclass(frozen=True, slots=True)
class Upsert:
    """Rows that take the place of those with the same primary key."""

    table: Table
    rows: Sequence[RowTuple]


@dataclass(frozen=True, slots=True)
class Delete:
    """Rows that go, by the values of the first columns of the primary key."""

    table: Table
    keys: Sequence[RowTuple]


Change: TypeAlias = Insert | Upsert | Delete


@dataclass(frozen=True, slots=True)
class Facets:
    """Counts of rows for each combination of values, kept beside a table.

    The table has the columns ``columns`` and the column ``facet``, the combination's number as
    `combination` gives it; ``counts`` has ``facet`` (its primary key), ``columns`` and ``count``.
    """

    table: Table
    counts: Table
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """The tables of one contract and what fills them."""

    name: str
    tables: tuple[Table, ...]
    project: Callable[[Batch], Iterable[Change]]
    version: int = 1
    """Counts on when the same columns get other contents: then everything is projected anew."""
    facets: tuple[Facets, ...] = ()


class Opener(Protocol):
    """Values behind commitments, as far as this home has them and may open them."""

    def value(self, commitment: Digest) -> object | None:
        """Return the value, of the kinds that JSON has; ``None`` where it cannot be opened."""
        ...


class Nothing:
    """An `Opener` of a home without a vault."""

    def value(self, commitment: Digest) -> None:  # noqa: ARG002
        """Return ``None``."""


class Records(Protocol):
    """The records as they stand."""

    def peek(self, key: tuple[type[Record], str]) -> Record | None:
        """Return the record, or ``None``."""
        ...
