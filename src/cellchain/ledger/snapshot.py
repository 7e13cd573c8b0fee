"""Snapshots: the state of one height in verifiable chunks, the same bytes on every node.

    row stream   head, the open tiles of the log, the records in order of their hashes
    chunks       the stream cut after whole rows at about ten million bytes
    metadata     height, app hash, SHA-256 of each chunk

The branches of the map are not sent: the receiver computes them, and accepts the state only if
the app hash it gets is the one it was promised by somebody it trusts.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import msgspec

from cellchain.core.errors import Corrupt, Refused
from cellchain.crypto.log import Frontier
from cellchain.crypto.map import EMPTY_ROOT, Branch, RadixMap
from cellchain.ledger.history import TILE_WIDTH, tile_key
from cellchain.ledger.records import StoredNodes, value_hash
from cellchain.ledger.state import Head, app_hash
from cellchain.ledger.store import BRANCH, HEAD, RECORD, MemoryStore, after

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cellchain.ledger.state import State
    from cellchain.ledger.store import Row

FORMAT = 1
CHUNK_BYTES = 10_000_000
CHUNKS_MAX = 10_000


class Snapshot(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a snapshot consists of."""

    format: int = FORMAT
    height: int
    app_hash: bytes
    chunk_hashes: tuple[bytes, ...]

    @property
    def hash(self) -> bytes:
        """SHA-256 over the hashes of the chunks."""
        return sha256(b"".join(self.chunk_hashes)).digest()


class _Row(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    key: bytes
    value: bytes


_DECODER = msgspec.msgpack.Decoder(tuple[_Row, ...])


def take_snapshot(state: State) -> tuple[Snapshot, list[bytes]]:
    """Return the snapshot of the committed state and its chunks."""
    chunks = [msgspec.msgpack.encode(rows) for rows in _chunked(_rows(state))]
    head = state.head
    hashes = tuple(sha256(chunk).digest() for chunk in chunks)
    snapshot = Snapshot(height=head.height, app_hash=head.app_hash, chunk_hashes=hashes)
    return snapshot, chunks


def _rows(state: State) -> Iterator[_Row]:
    yield _Row(HEAD, msgspec.msgpack.encode(state.head))
    for level, index in open_tiles(state.head.log_size):
        key = tile_key(level, index)
        tile = state.store.get(key)
        assert tile is not None
        yield _Row(key, tile)
    for key, value in state.store.scan(RECORD, after(RECORD)):
        yield _Row(key, value)


def _chunked(rows: Iterator[_Row]) -> Iterator[list[_Row]]:
    chunk: list[_Row] = []
    size = 0
    for row in rows:
        chunk.append(row)
        size += len(row.key) + len(row.value)
        if size >= CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def open_tiles(log_size: int) -> list[tuple[int, int]]:
    """Return level and index of the tiles that the next entry of the log would extend."""
    tiles: list[tuple[int, int]] = []
    level = 0
    while log_size:
        log_size, inside = divmod(log_size, TILE_WIDTH)
        if inside:
            tiles.append((level, log_size))
        level += 1
    return tiles


def check_chunk(snapshot: Snapshot, index: int, chunk: bytes) -> None:
    """Refuse a chunk that is not the one that the metadata promises."""
    if not 0 <= index < len(snapshot.chunk_hashes) or (
        sha256(chunk).digest() != snapshot.chunk_hashes[index]
    ):
        raise Refused("snapshot.chunk", f"chunk {index} is not the one that was offered")


def restored_rows(snapshot: Snapshot, chunks: Sequence[bytes], parameter_hash: bytes) -> list[Row]:
    """Return the rows of a store in the state of ``snapshot``.

    Raises:
        Refused: ``snapshot.unreadable``, ``snapshot.app_hash``: the state is not what it says.
    """
    rows = [row for chunk in chunks for row in _decoded(chunk)]
    if not rows or rows[0].key != HEAD:
        raise Refused("snapshot.unreadable", "the first row is not the head")
    try:
        head = msgspec.msgpack.decode(rows[0].value, type=Head)
    except msgspec.MsgspecError as error:
        raise Refused("snapshot.unreadable", str(error)) from error
    _check_tiles(head, rows)
    pairs, branches = _map_rows(rows)
    frontier = Frontier(head.log_size, dict(head.peaks))
    computed = app_hash(head.log_size, frontier.root(), pairs.root, parameter_hash)
    said = (head.height, head.app_hash, head.map_root, head.record_count)
    if said != (snapshot.height, computed, pairs.root, pairs.count) or (
        computed != snapshot.app_hash
    ):
        raise Refused("snapshot.app_hash", "the state does not have the app hash that was promised")
    return [*((row.key, row.value) for row in rows), *branches]


def check_state(state: State) -> None:
    """Compute the root of all records and of the log's edge anew and compare the app hash.

    Raises:
        Corrupt: ``store.app_hash``: what is stored is not what the head says.
    """
    snapshot, chunks = take_snapshot(state)
    try:
        restored_rows(snapshot, chunks, state.parameter_hash)
    except Refused as refusal:
        raise Corrupt("store.app_hash", refusal.text) from refusal


def _map_rows(rows: list[_Row]) -> tuple[RadixMap, list[Row]]:
    radix = RadixMap(StoredNodes(MemoryStore()), EMPTY_ROOT, 0)
    records = [row for row in rows if row.key[:1] == RECORD]
    if any(b"\n" not in row.value for row in records):
        raise Refused("snapshot.unreadable", "a record without a name")
    for row in records:
        name = row.value.partition(b"\n")[0]
        if row.key[1:] != sha256(name).digest():
            raise Refused("snapshot.unreadable", "a record is not where its name belongs")
    update = radix.update((row.key[1:], value_hash(row.value)) for row in records)
    radix.adopt(update)
    branches: list[Row] = [
        (BRANCH + prefix.encode(), node.to_bytes())
        for prefix, node in update.nodes.items()
        if isinstance(node, Branch)
    ]
    return radix, branches


def _check_tiles(head: Head, rows: list[_Row]) -> None:
    """The open tiles must be those of the log's edge and fold into its peaks."""
    expected = [tile_key(level, index) for level, index in open_tiles(head.log_size)]
    tiles = rows[1 : 1 + len(expected)]
    if [row.key for row in tiles] != expected or len(rows) - len(tiles) - 1 != sum(
        row.key[:1] == RECORD for row in rows
    ):
        raise Refused("snapshot.unreadable", "rows that do not belong in a snapshot")
    size, peaks = head.log_size, {}
    for (level, _), row in zip(open_tiles(size), tiles, strict=True):
        edge = Frontier()
        edge.extend([row.value[i : i + 32] for i in range(0, len(row.value), 32)])
        peaks.update({above + 8 * level: peak for above, peak in edge.peaks.items()})
    if peaks != dict(head.peaks):
        raise Refused("snapshot.app_hash", "the open tiles do not fold into the edge of the log")


def _decoded(chunk: bytes) -> tuple[_Row, ...]:
    try:
        return _DECODER.decode(chunk)
    except msgspec.MsgspecError as error:
        raise Refused("snapshot.unreadable", str(error)) from error
