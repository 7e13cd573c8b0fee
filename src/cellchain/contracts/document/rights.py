"""Questions that neighbours and services ask: whose is a document, and may somebody open it?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.contracts.document.record import Document, Opening, opening_key
from cellchain.contracts.membership import Party
from cellchain.core.errors import Refused

if TYPE_CHECKING:
    from cellchain.core.names import DocumentId, PartyId
    from cellchain.ledger.contract import Book


def own_document(book: Book, document: DocumentId, sender: PartyId) -> Document:
    """Return a document of the sender that is neither superseded nor withdrawn.

    Raises:
        Refused: ``document.unknown_document``, ``.not_owner``, ``.superseded``, ``.withdrawn``.
    """
    found = book.get(Document, document)
    if found.owner != sender:
        raise Refused("document.not_owner", f"{document} is of {found.owner}, not of {sender}")
    if found.successor is not None:
        raise Refused("document.superseded", f"{found.successor} took the place of {document}")
    if found.withdrawn_ms is not None:
        raise Refused("document.withdrawn", f"{document} was withdrawn at {found.withdrawn_ms} ms")
    return found


def require_document(book: Book, document: DocumentId) -> Document:
    """Return a document that may serve as evidence: known, and not withdrawn.

    Raises:
        Refused: ``document.unknown_document``, ``document.withdrawn``.
    """
    found = book.get(Document, document)
    if found.withdrawn_ms is not None:
        raise Refused("document.withdrawn", f"{document} was withdrawn at {found.withdrawn_ms} ms")
    return found


def may_open(book: Book, document: DocumentId, reader: PartyId, time_ms: int) -> bool:
    """Whether ``reader`` may open ``document`` at ``time_ms``.

    The owner, everybody where it is public, an authority where it is for authorities, and whoever
    was granted it by name, as long as the grant holds. Legitimate interest is always a grant: who
    qualifies is not for code to say.
    """
    found = book.get(Document, document)
    if found.owner == reader or found.access == "public":
        return True
    if found.access == "authority":
        party = book.find(Party, reader)
        if party is not None and "authority" in party.roles and not party.suspended:
            return True
    opening = book.find(Opening, opening_key(document, reader))
    return opening is not None and (opening.until_ms is None or time_ms < opening.until_ms)
