"""The log in the store: hashes in tiles of 256, so that any proof reads a few kilobytes.

Tile ``(level, index)`` holds neighbouring roots of perfect subtrees of 256^level leaves. A block
rewrites the last tile of each level and adds those it fills. Any aligned subtree is the fold of at
most 256 neighbours in one tile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.core.errors import Corrupt
from cellchain.crypto.log import (
    EMPTY_ROOT,
    HASH_BYTES,
    Frontier,
    consistency_proof,
    node_hash,
    subtree_path,
    tree_root,
)
from cellchain.ledger.store import TILE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cellchain.ledger.store import Row, Store

TILE_BITS = 8
TILE_WIDTH = 1 << TILE_BITS


class History:
    """The hashes of all log entries so far.

    Args:
        store: Holds the tiles.
        frontier: The right edge as of the last committed block.
    """

    def __init__(self, store: Store, frontier: Frontier) -> None:
        self._store = store
        self.frontier = frontier

    def rows(self, born: Sequence[Sequence[bytes]]) -> list[Row]:
        """Return the tiles to write after the frontier grew by the nodes ``born``."""
        rows: list[Row] = []
        for level in range(0, len(born), TILE_BITS):
            have = self.frontier.size >> level
            rows.extend(self._grown(level // TILE_BITS, have, b"".join(born[level])))
        return rows

    def _grown(self, level: int, have: int, new: bytes) -> Iterator[Row]:
        index, inside = divmod(have, TILE_WIDTH)
        tile = self._tile(level, index)[: inside * HASH_BYTES] if inside else b""
        data = tile + new
        for start in range(0, len(data), TILE_WIDTH * HASH_BYTES):
            yield tile_key(level, index), data[start : start + TILE_WIDTH * HASH_BYTES]
            index += 1

    def inclusion_path(self, index: int, size: int) -> list[bytes]:
        """Return the audit path of entry ``index`` in the log of ``size`` entries."""
        return subtree_path(index, 0, size, self._subtree)

    def consistency(self, old_size: int, new_size: int) -> list[bytes]:
        """Return the proof that the log of ``old_size`` entries is a prefix of the newer."""
        return consistency_proof(old_size, new_size, self._subtree)

    def root(self, size: int) -> bytes:
        """Return the root that the log had when it held ``size`` entries."""
        return self._subtree(0, size) if size else EMPTY_ROOT

    def leaf(self, index: int) -> bytes:
        """Return the hash of entry ``index``."""
        return self._subtree(index, index + 1)

    def _subtree(self, low: int, high: int) -> bytes:
        """Return the root over the leaves from ``low`` to before ``high``."""
        size = high - low
        if size & (size - 1):
            middle = low + (1 << (size - 1).bit_length() - 1)
            return node_hash(self._subtree(low, middle), self._subtree(middle, high))
        level, above = divmod(size.bit_length() - 1, TILE_BITS)
        first = low >> level * TILE_BITS
        index, inside = divmod(first, TILE_WIDTH)
        span = self._tile(level, index)[inside * HASH_BYTES : (inside + (1 << above)) * HASH_BYTES]
        if len(span) != HASH_BYTES << above:
            raise Corrupt("store.tile", f"tile {level}/{index} is too short for leaf {low}")
        return tree_root([span[i : i + HASH_BYTES] for i in range(0, len(span), HASH_BYTES)])

    def _tile(self, level: int, index: int) -> bytes:
        tile = self._store.get(tile_key(level, index))
        if tile is None:
            raise Corrupt("store.tile", f"tile {level}/{index} of the log is missing")
        return tile


def tile_key(level: int, index: int) -> bytes:
    """Return the key of the row that holds a tile."""
    return TILE + bytes([level]) + index.to_bytes(8, "big")
