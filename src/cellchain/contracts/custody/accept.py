"""Accept a battery: the receiver's signature completes the hand-over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from cellchain.contracts.custody.record import HOLDER, Custody, Right
from cellchain.core.errors import Refused
from cellchain.core.names import BatteryId, PartyId
from cellchain.ledger.contract import Event, Message, present

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.ledger.contract import Book, Context


class Accept(Message, frozen=True, kw_only=True, tag="custody.accept/1"):
    """The sender asks to take a battery that was offered to it."""

    battery: BatteryId
    changes: tuple[Right, ...] = HOLDER
    """What the sender agrees to become: giver and taker sign the same thing."""

    def decide(self, book: Book, context: Context) -> Iterator[Accepted]:
        """Only the party it is offered to, only what is offered, only in time."""
        custody = book.get(Custody, self.battery)
        if custody.offered_to != context.sender:
            raise Refused(
                "custody.not_offered",
                f"{self.battery} is offered to {custody.offered_to or 'nobody'}, "
                f"not to {context.sender}",
            )
        if custody.offered != self.changes:
            raise Refused(
                "custody.other_offer",
                f"offered is {' + '.join(custody.offered)}, accepted {' + '.join(self.changes)}",
            )
        if custody.offer_ends_ms is not None and custody.offer_ends_ms <= context.time_ms:
            raise Refused(
                "custody.offer_expired",
                f"the offer ended at {custody.offer_ends_ms} ms; it is {context.time_ms}",
            )
        giver: PartyId = getattr(custody, self.changes[0])
        yield Accepted(
            battery=self.battery, giver=giver, receiver=context.sender, changes=self.changes
        )


class Accepted(Event[Custody], frozen=True, kw_only=True, tag="custody.accepted/1"):
    """A battery changed hands."""

    subject_field = "battery"
    battery: BatteryId
    giver: PartyId
    receiver: PartyId
    changes: tuple[Right, ...] = HOLDER

    def evolve(self, record: Custody | None) -> Custody:
        """What was offered is the receiver's; the offer is spent."""
        before = present(record)
        if self.changes == HOLDER:
            return Custody(
                owner=before.owner,
                holder=self.receiver,
                responsible=before.responsible,
                gb_t_34014=before.gb_t_34014,
            )
        gained = dict.fromkeys(self.changes, self.receiver)
        return replace(before, **gained, offered_to=None, offered=HOLDER, offer_ends_ms=None)
