"""Records by name: read from the store once, kept decoded, changed only by a committed block.

    name = kind + " " + subject          k = H(name)          row r k → name, newline, value

What was read stays decoded in memory, up to a bound.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import msgspec

from cellchain.core.errors import Corrupt
from cellchain.ledger.contract import Record, kind_of
from cellchain.ledger.stage import UNREAD
from cellchain.ledger.store import BRANCH, RECORD, after

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cellchain.ledger.stage import Change, Key
    from cellchain.ledger.store import Rows, Store

CACHED_MAX = 250_000
"""Decoded records kept in memory, about 0.5 kB each."""


class Records:
    """The committed records of every enabled contract. One thread calls `lookup` and `adopt`.

    Args:
        store: Holds the rows.
        kinds: The sorts of record that may be in it.
    """

    def __init__(self, store: Store, kinds: Iterable[type[Record]]) -> None:
        self._store = store
        self._cache: Change = {}
        self._fresh: Change = {}
        self.kinds = {kind_of(kind): kind for kind in kinds}
        self._decoders = {kind: msgspec.json.Decoder(kind) for kind in self.kinds.values()}

    def lookup(self, key: Key) -> Record | None:
        """Return the record, or ``None``."""
        cached = self._known(key)
        if cached is not UNREAD:
            return cached
        found = self._read(key)
        if len(self._cache) >= CACHED_MAX:
            self._cache.clear()
        self._cache[key] = found
        return found

    def peek(self, key: Key) -> Record | None:
        """Return the record, or ``None``, and remember nothing: for threads that do not write.

        What such a thread read a moment ago must not stand where a block has put something newer.
        """
        cached = self._known(key)
        return self._read(key) if cached is UNREAD else cached

    def adopt(self, changes: Change) -> None:
        """Remember what a block has changed, once the store holds it."""
        self.settle()
        self._fresh = changes

    def settle(self) -> None:
        """File away what was adopted last; until then it is found in front of the rest."""
        if len(self._cache) + len(self._fresh) > CACHED_MAX:
            self._cache.clear()
        self._cache.update(self._fresh)
        self._fresh = {}

    def _known(self, key: Key) -> Record | None:
        """Return what memory has: the record, ``None`` where there is none, else `UNREAD`."""
        found: Record | None = self._fresh.get(key, UNREAD)
        return self._cache.get(key, UNREAD) if found is UNREAD else found

    def scan(self, kind: type[Record]) -> Iterator[tuple[str, Record]]:
        """Yield subject and record of every record of ``kind``, in the order of their hashes."""
        wanted = kind_of(kind).encode() + b" "
        for _, row in self._store.scan(RECORD, after(RECORD)):
            if row.startswith(wanted):
                name, _, _ = row.partition(b"\n")
                yield name[len(wanted) :].decode(), self._decode(kind, row)

    def _read(self, key: Key) -> Record | None:
        row = self._store.get(RECORD + name_hash(record_name(*key)))
        return None if row is None else self._decode(key[0], row)

    def _decode(self, kind: type[Record], row: bytes) -> Record:
        name, _, value = row.partition(b"\n")
        try:
            return self._decoders[kind].decode(value)
        except msgspec.MsgspecError as error:
            raise Corrupt("store.record", f"{ascii(name.decode())[:90]}: {error}") from error


class StoredNodes:
    """The nodes of the map, read from the store: branches as rows, buckets from the records."""

    def __init__(self, store: Rows) -> None:
        self._store = store

    def branch(self, prefix: str) -> bytes | None:
        """Return the stored branch at ``prefix``."""
        return self._store.get(BRANCH + prefix.encode())

    def bucket(self, prefix: str) -> bytes:
        """Return the pairs of all records whose key hash begins with ``prefix``."""
        low = bytes.fromhex(prefix.ljust(64, "0"))
        high = bytes.fromhex(prefix.ljust(64, "f"))
        rows = self._store.scan(RECORD + low, RECORD + high + b"\x00")
        return b"".join(key[1:] + value_hash(row) for key, row in rows)


def record_name(kind: type[Record], subject: str) -> str:
    """Return the name whose hash is the record's place in the map."""
    return f"{kind_of(kind)} {subject}"


def name_hash(name: str) -> bytes:
    """Return the place of ``name`` in the map."""
    return sha256(name.encode()).digest()


def value_hash(row: bytes) -> bytes:
    """Return the hash of the value in a stored row."""
    return sha256(row[row.index(b"\n") + 1 :]).digest()
