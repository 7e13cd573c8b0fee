"""State: records, map, log and head, changed one whole block at a time.

    draft = state.draft()              a block in the making, above what is committed
    …                                  transactions change the draft only
    sealed = draft.seal(…)             its rows and its app hash; nothing is written yet
    state.commit(sealed, extra rows)   one atomic, durable write; then, in memory, the new state

    app_hash = H(02 ‖ log size ‖ log root ‖ map root ‖ parameter hash)

Height and time are bound by the header, not by the app hash, so that an idle chain rests.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

import msgspec

from cellchain.core.errors import Corrupt
from cellchain.core.names import Digest
from cellchain.crypto.log import Frontier
from cellchain.crypto.map import EMPTY_ROOT, Branch, MapUpdate, RadixMap
from cellchain.ledger.entry import Mark
from cellchain.ledger.history import History
from cellchain.ledger.keeping import check_kept
from cellchain.ledger.records import Records, StoredNodes, record_name
from cellchain.ledger.stage import UNREAD, Change, R, encode, known
from cellchain.ledger.store import BLOCK, BRANCH, HEAD, PARAMETERS, PLACE, RECORD, Row, after, at

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cellchain.ledger.contract import Record
    from cellchain.ledger.stage import Key
    from cellchain.ledger.store import Rows, Store

STORE_VERSION = 1


class Head(msgspec.Struct, frozen=True, kw_only=True, array_like=True, forbid_unknown_fields=True):
    """Where the chain stands."""

    version: int
    height: int
    time_ms: int
    app_hash: bytes
    log_size: int
    peaks: tuple[tuple[int, bytes], ...]
    map_root: bytes
    record_count: int


EMPTY_HEAD = Head(
    version=STORE_VERSION,
    height=0,
    time_ms=0,
    app_hash=b"",
    log_size=0,
    peaks=(),
    map_root=EMPTY_ROOT,
    record_count=0,
)
"""Before the genesis."""


class StoredBlock(msgspec.Struct, frozen=True, array_like=True):
    """A block as kept: its input, and its log entries, whose first has number ``log_start``."""

    height: int
    time_ms: int
    app_hash: bytes
    log_start: int
    transactions: tuple[bytes, ...]
    entries: tuple[bytes, ...]
    map_root: bytes = EMPTY_ROOT
    """After the block: with the log it gives the app hash again, so old events stay provable."""
    misbehaviour: tuple[bytes, ...] = ()


class Sealed(msgspec.Struct, frozen=True):
    """A block that is ready to be committed."""

    head: Head
    rows: list[Row]
    changes: Change
    frontier: Frontier
    map_update: MapUpdate


class State:
    """Everything the ledger knows.

    Args:
        store: Holds it.
        kinds: The sorts of record of the enabled contracts.
        parameter_hash: Hash of the parameters in force.
    """

    def __init__(self, store: Store, kinds: Iterable[type[Record]], parameter_hash: bytes) -> None:
        self.store = store
        self.parameter_hash = parameter_hash
        self.head = read_head(store)
        self.records = Records(store, kinds)
        peaks = dict(self.head.peaks)
        self.history = History(store, Frontier(self.head.log_size, peaks))
        self.map = RadixMap(StoredNodes(store), self.head.map_root, self.head.record_count)

    def draft(self) -> Draft:
        """Return a block in the making above the committed state."""
        self.settle()
        return Draft(self)

    def settle(self) -> None:
        """Do what a commit has left for later, when nobody waits for it any more."""
        self.store.settle()
        self.records.settle()
        self.map.settle()

    def commit(self, sealed: Sealed, extra: Sequence[Row] = ()) -> None:
        """Write a block, atomically and durably, and take it over."""
        self.store.write([*sealed.rows, *extra])
        self.head = sealed.head
        self.records.adopt(sealed.changes)
        self.map.adopt(sealed.map_update)
        self.history.frontier = sealed.frontier

    def block(self, height: int) -> StoredBlock:
        """Return a committed block.

        Raises:
            Refused: ``ledger.not_kept``: this home has forgotten it, or never had it.
            Corrupt: ``store.block``: it is missing or unreadable.
        """
        return read_block(self.store, height)

    def parameter_hash_at(self, height: int) -> bytes:
        """Return the hash of the parameters in the app hash after block ``height``."""
        later = self.store.scan(at(PARAMETERS, height + 1), after(PARAMETERS))
        return next((value for _, value in later), self.parameter_hash)


class Draft:
    """A block in the making: what its transactions have changed so far."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._below = state.records.lookup
        self.changes: Change = {}
        self.entries: list[bytes] = []
        self.leaves: list[bytes] = []
        self.identities: list[bytes] = []

    def find(self, record: type[R], subject: str) -> R | None:
        """Return the record of ``subject`` as the transactions so far have left it."""
        found: Any = self.lookup((record, subject))
        result: R | None = found
        return result

    def get(self, record: type[R], subject: str) -> R:
        """Return the record of ``subject``; refuse without one."""
        return known(self.find(record, subject), record, subject)

    def lookup(self, key: Key) -> Record | None:
        """Return the record as the transactions so far have left it."""
        found: Record | None = self.changes.get(key, UNREAD)
        return self._below(key) if found is UNREAD else found

    def open_log(self) -> None:
        """Write the mark that precedes the first receipt of a block."""
        if not self.entries:
            self.log(encode(Mark(app_hash=Digest(self._state.head.app_hash.hex()))))

    def log(self, entry: bytes) -> bytes:
        """Append an entry; return its leaf hash."""
        leaf = sha256(b"\x00" + entry).digest()
        self.entries.append(entry)
        self.leaves.append(leaf)
        return leaf

    @property
    def log_size(self) -> int:
        """Number of entries in the log, those of this draft included."""
        return self._state.head.log_size + len(self.entries)

    def seal(
        self,
        *,
        height: int,
        time_ms: int,
        transactions: Sequence[bytes],
        misbehaviour: Sequence[bytes] = (),
        parameter_hash: bytes | None = None,
    ) -> Sealed:
        """Return the block with its rows and its app hash.

        Args:
            height: Of the block.
            time_ms: Of the block.
            transactions: Those in the log.
            misbehaviour: Evidence, as the engine gave it.
            parameter_hash: Of the parameters in force after it, where it has changed them.
        """
        state, head = self._state, self._state.head
        frontier = state.history.frontier.copy()
        born = frontier.extend(self.leaves)
        rows = state.history.rows(born)
        update = state.map.update(self._record_rows(rows))
        for prefix, node in update.nodes.items():
            if isinstance(node, Branch):
                rows.append((BRANCH + prefix.encode(), node.to_bytes()))
            elif state.map.is_branch(prefix):
                rows.append((BRANCH + prefix.encode(), None))
        agreed = parameter_hash or state.parameter_hash
        new_hash = app_hash(frontier.size, frontier.root(), update.root, agreed)
        new_head = Head(
            version=STORE_VERSION,
            height=height,
            time_ms=time_ms,
            app_hash=new_hash,
            log_size=frontier.size,
            peaks=tuple(sorted(frontier.peaks.items())),
            map_root=update.root,
            record_count=update.count,
        )
        block = StoredBlock(
            height,
            time_ms,
            new_hash,
            head.log_size,
            tuple(transactions),
            tuple(self.entries),
            update.root,
            tuple(misbehaviour),
        )
        rows.append((at(BLOCK, height), msgspec.msgpack.encode(block)))
        rows.append((HEAD, msgspec.msgpack.encode(new_head)))
        if agreed != state.parameter_hash:
            rows.append((at(PARAMETERS, height), state.parameter_hash))
        if self.identities:
            rows.append((at(PLACE, height), b"".join(self.identities)))
        return Sealed(new_head, rows, self.changes, frontier, update)

    def _record_rows(self, rows: list[Row]) -> list[tuple[bytes, bytes | None]]:
        """Add a row for each changed record; return the changes of the map."""
        pairs: list[tuple[bytes, bytes | None]] = []
        for key, record in self.changes.items():
            name = record_name(*key).encode()
            place = sha256(name).digest()
            if record is None:
                pairs.append((place, None))
                rows.append((RECORD + place, None))
            else:
                value = encode(record)
                pairs.append((place, sha256(value).digest()))
                rows.append((RECORD + place, b"%b\n%b" % (name, value)))
        return pairs


