"""What a vault holds of a document or value, and what it says when something was kept or opened."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NewType

import msgspec

from cellchain.core.errors import Refused
from cellchain.core.names import Digest, PartyId
from cellchain.crypto.envelope import Label

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cellchain.core.errors import CellchainError

Address = NewType("Address", str)
"""Where a ciphertext is: SHA-256 of its bytes, 64 hexadecimal digits."""
PUBLIC = "class:public"
"""The recipient that stands for everybody: each home has an opening key of its own for it."""
JSON = "application/json"
"""The media type of a value."""
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,62}/[a-z0-9][a-z0-9.+-]{0,62}")
_FILE_NAME_CHARACTERS_MAX = 200
_UNUSABLE = frozenset({"vault.commitment", "vault.private_part"})


class VaultRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A document or attribute value as it lies in the index: what can be said of it in clear."""

    commitment: Digest
    """As on the ledger."""
    label: Label
    owner: PartyId
    """Who committed to it, the only one that erases it."""
    sealed: bytes
    """`Private`, closed with the data key."""
    address: Address | None = None
    """Where the ciphertext of a document is; a small value lies in ``sealed``."""
    size_bytes: int
    """Of the content."""
    kept_ms: int


class Private(msgspec.Struct, frozen=True, kw_only=True):
    """What only those who may open a record learn of it."""

    salt: bytes
    media_type: str
    file_name: str
    value: bytes | None = None
    """The content itself where it is small."""


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """A value that is to be kept."""

    label: Label
    owner: PartyId
    recipients: tuple[PartyId, ...]
    """Who may open it besides its owner and whom its class names."""
    value: bytes
    """Canonical JSON of an attribute, or the bytes of a document."""
    media_type: str = JSON
    file_name: str = ""
    salt: bytes | None = None
    """16 bytes or more; drawn where none is given."""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A document is in the vault."""

    commitment: Digest
    address: Address | None
    size_bytes: int


class ErasureOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An owner has erased what it committed to: kept longer than any backup."""

    commitment: Digest
    party: PartyId
    erased_ms: int


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What a vault takes in."""

    document_bytes_max: int = 100 * 1024 * 1024
    recipients_max: int = 256
    uploads_max: int = 16
    """Unfinished uploads of one party."""
    upload_bytes_max: int = 1 << 30
    """Bytes announced in the unfinished uploads of one party."""
    upload_lives_ms: int = 24 * 3_600_000
    """An unfinished upload is dropped so long after its last piece."""
    piece_bytes_max: int = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedDocument:
    """A document that its reader may open."""

    label: Label
    owner: PartyId
    media_type: str
    file_name: str
    size_bytes: int
    read: Callable[[int, int | None], Iterator[bytes]]
    """From one byte to before another, ``None``: the end. Whole documents are held against their
    commitment, parts against the tags of their chunks; both raise `Corrupt`."""

    @property
    def stream(self) -> Iterator[bytes]:
        """The whole document, piece by piece."""
        return self.read(0, None)


def check_description(media_type: str, file_name: str) -> None:
    """Refuse a media type or file name that is none.

    Raises:
        Refused: ``vault.media_type``, ``vault.file_name``.
    """
    if not _MEDIA_TYPE.fullmatch(media_type):
        raise Refused(
            "vault.media_type", "this is no media type", remedy="for example application/pdf"
        )
    unfit = any(not c.isprintable() or c in '/\\:*?"<>|' for c in file_name)
    if unfit or file_name in (".", "..") or len(file_name) > _FILE_NAME_CHARACTERS_MAX:
        raise Refused(
            "vault.file_name",
            f"a file name has at most {_FILE_NAME_CHARACTERS_MAX} printable characters, no path",
        )


def unusable(error: CellchainError) -> bool:
    """Whether an error is about a record itself, not about the vault that it is in."""
    sort = error.code.partition(".")[0]
    return sort in {"canonical", "envelope"} or error.code in _UNUSABLE


def unknown() -> Refused:
    """Return the one answer for what is not there, was erased, or is not for this reader."""
    return Refused("vault.unknown", "there is nothing here that this reader may open")
