"""Make items: alike cells, modules, packs or vehicles are born out of lots, many in one message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from cellchain.contracts.assembly.items import check_list, check_time, check_weight
from cellchain.contracts.assembly.record import BUILDERS, PARTS_MAX, Item, Sort
from cellchain.contracts.custody import Register
from cellchain.contracts.material import Consume, Lot, Portion, elements_of
from cellchain.contracts.membership import require_role
from cellchain.core.errors import Refused
from cellchain.core.names import BatteryId, PartyId
from cellchain.core.quantities import PPM
from cellchain.ledger.contract import Call, Event, Message, absent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cellchain.ledger.contract import Book, Context

LOTS_MAX = 32
"""Lots in one item."""


class Make(Message, frozen=True, kw_only=True, tag="assembly.make/1"):
    """The sender asks to open the records of items it made alike."""

    sort: Sort
    items: tuple[BatteryId, ...]
    """Their names, 1 to 256."""
    lots: tuple[Portion, ...]
    """The lots that went into *each*, and the mass of each, losses included, milligrams."""
    loss_mg: int = 0
    """Mass lost in making *each*: trimmings, solvent."""
    time_ms: int
    codes: tuple[str, ...] = ()
    """Their GB/T 34014 codes, one per item, or none at all."""

    def decide(self, book: Book, context: Context) -> Iterator[Call | Made]:
        """A maker of such items; new names; lots it holds, with enough left; mass conserved."""
        require_role(book, context.sender, *BUILDERS[self.sort])
        check_list(self.items, PARTS_MAX)
        check_time(self.items[0], 0, self.time_ms, context)
        mass_mg = self._mass_each()
        used = [book.get(Lot, lot) for lot, _ in self.lots]
        elements_mg = self._elements_each(used)
        check_weight(mass_mg, elements_mg)
        gained_ppm = max(lot.gained_ppm for lot in used)
        yield from self._consume(context.sender)
        codes = self._code_each()
        for battery, code in zip(self.items, codes, strict=True):
            yield Call(Register(battery=battery, gb_t_34014=code), sender=context.sender)
            yield Made(
                battery=battery,
                sort=self.sort,
                maker=context.sender,
                made_ms=self.time_ms,
                lots=self.lots,
                mass_mg=mass_mg,
                elements_mg=elements_mg,
                gained_ppm=gained_ppm,
            )

    def _mass_each(self) -> int:
        used_mg = sum(mass_mg for _, mass_mg in self.lots)
        if not 0 < len(self.lots) <= LOTS_MAX or not 0 <= self.loss_mg < used_mg:
            raise Refused(
                "assembly.mass",
                f"{len(self.lots)} lots of {used_mg} mg less {self.loss_mg} mg lost; an item needs"
                f" 1 to {LOTS_MAX} lots and a mass",
            )
        return used_mg - self.loss_mg

    def _elements_each(self, used: Sequence[Lot]) -> Mapping[str, int]:
        taken = zip(self.lots, used, strict=True)
        portions = ((mass_mg, lot.assay_ppm) for (_, mass_mg), lot in taken)
        masses = {e: total // PPM for e, total in elements_of(portions).items()}
        return {element: mass_mg for element, mass_mg in masses.items() if mass_mg}

    def _consume(self, maker: PartyId) -> Iterator[Call]:
        use = f"{self.sort} {self.items[0]}"
        if len(self.items) > 1:
            use = f"{use} and {len(self.items) - 1} more"
        for lot, mass_mg in self.lots:
            total_mg = mass_mg * len(self.items)
            consume = Consume(lot=lot, mass_mg=total_mg, use=use, time_ms=self.time_ms)
            yield Call(consume, sender=maker)

    def _code_each(self) -> tuple[str, ...]:
        codes = self.codes or ("",) * len(self.items)
        if len(codes) != len(self.items):
            raise Refused("assembly.list", f"{len(codes)} codes for {len(self.items)} items")
        return codes


class Made(Event[Item], frozen=True, kw_only=True, tag="assembly.made/1"):
    """An item was born."""

    subject_field = "battery"
    battery: BatteryId
    sort: Sort
    maker: PartyId
    made_ms: int
    lots: tuple[Portion, ...]
    mass_mg: int
    elements_mg: Mapping[str, int]
    gained_ppm: int = 0

    def evolve(self, record: Item | None) -> Item:
        """It stands alone and has no parts yet."""
        absent(record)
        return Item(
            sort=self.sort,
            maker=self.maker,
            made_ms=self.made_ms,
            lots=self.lots,
            mass_mg=self.mass_mg,
            elements_mg=self.elements_mg,
            gained_ppm=self.gained_ppm,
            since_ms=self.made_ms,
        )
