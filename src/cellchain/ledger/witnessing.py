"""What a witness decides: cosign a checkpoint, or refuse it (C2SP tlog-witness), without I/O.

    request  "old " size LF ‖ consistency proof, a base64 line each ‖ LF ‖ checkpoint note

    the origin is not watched             witness.unknown_origin
    the operator did not sign             note.unsigned, note.signature
    old size > size of the checkpoint     witness.old_size
    old size ≠ size cosigned last         witness.conflict, with that size
    same size, another root               witness.split_view: two histories, signed by one operator
    the proof does not lead from there    witness.consistency

Looking at what is remembered of the log (`Watched`) and writing down the next must be one step,
durable before the cosignature leaves: whoever runs this sees to it.
"""

from __future__ import annotations

import re
from base64 import b64encode
from typing import TYPE_CHECKING

import msgspec

from cellchain.core.errors import Refused
from cellchain.crypto.cosignature import cosign
from cellchain.crypto.log import HASH_BYTES, verify_consistency
from cellchain.crypto.note import (
    Checkpoint,
    Note,
    decode64,
    parse_checkpoint,
    parse_note,
    verify_note,
)
from cellchain.ledger.watched import Watched, two_histories, unknown_origin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cellchain.crypto.signatures import SigningKey

REQUEST_BYTES_MAX = 65_536
PROOF_LINES_MAX = 63
_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})")


class Conflict(Refused):
    """The sender takes another size for the one that was cosigned last."""

    def __init__(self, size: int, given: int) -> None:
        super().__init__("witness.conflict", f"the size cosigned last is {size}, not {given}")
        self.size = size
        """The size to start from."""


class AddCheckpoint(msgspec.Struct, frozen=True, kw_only=True):
    """A checkpoint to be cosigned, and what shows that it continues the one before."""

    old_size: int
    proof: tuple[bytes, ...]
    note: bytes

    def to_bytes(self) -> bytes:
        """Return the body of the request."""
        lines = [f"old {self.old_size}", *(b64encode(one).decode() for one in self.proof), ""]
        return "".join(f"{line}\n" for line in lines).encode() + self.note

    @property
    def origin(self) -> str:
        """The log that it says it is of.

        Raises:
            Refused: ``note.…``: it is no checkpoint.
        """
        return parse_checkpoint(parse_note(self.note).text).origin


def parse_add_checkpoint(data: bytes) -> AddCheckpoint:
    """Return the request that a body is.

    Raises:
        Refused: ``witness.malformed``, ``witness.too_long``.
    """
    if len(data) > REQUEST_BYTES_MAX:
        raise too_long(len(data))
    head, blank, note = data.partition(b"\n\n")
    old, *lines = head.decode(errors="replace").split("\n")
    size = _OLD.fullmatch(old)
    if not blank or size is None:
        raise Refused("witness.malformed", f"{old[:60]!a} is not the old size, or nothing follows")
    if len(lines) > PROOF_LINES_MAX:
        raise Refused(
            "witness.malformed", f"a proof of {len(lines)} lines; at most {PROOF_LINES_MAX}"
        )
    return AddCheckpoint(old_size=int(size[1]), proof=tuple(map(_hash, lines)), note=note)


def accept(watched: Watched, asked: AddCheckpoint) -> tuple[Note, Checkpoint]:
    """Return the checkpoint that may be cosigned, with its operator's signature alone.

    Raises:
        Refused: One of the codes above; nothing may be cosigned.
    """
    if len(asked.note) > REQUEST_BYTES_MAX:
        raise too_long(len(asked.note))
    note = verify_note(asked.note, [watched.operator])
    checkpoint = parse_checkpoint(note.text)
    if checkpoint.origin != watched.operator.name:
        raise unknown_origin(checkpoint.origin)
    if asked.old_size > checkpoint.size:
        raise Refused(
            "witness.old_size", f"the old size {asked.old_size} exceeds the new {checkpoint.size}"
        )
    if asked.old_size != watched.size:
        raise Conflict(watched.size, asked.old_size)
    if checkpoint.size == watched.size and checkpoint.root.hex() != watched.root:
        raise two_histories(watched, checkpoint)
    if not _continues(watched, checkpoint, asked.proof):
        raise Refused(
            "witness.consistency",
            f"no proof that the log of {checkpoint.size} entries continues the {watched.size}"
            " that were cosigned",
        )
    return note, checkpoint


def cosigned(
    watched: Watched,
    accepted: tuple[Note, Checkpoint],
    name: str,
    key: SigningKey,
    *,
    time_s: int,
) -> tuple[Watched, Note]:
    """Return what to remember, and the checkpoint with nothing but the cosignature.

    Args:
        watched: What is remembered so far.
        accepted: What `accept` returned.
        name: The witness.
        key: Its key.
        time_s: Now; a clock that was set back is not followed, for what was said of a time
            before stays true.
    """
    note, checkpoint = accepted
    time_s = max(time_s, watched.time_s)
    line = cosign(note.text, name, key, time_s=time_s)
    following = msgspec.structs.replace(
        watched,
        size=checkpoint.size,
        root=checkpoint.root.hex(),
        time_s=time_s,
        note=str(Note(text=note.text, signatures=(*note.signatures, line))),
    )
    return following, Note(text=note.text, signatures=(line,))


def too_long(size_bytes: int) -> Refused:
    """Return the refusal of a note or request that is too long."""
    return Refused("witness.too_long", f"{size_bytes} bytes; at most {REQUEST_BYTES_MAX}")


def _continues(watched: Watched, checkpoint: Checkpoint, proof: Sequence[bytes]) -> bool:
    if watched.size == 0:
        return not proof
    old_root = bytes.fromhex(watched.root)
    return verify_consistency(watched.size, checkpoint.size, old_root, checkpoint.root, proof)


def _hash(line: str) -> bytes:
    value = decode64(line)
    if value is None or len(value) != HASH_BYTES:
        raise Refused("witness.malformed", f"{line[:60]!a} is no hash in base64")
    return value
