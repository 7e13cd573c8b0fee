"""Erase: keys and salts behind commitments are destroyed, wherever the sender's word counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.contracts.document.record import Document, Erasure, erasure_key
from cellchain.contracts.membership import require_party
from cellchain.core.errors import Refused
from cellchain.core.names import Digest, DocumentId, PartyId, parse_digest
from cellchain.ledger.contract import Event, Message, absent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.ledger.contract import Book, Context

ERASED_MAX = 256
"""Commitments that one message erases."""


class Erase(Message, frozen=True, kw_only=True, tag="document.erase/1"):
    """The sender says that it destroys keys and salts of what it committed to."""

    documents: tuple[DocumentId, ...] = ()
    """Documents of its own; withdrawn and superseded ones too."""
    commitments: tuple[Digest, ...] = ()
    """Other commitments, of attribute values for example. It speaks for what it kept itself:
    nobody else's vault forgets anything of its own."""

    def decide(self, book: Book, context: Context) -> Iterator[Erased]:
        """A party; 1 to 256 commitments, each once and not yet; of documents only its owner."""
        require_party(book, context.sender)
        named = (*self.documents, *self.commitments)
        if not 0 < len(named) <= ERASED_MAX:
            raise Refused("document.erasures", f"{len(named)} named; 1 to {ERASED_MAX} at once")
        for document in self.documents:
            found = book.get(Document, document)
            if found.owner != context.sender:
                raise Refused(
                    "document.not_owner",
                    f"{document} is of {found.owner}, not of {context.sender}",
                )
            yield _erased(book, context, found.commitment, document)
        for commitment in self.commitments:
            yield _erased(book, context, parse_digest(commitment), None)


class Erased(Event[Erasure], frozen=True, kw_only=True, tag="document.erased/1"):
    """What a party committed to can be opened no longer."""

    subject_field = "key"
    key: str
    """The subject: `erasure_key` of the two."""
    commitment: Digest
    party: PartyId
    erased_ms: int
    document: DocumentId | None = None

    def evolve(self, record: Erasure | None) -> Erasure:
        """The commitment stays on the ledger and says nothing any more."""
        absent(record)
        return Erasure(
            commitment=self.commitment,
            party=self.party,
            erased_ms=self.erased_ms,
            document=self.document,
        )


def _erased(
    book: Book, context: Context, commitment: Digest, document: DocumentId | None
) -> Erased:
    key = erasure_key(commitment, context.sender)
    found = book.find(Erasure, key)
    if found is not None:
        raise Refused(
            "document.erased",
            f"{context.sender} erased {commitment} at {found.erased_ms} ms already",
        )
    return Erased(
        key=key,
        commitment=commitment,
        party=context.sender,
        erased_ms=context.time_ms,
        document=document,
    )
