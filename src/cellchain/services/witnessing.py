"""Be a witness: look at a log's newest checkpoint, check that it continues the last, cosign it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec

from cellchain.core.errors import Refused
from cellchain.core.names import Digest
from cellchain.crypto.log import verify_consistency
from cellchain.crypto.note import Note, parse_checkpoint, parse_note, verify_note
from cellchain.ledger.split_view import SplitView
from cellchain.ledger.watched import follow_rotations
from cellchain.ledger.witnessing import AddCheckpoint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cellchain.ledger.header import SignedHeader
    from cellchain.ledger.watched import Watched


class WatchedLog(Protocol):
    """A log, wherever it is served."""

    def checkpoint(self) -> bytes:
        """Return its newest signed checkpoint."""
        ...

    def consistency(self, old_size: int, new_size: int) -> tuple[bytes, tuple[bytes, ...]]:
        """Return the root that it had at ``old_size``, and the proof from there."""
        ...

    def rotations(self) -> Sequence[SignedHeader]:
        """Return the rotations of its operator's key."""
        ...


class Witness(Protocol):
    """Somebody who cosigns, and remembers what."""

    def watched(self, origin: str) -> Watched:
        """Return what is remembered of a log."""
        ...

    def rotated(self, watched: Watched) -> None:
        """Remember the key that rotations lead to."""
        ...

    def add_checkpoint(self, asked: AddCheckpoint) -> Note:
        """Cosign, and remember it first."""
        ...

    def keep_evidence(self, evidence: SplitView) -> Refused:
        """Keep what shows two histories; return what is said of it."""
        ...


class Witnessing(msgspec.Struct, frozen=True, kw_only=True):
    """What came of looking once."""

    origin: str
    size: int
    """Entries of the log that were cosigned."""
    continued: int
    """Entries that had been cosigned before."""
    note: str
    """The checkpoint with the operator's signature and the cosignature."""
    not_taken: str = ""
    """Why the log did not take the cosignature back; the witness keeps it all the same."""


def witness_once(log: WatchedLog, witness: Witness) -> Witnessing:
    """Cosign the newest checkpoint of a log, if it continues what was cosigned last.

    Raises:
        Refused: ``witness.split_view``: it is of another history, and the evidence is kept;
            ``witness.behind``: it has fewer entries; ``witness.consistency``: nothing shows how
            it continues; ``witness.unknown_origin``, ``note.…``, ``header.rotation``.
        Unavailable: The log does not answer.
    """
    data = log.checkpoint()
    checkpoint = parse_checkpoint(parse_note(data).text)
    watched = witness.watched(checkpoint.origin)
    shown, watched = _signed(data, watched, log, witness)
    if checkpoint.size < watched.size:
        raise Refused(
            "witness.behind",
            f"{checkpoint.origin} shows {checkpoint.size} entries; {watched.size} were cosigned",
            remedy="it is an old copy, or the log has lost entries or shows another history: look"
            " again, and ask its operator",
        )
    old_root, proof = checkpoint.root, tuple[bytes, ...]()
    if 0 < watched.size < checkpoint.size:
        old_root, proof = log.consistency(watched.size, checkpoint.size)
    bound = verify_consistency(watched.size, checkpoint.size, old_root, checkpoint.root, proof)
    if bound and old_root.hex() != watched.root:
        raise witness.keep_evidence(
            SplitView(
                cosigned=watched.note,
                shown=str(shown),
                old_root=Digest(old_root.hex()),
                proof=tuple(Digest(one.hex()) for one in proof),
            )
        )
    asked = AddCheckpoint(old_size=watched.size, proof=proof, note=data)
    answer = witness.add_checkpoint(asked)
    return Witnessing(
        origin=checkpoint.origin,
        size=checkpoint.size,
        continued=watched.size,
        note=str(Note(text=shown.text, signatures=(*shown.signatures, *answer.signatures))),
    )


def _signed(
    data: bytes, watched: Watched, log: WatchedLog, witness: Witness
) -> tuple[Note, Watched]:
    """Return the checkpoint as its operator signed it; a rotation that is signed is followed."""
    try:
        return verify_note(data, [watched.operator]), watched
    except Refused as refusal:
        if refusal.code != "note.unsigned":
            raise
    following = follow_rotations(watched, log.rotations())
    note = verify_note(data, [following.operator])
    witness.rotated(following)
    return note, following
