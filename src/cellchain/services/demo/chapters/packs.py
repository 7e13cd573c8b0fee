"""Packs: cells go into modules, modules into packs, and the packs travel to the car maker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.contracts.assembly import Assemble, Item, Make
from cellchain.contracts.material import Create
from cellchain.core.names import BatteryId, LotId
from cellchain.services.demo.cast import PACK_MAKER, WORKSHOP
from cellchain.services.demo.fleet import item_id
from cellchain.services.demo.play import MAKE_MAX, Chapter, portions, tonnes
from cellchain.services.demo.recipe import (
    CELL_MG,
    CELLS_PER_MODULE,
    HOUSING,
    MODULES_PER_PACK,
    PACK_ENERGY_WH,
    PACK_PARTS,
)
from cellchain.services.demo.sites import PACK_WORKS
from cellchain.services.demo.supply import CellLot, cell_lots

if TYPE_CHECKING:
    from cellchain.services.demo.fleet import Battery
    from cellchain.services.demo.play import Play
    from cellchain.services.demo.recipe import Bought

_MODULE_CELLS_MG = CELLS_PER_MODULE * CELL_MG


def packs(play: Play) -> Chapter:
    """Build every module and pack, and the spare modules that the workshop buys."""
    stage, fleet = play.consortium, play.fleet
    stage.wait(15)
    housings = len(fleet.batteries) * MODULES_PER_PACK + len(fleet.served)
    stage.ask(
        PACK_MAKER,
        _bought(HOUSING, housings, stage.time_ms),
        *(_bought(part, len(fleet.batteries), stage.time_ms) for part in PACK_PARTS),
    )
    for lot in cell_lots(fleet):
        _make_modules(play, lot)
    stage.seal()
    _make_packs(play)
    spares = spare_modules(play)
    play.hand_over(PACK_MAKER, WORKSHOP, spares)
    stage.seal()
    pack = stage.get(Item, fleet.batteries[0].pack)
    return Chapter(
        title="Modules and packs",
        party="Dynamo Packs",
        text="Twelve cells make a module, eight modules a pack. A part is in one whole at a time, "
        "and from now on follows it into every hand.",
        figures=(
            ("modules", f"{housings:,}, of them {len(spares)} spare"),
            ("packs", f"{len(fleet.batteries):,} of {PACK_ENERGY_WH / 1000:.1f} kWh"),
            ("a pack", f"{tonnes(pack.mass_mg)}, of it {tonnes(pack.elements_mg['Ni'])} of nickel"),
        ),
    )


def spare_modules(play: Play) -> list[BatteryId]:
    """Return the spare modules, one per battery that will need it."""
    return [item_id(play.dice, "module", f"S{b.number:05}") for b in play.fleet.served]


def _make_modules(play: Play, lot: CellLot) -> None:
    """Make the modules of a lot of cells: the cells are in its mass, or put in by their names."""
    stage = play.consortium
    housing = (LotId(f"{HOUSING.code}-1"), HOUSING.each_mg)
    by_serial = bool(lot.batteries and lot.batteries[0].cells)
    names = [module for battery in lot.batteries for module in battery.modules]
    stage.ask(
        PACK_MAKER,
        Make(
            sort="module",
            items=tuple(names or spare_modules(play)),
            lots=(housing,) if by_serial else ((lot.lot, _MODULE_CELLS_MG), housing),
            time_ms=stage.time_ms,
        ),
    )
    if by_serial:
        battery = lot.batteries[0]
        stage.ask(PACK_MAKER, *_filled(battery, stage.time_ms))


def _filled(battery: Battery, time_ms: int) -> list[Assemble]:
    return [
        Assemble(
            whole=module,
            parts=battery.cells[n * CELLS_PER_MODULE : (n + 1) * CELLS_PER_MODULE],
            time_ms=time_ms,
        )
        for n, module in enumerate(battery.modules)
    ]


def _make_packs(play: Play) -> None:
    stage, batteries = play.consortium, play.fleet.batteries
    parts = tuple((LotId(f"{part.code}-1"), part.each_mg) for part in PACK_PARTS)
    for some in portions(batteries, MAKE_MAX):
        names = tuple(battery.pack for battery in some)
        stage.ask(PACK_MAKER, Make(sort="pack", items=names, lots=parts, time_ms=stage.time_ms))
    stage.ask(
        PACK_MAKER,
        *(Assemble(whole=b.pack, parts=b.modules, time_ms=stage.time_ms) for b in batteries),
    )


def _bought(part: Bought, count: int, time_ms: int) -> Create:
    return Create(
        lot=LotId(f"{part.code}-1"),
        material=part.material,
        mass_mg=part.each_mg * count,
        assay_ppm=part.assay_ppm,
        site=PACK_WORKS,
        time_ms=time_ms,
    )
