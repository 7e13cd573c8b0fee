"""Snapshots: the state of one height in verifiable chunks, the same bytes on every node.

    chunks      the records in order of their hashes, cut after whole ones at about four megabytes
    metadata    height, hash of the parameters, size and open tiles of the log, the 256 parts of the
                map, hashes of the chunks

The metadata alone give the app hash: whoever knows that from somebody trusted refuses a false offer
before a byte of it is fetched, a false chunk when it comes, and a false part of the map when its
last record has come (`cellchain.ledger.restoring`). The receiver computes the branches of the map.
The time of the block is not sent: no hash binds it, and the next block brings its own.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import msgspec

from cellchain.core.errors import Corrupt, Refused
from cellchain.crypto.log import HASH_BYTES, Frontier
from cellchain.crypto.map import RadixMap
from cellchain.crypto.map_parts import PARTS, Part, built, parts_of, whole
from cellchain.ledger.history import TILE_WIDTH, tile_key
from cellchain.ledger.records import StoredNodes, value_hash
from cellchain.ledger.state import app_hash, read_head
from cellchain.ledger.store import RECORD, after

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cellchain.ledger.state import State
    from cellchain.ledger.store import Rows

FORMAT = 1
CHUNK_BYTES = 4_000_000
"""After which a chunk ends: while one is read or passed on, consensus waits for it."""
CHUNK_BYTES_MAX = 16_000_000
CHUNKS_MAX = 50_000
METADATA_BYTES_MAX = 4_000_000
LOG_SIZE_MAX = 2**53


class Snapshot(msgspec.Struct, frozen=True, kw_only=True, array_like=True,
               forbid_unknown_fields=True):  # fmt: skip
    """What a snapshot consists of."""

    height: int
    parameter_hash: bytes
    """Of the parameters in force."""
    log_size: int
    tiles: tuple[bytes, ...]
    """The open tile of each level of the log that has one, from the leaves up."""
    parts: tuple[bytes, ...]
    """The map, as `cellchain.crypto.map_parts` writes its parts."""
    chunk_hashes: tuple[bytes, ...]

    def to_bytes(self) -> bytes:
        """Return the metadata."""
        return msgspec.msgpack.encode(self)

    @property
    def hash(self) -> bytes:
        """SHA-256 over the metadata."""
        return sha256(self.to_bytes()).digest()

    def peaks(self) -> dict[int, bytes]:
        """Return the edge of the log.

        Raises:
            Refused: ``snapshot.malformed``: the tiles are not those of a log of that size.
        """
        expected = open_tiles(self.log_size)
        lengths = [self.log_size // TILE_WIDTH**level % TILE_WIDTH for level, _ in expected]
        if [len(tile) for tile in self.tiles] != [HASH_BYTES * length for length in lengths]:
            raise Refused("snapshot.malformed", "the tiles are not those of a log of that size")
        peaks: dict[int, bytes] = {}
        for (level, _), tile in zip(expected, self.tiles, strict=True):
            edge = Frontier()
            edge.extend([tile[i : i + HASH_BYTES] for i in range(0, len(tile), HASH_BYTES)])
            peaks.update({above + 8 * level: peak for above, peak in edge.peaks.items()})
        return dict(sorted(peaks.items()))

    def map_parts(self) -> list[Part]:
        """Return the parts of the map.

        Raises:
            Refused: ``snapshot.malformed``: one of them is none.
        """
        found = [Part.from_bytes(data) for data in self.parts]
        parts = [part for part in found if part is not None]
        if len(parts) != PARTS or len(found) != PARTS:
            raise Refused("snapshot.malformed", f"a map has {PARTS} parts")
        return parts

    def app_hash(self) -> bytes:
        """Return the app hash that this state has.

        Raises:
            Refused: ``snapshot.malformed``.
        """
        log = Frontier(self.log_size, self.peaks())
        root = whole(self.map_parts(), []).digest
        return app_hash(self.log_size, log.root(), root, self.parameter_hash)


def parse_snapshot(metadata: bytes) -> Snapshot:
    """Return the snapshot that ``metadata`` describe, in its only encoding.

    Raises:
        Refused: ``snapshot.malformed``, ``snapshot.too_large``.
    """
    if len(metadata) > METADATA_BYTES_MAX:
        raise Refused("snapshot.too_large", f"{len(metadata)} bytes of metadata")
    try:
        snapshot = msgspec.msgpack.decode(metadata, type=Snapshot)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise Refused("snapshot.malformed", f"unreadable metadata: {error}") from error
    if snapshot.to_bytes() != metadata:
        raise Refused("snapshot.malformed", "metadata in another encoding than the usual")
    if len(snapshot.parameter_hash) != HASH_BYTES:
        raise Refused("snapshot.malformed", "a hash has 32 bytes")
    if not 0 < snapshot.log_size < LOG_SIZE_MAX or snapshot.height < 1:
        raise Refused("snapshot.malformed", "a height or a log size out of range")
    if not 0 < len(snapshot.chunk_hashes) <= CHUNKS_MAX:
        raise Refused("snapshot.too_large", f"{len(snapshot.chunk_hashes)} chunks")
    return snapshot


def snapshot_of(rows: Rows, parameter_hash: bytes, chunk_hashes: Sequence[bytes]) -> Snapshot:
    """Return the description of a committed state.

    Args:
        rows: The state.
        parameter_hash: Of the parameters in force.
        chunk_hashes: Of its `chunks_of`.

    Raises:
        Corrupt: ``store.tile``, ``store.app_hash``: it is not what its head says.
    """
    head = read_head(rows)
    tiles = [rows.get(tile_key(level, index)) for level, index in open_tiles(head.log_size)]
    if None in tiles:
        raise Corrupt("store.tile", "a tile at the edge of the log is missing")
    radix = RadixMap(StoredNodes(rows), head.map_root, head.record_count)
    snapshot = Snapshot(
        height=head.height,
        parameter_hash=parameter_hash,
        log_size=head.log_size,
        tiles=tuple(tile for tile in tiles if tile is not None),
        parts=tuple(part.to_bytes() for part in parts_of(radix)),
        chunk_hashes=tuple(chunk_hashes),
    )
    if snapshot.app_hash() != head.app_hash:
        raise Corrupt("store.app_hash", "the edge of the state does not have its app hash")
    return snapshot


def chunks_of(rows: Rows) -> Iterator[bytes]:
    """Yield the chunks of a committed state; at least one, though it holds nothing."""
    records: list[bytes] = []
    size = 0
    for _, record in rows.scan(RECORD, after(RECORD)):
        records.append(record)
        size += len(record)
        if size >= CHUNK_BYTES:
            yield msgspec.msgpack.encode(records)
            records, size = [], 0
    if records or not read_head(rows).record_count:
        yield msgspec.msgpack.encode(records)


def open_tiles(log_size: int) -> list[tuple[int, int]]:
    """Return level and index of the tiles at the edge of a log that later entries extend."""
    tiles: list[tuple[int, int]] = []
    level = 0
    while log_size:
        log_size, inside = divmod(log_size, TILE_WIDTH)
        if inside:
            tiles.append((level, log_size))
        level += 1
    return tiles


def check_state(state: State) -> None:
    """Compute the root of all records and of the log's edge anew and compare the app hash.

    Raises:
        Corrupt: ``store.app_hash``: what is stored is not what the head says.
    """
    head = state.head
    snapshot = snapshot_of(state.store, state.parameter_hash, [])
    parts = [
        built(f"{number:02x}", b"".join(_pairs_of_part(state.store, number)), [])
        for number in range(PARTS)
    ]
    everything = whole(parts, [])
    computed = (everything.digest, everything.size, snapshot.peaks())
    if computed != (head.map_root, head.record_count, dict(sorted(head.peaks))):
        raise Corrupt("store.app_hash", "what is stored does not have the app hash of its head")


def _pairs_of_part(rows: Rows, number: int) -> Iterator[bytes]:
    low = RECORD + bytes([number])
    high = RECORD + bytes([number + 1]) if number + 1 < PARTS else after(RECORD)
    for key, row in rows.scan(low, high):
        name = row.partition(b"\n")[0]
        if key[1:] != sha256(name).digest():
            raise Corrupt("store.app_hash", f"{name[:90]!a} is not where it belongs")
        yield key[1:] + value_hash(row)
