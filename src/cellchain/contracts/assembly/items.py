"""Questions about items that several messages ask: alive, alone, in whose hands, since when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.contracts.assembly.record import RANK, Item
from cellchain.contracts.custody import HOLDER, Custody, require_rights
from cellchain.contracts.material import FUTURE_TOLERANCE_MS, MASS_MAX_MG
from cellchain.core.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cellchain.core.names import BatteryId, PartyId
    from cellchain.ledger.contract import Book, Context


def item_in_hand(book: Book, battery: BatteryId, sender: PartyId) -> Item:
    """Return a living item that stands alone and that ``sender`` holds.

    Raises:
        Refused: ``assembly.unknown_item``, ``.retired``, ``.already_installed``,
            ``custody.not_holder``.
    """
    item = book.get(Item, battery)
    check_alone(battery, item)
    require_rights(book.get(Custody, battery), battery, sender, HOLDER)
    return item


def check_alone(battery: BatteryId, item: Item) -> None:
    """Refuse an item that has ended, or that is a part."""
    if item.retired_ms is not None:
        raise Refused("assembly.retired", f"{battery} ended at {item.retired_ms} ms")
    if item.whole is not None:
        raise Refused("assembly.already_installed", f"{battery} is installed in {item.whole}")


def check_part(whole: BatteryId, whole_item: Item, part: BatteryId, part_item: Item) -> None:
    """Refuse a part that is of no lower rank than its whole: a pack holds no vehicle."""
    if RANK[part_item.sort] >= RANK[whole_item.sort]:
        raise Refused(
            "assembly.rank",
            f"{part} is a {part_item.sort}, which does not go into the {whole_item.sort} {whole}",
        )


def check_time(battery: BatteryId, since_ms: int, time_ms: int, context: Context) -> None:
    """Refuse what would happen to an item before its last change, or after this block."""
    if time_ms > context.time_ms + FUTURE_TOLERANCE_MS:
        raise Refused("assembly.future", f"at {time_ms} ms; the block is of {context.time_ms}")
    if time_ms < since_ms:
        raise Refused(
            "assembly.time_order", f"{battery} last changed at {since_ms} ms, after {time_ms}"
        )


def check_list(batteries: Sequence[BatteryId], largest: int) -> None:
    """Refuse a list that is empty, too long, or names one battery twice."""
    if not 0 < len(batteries) <= largest or len(dict.fromkeys(batteries)) != len(batteries):
        raise Refused(
            "assembly.list", f"{len(batteries)} batteries; 1 to {largest} are allowed, each once"
        )


def check_weight(mass_mg: int, elements_mg: Mapping[str, int]) -> None:
    """Refuse an item heavier than a lot may be, so that its masses stay exact in every reader."""
    heaviest_mg = max(mass_mg, *elements_mg.values(), 0)
    if heaviest_mg > MASS_MAX_MG:
        raise Refused("assembly.too_heavy", f"{heaviest_mg} mg; {MASS_MAX_MG} is the most")


def outermost(book: Book, battery: BatteryId) -> BatteryId:
    """Return the whole that ``battery`` goes along with: itself where it stands alone."""
    item = book.find(Item, battery)
    while item is not None and item.whole is not None:
        battery = item.whole
        item = book.find(Item, battery)
    return battery


def added(left: Mapping[str, int], right: Mapping[str, int], sign: int = 1) -> dict[str, int]:
    """Return ``left + sign · right`` by element; elements that come to zero are left out."""
    total = dict(left)
    for element, mass_mg in right.items():
        total[element] = total.get(element, 0) + sign * mass_mg
    return {element: mass_mg for element, mass_mg in total.items() if mass_mg}
