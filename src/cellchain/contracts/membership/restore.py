"""Restore a party that was suspended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from cellchain.contracts.membership.record import Party
from cellchain.contracts.membership.register_party import require_grant
from cellchain.contracts.membership.rights import require_registrar
from cellchain.core.errors import Refused
from cellchain.core.names import PartyId
from cellchain.ledger.contract import Event, Message, present

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.ledger.contract import Book, Context


class Restore(Message, frozen=True, kw_only=True, tag="membership.restore/1"):
    """The sender asks that ``party`` take part again."""

    party: PartyId

    def decide(self, book: Book, context: Context) -> Iterator[Restored]:
        """Whoever may suspend it may restore it."""
        require_registrar(book, context.sender)
        found = book.get(Party, self.party)
        require_grant(book, context.sender, found.roles)
        if not found.suspended:
            raise Refused("membership.not_suspended", f"{self.party} is not suspended")
        yield Restored(party=self.party, by=context.sender)


class Restored(Event[Party], frozen=True, kw_only=True, tag="membership.restored/1"):
    """A party takes part again."""

    subject_field = "party"
    party: PartyId
    by: PartyId

    def evolve(self, record: Party | None) -> Party:
        """Its keys are heard as before."""
        return replace(present(record), suspended=False)
