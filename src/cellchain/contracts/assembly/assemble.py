"""Assemble: parts go into a whole and follow it into every hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec.structs import replace

from cellchain.contracts.assembly.items import (
    added,
    check_alone,
    check_list,
    check_part,
    check_time,
    check_weight,
    item_in_hand,
)
from cellchain.contracts.assembly.record import PARTS_MAX, Item
from cellchain.contracts.custody import EVERYTHING, Accept, Offer
from cellchain.core.errors import Refused
from cellchain.core.names import BatteryId
from cellchain.ledger.contract import Call, Event, Message, present

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.ledger.contract import Book, Context


class Assemble(Message, frozen=True, kw_only=True, tag="assembly.assemble/1"):
    """The sender asks to install ``parts`` in ``whole``."""

    whole: BatteryId
    parts: tuple[BatteryId, ...]
    time_ms: int

    def decide(self, book: Book, context: Context) -> Iterator[Call | Installed | Assembled]:
        """A whole in one's hands; parts that are wholly one's own, alive, and in nothing else."""
        yield from install(book, context, self.whole, self.parts, self.time_ms)


class Installed(Event[Item], frozen=True, kw_only=True, tag="assembly.installed/1"):
    """An item became a part."""

    subject_field = "battery"
    battery: BatteryId
    whole: BatteryId
    time_ms: int

    def evolve(self, record: Item | None) -> Item:
        """It is in one whole."""
        return replace(present(record), whole=self.whole, since_ms=self.time_ms)


class Assembled(Event[Item], frozen=True, kw_only=True, tag="assembly.assembled/1"):
    """A whole gained parts."""

    subject_field = "whole"
    whole: BatteryId
    parts: tuple[BatteryId, ...]
    mass_mg: int
    """Mass of the parts."""
    elements_mg: Mapping[str, int]
    """Elements in the parts."""
    gained_ppm: int = 0
    """The most that one of the parts has gained."""
    time_ms: int

    def evolve(self, record: Item | None) -> Item:
        """It weighs more by its parts."""
        item = present(record)
        return replace(
            item,
            parts=item.parts + self.parts,
            mass_mg=item.mass_mg + self.mass_mg,
            elements_mg=added(item.elements_mg, self.elements_mg),
            gained_ppm=max(item.gained_ppm, self.gained_ppm),
            since_ms=max(item.since_ms, self.time_ms),
        )


def install(
    book: Book, context: Context, whole: BatteryId, parts: tuple[BatteryId, ...], time_ms: int
) -> Iterator[Call | Installed | Assembled]:
    """Yield what it takes to put ``parts`` into ``whole``.

    The contract takes each part into its own hands, with every right, so that nobody can hand
    over, sell or answer for it alone.

    Raises:
        Refused: ``assembly.list``, ``.unknown_item``, ``.retired``, ``.already_installed``,
            ``.rank``, ``.time_order``, ``.future``, ``.full``, ``.too_heavy``;
            ``custody.not_holder`` and so on.
    """
    item = item_in_hand(book, whole, context.sender)
    check_list(parts, PARTS_MAX)
    check_time(whole, item.made_ms, time_ms, context)
    if len(item.parts) + len(parts) > PARTS_MAX:
        raise Refused(
            "assembly.full", f"{whole} has {len(item.parts)} parts; {PARTS_MAX} is the most"
        )
    mass_mg, elements_mg, gained_ppm = 0, dict[str, int](), 0
    for battery in parts:
        part = book.get(Item, battery)
        check_alone(battery, part)
        check_part(whole, item, battery, part)
        check_time(battery, part.since_ms, time_ms, context)
        mass_mg += part.mass_mg
        elements_mg = added(elements_mg, part.elements_mg)
        gained_ppm = max(gained_ppm, part.gained_ppm)
        offer = Offer(battery=battery, receiver=context.contract, changes=EVERYTHING)
        yield Call(offer, sender=context.sender)
        yield Call(Accept(battery=battery, changes=EVERYTHING), sender=context.contract)
        yield Installed(battery=battery, whole=whole, time_ms=time_ms)
    check_weight(item.mass_mg + mass_mg, added(item.elements_mg, elements_mg))
    yield Assembled(
        whole=whole,
        parts=parts,
        mass_mg=mass_mg,
        elements_mg=elements_mg,
        gained_ppm=gained_ppm,
        time_ms=time_ms,
    )
