"""What the ledger remembers about a document: whose it is, who may open it, what was erased."""

from __future__ import annotations

from typing import Literal

from cellchain.core.names import Digest, DocumentId, PartyId
from cellchain.ledger.contract import Record

Access = Literal["authority", "legitimate-interest", "private", "public"]
"""Who may open a document without being named: authorities, those with a legitimate interest that
holds a grant, nobody, everybody (Regulation (EU) 2023/1542, Art. 77(2))."""


class Document(Record, frozen=True, kw_only=True, tag="document.document/1"):
    """A salted commitment to a document in a vault. Subject: `DocumentId`."""

    owner: PartyId
    commitment: Digest
    access: Access
    registered_ms: int
    predecessor: DocumentId | None = None
    """The document that it takes the place of."""
    successor: DocumentId | None = None
    """The document that takes its place."""
    withdrawn_ms: int | None = None


class Opening(Record, frozen=True, kw_only=True, tag="document.opening/1"):
    """A named party may open a document. Subject: `opening_key` of the two."""

    document: DocumentId
    reader: PartyId
    purpose: str
    until_ms: int | None = None
    """First moment at which it holds no longer; ``None``: until revoked."""


class Erasure(Record, frozen=True, kw_only=True, tag="document.erasure/1"):
    """A party destroyed keys and salt of a commitment. Subject: `erasure_key` of the two."""

    commitment: Digest
    party: PartyId
    erased_ms: int
    document: DocumentId | None = None
    """The document that was erased, where it was one."""


def erasure_key(commitment: Digest, party: PartyId) -> str:
    """Return the subject of the erasure of ``commitment`` by ``party``."""
    return f"{commitment}/{party}"


def opening_key(document: DocumentId, reader: PartyId) -> str:
    """Return the subject of the leave of ``reader`` to open ``document``."""
    return f"{document}/{reader}"