def app_hash(log_size: int, log_root: bytes, map_root: bytes, parameter_hash: bytes) -> bytes:
    """Return the hash of all state."""
    size = log_size.to_bytes(8, "big")
    return sha256(b"\x02" + size + log_root + map_root + parameter_hash).digest()


def read_head(store: Rows) -> Head:
    """Return where the chain in ``store`` stands; height 0 where there is nothing yet.

    Raises:
        Corrupt: ``store.head``, ``store.version``: unreadable, or written by a newer release.
    """
    data = store.get(HEAD)
    if data is None:
        return EMPTY_HEAD
    try:
        head = msgspec.msgpack.decode(data, type=Head)
    except msgspec.MsgspecError as error:
        raise Corrupt("store.head", f"the head of the store is unreadable: {error}") from error
    if head.version != STORE_VERSION:
        raise Corrupt(
            "store.version",
            f"the store has version {head.version}; this release reads {STORE_VERSION}",
            remedy="export the ledger with the release that wrote it and replay it with this one",
        )
    return head


def read_block(store: Rows, height: int) -> StoredBlock:
    """Return block ``height``.

    Raises:
        Refused: ``ledger.not_kept``; Corrupt: ``store.block``.
    """
    data = store.get(at(BLOCK, height))
    if data is None:
        check_kept(store, height)
        raise Corrupt("store.block", f"block {height} is missing")
    try:
        return msgspec.msgpack.decode(data, type=StoredBlock)
    except msgspec.MsgspecError as error:
        raise Corrupt("store.block", f"block {height} is unreadable: {error}") from error
