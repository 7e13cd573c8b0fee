"""The authenticated map: 16-ary, its shape and root set by its content alone.

    k = H(name)     v = H(value)
    a subtree of 1 … 32 keys is a bucket       H(00 ‖ k₁ ‖ v₁ ‖ k₂ ‖ v₂ …), sorted by k
    a larger one is a branch                   H(01 ‖ 16 child hashes), 32 zero bytes where empty
    the empty map                              32 zero bytes

The subtree at depth d holds the keys that share d leading hexadecimal digits. Because counts alone
decide between bucket and branch, depth grows and shrinks with the content, nobody can grind one
bucket full, and the same content has the same root whatever its history. Inclusion, absence and
deletion all follow: an absent key's digits lead to an empty slot or to a bucket without it.

Only branches are kept by the store (hashes and counts); a bucket is read back from the records
themselves. `RadixMap.update` leaves the map as it was and returns what would change, so that a
block can be prepared twice or dropped.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from struct import Struct
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

BUCKET_MAX = 32
WIDTH = 16
HASH_BYTES = 32
EMPTY_ROOT = bytes(HASH_BYTES)
BRANCH_BYTES = WIDTH * HASH_BYTES
_PAIR = 2 * HASH_BYTES
_COUNTS = Struct(f">{WIDTH}Q")
_DIGITS = "0123456789abcdef"
_VALUE = {digit: value for value, digit in enumerate(_DIGITS)}


class Branch:
    """A subtree of more than 32 keys: the hash and the number of keys of each child."""

    __slots__ = ("counts", "hashes")

    def __init__(self, hashes: bytearray, counts: list[int]) -> None:
        self.hashes = hashes
        self.counts = counts

    @classmethod
    def from_bytes(cls, data: bytes) -> Branch:
        """Return the branch that `to_bytes` wrote."""
        return cls(bytearray(data[:BRANCH_BYTES]), list(_COUNTS.unpack(data[BRANCH_BYTES:])))

    def to_bytes(self) -> bytes:
        """Return 512 bytes of hashes and 128 of counts."""
        return bytes(self.hashes) + _COUNTS.pack(*self.counts)

    def copy(self) -> Branch:
        """Return a branch that changes on its own."""
        return Branch(bytearray(self.hashes), list(self.counts))


Node = Branch | bytes
"""A branch, or a bucket as its pairs one after the other."""


class NodeSource(Protocol):
    """Where nodes come from that are not in memory."""

    def branch(self, prefix: str) -> bytes | None:
        """Return the stored branch at ``prefix`` (hexadecimal digits)."""
        ...

    def bucket(self, prefix: str) -> bytes:
        """Return the sorted pairs of all keys that begin with ``prefix``."""
        ...


@dataclass(frozen=True, slots=True)
class MapUpdate:
    """What a batch would change: the new root and every node that differs (``None``: gone)."""

    root: bytes
    count: int
    nodes: dict[str, Node | None]


class MapProof(NamedTuple):
    """The way from the root to a key: branch hashes from the root down, then the bucket.

    An empty bucket says that the slot is empty, so the key is absent.
    """

    branches: Sequence[bytes]
    bucket: bytes


class RadixMap:
    """The map, its nodes loaded when first needed and kept in memory.

    Args:
        source: Reads what is not in memory yet.
        root: Hash of the whole map as stored.
        count: Number of keys as stored.
        cached_max: Nodes kept before the memory is emptied; about 1.2 kB each.
    """

    def __init__(
        self, source: NodeSource, root: bytes, count: int, *, cached_max: int = 400_000
    ) -> None:
        self.root = root
        self.count = count
        self._source = source
        self._nodes: dict[str, Node] = {}
        self._fresh: dict[str, Node | None] = {}
        self.cached = self._nodes.get
        self._cached_max = cached_max

    def update(self, changes: Iterable[tuple[bytes, bytes | None]]) -> MapUpdate:
        """Return what setting (key hash, value hash), or deleting where ``None``, would change."""
        self.settle()
        return _Batch(self).run(changes)

    def adopt(self, update: MapUpdate) -> None:
        """Make ``update``, the latest from this map, true."""
        self.settle()
        self.root, self.count, self._fresh = update.root, update.count, update.nodes

    def settle(self) -> None:
        """File away what was adopted last; until then it is found in front of the rest."""
        if len(self._nodes) > self._cached_max:
            self._nodes.clear()
        for prefix, node in self._fresh.items():
            if node is None:
                self._nodes.pop(prefix, None)
            else:
                self._nodes[prefix] = node
        self._fresh = {}

    def is_branch(self, prefix: str) -> bool:
        """Whether the map, as adopted last, has a branch in memory at ``prefix``."""
        return isinstance(self._nodes.get(prefix), Branch)

    def prove(self, key: bytes) -> MapProof:
        """Return the way to ``key``, whether it is there or not."""
        branches: list[bytes] = []
        digits = key.hex()
        node = self.node("", self.count)
        while isinstance(node, Branch):
            branches.append(bytes(node.hashes))
            prefix = digits[: len(branches)]
            node = self.node(prefix, node.counts[_VALUE[prefix[-1]]])
        return MapProof(branches, node)

    def node(self, prefix: str, count: int) -> Node:
        """Return the node of ``count`` keys at ``prefix``."""
        found = self._fresh.get(prefix)
        if found is None:
            found = self._nodes.get(prefix)
        if found is None:
            found = self._nodes[prefix] = self._load(prefix, count)
        return found

    def _load(self, prefix: str, count: int) -> Node:
        if count == 0:
            return b""
        if count <= BUCKET_MAX:
            return self._source.bucket(prefix)
        stored = self._source.branch(prefix)
        if stored is None:
            raise KeyError(f"no branch at {prefix!r}, which has {count} keys")
        return Branch.from_bytes(stored)


class _Batch:
    """One update on its way: copies of the nodes it touches, over the map it leaves alone."""

    def __init__(self, below: RadixMap) -> None:
        self._below = below
        self._nodes: dict[str, Node | None] = {}
        self._touched: set[str] = set()
        self._count = below.count

    def run(self, changes: Iterable[tuple[bytes, bytes | None]]) -> MapUpdate:
        for key, value in changes:
            prefix, bucket = self._descend(key.hex())
            self._nodes[prefix] = _replaced(bucket, key, value)
            self._touched.add(prefix)
        root = self._rehash() if self._touched else self._below.root
        return MapUpdate(root, self._count, self._nodes)

    def _descend(self, digits: str) -> tuple[str, bytes]:
        """Return the bucket that ``digits`` lead to; branches may be stale until the rehash."""
        prefix, depth, count = "", 0, self._count
        pending, committed = self._nodes.get, self._below.cached
        while True:
            node = pending(prefix)
            if node is None:  # an emptied bucket is there, and empty
                node = committed(prefix)
                if node is None:
                    node = self._below.node(prefix, count)
            if isinstance(node, bytes):
                return prefix, node
            count = node.counts[_VALUE[digits[depth]]]
            depth += 1
            prefix = digits[:depth]

    def _rehash(self) -> bytes:
        """Hash the touched nodes from the deepest up; return the root."""
        levels: list[set[str]] = []
        for prefix in self._touched:
            while len(levels) <= len(prefix):
                levels.append(set())
            levels[len(prefix)].add(prefix)
        for depth in range(len(levels) - 1, 0, -1):
            parents = levels[depth - 1]
            for prefix in levels[depth]:
                above = prefix[:-1]
                digest, count = self._settle(prefix)
                self._hang(above, _VALUE[prefix[-1]], digest, count)
                parents.add(above)
        root, self._count = self._settle("")
        return root

    def _hang(self, above: str, slot: int, digest: bytes, count: int) -> None:
        """Write a child's hash and count into its parent's copy."""
        parent = self._nodes.get(above)
        if parent is None:
            below = self._below.node(above, BUCKET_MAX + 1)
            assert isinstance(below, Branch)
            parent = self._nodes[above] = below.copy()
        assert isinstance(parent, Branch)
        start = slot * HASH_BYTES
        parent.hashes[start : start + HASH_BYTES] = digest
        parent.counts[slot] = count

    def _settle(self, prefix: str) -> tuple[bytes, int]:
        """Give the subtree at ``prefix`` the shape that its count asks for; return hash, count."""
        node = self._nodes[prefix]
        assert node is not None
        if isinstance(node, bytes):
            count = len(node) // _PAIR
            if count <= BUCKET_MAX:
                return bucket_hash(node), count
            node = self._nodes[prefix] = self._split(prefix, node)
            return branch_hash(node.hashes), count
        count = sum(node.counts)
        if count > BUCKET_MAX:
            return branch_hash(node.hashes), count
        merged = self._merge(prefix, node)
        self._nodes[prefix] = merged
        return bucket_hash(merged), count

    def _split(self, prefix: str, bucket: bytes) -> Branch:
        """Return the branch of an overfull bucket, its children hung below."""
        children: list[list[bytes]] = [[] for _ in range(WIDTH)]
        depth = len(prefix)
        for start in range(0, len(bucket), _PAIR):
            digit = bucket[start + depth // 2] >> (0 if depth % 2 else 4) & 15
            children[digit].append(bucket[start : start + _PAIR])
        branch = Branch(bytearray(BRANCH_BYTES), [0] * WIDTH)
        self._nodes[prefix] = branch
        for letter, pairs in zip(_DIGITS, children, strict=True):
            if pairs:
                self._nodes[prefix + letter] = b"".join(pairs)
                self._hang(prefix, _VALUE[letter], *self._settle(prefix + letter))
        return branch

    def _merge(self, prefix: str, branch: Branch) -> bytes:
        """Return the bucket of a branch that shrank; its children are gone."""
        merged = b""
        for letter, count in zip(_DIGITS, branch.counts, strict=True):
            child = prefix + letter
            node = self._nodes.get(child)
            if node is None and count:
                node = self._below.node(child, count)
            if node is not None:
                assert isinstance(node, bytes)
                merged += node
            self._nodes[child] = None
        return merged


def bucket_hash(pairs: bytes) -> bytes:
    """Return the hash of a bucket; `EMPTY_ROOT` of an empty one."""
    return sha256(b"\x00" + pairs).digest() if pairs else EMPTY_ROOT


def branch_hash(hashes: bytes | bytearray) -> bytes:
    """Return the hash of a branch's 512 bytes."""
    return sha256(b"\x01" + hashes).digest()


