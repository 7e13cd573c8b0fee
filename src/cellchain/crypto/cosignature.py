"""Cosignatures: a witness says that a checkpoint continues all that it saw of this log.

    signature = u64 time ‖ Ed25519(message)                  C2SP tlog-cosignature, type 0x04
    message   = "cosignature/v1" LF "time " seconds LF ‖ text of the checkpoint
    key id    = SHA-256(name ‖ LF ‖ 0x04 ‖ public key)[:4]

It is one more signature line below the checkpoint, and `cellchain.crypto.note.verify_note` treats
it as any other: an unknown witness is ignored, a known one whose cosignature fails condemns the
note, except where its time is beyond the calendar (`TIME_S_MAX`): then the line is ignored. The
message does not name the witness, so a key serves one witness and nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from cellchain.core.errors import Refused
from cellchain.core.time import TIME_MS_MAX
from cellchain.crypto.note import NoteSignature, VerifierKey, named_key, parse_named_key
from cellchain.crypto.signatures import verify

if TYPE_CHECKING:
    from cellchain.crypto.signatures import SigningKey

TIME_BYTES = 8
TIME_S_MAX = TIME_MS_MAX // 1000
"""The end of the year 9999. A later time is none that could be told, and its line counts as
nobody's: a witness cannot spoil with it what others cosigned."""
WITNESSES_MAX = 100
"""That a verifier names at once."""


class WitnessKey(VerifierKey, frozen=True, kw_only=True):
    """A witness: its name and the Ed25519 public key that cosigns checkpoints under it."""

    algorithm: ClassVar[bytes] = b"\x04"

    def is_line_of(self, line: NoteSignature) -> bool:
        """Whether ``line`` says that it is by this witness, at a time of the calendar."""
        return super().is_line_of(line) and cosigned_time_s(line) <= TIME_S_MAX

    def has_signed(self, text: str, signature: bytes) -> bool:
        """Whether ``signature`` is this witness's cosignature of the checkpoint ``text``."""
        time_s = _time_s(signature)
        return verify(self.public_key, _message(text, time_s), signature[TIME_BYTES:])


def witness_key(name: str, public_key: bytes) -> WitnessKey:
    """Return ``public_key`` under ``name``, as the key of a witness.

    Raises:
        Refused: ``note.name``, ``note.key``.
    """
    return named_key(WitnessKey, name, public_key)


def parse_witness_key(text: str) -> WitnessKey:
    """Return the witness whose verifier key is this line; a final newline is allowed.

    Raises:
        Refused: ``note.key``: another form, or the key of a log; ``note.name``.
    """
    return parse_named_key(WitnessKey, text)


def parse_witness_keys(data: bytes) -> tuple[WitnessKey, ...]:
    """Return the witnesses that a file names, one verifier key on each line.

    Raises:
        Refused: ``note.key``, ``note.name``; ``note.too_many_keys``.
    """
    lines = [line for line in data.decode(errors="replace").splitlines() if line]
    if len(lines) > WITNESSES_MAX:
        raise Refused("note.too_many_keys", f"{len(lines)} witnesses; at most {WITNESSES_MAX}")
    return tuple(map(parse_witness_key, lines))


def cosign(text: str, name: str, key: SigningKey, *, time_s: int) -> NoteSignature:
    """Return the cosignature of the checkpoint ``text`` by the witness ``name``.

    Raises:
        Refused: ``note.name``; ``note.time``: before 1970 or after 9999.
    """
    if not 0 <= time_s <= TIME_S_MAX:
        raise Refused("note.time", f"{time_s} s is no time of a cosignature")
    known = witness_key(name, key.public_key)
    signature = time_s.to_bytes(TIME_BYTES, "big") + key.sign(_message(text, time_s))
    return NoteSignature(name=name, key_id=known.key_id, signature=signature)


def cosigned_time_s(line: NoteSignature) -> int:
    """Return when a cosignature says that it was made, in seconds since 1970."""
    return _time_s(line.signature)


def _time_s(signature: bytes) -> int:
    return int.from_bytes(signature[:TIME_BYTES], "big")


def _message(text: str, time_s: int) -> bytes:
    return f"cosignature/v1\ntime {time_s}\n{text}".encode()
