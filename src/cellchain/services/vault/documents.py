"""Documents: the vault and the ledger together, as a party at its desk or a page sees them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from cellchain.contracts.document import Document, Erasure, Register, erasure_key, may_open
from cellchain.contracts.membership import OpeningKey, Party
from cellchain.core.errors import Refused
from cellchain.core.names import PartyId
from cellchain.crypto.envelope import Label, Recipient
from cellchain.services.vault.in_book import require_in_book
from cellchain.services.vault.parcel import pack, take_in
from cellchain.services.vault.record import ErasureOrder, unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from cellchain.contracts.document import Access
    from cellchain.core.names import Digest, DocumentId
    from cellchain.ledger.contract import Book, Record
    from cellchain.services.vault.record import Kept, OpenedDocument, VaultRecord
    from cellchain.services.vault.upload import Uploads
    from cellchain.services.vault.vault import Vault


class Documents:
    """The documents of one home.

    Args:
        vault: Where they are kept.
        book: The records as of the last block.
        uploads: Where they arrive in pieces.
    """

    def __init__(self, vault: Vault, book: Book, uploads: Uploads) -> None:
        self.vault = vault
        self.uploads = uploads
        self._book = book

    def open(self, document: DocumentId, reader: PartyId | None) -> OpenedDocument:
        """Open a document as ``reader``; ``None``: as anybody.

        Raises:
            Refused: ``vault.unknown``, alike whether it is unknown, erased, or not for this reader:
                for want of a wrap here, or of leave on the ledger that holds now.
        """
        found = self._book.find(Document, document)
        if found is None or not self._has_leave(document, found, reader):
            raise unknown()
        return self.vault.open(found.commitment, reader)

    def may_open(self, documents: Sequence[DocumentId], reader: PartyId | None) -> set[DocumentId]:
        """Return those of ``documents`` that `open` would open."""
        commitments: dict[Digest, DocumentId] = {}
        for document in documents:
            found = self._book.find(Document, document)
            if found is not None and self._has_leave(document, found, reader):
                commitments[found.commitment] = document
        opened = self.vault.may_open(list(commitments), reader)
        return {commitments[commitment] for commitment in opened}

    def begin(self, owner: PartyId, *, size: int, file_name: str, media_type: str) -> str:
        """Begin an upload, as `Uploads.begin`."""
        return self.uploads.begin(owner, size=size, media_type=media_type, file_name=file_name)

    def append(self, owner: PartyId, upload: str, offset: int, chunk: bytes) -> int:
        """Add to an upload, as `Uploads.append`."""
        return self.uploads.append(owner, upload, offset, chunk)

    def finish(
        self,
        owner: PartyId,
        upload: str,
        document: DocumentId,
        access: Access,
        readers: Sequence[PartyId],
    ) -> Register:
        """Keep what was uploaded; return the message that registers it.

        Raises:
            Refused: ``vault.registered``: the name is taken; and the codes of `Uploads.finish`.
        """
        self.require_new(document)
        kept = self.uploads.finish(owner, upload, document_label(document, access), readers)
        return registration(document, access, kept)

    def discard(self, register: Register) -> None:
        """Destroy what was kept for a registration that was refused, unless the book has it."""
        found = self._book.find(Document, register.document)
        if found is None or found.commitment != register.commitment:
            self.vault.discard(register.commitment)

    def require_new(self, document: DocumentId) -> None:
        """Refuse the name of a document that is in the book, before anything is kept."""
        if self._book.find(Document, document) is not None:
            raise Refused("vault.registered", f"{document} is registered already")

    def commitment_of(self, document: DocumentId) -> Digest:
        """Return the commitment of a document; refuse with ``vault.unknown`` without one."""
        found = self._book.find(Document, document)
        if found is None:
            raise unknown()
        return found.commitment

    def own(self, document: DocumentId, owner: PartyId) -> Digest:
        """Return the commitment of a document of ``owner``; of another's as if there were none.

        Raises:
            Refused: ``vault.unknown``.
        """
        found = self._book.find(Document, document)
        if found is None or found.owner != owner:
            raise unknown()
        return found.commitment

    def parcel(self, document: DocumentId, asker: PartyId, reader: PartyId) -> bytes:
        """Return what lets ``reader`` open a document at a home of its own.

        Args:
            document: Which.
            asker: Its owner, or ``reader`` itself.
            reader: Who was granted it, and may still open it.

        Raises:
            Refused: ``vault.unknown``, alike whether it is unknown, another's, or not for it.
        """
        found = self._book.find(Document, document)
        if found is None or asker not in {found.owner, reader}:
            raise unknown()
        if not self._has_leave(document, found, reader):
            raise unknown()
        return pack(self.vault, found.commitment, reader)

    def take_in(self, parcel: bytes, party: PartyId | None = None) -> VaultRecord:
        """Keep what another home packed for ``party``, or for any that is at home here.

        Returns:
            What it is, without its content.

        Raises:
            Refused: ``vault.parcel``, ``vault.not_in_book`` and the other codes of
                `cellchain.services.vault.parcel`.
        """
        return take_in(self.vault, parcel, partial(require_in_book, self._book), party)

    def _has_leave(self, document: DocumentId, found: Document, reader: PartyId | None) -> bool:
        if reader is None:
            return found.access == "public"
        return may_open(self._book, document, reader, self.vault.now_ms())


class LedgerMembers:
    """The port `Members`, filled from the records of the ledger.

    Args:
        book: The records.
        scan: Every record of a sort; asked whenever something is kept for authorities.
    """

    def __init__(
        self, book: Book, scan: Callable[[type[Record]], Iterable[tuple[str, Record]]]
    ) -> None:
        self._book = book
        self._scan = scan

    def recipient(self, party: PartyId) -> Recipient | None:
        """Return a party with its opening key of the present epoch, or ``None`` without one."""
        found = self._book.find(OpeningKey, party)
        if found is None:
            return None
        public_key = bytes.fromhex(found.public_key)
        return Recipient(name=party, epoch=found.epoch, public_key=public_key)

    def authorities(self) -> Sequence[PartyId]:
        """Return the active authorities, in name order."""
        return sorted(
            PartyId(subject)
            for subject, party in self._scan(Party)
            if isinstance(party, Party) and "authority" in party.roles and not party.suspended
        )


def document_label(document: DocumentId, access: Access) -> Label:
    """Return what the body of a document is bound to."""
    return Label(record=document, version=1, access_class=access)


def registration(document: DocumentId, access: Access, kept: Kept) -> Register:
    """Return the message that registers a document that was kept."""
    return Register(document=document, commitment=kept.commitment, access=access)


def erasure_order(erasure: Erasure) -> ErasureOrder:
    """Return what a vault has to do about an erasure on the ledger."""
    return ErasureOrder(
        commitment=erasure.commitment, party=erasure.party, erased_ms=erasure.erased_ms
    )


def erasure_of(book: Book, commitment: Digest, party: PartyId) -> ErasureOrder | None:
    """Return the order of an erasure that is on the ledger, or ``None``."""
    found = book.find(Erasure, erasure_key(commitment, party))
    return None if found is None else erasure_order(found)
