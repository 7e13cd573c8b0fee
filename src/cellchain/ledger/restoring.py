"""A snapshot taken over: chunk by chunk into an empty store, the head last.

    offer    the metadata give the trusted app hash, or it is refused
    chunk    has the promised hash; its records follow one another in the order of their places
    part     with its last record a part of the map is whole, and is the one that was offered
    end      everything came: the head is written, and only now there is a state

No more than a chunk and the hashes of one part are in memory. A store without a head holds nothing:
what a crash or a liar left in it is removed before anything else is written.
"""

from __future__ import annotations

from bisect import bisect_right
from hashlib import sha256
from itertools import islice
from operator import itemgetter, lt
from typing import TYPE_CHECKING

import msgspec

from cellchain.core.errors import Refused
from cellchain.crypto.map_parts import PAIR_BYTES, PARTS, built, whole
from cellchain.ledger.history import tile_key
from cellchain.ledger.keeping import first_kept, first_kept_row
from cellchain.ledger.snapshot import CHUNK_BYTES_MAX, open_tiles
from cellchain.ledger.state import STORE_VERSION, Head, read_head
from cellchain.ledger.store import (
    BLOCK,
    BRANCH,
    DECIDED,
    FIRST_KEPT,
    HEAD,
    HEADER,
    PARAMETERS,
    PLACE,
    RECORD,
    ROTATION,
    TILE,
    after,
)

if TYPE_CHECKING:
    from cellchain.crypto.map_parts import Branches
    from cellchain.ledger.snapshot import Snapshot
    from cellchain.ledger.store import Row, Store

PART_RECORDS_MAX = 4_000_000
"""Of one part, whose hashes are in memory: a thousand million records have as many."""
PART_BYTES_MAX = 1 << 32
"""Written of one part before it is checked: what a liar can cost."""
RECORD_BYTES_MIN = 32
"""On an average: a chunk of empty ones would be many times as large in memory."""
RELEASED_CHUNKS = 16
"""After so many the store gives back what it needed to write them."""
_REMOVED_AT_ONCE = 20_000
_TABLES = (RECORD, BRANCH, TILE, BLOCK, HEADER, ROTATION, PLACE, DECIDED, PARAMETERS, FIRST_KEPT)
_RECORDS = msgspec.msgpack.Decoder(list[bytes])


