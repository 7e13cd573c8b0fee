"""Cosignatures that come back to the log: taken from its own witnesses, about its own history."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from cellchain.core.errors import Refused
from cellchain.crypto.note import Note, known_lines, parse_checkpoint, parse_note
from cellchain.ledger.proof import proved_app_hash
from cellchain.ledger.witnessed import CHECKPOINTS_MAX, witnessed_parts
from cellchain.ledger.witnessing import REQUEST_BYTES_MAX, too_long

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cellchain.crypto.cosignature import WitnessKey
    from cellchain.crypto.note import VerifierKey
    from cellchain.ledger.state import State
    from cellchain.services.proofs import Proof


def taken_cosignatures(
    data: bytes,
    state: State,
    operator: Sequence[VerifierKey],
    witnesses: Sequence[WitnessKey],
) -> Iterator[tuple[WitnessKey, Note]]:
    """Yield each witness that cosigned a checkpoint, and the checkpoint with its line.

    Args:
        data: The signed note.
        state: The log it must be of.
        operator: The keys of the log.
        witnesses: The witnesses that the log has.

    Raises:
        Refused: ``witness.too_long``; ``witness.other_history``: not a checkpoint that this log
            signed, or not of the history that it holds; ``witness.stranger``: none of the log's
            witnesses cosigned, at a time of the calendar; ``note.…``.
    """
    if len(data) > REQUEST_BYTES_MAX:
        raise too_long(len(data))
    note = parse_note(data)
    checkpoint = parse_checkpoint(note.text)
    own = known_lines(note, operator).signatures
    size = checkpoint.size
    ours = size <= state.head.log_size and state.history.root(size) == checkpoint.root
    if not own or not ours:
        raise Refused(
            "witness.other_history",
            f"a checkpoint of {size} entries that this log did not sign or does not hold",
        )
    lines = known_lines(note, witnesses).signatures
    if not lines:
        raise Refused(
            "witness.stranger",
            "none of the witnesses of this log has cosigned this checkpoint",
            remedy="ask its operator to name the witness in cellchain.toml",
        )
    keys = {(key.name, key.key_id): key for key in witnesses}
    for line in lines:
        yield keys[line.name, line.key_id], Note(text=note.text, signatures=(*own, line))


def newest_of_each(notes: Iterable[Note]) -> list[str]:
    """Return the cosigned checkpoints, those of several witnesses on one text as one note."""
    by_text: dict[str, Note] = {}
    for note in notes:
        before = by_text.get(note.text)
        lines = [] if before is None else list(before.signatures)
        lines += [line for line in note.signatures if line not in lines]
        by_text[note.text] = Note(text=note.text, signatures=tuple(lines))
    return [str(note) for note in by_text.values()]


def with_cosignatures(proof: Proof, state: State, notes: Sequence[str]) -> Proof:
    """Return the proof with every cosigned checkpoint that covers what it proves by now.

    Where none does, it keeps those that it has.

    Raises:
        Refused: ``proof.other_log``: it proves something about another history.
    """
    parts = tuple(witnessed_parts(state, proof.state, proved_app_hash(proof.state), notes))
    kept = parts[:CHECKPOINTS_MAX] or proof.witnessed
    return msgspec.structs.replace(proof, witnessed=kept)


def cosigning(proof: Proof, witnesses: Iterable[WitnessKey]) -> list[WitnessKey]:
    """Return those of the witnesses whose lines are below a checkpoint in the proof."""
    notes = [parse_note(part.checkpoint.encode()) for part in proof.witnessed]
    lines = [line for note in notes for line in note.signatures]
    return [key for key in witnesses if any(map(key.is_line_of, lines))]
