"""Sharing documents: what the book says and what the vault does go together.

Both must agree before anybody opens anything. A wrap is made once the book allows it and falls
once the book forbids it, by whoever sends for a home (`cellchain.services.vault.following`); here
is what must hold before anything is said in the book.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.contracts.document import Erase, Grant, Revoke
from cellchain.core.errors import Refused
from cellchain.services.access.viewer import require_duty
from cellchain.services.serving.unsigned import Unsigned
from cellchain.services.vault import rotation

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cellchain.contracts.document import Access
    from cellchain.core.names import DocumentId, PartyId
    from cellchain.ledger.contract import Message
    from cellchain.ledger.entry import Result
    from cellchain.services.access.records import Approval
    from cellchain.services.access.viewer import Viewer
    from cellchain.services.vault.documents import Documents

    Send = Callable[[Viewer, Sequence[Message]], Result | Approval]

KEPT_FOR = "kept for"
"""Purpose of the leave that is given to whom a document is kept for from the beginning."""


class Sharing:
    """Shares the documents of members.

    Args:
        documents: The documents of this home.
        send: Sends the messages of a member, and lets the vault follow them.
    """

    def __init__(self, documents: Documents, send: Send) -> None:
        self._documents = documents
        self._send = send

    def keep(
        self,
        viewer: Viewer,
        upload: str,
        document: DocumentId,
        access: Access,
        readers: Sequence[PartyId],
    ) -> Result | Approval:
        """Keep what was uploaded, and register it with leave for ``readers`` to open it.

        The first document of a party makes its opening key.

        Raises:
            Refused: Like `Documents.finish`, or what the book says.
        """
        owner, vault = require_duty(viewer, "signer"), self._documents.vault
        others = [reader for reader in dict.fromkeys(readers) if reader != owner]
        self._documents.require_new(document)
        if vault.members.recipient(owner) is None:
            self._set_opening_key(viewer, owner)
        register = self._documents.finish(owner, upload, document, access, others)
        closed_for = [] if access == "public" else others
        leave = [Grant(document=document, reader=one, purpose=KEPT_FOR) for one in closed_for]
        try:
            return self._send(viewer, [register, *leave])
        except Unsigned:
            raise  # it is kept for what is signed now
        except Refused:
            self._documents.discard(register)
            raise

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
        party, vault = require_duty(viewer, "signer"), self._documents.vault
        vault.require_openable(self._documents.own(document, party))
        vault.recipient(reader)  # else the book would say what cannot be done
        message = Grant(document=document, reader=reader, purpose=purpose, until_ms=until_ms)
        return self._send(viewer, [message])

    def revoke(self, viewer: Viewer, document: DocumentId, reader: PartyId) -> Result | Approval:
        """Let ``reader`` open a document of the viewer's party no longer.

        Raises:
            Refused: ``vault.unknown``, or what the book says.
        """
        self._documents.own(document, require_duty(viewer, "signer"))
        return self._send(viewer, [Revoke(document=document, reader=reader)])

    def erase(self, viewer: Viewer, document: DocumentId) -> Result | Approval:
        """Destroy what opens a document of the viewer's party; the book keeps that it happened.

        Raises:
            Refused: ``vault.unknown``, or what the book says.
        """
        party, index = require_duty(viewer, "signer"), self._documents.vault.index
        commitment = self._documents.own(document, party)
        index.intend([commitment], party)
        try:
            return self._send(viewer, [Erase(documents=(document,))])
        except Unsigned:
            raise  # the intent stays until it is signed: a crash may come between
        except Refused:
            index.drop_intent(commitment, party)
            raise

    def _set_opening_key(self, viewer: Viewer, owner: PartyId) -> None:
        try:
            self._send(viewer, [rotation.prepare(self._documents.vault, owner)])
        except Unsigned as unsigned:
            first = "this opening key first, for which documents are closed; then keep it again"
            raise Unsigned(unsigned, unsigned.messages, afterwards=first) from unsigned
