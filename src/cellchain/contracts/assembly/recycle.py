"""Recycle items: batteries end, and what was in them becomes lots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.contracts.assembly.items import added, check_list
from cellchain.contracts.assembly.record import PARTS_MAX, Item
from cellchain.contracts.assembly.retire import end
from cellchain.contracts.material import Output, Recover, RunId
from cellchain.contracts.membership import require_role
from cellchain.core.errors import Refused
from cellchain.core.names import BatteryId
from cellchain.ledger.contract import Call, Message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.contracts.assembly.retire import Retired
    from cellchain.contracts.material import WasteOrigin
    from cellchain.ledger.contract import Book, Context


class Recycle(Message, frozen=True, kw_only=True, tag="assembly.recycle/1"):
    """The sender, a recycler, asks to end items of its own and to open lots of what is left."""

    items: tuple[BatteryId, ...]
    run: RunId
    process: str
    site: str
    time_ms: int
    outputs: tuple[Output, ...]
    added_mg: int = 0
    added: str = ""
    loss_mg: int = 0
    uncertainty_ppm: int = 0

    def decide(self, book: Book, context: Context) -> Iterator[Call | Retired]:
        """A recycler; living items it holds and owns, all used or all unused; all conserved."""
        require_role(book, context.sender, "recycler")
        check_list(self.items, PARTS_MAX)
        for battery in self.items:
            yield from end(book, context, battery, f"recycled in run {self.run}", self.time_ms)
        yield Call(self._recovery(book, context), sender=context.contract)

    def _recovery(self, book: Book, context: Context) -> Recover:
        ended = [book.get(Item, battery) for battery in self.items]
        elements_mg: dict[str, int] = {}
        for item in ended:
            elements_mg = added(elements_mg, item.elements_mg)
        return Recover(
            run=self.run,
            operator=context.sender,
            batteries=self.items,
            mass_mg=sum(item.mass_mg for item in ended),
            elements_mg=elements_mg,
            gained_ppm=max(item.gained_ppm for item in ended),
            waste_origin=_common_origin(self.items, ended),
            process=self.process,
            site=self.site,
            time_ms=self.time_ms,
            outputs=self.outputs,
            added_mg=self.added_mg,
            added=self.added,
            loss_mg=self.loss_mg,
            uncertainty_ppm=self.uncertainty_ppm,
        )


def _common_origin(batteries: tuple[BatteryId, ...], items: list[Item]) -> WasteOrigin:
    """Post-consumer where the items saw use, manufacturing waste where none did."""
    used = items[0].in_service_ms is not None
    for battery, item in zip(batteries, items, strict=True):
        if (item.in_service_ms is not None) != used:
            raise Refused(
                "assembly.mixed_origin",
                f"of {batteries[0]} and {battery} one was in use, the other never",
                remedy="recycle them in runs of their own",
            )
    return "post-consumer" if used else "manufacturing"
