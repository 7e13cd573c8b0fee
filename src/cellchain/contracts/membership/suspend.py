"""Suspend a party: none of its keys is heard until it is restored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from cellchain.contracts.membership.record import Party
from cellchain.contracts.membership.register_party import require_grant
from cellchain.contracts.membership.rights import check_label, require_registrar
from cellchain.core.errors import Refused
from cellchain.core.names import PartyId
from cellchain.ledger.contract import Event, Message, present

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.ledger.contract import Book, Context


class Suspend(Message, frozen=True, kw_only=True, tag="membership.suspend/1"):
    """The sender asks that ``party`` take no part for a while."""

    four_eyes = True

    party: PartyId
    reason: str
    """For people, 1 to 128 characters."""

    def decide(self, book: Book, context: Context) -> Iterator[Suspended]:
        """Another, active party; one that holds power only by an operator."""
        require_registrar(book, context.sender)
        check_label(self.reason, "the reason")
        found = book.get(Party, self.party)
        if self.party == context.sender:
            raise Refused("membership.to_self", f"{self.party} does not suspend itself")
        require_grant(book, context.sender, found.roles)
        if found.suspended:
            raise Refused("membership.suspended", f"{self.party} is suspended already")
        yield Suspended(party=self.party, reason=self.reason, by=context.sender)


class Suspended(Event[Party], frozen=True, kw_only=True, tag="membership.suspended/1"):
    """A party takes no part for a while."""

    subject_field = "party"
    party: PartyId
    reason: str
    by: PartyId

    def evolve(self, record: Party | None) -> Party:
        """What it holds and owes stays as it is."""
        return replace(present(record), suspended=True)
