"""The map in 256 parts, each of the keys that begin with one byte: built and checked one by one.

    part    at most 32 keys: its pairs, k₁ ‖ v₁ ‖ k₂ ‖ v₂ …     more: root of the subtree ‖ count
    whole   16 parts make a subtree of one digit, 16 of those the map

The roots of all parts give the root of the map, so that whoever trusts that root checks a part as
soon as its keys are there, and never holds more of them than one part has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cellchain.crypto.map import (
    BUCKET_MAX,
    HASH_BYTES,
    WIDTH,
    Branch,
    branch_hash,
    bucket_hash,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cellchain.crypto.map import RadixMap

PARTS = 256
PAIR_BYTES = 2 * HASH_BYTES
_DIGITS_OF_PART = 2
_LARGE_BYTES = HASH_BYTES + 8


class Part(NamedTuple):
    """A subtree as seen from above."""

    size: int
    """Number of its keys."""
    digest: bytes
    pairs: bytes
    """Its keys and value hashes, where these are at most 32; else nothing."""

    def to_bytes(self) -> bytes:
        """Return its pairs, or root and count."""
        large = self.size > BUCKET_MAX
        return self.digest + self.size.to_bytes(8, "big") if large else self.pairs

    @classmethod
    def from_bytes(cls, data: bytes) -> Part | None:
        """Return the part that `to_bytes` wrote; ``None`` where it cannot have."""
        if len(data) == _LARGE_BYTES:
            count = int.from_bytes(data[HASH_BYTES:], "big")
            return cls(count, data[:HASH_BYTES], b"") if count > BUCKET_MAX else None
        if len(data) % PAIR_BYTES or len(data) > BUCKET_MAX * PAIR_BYTES:
            return None
        return _bucket(data)


Branches = list[tuple[str, Branch]]
"""Branches of the map, each with the digits that lead to it."""


def parts_of(radix: RadixMap) -> list[Part]:
    """Return the parts of a map, in order."""
    return list(_parts_below(radix, "", radix.count))


def built(prefix: str, pairs: bytes, branches: Branches) -> Part:
    """Return the subtree at ``prefix`` that holds exactly ``pairs``, sorted by key.

    Args:
        prefix: The digits that all keys begin with.
        pairs: The keys, each with the hash of its value.
        branches: Where the branches of the subtree are added.
    """
    if len(pairs) <= BUCKET_MAX * PAIR_BYTES:
        return _bucket(pairs)
    children = [
        built(f"{prefix}{digit:x}", child, branches)
        for digit, child in enumerate(_split(pairs, len(prefix)))
    ]
    return _joined(prefix, children, branches)


def whole(parts: Sequence[Part], branches: Branches) -> Part:
    """Return the map that has these 256 parts; its upper branches are added to ``branches``."""
    digits = [
        _joined(f"{digit:x}", parts[WIDTH * digit : WIDTH * (digit + 1)], branches)
        for digit in range(WIDTH)
    ]
    return _joined("", digits, branches)


def _bucket(pairs: bytes) -> Part:
    return Part(len(pairs) // PAIR_BYTES, bucket_hash(pairs), pairs)


def _joined(prefix: str, children: Sequence[Part], branches: Branches) -> Part:
    count = sum(child.size for child in children)
    if count <= BUCKET_MAX:
        return _bucket(b"".join(child.pairs for child in children))
    hashes = bytearray(b"".join(child.digest for child in children))
    branches.append((prefix, Branch(hashes, [child.size for child in children])))
    return Part(count, branch_hash(hashes), b"")


def _split(pairs: bytes, depth: int) -> Iterator[bytes]:
    """Yield the pairs of each digit at ``depth``."""
    start = 0
    for digit in range(WIDTH):
        end = _first_above(pairs, depth, digit, start // PAIR_BYTES) * PAIR_BYTES
        yield pairs[start:end]
        start = end


def _first_above(pairs: bytes, depth: int, digit: int, low: int) -> int:
    """Return the number of the first pair whose digit at ``depth`` is larger than ``digit``."""
    place, shift = depth // 2, 0 if depth % 2 else 4
    high = len(pairs) // PAIR_BYTES
    while low < high:
        middle = (low + high) // 2
        if pairs[middle * PAIR_BYTES + place] >> shift & 15 <= digit:
            low = middle + 1
        else:
            high = middle
    return low


def _parts_below(radix: RadixMap, prefix: str, count: int) -> Iterator[Part]:
    node = radix.node(prefix, count)
    if isinstance(node, bytes):
        yield from _parts_in(node, prefix)
        return
    for digit in range(WIDTH):
        child, of_child = f"{prefix}{digit:x}", node.counts[digit]
        if of_child > BUCKET_MAX and len(child) == _DIGITS_OF_PART:
            digest = bytes(node.hashes[digit * HASH_BYTES : (digit + 1) * HASH_BYTES])
            yield Part(of_child, digest, b"")
        else:
            yield from _parts_below(radix, child, of_child)


def _parts_in(bucket: bytes, prefix: str) -> Iterator[Part]:
    """Yield the parts that a bucket covers, most of them empty."""
    if len(prefix) == _DIGITS_OF_PART:
        yield _bucket(bucket)
        return
    for digit, pairs in enumerate(_split(bucket, len(prefix))):
        yield from _parts_in(pairs, f"{prefix}{digit:x}")
