"""The append-only log of RFC 9162 section 2.1: a binary Merkle tree over entries, SHA-256.

    leaf(x) = H(00 ‖ x)        node(l, r) = H(01 ‖ l ‖ r)        empty = H("")

The tree over n leaves splits at the largest power of two below n; an odd node is promoted, never
doubled. The verifiers are strict: every hash has 32 bytes and a tree has at least one leaf, else
an empty tree could be passed off as one.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of a log entry."""
    return sha256(b"\x00" + entry).digest()


def leaf_hashes(entries: Iterable[bytes]) -> list[bytes]:
    """Return the hash of each entry."""
    return [sha256(b"\x00" + entry).digest() for entry in entries]


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of two children."""
    return sha256(b"\x01" + left + right).digest()


def tree_root(leaves: Sequence[bytes]) -> bytes:
    """Return the root over leaf hashes; `EMPTY_ROOT` over none."""
    frontier = Frontier()
    frontier.extend(leaves)
    return frontier.root()


class Frontier:
    """The right edge of a log: all that is needed to append to it and to know its root.

    Args:
        size: Number of leaves.
        peaks: Root of the perfect subtree of 2^level leaves, for each set bit ``level`` of size.
    """

    __slots__ = ("peaks", "size")

    def __init__(self, size: int = 0, peaks: dict[int, bytes] | None = None) -> None:
        self.size = size
        self.peaks = peaks or {}

    def copy(self) -> Frontier:
        """Return a frontier that grows on its own."""
        return Frontier(self.size, dict(self.peaks))

    def extend(self, leaves: Sequence[bytes]) -> list[Sequence[bytes]]:
        """Append leaf hashes; return the nodes that came into being, by level from the leaves up.

        Level by level, so that the work is one hash per leaf in long list comprehensions.
        """
        born: list[Sequence[bytes]] = []
        nodes: Sequence[bytes] = leaves
        level = 0
        while nodes:
            born.append(nodes)
            if (self.size >> level) & 1:
                nodes = [self.peaks.pop(level), *nodes]
            pairs = zip(nodes[::2], nodes[1::2], strict=False)
            parents = [sha256(b"\x01" + left + right).digest() for left, right in pairs]
            if len(nodes) % 2:
                self.peaks[level] = nodes[-1]
            nodes = parents
            level += 1
        self.size += len(leaves)
        return born

    def root(self) -> bytes:
        """Return the root: the peaks folded from the youngest to the oldest."""
        if not self.size:
            return EMPTY_ROOT
        first, *older = sorted(self.peaks)
        root = self.peaks[first]
        for level in older:
            root = node_hash(self.peaks[level], root)
        return root


def inclusion_path(index: int, leaves: Sequence[bytes], *, size: int | None = None) -> list[bytes]:
    """Return the audit path of leaf ``index`` in the tree over the first ``size`` leaf hashes."""
    known = leaves if size is None else leaves[:size]
    return subtree_path(index, 0, len(known), lambda low, high: tree_root(known[low:high]))


def subtree_path(
    index: int, low: int, high: int, root_of: Callable[[int, int], bytes]
) -> list[bytes]:
    """Return the audit path (RFC 9162 section 2.1.3.1) of leaf ``index`` in leaves low … high.

    Args:
        index: Position of the leaf, low ≤ index < high.
        low: First leaf of the tree.
        high: One past its last leaf.
        root_of: Root over the leaves from its first to before its second argument.
    """
    path: list[bytes] = []
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            path.append(root_of(middle, high))
            high = middle
        else:
            path.append(root_of(low, middle))
            low = middle
    return path[::-1]


def consistency_proof(
    old_size: int, new_size: int, root_of: Callable[[int, int], bytes]
) -> list[bytes]:
    """Return the proof (RFC 9162 section 2.1.4.1) that the older tree is a prefix of the newer."""
    proof: list[bytes] = []
    low, high, whole = 0, new_size, True
    while old_size != high:
        middle = low + _split(high - low)
        if old_size <= middle:
            proof.append(root_of(middle, high))
            high = middle
        else:
            proof.append(root_of(low, middle))
            low, whole = middle, False
    if not whole:
        proof.append(root_of(low, high))
    return proof[::-1]


def verify_inclusion(
    index: int, size: int, leaf: bytes, path: Sequence[bytes], root: bytes
) -> bool:
    """Whether ``path`` shows that the leaf with hash ``leaf`` is at ``index`` of the tree."""
    return len(root) == HASH_BYTES and included_root(index, size, leaf, path) == root


def included_root(index: int, size: int, leaf: bytes, path: Sequence[bytes]) -> bytes | None:
    """Return the root that ``path`` leads to (RFC 9162 section 2.1.3.2), ``None`` if nowhere."""
    if not 0 <= index < size or not _all_hashes(leaf, *path):
        return None
    place, last, result = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return None
        if place % 2 or place == last:
            result = node_hash(sibling, result)
            while place % 2 == 0 and place:
                place, last = place >> 1, last >> 1
        else:
            result = node_hash(result, sibling)
        place, last = place >> 1, last >> 1
    return result if last == 0 else None


def verify_consistency(
    old_size: int, new_size: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether ``proof`` shows that the newer tree continues the older one."""
    if not 1 <= old_size <= new_size or not _all_hashes(old_root, new_root, *proof):
        return False
    if old_size == new_size:
        return not proof and old_root == new_root
    if not proof:
        return False
    if old_size & (old_size - 1) == 0:
        proof = [old_root, *proof]
    place, last = old_size - 1, new_size - 1
    while place % 2:
        place, last = place >> 1, last >> 1
    old = new = proof[0]
    for sibling in proof[1:]:
        if last == 0:
            return False
        if place % 2 or place == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while place % 2 == 0 and place:
                place, last = place >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and old == old_root and new == new_root


def _split(size: int) -> int:
    """Largest power of two below ``size``."""
    return 1 << (size - 1).bit_length() - 1


def _all_hashes(*values: bytes) -> bool:
    return all(len(value) == HASH_BYTES for value in values)
