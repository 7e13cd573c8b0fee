"""Cancel an offer: the giver takes it back, or the receiver declines it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from cellchain.contracts.custody.record import HOLDER, Custody, require_rights
from cellchain.core.errors import Refused
from cellchain.core.names import BatteryId, PartyId
from cellchain.ledger.contract import Event, Message, present

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.ledger.contract import Book, Context


class Cancel(Message, frozen=True, kw_only=True, tag="custody.cancel/1"):
    """The sender asks that the pending offer of a battery be void."""

    battery: BatteryId

    def decide(self, book: Book, context: Context) -> Iterator[Cancelled]:
        """One of the two between whom the offer stands."""
        custody = book.get(Custody, self.battery)
        if custody.offered_to is None:
            raise Refused("custody.no_offer", f"{self.battery} is not offered to anybody")
        if context.sender != custody.offered_to:
            require_rights(custody, self.battery, context.sender, custody.offered)
        yield Cancelled(battery=self.battery, by=context.sender)


class Cancelled(Event[Custody], frozen=True, kw_only=True, tag="custody.cancelled/1"):
    """An offer is void."""

    subject_field = "battery"
    battery: BatteryId
    by: PartyId

    def evolve(self, record: Custody | None) -> Custody:
        """Nothing is pending."""
        return replace(present(record), offered_to=None, offered=HOLDER, offer_ends_ms=None)
