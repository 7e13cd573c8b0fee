"""Retire an item that ended without being recycled: burnt, sunk, lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from cellchain.contracts.assembly.items import check_time, item_in_hand
from cellchain.contracts.assembly.record import Item
from cellchain.contracts.custody import Accept, Custody, Offer
from cellchain.contracts.membership import acts_for
from cellchain.core.errors import Refused
from cellchain.core.names import BatteryId, PartyId
from cellchain.ledger.contract import Call, Event, Message, present

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.ledger.contract import Book, Context

REASON_CHARACTERS_MAX = 128
SCOPE = "assembly"
"""What a mandate of the owner must cover to let another end an item."""


class Retire(Message, frozen=True, kw_only=True, tag="assembly.retire/1"):
    """The sender asks to record that an item it holds and owns is no more."""

    four_eyes = True

    battery: BatteryId
    reason: str
    """For people, 1 to 128 characters."""
    time_ms: int

    def decide(self, book: Book, context: Context) -> Iterator[Call | Retired]:
        """A living item that stands alone, in the hands of its owner or of who acts for it."""
        if not 0 < len(self.reason) <= REASON_CHARACTERS_MAX:
            raise Refused("assembly.reason", f"a reason of {len(self.reason)} characters")
        yield from end(book, context, self.battery, self.reason, self.time_ms)


class Retired(Event[Item], frozen=True, kw_only=True, tag="assembly.retired/1"):
    """An item ended, and all that was in it."""

    subject_field = "battery"
    battery: BatteryId
    by: PartyId
    reason: str
    time_ms: int

    def evolve(self, record: Item | None) -> Item:
        """The record stays, so that nobody makes the same serial again."""
        return replace(present(record), retired_ms=self.time_ms)


def end(
    book: Book, context: Context, battery: BatteryId, reason: str, time_ms: int
) -> Iterator[Call | Retired]:
    """Yield what ends an item in the sender's hands; it stays in those of the contract for ever.

    Raises:
        Refused: ``assembly.unknown_item``, ``.retired``, ``.already_installed``, ``.not_owner``,
            ``.time_order``, ``.future``, ``custody.not_holder``.
    """
    item = item_in_hand(book, battery, context.sender)
    owner = book.get(Custody, battery).owner
    if not acts_for(book, context.sender, owner, SCOPE, context.time_ms):
        raise Refused(
            "assembly.not_owner",
            f"{context.sender} holds {battery}; {owner} owns it and gave no mandate to end it",
            remedy="take over its ownership, or a mandate for assembly",
        )
    check_time(battery, item.since_ms, time_ms, context)
    yield Call(Offer(battery=battery, receiver=context.contract), sender=context.sender)
    yield Call(Accept(battery=battery), sender=context.contract)
    yield Retired(battery=battery, by=context.sender, reason=reason, time_ms=time_ms)