class Restoring:
    """A snapshot on its way into a store.

    Args:
        store: Where it is to be; what an earlier one has left there is removed.
        snapshot: What a stranger offers.
        height: At which somebody trusted vouches for the state.
        app_hash: The app hash that it has.

    Raises:
        Refused: ``snapshot.not_empty``: the store has blocks; ``snapshot.app_hash``,
            ``snapshot.malformed``, ``snapshot.too_large``: the offer is none of that state.
    """

    def __init__(self, store: Store, snapshot: Snapshot, *, height: int, app_hash: bytes) -> None:
        if has_blocks(store):
            raise Refused("snapshot.not_empty", "this home already has blocks")
        computed = snapshot.app_hash()
        if (snapshot.height, computed) != (height, app_hash):
            raise Refused(
                "snapshot.app_hash",
                f"a state at {snapshot.height} with app hash {computed.hex()}; the trusted one at"
                f" {height} is {app_hash.hex()}",
            )
        self._parts = snapshot.map_parts()
        if max(part.size for part in self._parts) > PART_RECORDS_MAX:
            raise Refused("snapshot.too_large", "a part of the map has too many records")
        self.parameter_hash = snapshot.parameter_hash
        """Of the parameters by which the chain goes on."""
        self._store = store
        self._snapshot = snapshot
        self._app_hash = app_hash
        self._next = 0
        self._part = 0
        self._part_bytes = 0
        self._pairs = bytearray()
        self._last = b""
        _remove_all(store)

    def apply(self, index: int, chunk: bytes) -> bool:
        """Write the next chunk; return whether it was the last, and the state is there.

        Raises:
            Refused: ``snapshot.order``, ``snapshot.chunk``: not the chunk that is to come;
                ``snapshot.false``: it is, and not what the map holds; nothing stays.
        """
        hashes = self._snapshot.chunk_hashes
        if index != self._next or index >= len(hashes):
            raise Refused("snapshot.order", f"chunk {index} is not the next one")
        if len(chunk) > CHUNK_BYTES_MAX or sha256(chunk).digest() != hashes[index]:
            raise Refused("snapshot.chunk", f"chunk {index} is not the one that was offered")
        self._next += 1
        last = self._next == len(hashes)
        try:
            rows = self._taken(chunk)
            if last:
                rows += self._finished()
        except Refused:
            _remove_all(self._store)
            raise
        self._store.write(rows)
        if last:
            self._store.write(self._edge())
        if last or self._next % RELEASED_CHUNKS == 0:
            self._store.release()
        return last

    def _taken(self, chunk: bytes) -> list[Row]:
        """Return the rows of a chunk, and the branches of the parts that it ends."""
        try:
            records = _RECORDS.decode(chunk)
        except (msgspec.MsgspecError, RecursionError) as error:
            raise Refused("snapshot.false", f"an unreadable chunk: {error}") from error
        if len(records) * RECORD_BYTES_MIN > len(chunk) + RECORD_BYTES_MIN:
            raise Refused("snapshot.false", f"{len(records)} records in {len(chunk)} bytes")
        split = [record.partition(b"\n") for record in records]
        places = [sha256(name).digest() for name, _, _ in split]
        ordered = all(map(lt, [self._last, *places], places))
        if not (ordered and all(newline for _, newline, _ in split)):
            raise Refused("snapshot.false", "a record without a name, or out of order")
        pairs = [p + sha256(row[2]).digest() for p, row in zip(places, split, strict=True)]
        rows: list[Row] = [(RECORD + p, row) for p, row in zip(places, records, strict=True)]
        start = 0
        while start < len(places):
            if places[start][0] != self._part:
                rows += self._ended(places[start][0])
            end = bisect_right(places, self._part, start, key=itemgetter(0))
            self._pairs += b"".join(pairs[start:end])
            self._part_bytes += sum(map(len, records[start:end]))
            size = PAIR_BYTES * self._parts[self._part].size
            if len(self._pairs) > size or self._part_bytes > PART_BYTES_MAX:
                raise Refused("snapshot.false", "more records than the map has, or endless ones")
            self._last, start = places[end - 1], end
        return rows

    def _ended(self, following: int) -> list[Row]:
        """Return the branches of the part that is whole, and of those without records after it."""
        branches: Branches = []
        for number in range(self._part, following):
            if built(f"{number:02x}", bytes(self._pairs), branches) != self._parts[number]:
                raise Refused("snapshot.false", f"part {number} is not the one that was offered")
            self._pairs.clear()
        self._part, self._part_bytes = following, 0
        return _rows(branches)

    def _finished(self) -> list[Row]:
        rows = self._ended(PARTS)
        branches: Branches = []
        whole(self._parts, branches)
        return rows + _rows(branches)

    def _edge(self) -> list[Row]:
        """Return what makes a state of it: the edge of the log, and the head."""
        snapshot = self._snapshot
        everything = whole(self._parts, [])
        head = Head(
            version=STORE_VERSION,
            height=snapshot.height,
            time_ms=0,
            app_hash=self._app_hash,
            log_size=snapshot.log_size,
            peaks=tuple(snapshot.peaks().items()),
            map_root=everything.digest,
            record_count=everything.size,
        )
        places = [tile_key(level, index) for level, index in open_tiles(snapshot.log_size)]
        return [
            *zip(places, snapshot.tiles, strict=True),
            first_kept_row(snapshot.height + 1),
            (HEAD, msgspec.msgpack.encode(head)),
        ]


def has_blocks(store: Store) -> bool:
    """Whether a store has any block, besides a state that was taken over from a snapshot."""
    head = read_head(store)
    return bool(head.app_hash) and first_kept(store) <= head.height


def forget_unfinished(store: Store) -> None:
    """Empty a store that has no head: what it holds was never a state."""
    if not read_head(store).app_hash:
        _remove_all(store)


def _remove_all(store: Store) -> None:
    """Empty a store, its head first: from then on nothing in it counts."""
    if store.get(HEAD) is not None:
        store.write([(HEAD, None)])
    for table in _TABLES:
        while keys := [key for key, _ in islice(store.scan(table, after(table)), _REMOVED_AT_ONCE)]:
            store.write([(key, None) for key in keys])
            store.settle()


def _rows(branches: Branches) -> list[Row]:
    return [(BRANCH + prefix.encode(), branch.to_bytes()) for prefix, branch in branches]
