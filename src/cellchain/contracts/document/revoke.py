"""Revoke an opening: from now on the party gets the document from nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.contracts.document.record import Document, Opening, opening_key
from cellchain.core.errors import Refused
from cellchain.core.names import DocumentId, PartyId
from cellchain.ledger.contract import Event, Message, present

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.ledger.contract import Book, Context


class Revoke(Message, frozen=True, kw_only=True, tag="document.revoke/1"):
    """The sender asks that ``reader`` may open its document no longer."""

    document: DocumentId
    reader: PartyId

    def decide(self, book: Book, context: Context) -> Iterator[Revoked]:
        """The owner, whatever became of the document; a grant that is there."""
        owner = book.get(Document, self.document).owner
        if owner != context.sender:
            raise Refused(
                "document.not_owner", f"{self.document} is of {owner}, not of {context.sender}"
            )
        key = opening_key(self.document, self.reader)
        book.get(Opening, key)
        yield Revoked(key=key)


class Revoked(Event[Opening], frozen=True, kw_only=True, tag="document.revoked/1"):
    """A party may open a document no longer."""

    subject_field = "key"
    key: str

    def evolve(self, record: Opening | None) -> None:
        """Nothing of it stays in the records; the log keeps it."""
        present(record)
