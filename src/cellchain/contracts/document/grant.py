"""Grant an opening: the owner lets a named party open a document, for a purpose and a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.contracts.document.record import Opening, opening_key
from cellchain.contracts.document.rights import own_document
from cellchain.contracts.membership import require_party
from cellchain.core.errors import Refused
from cellchain.core.names import DocumentId, PartyId
from cellchain.ledger.contract import Event, Message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.ledger.contract import Book, Context

PURPOSE_CHARACTERS_MAX = 128


class Grant(Message, frozen=True, kw_only=True, tag="document.grant/1"):
    """The sender asks that ``reader`` may open a document of its own; a later grant replaces it."""

    document: DocumentId
    reader: PartyId
    purpose: str
    """What for, 1 to 128 characters."""
    until_ms: int | None = None

    def decide(self, book: Book, context: Context) -> Iterator[Granted]:
        """One's own document, another registered party, a purpose, an end in the future."""
        own_document(book, self.document, context.sender)
        require_party(book, self.reader)
        if self.reader == context.sender:
            raise Refused("document.to_self", f"{self.reader} owns {self.document}")
        if not 0 < len(self.purpose) <= PURPOSE_CHARACTERS_MAX:
            raise Refused("document.purpose", f"a purpose of {len(self.purpose)} characters")
        if self.until_ms is not None and self.until_ms <= context.time_ms:
            raise Refused("document.past", f"until {self.until_ms} ms; it is {context.time_ms}")
        yield Granted(
            key=opening_key(self.document, self.reader),
            document=self.document,
            reader=self.reader,
            purpose=self.purpose,
            until_ms=self.until_ms,
        )


class Granted(Event[Opening], frozen=True, kw_only=True, tag="document.granted/1"):
    """A party may open a document."""

    subject_field = "key"
    key: str
    """The subject: `opening_key` of the two."""
    document: DocumentId
    reader: PartyId
    purpose: str
    until_ms: int | None = None

    def evolve(self, record: Opening | None) -> Opening:  # noqa: ARG002
        """It takes the place of what was granted before."""
        return Opening(
            document=self.document,
            reader=self.reader,
            purpose=self.purpose,
            until_ms=self.until_ms,
        )
