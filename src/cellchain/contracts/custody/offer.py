"""Offer a battery: who has a right to it names the party that may take it over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from cellchain.contracts.custody.record import (
    COMBINATIONS,
    HOLDER,
    Custody,
    Right,
    require_rights,
)
from cellchain.contracts.membership import require_party
from cellchain.core.errors import Refused
from cellchain.core.names import BatteryId, PartyId
from cellchain.ledger.contract import Event, Message, present

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.ledger.contract import Book, Context


class Offer(Message, frozen=True, kw_only=True, tag="custody.offer/1"):
    """The sender asks that ``receiver`` may take the battery; a later offer replaces it."""

    battery: BatteryId
    receiver: PartyId
    changes: tuple[Right, ...] = HOLDER
    """What the receiver becomes, in alphabetical order."""
    expires_ms: int | None = None
    """First moment at which it can be accepted no longer; ``None``: until cancelled."""

    def decide(self, book: Book, context: Context) -> Iterator[Offered]:
        """One gives away only what one has, never to oneself, never to a stranger."""
        giver = context.sender
        if self.changes not in COMBINATIONS:
            raise Refused(
                "custody.changes",
                f"{self.changes!a} is not one or more of holder, owner, responsible in order",
            )
        require_rights(book.get(Custody, self.battery), self.battery, giver, self.changes)
        if self.receiver == giver:
            raise Refused("custody.to_self", f"{giver} has {self.battery} already")
        require_party(book, self.receiver)
        if self.expires_ms is not None and self.expires_ms <= context.time_ms:
            raise Refused(
                "custody.offer_past",
                f"the offer ends at {self.expires_ms} ms; it is {context.time_ms}",
            )
        yield Offered(
            battery=self.battery,
            receiver=self.receiver,
            changes=self.changes,
            expires_ms=self.expires_ms,
        )


class Offered(Event[Custody], frozen=True, kw_only=True, tag="custody.offered/1"):
    """A battery waits for its receiver."""

    subject_field = "battery"
    battery: BatteryId
    receiver: PartyId
    changes: tuple[Right, ...] = HOLDER
    expires_ms: int | None = None

    def evolve(self, record: Custody | None) -> Custody:
        """Nobody's right changes until the receiver accepts."""
        return replace(
            present(record),
            offered_to=self.receiver,
            offered=self.changes,
            offer_ends_ms=self.expires_ms,
        )
