"""A window of telemetry as a tree: one root on the ledger, any leaf shown without the others.

    salts   = SHAKE-256("cellchain window salts" ‖ secret), 16 bytes for each leaf
    leaf(i) = H(00 ‖ salt(i) ‖ readings of leaf i)          the rest as RFC 9162 section 2.1

Readings are easily guessed, so a leaf hash alone would tell them to whoever tries them all; the
salt ends that. All salts of a window come from one secret: whoever destroys it erases the window,
the root that stays says nothing more. A proof carries the salt of its own leaf only. One run of
SHAKE-256 (FIPS 202) gives all of them; an HMAC for each would cost half as much as the leaf.
"""

from __future__ import annotations

from hashlib import sha256, shake_256
from typing import TYPE_CHECKING

import msgspec

from cellchain.core.errors import Refused
from cellchain.core.readings import Reading, decode_leaf, parse_layout
from cellchain.crypto.log import EMPTY_ROOT, verify_inclusion

if TYPE_CHECKING:
    from collections.abc import Sequence

SECRET_BYTES = 32
SALT_BYTES = 16
_SALTS = b"cellchain window salts"
_EXTREMES = b"cellchain window extremes"


class ReadingProof(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    tag="cellchain.reading_proof/1",
):
    """One leaf of a window and its way to the root; bytes as lower-case hexadecimal."""

    window: str
    """Subject of the window's record: ``device/boot/first``."""
    layout: str
    """Canonical JSON of the layout, whose digest the record names."""
    index: int
    leaf: str
    salt: str
    path: tuple[str, ...]


class AnchoredWindow(msgspec.Struct, frozen=True, kw_only=True):
    """What the ledger says of a window, as far as its readings are concerned."""

    window: str
    root: bytes
    layout_digest: str
    first: int
    last: int
    count: int
    start_ms: int
    end_ms: int


class WindowTree:
    """All nodes of a window's tree, by level from the leaves up; an odd node is promoted."""

    __slots__ = ("levels",)

    def __init__(self, leaf_hashes: Sequence[bytes]) -> None:
        self.levels = [list(leaf_hashes)]
        while len(self.levels[-1]) > 1:
            nodes = self.levels[-1]
            pairs = zip(nodes[::2], nodes[1::2], strict=False)
            parents = [sha256(b"\x01" + left + right).digest() for left, right in pairs]
            self.levels.append(parents + nodes[len(parents) * 2 :])

    @property
    def root(self) -> bytes:
        """The root; that of an empty log where there is no leaf."""
        return self.levels[-1][0] if self.levels[0] else EMPTY_ROOT

    def path(self, index: int) -> list[bytes]:
        """Return the audit path of leaf ``index`` (RFC 9162 section 2.1.3.1)."""
        path = []
        for nodes in self.levels[:-1]:
            if (index ^ 1) < len(nodes):
                path.append(nodes[index ^ 1])
            index >>= 1
        return path


def leaf_salts(secret: bytes, count: int) -> list[bytes]:
    """Return the salts of the first ``count`` leaves, 16 bytes each."""
    salts = shake_256(_SALTS + secret).digest(count * SALT_BYTES)
    return [salts[at : at + SALT_BYTES] for at in range(0, len(salts), SALT_BYTES)]


def extremes_salt(secret: bytes) -> bytes:
    """Return the salt of the commitment to the extremes, 16 bytes."""
    return shake_256(_EXTREMES + secret).digest(SALT_BYTES)


def salted_leaf_hash(salt: bytes, leaf: bytes | memoryview) -> bytes:
    """Return the hash of a leaf under its salt, 32 bytes."""
    hashed = sha256(b"\x00" + salt)
    hashed.update(leaf)
    return hashed.digest()


def window_leaf_hashes(secret: bytes, leaves: Sequence[bytes | memoryview]) -> list[bytes]:
    """Return the salted hash of every leaf, in order."""
    return list(map(salted_leaf_hash, leaf_salts(secret, len(leaves)), leaves))


def split_leaves(packed: bytes, leaf_bytes: int) -> list[memoryview]:
    """Return the leaves of readings that were packed one after the other; nothing is copied."""
    view = memoryview(packed)
    return [view[at : at + leaf_bytes] for at in range(0, len(packed), leaf_bytes)]


def cut_proof(
    *,
    window: str,
    layout: bytes,
    secret: bytes,
    index: int,
    leaf: bytes | memoryview,
    tree: WindowTree,
) -> ReadingProof:
    """Return the proof of leaf ``index``."""
    return ReadingProof(
        window=window,
        layout=layout.decode(),
        index=index,
        leaf=leaf.hex(),
        salt=leaf_salts(secret, index + 1)[index].hex(),
        path=tuple(node.hex() for node in tree.path(index)),
    )


def verify_reading(proof: ReadingProof, anchored: AnchoredWindow) -> tuple[Reading, ...]:
    """Return the readings that ``proof`` shows to be in the ``anchored`` window.

    Raises:
        Refused: ``reading.window``: it is about another window; ``reading.layout``: its layout is
            not the anchored one; ``reading.path``: its leaf is not in the tree, or not where and
            as large as it must be; ``reading.range``: beyond the window's sequences or times; or
            what `decode_leaf` refuses.
    """
    if proof.window != anchored.window:
        raise Refused("reading.window", f"a proof of {proof.window}, not of {anchored.window}")
    text = proof.layout.encode(errors="replace")
    if sha256(text).hexdigest() != anchored.layout_digest:
        raise Refused("reading.layout", "the layout is not the one that was anchored")
    layout = parse_layout(text)
    leaf = _bytes(proof.leaf)
    _check_path(proof, anchored, leaf, layout.readings_per_leaf)
    readings = decode_leaf(layout, leaf)
    _check_readings(readings, proof.index, anchored, layout.readings_per_leaf)
    return readings


def _check_path(proof: ReadingProof, anchored: AnchoredWindow, leaf: bytes, per_leaf: int) -> None:
    salt = _bytes(proof.salt)
    if len(salt) != SALT_BYTES:  # else bytes could wander from the leaf into the salt
        raise Refused("reading.path", f"a salt of {len(salt)} bytes; {SALT_BYTES} are needed")
    size = -(-anchored.count // per_leaf)
    path = [_bytes(node) for node in proof.path]
    leaf_hash = salted_leaf_hash(salt, leaf)
    if not verify_inclusion(proof.index, size, leaf_hash, path, anchored.root):
        raise Refused("reading.path", f"leaf {proof.index} is not in the tree of {proof.window}")


def _check_readings(
    readings: tuple[Reading, ...], index: int, anchored: AnchoredWindow, per_leaf: int
) -> None:
    expected = min(per_leaf, anchored.count - index * per_leaf)
    if len(readings) != expected:
        raise Refused("reading.path", f"leaf {index} has {expected} readings, not {len(readings)}")
    for reading in readings:
        if not (
            anchored.first <= reading.sequence <= anchored.last
            and anchored.start_ms <= reading.time_ms <= anchored.end_ms
        ):
            raise Refused(
                "reading.range", f"reading {reading.sequence} is outside what the window states"
            )


def _bytes(text: str) -> bytes:
    """Lower-case hexadecimal only: one proof, one spelling."""
    try:
        data = bytes.fromhex(text)
    except ValueError as error:
        raise Refused("reading.path", "a field of the proof is not hexadecimal") from error
    if data.hex() != text:
        raise Refused("reading.path", "a field of the proof is not plain hexadecimal")
    return data
