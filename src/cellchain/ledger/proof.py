"""Proofs about the state: from a record, its absence, or a log entry to the app hash.

    map part    name, value → place in the map → map root  ┐
    log part    entry → place in the log → log root        ┴→ app hash

The state part is the same for every engine; the finality part (`cellchain.ledger.finality`) says
who vouches for the app hash. Everything here is pure: a stranger runs it on a file.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from cellchain.core.errors import Corrupt, Refused
from cellchain.core.names import Digest
from cellchain.crypto.log import included_root, leaf_hash
from cellchain.crypto.map import MapProof, proved_root
from cellchain.ledger.entry import RECEIPT_KIND
from cellchain.ledger.records import name_hash, record_name
from cellchain.ledger.state import app_hash
from cellchain.ledger.store import PLACE, RECORD, after

if TYPE_CHECKING:
    from cellchain.ledger.contract import Record
    from cellchain.ledger.state import State, StoredBlock

BRANCHES_MAX = 63
IDENTITY_BYTES = 32
PATH_MAX = 64
INTEGER_MAX = 2**53 - 1


class MapPart(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True,
    tag_field="kind", tag="proof.map/1",
):  # fmt: skip
    """A record as it stood, or that there was none."""

    name: str
    """Kind, a space, subject."""
    value: str | None = None
    """The canonical JSON of the record; left out where there is none."""
    branches: tuple[str, ...] = ()
    """512 bytes each, in hexadecimal, from the root down."""
    bucket: str
    log_size: int
    log_root: Digest
    parameter_hash: Digest


class LogPart(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True,
    tag_field="kind", tag="proof.log/1",
):  # fmt: skip
    """An entry of the log: an event, or a receipt."""

    entry: str
    """Its canonical JSON."""
    index: int
    path: tuple[Digest, ...]
    log_size: int
    map_root: Digest
    parameter_hash: Digest


StatePart: TypeAlias = MapPart | LogPart


def prove_record(state: State, kind: type[Record], subject: str) -> MapPart:
    """Return the proof of a record as it stands now, or of its absence."""
    name = record_name(kind, subject)
    place = name_hash(name)
    row = state.store.get(RECORD + place)
    way = state.map.prove(place)
    return MapPart(
        name=name,
        value=None if row is None else row.partition(b"\n")[2].decode(),
        branches=tuple(hashes.hex() for hashes in way.branches),
        bucket=way.bucket.hex(),
        log_size=state.head.log_size,
        log_root=Digest(state.history.frontier.root().hex()),
        parameter_hash=Digest(state.parameter_hash.hex()),
    )


def prove_entry(state: State, block: StoredBlock, offset: int) -> LogPart:
    """Return the proof of entry ``offset`` of ``block``, as of that block's own app hash.

    The header of that block then also says when it happened.
    """
    size = block.log_start + len(block.entries)
    index = block.log_start + offset
    return LogPart(
        entry=block.entries[offset].decode(),
        index=index,
        path=tuple(Digest(h.hex()) for h in state.history.inclusion_path(index, size)),
        log_size=size,
        map_root=Digest(block.map_root.hex()),
        parameter_hash=Digest(state.parameter_hash_at(block.height).hex()),
    )


def find_receipt(state: State, transaction: bytes) -> tuple[int, int] | None:
    """Return height and log position of the receipt of a transaction; ``None`` without one.

    It reads the ids of all blocks, some hundred megabytes a second: for people, not for servers.
    """
    for key, identities in state.store.scan(PLACE, after(PLACE)):
        place = identities.find(transaction)
        while place % IDENTITY_BYTES and place >= 0:
            place = identities.find(transaction, place + 1)
        if place >= 0:
            height = int.from_bytes(key[1:], "big")
            return height, receipt_position(state.block(height), transaction.hex())
    return None


def receipt_position(block: StoredBlock, transaction: str) -> int:
    """Return the position in the log of the receipt of a transaction of ``block``."""
    needle = transaction.encode()
    for offset, entry in enumerate(block.entries):
        if needle in entry:
            content = msgspec.json.decode(entry)
            if content["kind"] == RECEIPT_KIND and content["transaction"] == transaction:
                return block.log_start + offset
    raise Corrupt("store.block", f"block {block.height} has no receipt of {transaction}")


def proved_app_hash(part: StatePart) -> bytes:
    """Return the app hash that ``part`` leads to.

    Raises:
        Refused: ``proof.malformed``, ``proof.map``, ``proof.log``: it leads nowhere.
    """
    if not 0 <= part.log_size <= INTEGER_MAX:
        raise Refused("proof.malformed", "a log size out of range")
    parameter_hash = _hash(part.parameter_hash)
    if isinstance(part, MapPart):
        return app_hash(part.log_size, _hash(part.log_root), _map_root(part), parameter_hash)
    return app_hash(part.log_size, _log_root(part), _hash(part.map_root), parameter_hash)


def _map_root(part: MapPart) -> bytes:
    if len(part.branches) > BRANCHES_MAX:
        raise Refused("proof.malformed", "more branches than a key has digits")
    way = MapProof([_bytes(hashes) for hashes in part.branches], _bytes(part.bucket))
    value = None if part.value is None else sha256(part.value.encode()).digest()
    root = proved_root(name_hash(part.name), value, way)
    if root is None:
        what = "is absent" if value is None else "has this value"
        raise Refused("proof.map", f"the proof does not show that {part.name[:90]!a} {what}")
    return root


def _log_root(part: LogPart) -> bytes:
    if len(part.path) > PATH_MAX:
        raise Refused("proof.malformed", "the path is longer than any log is deep")
    path = [_hash(h) for h in part.path]
    root = included_root(part.index, part.log_size, leaf_hash(part.entry.encode()), path)
    if root is None:
        raise Refused("proof.log", f"the path does not lead from entry {part.index} to a root")
    return root


def _hash(digits: str) -> bytes:
    value = _bytes(digits)
    if len(value) != 32:  # noqa: PLR2004
        raise Refused("proof.malformed", "a hash has 64 hexadecimal digits")
    return value


def _bytes(digits: str) -> bytes:
    """Return the bytes of lower-case ``digits``; another spelling would be another file."""
    try:
        value = bytes.fromhex(digits)
    except ValueError:
        value = b""
    if value.hex() != digits:
        raise Refused("proof.malformed", "expected lower-case hexadecimal digits")
    return value
