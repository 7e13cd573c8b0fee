"""Commission an item: its first use begins, and with it that of all its parts.

What is recycled before it was ever used is manufacturing waste; after, it is post-consumer waste.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from cellchain.contracts.assembly.items import check_alone, check_time
from cellchain.contracts.assembly.record import Item
from cellchain.contracts.custody import Custody, require_rights
from cellchain.core.errors import Refused
from cellchain.core.names import BatteryId, PartyId
from cellchain.ledger.contract import Event, Message, present

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.ledger.contract import Book, Context


class Commission(Message, frozen=True, kw_only=True, tag="assembly.commission/1"):
    """The sender, who answers for the item, asks to put it into service."""

    battery: BatteryId
    time_ms: int

    def decide(self, book: Book, context: Context) -> Iterator[Commissioned]:
        """The responsible operator; a living item that stands alone; once."""
        item = book.get(Item, self.battery)
        check_alone(self.battery, item)
        custody = book.get(Custody, self.battery)
        require_rights(custody, self.battery, context.sender, ("responsible",))
        if item.in_service_ms is not None:
            raise Refused(
                "assembly.in_service", f"{self.battery} is in service since {item.in_service_ms} ms"
            )
        check_time(self.battery, item.since_ms, self.time_ms, context)
        yield Commissioned(battery=self.battery, by=context.sender, time_ms=self.time_ms)


class Commissioned(Event[Item], frozen=True, kw_only=True, tag="assembly.commissioned/1"):
    """An item came into use."""

    subject_field = "battery"
    battery: BatteryId
    by: PartyId
    time_ms: int

    def evolve(self, record: Item | None) -> Item:
        """Its parts learn of it when they leave it."""
        return replace(present(record), in_service_ms=self.time_ms)
