"""Offer a lot: the holder names the party that may take all that is left of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from cellchain.contracts.material.lots import check_left, held_lot
from cellchain.contracts.material.record import Lot
from cellchain.contracts.membership import require_party
from cellchain.core.errors import Refused
from cellchain.core.names import LotId, PartyId
from cellchain.ledger.contract import Event, Message, present

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.ledger.contract import Book, Context


class Offer(Message, frozen=True, kw_only=True, tag="material.offer/1"):
    """The sender asks that ``receiver`` may take the lot; a later offer replaces it."""

    lot: LotId
    receiver: PartyId
    expires_ms: int | None = None
    """First moment at which it can be accepted no longer; ``None``: until cancelled."""

    def decide(self, book: Book, context: Context) -> Iterator[Offered]:
        """Only the holder, never to itself or a stranger, only where something is left."""
        giver = context.sender
        found = held_lot(book, self.lot, giver)
        check_left(self.lot, found, max(found.remaining_mg, 1))
        if self.receiver == giver:
            raise Refused("material.to_self", f"{giver} holds {self.lot} already")
        require_party(book, self.receiver)
        if self.expires_ms is not None and self.expires_ms <= context.time_ms:
            raise Refused(
                "material.offer_past",
                f"the offer ends at {self.expires_ms} ms; it is {context.time_ms}",
            )
        yield Offered(lot=self.lot, receiver=self.receiver, expires_ms=self.expires_ms)


class Offered(Event[Lot], frozen=True, kw_only=True, tag="material.offered/1"):
    """A lot waits for its receiver."""

    subject_field = "lot"
    lot: LotId
    receiver: PartyId
    expires_ms: int | None = None

    def evolve(self, record: Lot | None) -> Lot:
        """The holder stays until the receiver accepts."""
        return replace(present(record), offered_to=self.receiver, offer_ends_ms=self.expires_ms)
