"""Evidence that an operator showed two histories: anybody who knows its key can check it.

    cosigned   a checkpoint of n entries that the operator signed          root r
    shown      another one, of as many or more entries, signed as well
    old root   the root of the first n entries of the log that was shown   ≠ r
    proof      that the log shown continues those n entries (RFC 9162)

The proof binds the old root to the second signature, so nobody but the operator can have made the
two differ.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from cellchain.core.errors import Refused
from cellchain.core.names import Digest, parse_digest
from cellchain.crypto.log import verify_consistency
from cellchain.crypto.note import parse_checkpoint, verify_note

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cellchain.crypto.note import VerifierKey

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


def parse_split_view(data: bytes) -> SplitView:
    """Return the evidence in a file.

    Raises:
        Refused: ``witness.malformed``.
    """
    try:
        return msgspec.json.decode(data[: EVIDENCE_BYTES_MAX + 1], type=SplitView)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Refused("witness.malformed", f"this is no evidence: {error}") from error


def check_split_view(evidence: SplitView, keys: Sequence[VerifierKey]) -> str:
    """Return in a sentence what the evidence shows.

    Args:
        evidence: The two checkpoints, and what relates them.
        keys: The operator's, former ones included.

    Raises:
        Refused: ``witness.no_split_view``: it shows nothing; ``note.…``: a checkpoint is not
            signed by one of the keys.
    """
    before, after = (
        parse_checkpoint(verify_note(note.encode(), keys).text)
        for note in (evidence.cosigned, evidence.shown)
    )
    old_root, *proof = (
        bytes.fromhex(parse_digest(h)) for h in (evidence.old_root, *evidence.proof)
    )
    bound = verify_consistency(before.size, after.size, old_root, after.root, proof)
    if before.origin != after.origin or not bound or old_root == before.root:
        raise Refused("witness.no_split_view", "the two checkpoints may be of one history")
    return (
        f"The operator of {after.origin} signed two histories: its log of {before.size} entries"
        f" has the root {before.root.hex()} in one and {old_root.hex()} in the other."
    )
