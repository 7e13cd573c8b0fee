"""What a vault needs from the outside; `cellchain.app` plugs it in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec

from cellchain.core.names import PartyId

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from cellchain.core.names import Digest
    from cellchain.crypto.envelope import Recipient, Wrap
    from cellchain.services.vault.record import Address, ErasureOrder, VaultRecord


class ObjectStore(Protocol):
    """Ciphertexts by address."""

    def put(self, pieces: Iterable[bytes]) -> Address:
        """Keep the bytes of ``pieces``, durable when this returns; if it raises, none of them."""
        ...

    def read(self, address: Address, start: int, end: int) -> Iterator[bytes]:
        """Yield the bytes from ``start`` to before ``end``; fewer where there are fewer.

        Raises:
            Corrupt: ``vault.object_missing``; Unavailable: ``vault.objects``, ``disk.…``.
        """
        ...

    def size_bytes(self, address: Address) -> int | None:
        """Return the size, or ``None`` where there is no such object."""
        ...

    def remove(self, address: Address) -> None:
        """Destroy the object, if it is there."""
        ...

    def addresses(self) -> Iterator[tuple[Address, int]]:
        """Yield every address with the time in ms at which its object was put."""
        ...


class ObjectSource(Protocol):
    """Other homes, from which ciphertexts come."""

    def fetch(self, address: Address, *, size_bytes: int) -> Iterator[bytes]:
        """Yield the bytes of an object of that size; whoever takes them compares their hash.

        Raises:
            Unavailable: ``vault.not_fetched``: no home that is configured gives it.
        """
        ...


class VaultIndex(Protocol):
    """What is in the vault and for whom; each verb is one transaction, durable when it returns."""

    def add(self, rows: Iterable[tuple[VaultRecord, tuple[Wrap, ...]]]) -> None:
        """Enter records that were held against their commitments, with their wraps, all or none.

        One takes the place of a record of its commitment that was never checked.

        Raises:
            Refused: ``vault.exists``: a commitment that is in it; ``vault.erased``: one that its
                owner has erased; ``vault.address``: another record has its ciphertext there.
        """
        ...

    def remove(self, commitment: Digest) -> Address | None:
        """Drop a record with its wraps, if it is there; return where its ciphertext is."""
        ...

    def find(
        self, commitment: Digest, recipients: Collection[str]
    ) -> tuple[VaultRecord, tuple[Wrap, ...]] | None:
        """Return a record with its wraps for ``recipients``, in order of their names.

        ``None`` alike without a record or without a wrap.
        """
        ...

    def put_wraps(self, wraps: Iterable[tuple[Digest, Wrap]]) -> None:
        """Enter wraps of records that are there, each in the place of its recipient's former."""
        ...

    def drop_wrap(self, commitment: Digest, recipient: str) -> bool:
        """Drop a wrap; return whether there was one."""
        ...

    def wraps_before(
        self, recipient: str, epoch: int, limit: int
    ) -> list[tuple[VaultRecord, Wrap]]:
        """Return up to ``limit`` records whose wrap for ``recipient`` is of an earlier epoch."""
        ...

    def listed(self, recipients: Collection[str]) -> list[tuple[VaultRecord, tuple[str, ...]]]:
        """Return the records that ``recipients`` may open, each with all its recipients."""
        ...

    def opened_by(self, commitments: Sequence[Digest], recipients: Collection[str]) -> set[Digest]:
        """Return those of ``commitments`` with a wrap for one of ``recipients``."""
        ...

    def erase(self, orders: Iterable[ErasureOrder]) -> None:
        """Destroy wraps and salts of what its owner erased, and remember each order."""
        ...

    def not_yet(self, orders: Iterable[ErasureOrder]) -> list[ErasureOrder]:
        """Return those of ``orders`` that are not remembered."""
        ...

    def doomed(self) -> list[Address]:
        """Return addresses of erased records whose objects may still be there."""
        ...

    def gone(self, address: Address) -> None:
        """Note that the object of an erased record is destroyed."""
        ...

    def intend(self, commitments: Iterable[Digest], party: PartyId) -> None:
        """Note that ``party`` is about to erase, before it says so on the ledger."""
        ...

    def intended(self) -> list[tuple[Digest, PartyId]]:
        """Return what was noted with `intend` and has not been erased."""
        ...

    def drop_intent(self, commitment: Digest, party: PartyId) -> None:
        """Forget an intent that the ledger refused."""
        ...

    def checked(self, commitment: Digest) -> bool:
        """Whether a record is here whose content was held against its commitment."""
        ...

    def note_checked(self, commitment: Digest) -> None:
        """Remember that the content of a record was held against its commitment."""
        ...

    def note_damaged(self, commitment: Digest, code: str) -> None:
        """Remember that a record cannot be used, and why, up to a thousand of them."""
        ...

    def names(self, address: Address) -> bool:
        """Whether a record has its ciphertext at ``address``."""
        ...


class ErasureJournal(Protocol):
    """Every erasure, kept apart from the home, so that no backup is older than it."""

    def append(self, orders: Iterable[ErasureOrder]) -> None:
        """Add ``orders``, durable when this returns."""
        ...

    def read(self) -> list[ErasureOrder]:
        """Return every order."""
        ...


class OpeningKeys(Protocol):
    """The private halves of the opening keys of this home."""

    def parties(self) -> Collection[str]:
        """Return whose keys there are."""
        ...

    def epochs(self, party: str) -> list[int]:
        """Return the epochs of a party whose keys there are, in order."""
        ...

    def private_key(self, party: str, epoch: int) -> bytes | None:
        """Return a private key, or ``None``."""
        ...

    def make(self, party: str, epoch: int) -> bytes:
        """Return the public half of a key, made now if it is not there yet."""
        ...

    def destroy(self, party: str, epoch: int) -> None:
        """Destroy a private key."""
        ...


class Members(Protocol):
    """Who reads, as the ledger says."""

    def recipient(self, party: PartyId) -> Recipient | None:
        """Return a party with its opening key of the present epoch, or ``None`` without one."""
        ...

    def authorities(self) -> Sequence[PartyId]:
        """Return the active authorities."""
        ...


class Scanner(Protocol):
    """Looks at content on its way into the vault."""

    def passing(self, content: Iterable[bytes]) -> Iterator[bytes]:
        """Yield ``content`` unchanged, and at its end raise if it must not be kept.

        Raises:
            Refused: ``vault.infected``; Unavailable: ``vault.scanner``.
        """
        ...


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """A document that arrives in pieces."""

    upload: str
    owner: PartyId
    size_bytes: int
    """As announced."""
    media_type: str
    file_name: str
    offset: int
    """Bytes that have arrived."""
    touched_ms: int


class UploadStore(Protocol):
    """Pieces on their way, encrypted on the disk, durable when a verb returns."""

    def create(self, upload: Upload) -> None:
        """Begin an upload."""
        ...

    def find(self, upload: str) -> Upload | None:
        """Return an upload as it stands."""
        ...

    def append(self, upload: Upload, piece: bytes, now_ms: int) -> int:
        """Add ``piece``; return the offset after it."""
        ...

    def read(self, upload: Upload) -> Iterator[bytes]:
        """Yield what has arrived."""
        ...

    def remove(self, upload: str) -> None:
        """Destroy an upload, if it is there."""
        ...

    def all(self) -> list[Upload]:
        """Return every unfinished upload."""
        ...
