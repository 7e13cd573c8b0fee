"""Revoke a delegation: the principal, or the agent itself, ends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.contracts.membership.record import Delegation, delegation_key
from cellchain.core.errors import Refused
from cellchain.core.names import PartyId
from cellchain.ledger.contract import Event, Message, present

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.ledger.contract import Book, Context


class RevokeDelegation(Message, frozen=True, kw_only=True, tag="membership.revoke_delegation/1"):
    """The sender asks that ``agent`` act for ``principal`` no longer."""

    principal: PartyId
    agent: PartyId

    def decide(self, book: Book, context: Context) -> Iterator[DelegationRevoked]:
        """One of the two ends what is between them."""
        key = delegation_key(self.principal, self.agent)
        book.get(Delegation, key)
        if context.sender not in (self.principal, self.agent):
            raise Refused(
                "membership.not_concerned",
                f"{context.sender} is neither {self.principal} nor {self.agent}",
            )
        yield DelegationRevoked(key=key, by=context.sender)


class DelegationRevoked(
    Event[Delegation], frozen=True, kw_only=True, tag="membership.delegation_revoked/1"
):
    """One party acts for another no longer."""

    subject_field = "key"
    key: str
    by: PartyId

    def evolve(self, record: Delegation | None) -> None:
        """Nothing of it stays in the records; the log keeps it."""
        present(record)
