"""A cosignature that a hostile witness truly made, at a time that nobody can tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from cellchain.crypto.cosignature import TIME_S_MAX, cosign

if TYPE_CHECKING:
    from cellchain.crypto.note import NoteSignature
    from cellchain.crypto.signatures import SigningKey


def far_cosignature(
    text: str, name: str, key: SigningKey, time_s: int = TIME_S_MAX + 1
) -> NoteSignature:
    message = f"cosignature/v1\ntime {time_s}\n{text}".encode()
    honest = cosign(text, name, key, time_s=0)
    return replace(honest, signature=time_s.to_bytes(8, "big") + key.sign(message))
