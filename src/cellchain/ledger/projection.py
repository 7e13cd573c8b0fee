"""How the log becomes tables: batches of blocks, the records that they touched, rows that follow.

    blocks → happenings → batch → each view's `project` → changes → one database transaction

Tables are disposable: whatever is in them follows from the log, from the records as they stand,
and from the values that this home may open. A record table holds the row of the current record,
which may be newer than the batch; the event that made it so comes in a later batch and writes the
same row again. Every change may therefore be applied twice, and whoever crashed begins anew at
the height that was remembered with the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from hashlib import sha256
from operator import or_
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar

import msgspec

from cellchain.core.names import Digest, KeyId, PartyId
from cellchain.ledger.contract import GENESIS, AnyEvent, Event, R, Record, record_of
from cellchain.ledger.entry import Done, GenesisMark, Mark, Receipt
from cellchain.ledger.state import StoredBlock

if TYPE_CHECKING:
    from sqlalchemy import Connection, Table

    from cellchain.ledger.contract import Contract

RowTuple: TypeAlias = tuple[Any, ...]
"""The values of a row in the order of its table's columns."""


class Happening(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An event and where it stands in the log."""

    position: int
    height: int
    time_ms: int
    transaction: Digest | None
    """The transaction that it belongs to; ``None`` for the events of the genesis, and for what was
    due at a height."""
    receipt: int | None
    """Position of the receipt of that transaction, or of the entry that says what was due."""
    sender: PartyId
    """The party whose key signed the transaction, or the contract that something was due in."""
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
    `combination` gives it; ``counts`` has ``facet``, its primary key, ``columns`` and ``count``.
    Each of ``coarser`` has some of the columns, together its primary key, and ``count``: where a
    question names no others, it is a sum over fewer rows.
    """

    table: Table
    counts: Table
    columns: tuple[str, ...]
    coarser: tuple[Table, ...] = ()


def nothing_withheld(_: Connection, __: Collection[str]) -> frozenset[str]:
    """Return none of the names: all of them may be told to anybody."""
    return frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """What visitors may read of a contract: its records and events, but for what is named here.

    A contract whose view says nothing is for members, a stranger's as well: whoever opens one has
    to say so, beside the tables, where the reader sees what is in them.
    """

    sorts: tuple[str, ...] = ()
    """What visitors may find by name, as `cellchain.ledger.view.named` sorts it."""
    closed: tuple[type[Record] | type[AnyEvent], ...] = ()
    """Sorts of record and of event that are for members all the same."""
    withheld: Callable[[Connection, Collection[str]], frozenset[str]] = nothing_withheld
    """Returns those of some names that visitors are not to hear of; an event or record that
    mentions one of them is for members."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """The tables of one contract and what fills them."""

    name: str
    tables: tuple[Table, ...]
    project: Callable[[Batch], Iterable[Change]]
    version: int = 1
    """Counts on when the same columns get other contents: then everything is projected anew."""
    facets: tuple[Facets, ...] = ()
    reopen: Callable[[Connection, Sequence[Digest], Batch], Iterable[Change]] | None = None
    """What follows when these commitments can be opened, or can be opened no longer."""
    open: Open | None = None
    """What visitors may read of the contract; ``None``: nothing, it is for members."""


class Opener(Protocol):
    """Values behind commitments, as far as this home has them and may open them."""

    def value(self, commitment: Digest) -> object | None:
        """Return the value, of the kinds that JSON has; ``None`` where it cannot be opened."""
        ...


class Closed:
    """The `Opener` of a home without a vault."""

    def value(self, commitment: Digest) -> None:
        """Return ``None``."""


class Records(Protocol):
    """The records as they stand."""

    def peek(self, key: tuple[type[Record], str]) -> Record | None:
        """Return the record, or ``None``."""
        ...


class Batch:
    """Blocks on their way into the tables.

    Args:
        read: The blocks, in order, as `BlockReader` read them.
        records: The records as they stand, which may be newer than the blocks.
        opener: Opens commitments.
    """

    def __init__(self, read: Sequence[ReadBlock], records: Records, opener: Opener) -> None:
        self.read = read
        self._peek = records.peek
        self.opened = opener.value
        self._last: dict[type[Record], dict[str, Happening]] = {}
        self._of: dict[type[AnyEvent], tuple[list[Happening], dict[str, Happening]]] = {}
        self._seen: dict[tuple[type[Record], str], Record | None] = {}
        for one in read:
            for happening in one.happenings:
                self._file(happening)

    def _file(self, happening: Happening) -> None:
        sort = type(happening.event)
        found = self._of.get(sort)
        if found is None:
            found = self._of[sort] = [], self._last.setdefault(record_of(sort), {})
        found[0].append(happening)
        found[1][happening.subject] = happening

    def of(self, event: type[E]) -> Iterable[tuple[Happening, E]]:
        """Yield what happened of one sort, and its event."""
        return ((happening, happening.event) for happening in self._of.get(event, ((),))[0])  # type: ignore[misc]

    def last(self, kind: type[Record]) -> dict[str, Happening]:
        """Return the last event of each record of ``kind`` that was touched, by subject."""
        return self._last.get(kind, {})

    def touched(self, kind: type[R]) -> dict[str, R | None]:
        """Return the records of ``kind`` that events evolved, as they stand now, by subject."""
        return {subject: self.record(kind, subject) for subject in self.last(kind)}

    def record(self, kind: type[R], subject: str) -> R | None:
        """Return any record as it stands now."""
        key = (kind, subject)
        if key not in self._seen:
            self._seen[key] = self._peek(key)
        return self._seen[key]  # type: ignore[return-value]  # what was peeked by its kind


E = TypeVar("E", bound=Event[Any])


class ReadBlock(msgspec.Struct, frozen=True, kw_only=True):
    """A block with what is in it."""

    block: StoredBlock
    sent: Sequence[Sent]
    happenings: Sequence[Happening]


class _Kind(msgspec.Struct, frozen=True):
    kind: str


class _Body(msgspec.Struct, frozen=True):
    key: KeyId
    sequence: int
    messages: tuple[_Kind, ...]


class _Envelope(msgspec.Struct, frozen=True):
    body: _Body


class BlockReader:
    """Reads blocks as the store keeps them.

    Args:
        contracts: Those that the chain runs.
        party_of: Whose a key is; a key speaks for one party for ever.
    """

    def __init__(self, contracts: Iterable[Contract], party_of: Callable[[KeyId], PartyId]) -> None:
        events: list[type] = [event for contract in contracts for event in contract.events]
        union: Any = reduce(or_, [Mark, GenesisMark, Receipt, Done, *events])
        self._entry: msgspec.json.Decoder[Any] = msgspec.json.Decoder(union)
        self._envelope = msgspec.json.Decoder(_Envelope)
        self._party_of = party_of

    def read(self, block: StoredBlock) -> ReadBlock:
        """Return ``block`` with its transactions and events."""
        sent: list[Sent] = []
        happenings: list[Happening] = []
        waiting: list[tuple[int, AnyEvent, bytes]] = []
        envelopes = iter(block.transactions)
        for position, entry in enumerate(block.entries, block.log_start):
            found = self._entry.decode(entry)
            if isinstance(found, Receipt):
                one = self._sent(block, next(envelopes), found, position, len(sent))
                sent.append(one)
                happenings += _happenings(block, waiting, one.sender, position, one.id)
                waiting = []
            elif isinstance(found, Done):
                happenings += _happenings(block, waiting, found.sender, position)
                waiting = []
            elif isinstance(found, Event):
                waiting.append((position, found, entry))
        happenings += _happenings(block, waiting, GENESIS)
        return ReadBlock(block=block, sent=sent, happenings=happenings)

    def _sent(
        self, block: StoredBlock, data: bytes, receipt: Receipt, position: int, index: int
    ) -> Sent:
        body = self._envelope.decode(data).body
        return Sent(
            id=receipt.transaction,
            height=block.height,
            index=index,
            time_ms=block.time_ms,
            position=position,
            key=body.key,
            sender=self._party_of(body.key),
            sequence=body.sequence,
            kinds=tuple([message.kind for message in body.messages]),
            size=len(data),
            receipt=receipt,
        )


def _happenings(
    block: StoredBlock,
    waiting: Sequence[tuple[int, AnyEvent, bytes]],
    sender: PartyId,
    receipt: int | None = None,
    identity: Digest | None = None,
) -> list[Happening]:
    """Return the events before a receipt; those of the genesis have none."""
    return [
        Happening(
            position=position,
            height=block.height,
            time_ms=block.time_ms,
            transaction=identity,
            receipt=receipt,
            sender=sender,
            event=event,
            entry=entry,
        )
        for position, event, entry in waiting
    ]


def combination(rank: int, values: Sequence[str]) -> int:
    """Return the number of a combination of facet values: in order of ``rank``, 0 to 32,767."""
    digest = sha256("\n".join(values).encode()).digest()
    return rank << 48 | int.from_bytes(digest[:6], "big")
