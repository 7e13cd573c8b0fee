"""Accept a lot: the receiver's signature completes the hand-over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from cellchain.contracts.material.record import Lot
from cellchain.core.errors import Refused
from cellchain.core.names import LotId, PartyId
from cellchain.ledger.contract import Event, Message, present

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.ledger.contract import Book, Context


class Accept(Message, frozen=True, kw_only=True, tag="material.accept/1"):
    """The sender asks to take a lot that was offered to it."""

    lot: LotId

    def decide(self, book: Book, context: Context) -> Iterator[Accepted]:
        """Only the party it is offered to, only in time; nothing was taken from it meanwhile."""
        lot = book.get(Lot, self.lot)
        if lot.offered_to != context.sender:
            raise Refused(
                "material.not_offered",
                f"{self.lot} is offered to {lot.offered_to or 'nobody'}, not to {context.sender}",
            )
        if lot.offer_ends_ms is not None and lot.offer_ends_ms <= context.time_ms:
            raise Refused(
                "material.offer_expired",
                f"the offer ended at {lot.offer_ends_ms} ms; it is {context.time_ms}",
            )
        yield Accepted(lot=self.lot, giver=lot.holder, receiver=context.sender)


class Accepted(Event[Lot], frozen=True, kw_only=True, tag="material.accepted/1"):
    """A lot changed hands."""

    subject_field = "lot"
    lot: LotId
    giver: PartyId
    receiver: PartyId

    def evolve(self, record: Lot | None) -> Lot:
        """The receiver holds what is left; the offer is spent."""
        return replace(present(record), holder=self.receiver, offered_to=None, offer_ends_ms=None)
