"""Evidence that an operator showed two histories: anybody who knows its key can check it.

    cosigned   a checkpoint of n entries that the operator signed          root r
    shown      another one, of as many or more entries, signed as well
    old root   the root of the first n entries of the log that was shown   ≠ r
    proof      that the log shown continues those n entries (RFC 9162)

The proof binds the old root to the second signature, so nobody without the operator's key can have
made the two differ. A key that was rotated away is worth less: a checkpoint says its size and not
its height, so that nothing in it shows whether it was signed before the rotation ended that key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from cellchain.core.errors import Refused
from cellchain.core.names import Digest, KeyId, parse_digest
from cellchain.crypto.log import verify_consistency
from cellchain.crypto.note import parse_checkpoint, verify_note

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cellchain.crypto.note import Note, VerifierKey

EVIDENCE_BYTES_MAX = 400_000


class SplitView(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Two signed checkpoints of one log that are not of one history."""

    cosigned: str
    shown: str
    old_root: Digest
    proof: tuple[Digest, ...] = ()

    def to_bytes(self) -> bytes:
        """Return the file."""
        return msgspec.json.format(msgspec.json.encode(self)) + b"\n"


class SplitViewShown(msgspec.Struct, frozen=True, kw_only=True):
    """Who signed two histories, by which keys."""

    origin: str
    size: int
    """Entries that have two roots."""
    roots: tuple[Digest, Digest]
    keys: tuple[KeyId, ...]
    """The operator's keys that signed the two, each once."""
    former_keys: tuple[KeyId, ...]
    """Those of them that are not in force."""

    def sentences(self) -> list[str]:
        """Return it as sentences."""
        cosigned, shown = self.roots
        signed = (
            f"signed two histories: the log of {self.size} entries has the root {cosigned} in one"
            f" and {shown} in the other."
        )
        if not self.former_keys:
            return [f"The operator of {self.origin} {signed}"]
        return [
            f"Keys of {self.origin} {signed}",
            f"A former key of the operator signed there, {', '.join(self.former_keys)}: anybody who"
            " stole it could have made this. It convicts the operator only if that checkpoint was"
            " seen before the key was rotated.",
        ]


def parse_split_view(data: bytes) -> SplitView:
    """Return the evidence in a file.

    Raises:
        Refused: ``witness.malformed``.
    """
    try:
        return msgspec.json.decode(data[: EVIDENCE_BYTES_MAX + 1], type=SplitView)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Refused("witness.malformed", f"this is no evidence: {error}") from error


def check_split_view(evidence: SplitView, keys: Sequence[VerifierKey]) -> SplitViewShown:
    """Return what the evidence shows.

    Args:
        evidence: The two checkpoints, and what relates them.
        keys: The operator's, the one in force first, former ones behind it.

    Raises:
        Refused: ``witness.no_split_view``: it shows nothing; ``note.…``: a checkpoint is not
            signed by one of the keys.
    """
    notes = [verify_note(note.encode(), keys) for note in (evidence.cosigned, evidence.shown)]
    before, after = (parse_checkpoint(note.text) for note in notes)
    old_root, *proof = (
        bytes.fromhex(parse_digest(h)) for h in (evidence.old_root, *evidence.proof)
    )
    bound = verify_consistency(before.size, after.size, old_root, after.root, proof)
    if before.origin != after.origin or not bound or old_root == before.root:
        raise Refused("witness.no_split_view", "the two checkpoints may be of one history")
    signers = [_signer(note, keys) for note in notes]
    signed = tuple(KeyId(key.public_key.hex()) for key in dict.fromkeys(signers))
    in_force = KeyId(keys[0].public_key.hex())
    return SplitViewShown(
        origin=before.origin,
        size=before.size,
        roots=(Digest(before.root.hex()), Digest(old_root.hex())),
        keys=signed,
        former_keys=tuple(key for key in signed if key != in_force),
    )


def _signer(note: Note, keys: Sequence[VerifierKey]) -> VerifierKey:
    """Return the key that signed a verified note, the newest where several did."""
    return next(key for key in keys if any(map(key.is_line_of, note.signatures)))
