"""The part of a proof that witnesses vouch for: what is proved is in a log that they cosigned.

    an event, a receipt       → its own place in the cosigned log
    a record, an absence      → the mark that the next block with transactions begins with: it
                                holds the app hash that was proved, at the place that the state's
                                own log size says

A witness cosigns one history of a log and no other. Where enough of them vouch, the operator
cannot have shown this state to the holder of the proof alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from cellchain.core.errors import Refused
from cellchain.core.names import Digest, parse_digest
from cellchain.crypto.cosignature import WitnessKey, cosigned_time_s
from cellchain.crypto.log import included_root, leaf_hash
from cellchain.crypto.note import known_lines, parse_checkpoint, parse_note
from cellchain.ledger.entry import Mark
from cellchain.ledger.proof import INTEGER_MAX, PATH_MAX, MapPart
from cellchain.ledger.stage import encode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cellchain.crypto.note import Note, NoteSignature
    from cellchain.ledger.proof import StatePart
    from cellchain.ledger.state import State

CHECKPOINTS_MAX = 16
NOTE_BYTES_MAX = 16_000


class Witnessed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A cosigned checkpoint, and the way from what is proved to its root."""

    checkpoint: str
    """The signed note."""
    path: tuple[Digest, ...]


class Witnesses(msgspec.Struct, frozen=True, kw_only=True):
    """Whose cosignatures a verifier asks for."""

    keys: tuple[WitnessKey, ...] = ()
    required: int = 0
    """How many different keys must have cosigned."""


NO_WITNESSES = Witnesses()


class Cosigned(msgspec.Struct, frozen=True, kw_only=True):
    """A witness that vouches for what is proved."""

    witness: str
    time_s: int
    """When it cosigned."""
    size: int
    """Entries of the log that it cosigned."""


def witnessed_leaf(part: StatePart, app_hash: bytes) -> tuple[int, bytes]:
    """Return place and hash of the log entry that stands for what is proved."""
    if isinstance(part, MapPart):
        return part.log_size, leaf_hash(encode(Mark(app_hash=Digest(app_hash.hex()))))
    return part.index, leaf_hash(part.entry.encode())


def witnessed_parts(
    state: State, part: StatePart, app_hash: bytes, notes: Iterable[str]
) -> Iterator[Witnessed]:
    """Yield the way to each of the cosigned checkpoints ``notes`` that covers what is proved.

    Raises:
        Refused: ``proof.other_log``: what is proved is not in this log.
    """
    index, leaf = witnessed_leaf(part, app_hash)
    if index < state.head.log_size and state.history.leaf(index) != leaf:
        raise Refused("proof.other_log", f"entry {index} of this log is not what the proof shows")
    for note in notes:
        checkpoint = parse_checkpoint(parse_note(note.encode()).text)
        size = checkpoint.size
        if not index < size <= state.head.log_size:
            continue
        if state.history.root(size) == checkpoint.root:  # else of a history that was lost
            path = state.history.inclusion_path(index, size)
            yield Witnessed(checkpoint=note, path=tuple(Digest(one.hex()) for one in path))


def check_witnessed(
    parts: Sequence[Witnessed], leaf: tuple[int, bytes], chain: str, witnesses: Witnesses
) -> tuple[Cosigned, ...]:
    """Return which of the known witnesses vouch, the newest cosignature of each.

    Raises:
        Refused: ``proof.witnesses``: too few; ``proof.witnessed``: a path that does not lead to
            the checkpoint, or a checkpoint of another log; ``proof.cosignature``: a known
            witness's fails; ``proof.malformed``, ``note.…``.
    """
    if len(parts) > CHECKPOINTS_MAX:
        raise Refused("proof.malformed", f"more than {CHECKPOINTS_MAX} cosigned checkpoints")
    found: dict[bytes, Cosigned] = {}
    for part in parts:
        for key, cosigned in _vouching(part, leaf, chain, witnesses.keys):
            known = found.get(key)
            if known is None or known.size < cosigned.size:
                found[key] = cosigned
    if len(found) < witnesses.required:
        raise Refused(
            "proof.witnesses",
            f"{len(found)} of the known witnesses cosigned; {witnesses.required} are asked for",
            remedy="ask for the proof again once they have, or: cellchain prove cosigned FILE",
        )
    return tuple(found.values())


def _vouching(
    part: Witnessed, leaf: tuple[int, bytes], chain: str, keys: Sequence[WitnessKey]
) -> Iterator[tuple[bytes, Cosigned]]:
    """Yield the public key of each known witness of one checkpoint, and what it says."""
    data = part.checkpoint.encode()
    if len(data) > NOTE_BYTES_MAX or len(part.path) > PATH_MAX:
        raise Refused("proof.malformed", "a checkpoint or a path longer than any is")
    note = parse_note(data)
    checkpoint = parse_checkpoint(note.text)
    path = [bytes.fromhex(parse_digest(one)) for one in part.path]
    if checkpoint.origin != chain or checkpoint.size > INTEGER_MAX:
        raise Refused("proof.witnessed", f"a checkpoint of {checkpoint.origin!a}, not {chain!a}")
    index, entry = leaf
    if included_root(index, checkpoint.size, entry, path) != checkpoint.root:
        raise Refused("proof.witnessed", f"no way from entry {index} to the cosigned root")
    named = {(key.name, key.key_id): key for key in keys}
    for line in _good_lines(note, keys):
        yield (
            named[line.name, line.key_id].public_key,
            Cosigned(witness=line.name, time_s=cosigned_time_s(line), size=checkpoint.size),
        )


def _good_lines(note: Note, keys: Sequence[WitnessKey]) -> Sequence[NoteSignature]:
    try:
        return known_lines(note, keys).signatures
    except Refused as refusal:
        raise Refused("proof.cosignature", refusal.text) from refusal
