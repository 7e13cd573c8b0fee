"""Disassemble: parts leave a whole and belong to whom the whole belongs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec.structs import replace

from cellchain.contracts.assembly.items import added, check_list, check_time, item_in_hand
from cellchain.contracts.assembly.record import PARTS_MAX, Item
from cellchain.contracts.custody import Release
from cellchain.core.errors import Refused
from cellchain.core.names import BatteryId
from cellchain.ledger.contract import Call, Event, Message, present

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.ledger.contract import Book, Context


class Disassemble(Message, frozen=True, kw_only=True, tag="assembly.disassemble/1"):
    """The sender asks to take ``parts`` out of ``whole``."""

    whole: BatteryId
    parts: tuple[BatteryId, ...]
    time_ms: int

    def decide(self, book: Book, context: Context) -> Iterator[Call | Removed | Disassembled]:
        """A whole in one's hands; to open a module inside a pack, take the module out first."""
        yield from remove(book, context, self.whole, self.parts, self.time_ms)


class Removed(Event[Item], frozen=True, kw_only=True, tag="assembly.removed/1"):
    """A part stands alone again."""

    subject_field = "battery"
    battery: BatteryId
    whole: BatteryId
    time_ms: int
    in_service_ms: int | None = None
    """When its first use began, if it was used."""

    def evolve(self, record: Item | None) -> Item:
        """It is in nothing, and keeps the use that it saw inside."""
        return replace(
            present(record), whole=None, since_ms=self.time_ms, in_service_ms=self.in_service_ms
        )


class Disassembled(Event[Item], frozen=True, kw_only=True, tag="assembly.disassembled/1"):
    """A whole lost parts."""

    subject_field = "whole"
    whole: BatteryId
    parts: tuple[BatteryId, ...]
    mass_mg: int
    """Mass of the parts."""
    elements_mg: Mapping[str, int]
    """Elements in the parts."""
    time_ms: int

    def evolve(self, record: Item | None) -> Item:
        """It weighs less by its parts."""
        item = present(record)
        return replace(
            item,
            parts=tuple(part for part in item.parts if part not in self.parts),
            mass_mg=item.mass_mg - self.mass_mg,
            elements_mg=added(item.elements_mg, self.elements_mg, sign=-1),
            since_ms=max(item.since_ms, self.time_ms),
        )


def remove(
    book: Book, context: Context, whole: BatteryId, parts: tuple[BatteryId, ...], time_ms: int
) -> Iterator[Call | Removed | Disassembled]:
    """Yield what it takes to take ``parts`` out of ``whole``.

    Raises:
        Refused: ``assembly.list``, ``.unknown_item``, ``.retired``, ``.already_installed``,
            ``.not_installed``, ``.time_order``, ``.future``, ``custody.not_holder``.
    """
    item = item_in_hand(book, whole, context.sender)
    check_list(parts, PARTS_MAX)
    mass_mg, elements_mg = 0, dict[str, int]()
    for battery in parts:
        part = book.get(Item, battery)
        if part.whole != whole:
            raise Refused(
                "assembly.not_installed",
                f"{battery} is in {part.whole or 'nothing'}, not in {whole}",
            )
        check_time(battery, part.since_ms, time_ms, context)
        mass_mg += part.mass_mg
        elements_mg = added(elements_mg, part.elements_mg)
        yield Call(Release(battery=battery, whole=whole), sender=context.contract)
        yield Removed(
            battery=battery,
            whole=whole,
            time_ms=time_ms,
            in_service_ms=_first_use_ms(item, part, time_ms),
        )
    yield Disassembled(
        whole=whole, parts=parts, mass_mg=mass_mg, elements_mg=elements_mg, time_ms=time_ms
    )


def _first_use_ms(whole: Item, part: Item, time_ms: int) -> int | None:
    """When ``part`` came into use: by itself, or inside ``whole`` before it left at ``time_ms``."""
    if part.in_service_ms is not None or whole.in_service_ms is None:
        return part.in_service_ms
    began_ms = max(part.since_ms, whole.in_service_ms)
    return began_ms if began_ms <= time_ms else None
