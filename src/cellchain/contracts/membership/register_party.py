"""Register a party with its first key: an operator or authority vouches for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.contracts.membership.add_key import KeyAdded, require_new_key
from cellchain.contracts.membership.record import Party
from cellchain.contracts.membership.rights import (
    GOVERNANCE,
    check_label,
    check_roles,
    require_registrar,
    require_role,
)
from cellchain.core.errors import Refused
from cellchain.core.names import KeyId, PartyId, parse_party_id
from cellchain.ledger.contract import GENESIS, Event, Message, absent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.ledger.contract import Book, Context

POWERS = ("authority", "operator")
"""Roles that only an operator, a vote or the genesis file gives."""


class RegisterParty(Message, frozen=True, kw_only=True, tag="membership.register_party/1"):
    """The sender asks that a company or authority take part."""

    party: PartyId
    name: str
    """For people, 1 to 128 characters."""
    roles: tuple[str, ...]
    key: KeyId

    def decide(self, book: Book, context: Context) -> Iterator[PartyRegistered | KeyAdded]:
        """A new name, a new key, known roles; who holds power was given it by an operator."""
        require_registrar(book, context.sender)
        require_grant(book, context.sender, self.roles)
        check_label(self.name, "the name")
        if book.find(Party, parse_party_id(self.party)) is not None:
            raise Refused("membership.party_exists", f"{self.party} is registered already")
        require_new_key(book, self.key)
        yield PartyRegistered(party=self.party, name=self.name, roles=self.roles)
        yield KeyAdded(key=self.key, party=self.party, valid_from_ms=context.time_ms)


class PartyRegistered(Event[Party], frozen=True, kw_only=True, tag="membership.party_registered/1"):
    """A party entered the book."""

    subject_field = "party"
    party: PartyId
    name: str
    roles: tuple[str, ...]

    def evolve(self, record: Party | None) -> Party:
        """It is active at once."""
        absent(record)
        return Party(name=self.name, roles=self.roles)


def require_grant(book: Book, sender: PartyId, roles: tuple[str, ...]) -> None:
    """Refuse roles that are unknown, or that ``sender`` may not give."""
    check_roles(roles)
    if sender not in (GENESIS, GOVERNANCE) and any(role in POWERS for role in roles):
        require_role(book, sender, "operator")
