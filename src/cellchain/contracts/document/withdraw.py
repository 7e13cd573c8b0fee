"""Withdraw a document: its owner stands by it no longer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from cellchain.contracts.document.record import Document
from cellchain.contracts.document.rights import own_document
from cellchain.core.names import DocumentId
from cellchain.ledger.contract import Event, Message, present

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.ledger.contract import Book, Context


class Withdraw(Message, frozen=True, kw_only=True, tag="document.withdraw/1"):
    """The sender asks that a document of its own serve as evidence no longer."""

    four_eyes = True

    document: DocumentId

    def decide(self, book: Book, context: Context) -> Iterator[Withdrawn]:
        """One's own, current document, once."""
        own_document(book, self.document, context.sender)
        yield Withdrawn(document=self.document, withdrawn_ms=context.time_ms)


class Withdrawn(Event[Document], frozen=True, kw_only=True, tag="document.withdrawn/1"):
    """A document is void."""

    subject_field = "document"
    document: DocumentId
    withdrawn_ms: int

    def evolve(self, record: Document | None) -> Document:
        """The record stays: what was built on it remains explained."""
        return replace(present(record), withdrawn_ms=self.withdrawn_ms)
