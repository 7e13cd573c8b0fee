"""Sharing documents: what the book says and what the vault does go together.

A grant comes into force in the book first and is wrapped afterwards; a revocation is unwrapped
first: at no moment can somebody open what the book does not allow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.contracts.document import Erase, Grant, Revoke
from cellchain.core.errors import Refused
from cellchain.services.access.records import Approval
from cellchain.services.access.viewer import require_duty

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cellchain.core.names import Digest, DocumentId, PartyId
    from cellchain.ledger.contract import Message
    from cellchain.ledger.entry import Result
    from cellchain.services.access.viewer import Viewer
    from cellchain.services.vault.documents import Documents

    Send = Callable[[Viewer, Sequence[Message]], Result | Approval]


class Sharing:
    """Shares the documents of members.

    Args:
        documents: The documents of this home.
        send: Sends the messages of a member.
        erased: Carries out an erasure that is in the book.
    """

    def __init__(
        self,
        documents: Documents,
        send: Send,
        erased: Callable[[Sequence[Digest], PartyId], None],
    ) -> None:
        self._documents = documents
        self._send = send
        self._erased = erased

    def grant(
        self,
        viewer: Viewer,
        document: DocumentId,
        reader: PartyId,
        purpose: str,
        until_ms: int | None,
    ) -> Result | Approval:
        """Let ``reader`` open a document of the viewer's party.

        Raises:
            Refused: ``vault.unknown``, ``vault.no_opening_key``, or what the book says.
        """
        require_duty(viewer, "signer")
        commitment = self._documents.commitment_of(document)
        message = Grant(document=document, reader=reader, purpose=purpose, until_ms=until_ms)
        outcome = self._send(viewer, [message])
        if not isinstance(outcome, Approval):
            self._documents.vault.grant(commitment, reader)
        return outcome

    def revoke(self, viewer: Viewer, document: DocumentId, reader: PartyId) -> Result | Approval:
        """Let ``reader`` open a document of the viewer's party no longer."""
        require_duty(viewer, "signer")
        commitment = self._documents.commitment_of(document)
        outcome = self._send(viewer, [Revoke(document=document, reader=reader)])
        try:
            self._documents.vault.revoke(commitment, reader)
        except Refused as refusal:
            if refusal.code != "vault.unknown":  # another home holds the wrap, or none ever did
                raise
        return outcome

    def erase(self, viewer: Viewer, document: DocumentId) -> Result | Approval:
        """Destroy what opens a document of the viewer's party; the book keeps that it happened."""
        party = require_duty(viewer, "signer")
        commitment = self._documents.commitment_of(document)
        outcome = self._send(viewer, [Erase(documents=(document,))])
        if not isinstance(outcome, Approval):
            self._erased([commitment], party)
        return outcome
