"""Supersede a document: a new one takes its place, and each names the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from cellchain.contracts.document.record import Access, Document
from cellchain.contracts.document.register import Registered, check_new
from cellchain.contracts.document.rights import own_document
from cellchain.core.names import Digest, DocumentId
from cellchain.ledger.contract import Event, Message, present

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.ledger.contract import Book, Context


class Supersede(Message, frozen=True, kw_only=True, tag="document.supersede/1"):
    """The sender asks that ``document`` take the place of ``predecessor``."""

    predecessor: DocumentId
    document: DocumentId
    commitment: Digest
    access: Access = "private"

    def decide(self, book: Book, context: Context) -> Iterator[Registered | Superseded]:
        """One's own, current document; a new name. Grants for the old do not hold for the new."""
        own_document(book, self.predecessor, context.sender)
        check_new(book, self.document, self.commitment)
        yield Registered(
            document=self.document,
            owner=context.sender,
            commitment=self.commitment,
            access=self.access,
            registered_ms=context.time_ms,
            predecessor=self.predecessor,
        )
        yield Superseded(document=self.predecessor, successor=self.document)


class Superseded(Event[Document], frozen=True, kw_only=True, tag="document.superseded/1"):
    """A document is no longer the current one."""

    subject_field = "document"
    document: DocumentId
    successor: DocumentId

    def evolve(self, record: Document | None) -> Document:
        """It stays as evidence of what was."""
        return replace(present(record), successor=self.successor)