def verify_map_proof(root: bytes, key: bytes, value: bytes | None, proof: MapProof) -> bool:
    """Whether the map with ``root`` holds ``value`` at ``key``, or nothing there if ``None``."""
    return len(root) == HASH_BYTES and proved_root(key, value, proof) == root


def proved_root(key: bytes, value: bytes | None, proof: MapProof) -> bytes | None:
    """Return the root of the map in which ``proof`` leads ``key`` to ``value``, or to nothing.

    ``None`` where the proof is broken. The digits come from ``key``, never from the proof.
    """
    digits, depth = key.hex(), len(proof.branches)
    pairs = _pairs(proof.bucket)
    if len(key) != HASH_BYTES or depth >= len(digits) or pairs is None or pairs.get(key) != value:
        return None
    if not all(k.hex().startswith(digits[:depth]) for k in pairs):
        return None
    result = bucket_hash(proof.bucket)
    for level in reversed(range(depth)):
        hashes = proof.branches[level]
        slot = _VALUE[digits[level]] * HASH_BYTES
        if len(hashes) != BRANCH_BYTES or hashes[slot : slot + HASH_BYTES] != result:
            return None
        result = branch_hash(hashes)
    return result


def _pairs(bucket: bytes) -> dict[bytes, bytes] | None:
    """Return the pairs of a bucket, or ``None`` where it is no bucket."""
    if len(bucket) % _PAIR or len(bucket) > BUCKET_MAX * _PAIR:
        return None
    starts = range(0, len(bucket), _PAIR)
    keys = [bucket[s : s + HASH_BYTES] for s in starts]
    if any(left >= right for left, right in pairwise(keys)):
        return None
    return {k: bucket[s + HASH_BYTES : s + _PAIR] for k, s in zip(keys, starts, strict=True)}


def _replaced(bucket: bytes, key: bytes, value: bytes | None) -> bytes:
    """Return ``bucket`` with ``key`` set to ``value``, or without it where ``None``."""
    place = bucket.find(key)
    while place % _PAIR and place >= 0:  # a hash may straddle two fields; it is no key there
        place = bucket.find(key, place + 1)
    if place >= 0:
        if value is None:
            return bucket[:place] + bucket[place + _PAIR :]
        return b"".join((bucket[: place + HASH_BYTES], value, bucket[place + _PAIR :]))
    if value is None:
        return bucket
    low, high = 0, len(bucket) // _PAIR
    while low < high:
        middle = (low + high) // 2
        if bucket[middle * _PAIR : middle * _PAIR + HASH_BYTES] < key:
            low = middle + 1
        else:
            high = middle
    return bucket[: low * _PAIR] + key + value + bucket[low * _PAIR :]
