"""Consume a lot: a mass of it is used up in something that is no lot, or written off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from cellchain.contracts.material.lots import (
    check_label,
    check_left,
    check_not_future,
    check_time_order,
    held_lot,
)
from cellchain.contracts.material.record import Lot
from cellchain.core.names import LotId, PartyId
from cellchain.ledger.contract import Event, Message, present

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.ledger.contract import Book, Context


class Consume(Message, frozen=True, kw_only=True, tag="material.consume/1"):
    """The sender asks to use up ``mass_mg`` of a lot it holds."""

    lot: LotId
    mass_mg: int
    use: str
    """What for, 1 to 128 characters."""
    time_ms: int

    def decide(self, book: Book, context: Context) -> Iterator[Consumed]:
        """Only the holder, only what is left, not before the lot was made."""
        found = held_lot(book, self.lot, context.sender)
        check_left(self.lot, found, self.mass_mg)
        check_time_order(self.lot, found.made_ms, self.time_ms)
        check_not_future(self.time_ms, context)
        check_label(self.use, "the use")
        yield Consumed(
            lot=self.lot,
            mass_mg=self.mass_mg,
            by=context.sender,
            use=self.use,
            time_ms=self.time_ms,
        )


class Consumed(Event[Lot], frozen=True, kw_only=True, tag="material.consumed/1"):
    """A mass of a lot was used up."""

    subject_field = "lot"
    lot: LotId
    mass_mg: int
    by: PartyId
    use: str
    """The run it went into, or what else it was used for."""
    time_ms: int

    def evolve(self, record: Lot | None) -> Lot:
        """Less is left; an offer made before is void, since it was for more."""
        lot = present(record)
        return replace(
            lot,
            consumed_mg=lot.consumed_mg + self.mass_mg,
            offered_to=None,
            offer_ends_ms=None,
        )
