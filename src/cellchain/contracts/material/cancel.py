"""Cancel the offer of a lot: the holder takes it back, or the receiver declines it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from cellchain.contracts.material.lots import held_lot
from cellchain.contracts.material.record import Lot
from cellchain.core.errors import Refused
from cellchain.core.names import LotId, PartyId
from cellchain.ledger.contract import Event, Message, present

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.ledger.contract import Book, Context


class Cancel(Message, frozen=True, kw_only=True, tag="material.cancel/1"):
    """The sender asks that the pending offer of a lot be void."""

    lot: LotId

    def decide(self, book: Book, context: Context) -> Iterator[Cancelled]:
        """One of the two between whom the offer stands."""
        lot = book.get(Lot, self.lot)
        if lot.offered_to is None:
            raise Refused("material.no_offer", f"{self.lot} is not offered to anybody")
        if context.sender != lot.offered_to:
            held_lot(book, self.lot, context.sender)
        yield Cancelled(lot=self.lot, by=context.sender)


class Cancelled(Event[Lot], frozen=True, kw_only=True, tag="material.cancelled/1"):
    """An offer is void."""

    subject_field = "lot"
    lot: LotId
    by: PartyId

    def evolve(self, record: Lot | None) -> Lot:
        """Nothing is pending."""
        return replace(present(record), offered_to=None, offer_ends_ms=None)
