"""Register a document: its owner commits to bytes that stay in its vault."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.contracts.document.record import Access, Document
from cellchain.contracts.membership import require_party
from cellchain.core.errors import Refused
from cellchain.core.names import Digest, DocumentId, PartyId, parse_digest, parse_document_id
from cellchain.ledger.contract import Event, Message, absent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.ledger.contract import Book, Context


class Register(Message, frozen=True, kw_only=True, tag="document.register/1"):
    """The sender asks to record that it has a document."""

    document: DocumentId
    commitment: Digest
    """Salted commitment to the bytes of the document."""
    access: Access = "private"

    def decide(self, book: Book, context: Context) -> Iterator[Registered]:
        """A party, a new name, a well-formed commitment."""
        require_party(book, context.sender)
        check_new(book, self.document, self.commitment)
        yield Registered(
            document=self.document,
            owner=context.sender,
            commitment=self.commitment,
            access=self.access,
            registered_ms=context.time_ms,
        )


class Registered(Event[Document], frozen=True, kw_only=True, tag="document.registered/1"):
    """A document entered the book."""

    subject_field = "document"
    document: DocumentId
    owner: PartyId
    commitment: Digest
    access: Access
    registered_ms: int
    predecessor: DocumentId | None = None

    def evolve(self, record: Document | None) -> Document:
        """Owner, commitment and class never change; another version is another document."""
        absent(record)
        return Document(
            owner=self.owner,
            commitment=self.commitment,
            access=self.access,
            registered_ms=self.registered_ms,
            predecessor=self.predecessor,
        )


def check_new(book: Book, document: DocumentId, commitment: Digest) -> None:
    """Refuse a name or commitment that is misspelt, and a name that is taken."""
    parse_digest(commitment)
    found = book.find(Document, parse_document_id(document))
    if found is not None:
        raise Refused("document.exists", f"{document} is registered; it is of {found.owner}")
