"""Messages that their sender's own key must sign: this server keeps none of the party."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.core.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cellchain.core.names import PartyId
    from cellchain.ledger.contract import Message


class Unsigned(Refused):
    """A member may send ``messages``, and the party signs for itself.

    To a machine it is a refusal like any other. A page shows what is to be signed, so that a key
    in the member's browser can sign it: whatever a form sends, it need not know of this.

    Args:
        refusal: What a machine is told.
        messages: What is to be signed, as one transaction.
        afterwards: What is left to do once it is signed; empty where that is all.
    """

    def __init__(
        self, refusal: Refused, messages: Sequence[Message], *, afterwards: str = ""
    ) -> None:
        super().__init__(refusal.code, refusal.text, remedy=refusal.remedy)
        self.messages = tuple(messages)
        self.afterwards = afterwards


def own_signer(party: PartyId) -> Refused:
    """Return the refusal to sign for a party of which there is no key here."""
    return Refused(
        "access.own_signer",
        f"{party} signs for itself: this server keeps no key of it",
        remedy="send a signed envelope to /api/v1/transactions, or use the command line",
    )
