"""Set roles: an operator or authority says anew what a party is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from cellchain.contracts.membership.record import Party
from cellchain.contracts.membership.register_party import require_grant
from cellchain.contracts.membership.rights import require_registrar
from cellchain.core.names import PartyId
from cellchain.ledger.contract import Event, Message, present

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.ledger.contract import Book, Context


class SetRoles(Message, frozen=True, kw_only=True, tag="membership.set_roles/1"):
    """The sender asks that ``party`` be in these roles and no others."""

    four_eyes = True

    party: PartyId
    roles: tuple[str, ...]

    def decide(self, book: Book, context: Context) -> Iterator[RolesSet]:
        """Power is given, and taken, by an operator only."""
        require_registrar(book, context.sender)
        require_grant(book, context.sender, book.get(Party, self.party).roles)
        require_grant(book, context.sender, self.roles)
        yield RolesSet(party=self.party, roles=self.roles)


class RolesSet(Event[Party], frozen=True, kw_only=True, tag="membership.roles_set/1"):
    """A party is in other roles."""

    subject_field = "party"
    party: PartyId
    roles: tuple[str, ...]

    def evolve(self, record: Party | None) -> Party:
        """The roles before are gone."""
        return replace(present(record), roles=self.roles)
