"""Cells: precursor, cathode, cells; some of them with a serial number of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.contracts.assembly import Make
from cellchain.contracts.material import Create, Lot, Output, Portion, RunId, Transform
from cellchain.core.names import LotId
from cellchain.core.quantities import share_up
from cellchain.services.demo.cast import CELL_MAKER, PACK_MAKER
from cellchain.services.demo.chapters.refining import product_lot
from cellchain.services.demo.play import Chapter, tonnes
from cellchain.services.demo.recipe import (
    BASE_PER_PRECURSOR_PPM,
    CATHODE_ASSAY,
    CATHODE_PER_CELL_MG,
    CELL_MG,
    CELL_PARTS,
    GRAPHITE_PER_CELL_MG,
    PRECURSOR_ASSAY,
    ROUTES,
    Bought,
    cell_assay,
)
from cellchain.services.demo.sites import CELL_WORKS
from cellchain.services.demo.supply import CathodeLot, CellLot, campaigns, into_line_mg

if TYPE_CHECKING:
    from cellchain.services.demo.play import Play

_LITHIUM = next(route for route in ROUTES if route.element == "Li")
_GRAPHITE = next(route for route in ROUTES if route.element == "C")
_METALS = tuple(route for route in ROUTES if route.element in PRECURSOR_ASSAY)


def cells(play: Play) -> Chapter:
    """Make cathode material campaign by campaign, and cells of it lot by lot."""
    stage, plan = play.consortium, campaigns(play.fleet)
    lots = [lot for cathode in plan for lot in cathode.cell_lots]
    stage.wait(20)
    stage.ask(CELL_MAKER, *(_bought(part, lots, stage.time_ms) for part in CELL_PARTS))
    stage.ask(CELL_MAKER, *(_precursor(cathode, stage.time_ms) for cathode in plan))
    stage.seal()
    stage.wait(10)
    stage.ask(CELL_MAKER, *(_cathode(cathode, stage.time_ms) for cathode in plan))
    stage.seal()
    stage.wait(20)
    for cathode in plan:
        stage.ask(CELL_MAKER, *(_cells(cathode, lot, stage.time_ms) for lot in cathode.cell_lots))
    stage.seal()
    by_serial = _hand_on(play, lots)
    made = [stage.get(Lot, lot.lot) for lot in lots]
    cathodes = [stage.get(Lot, cathode.lot) for cathode in plan]
    total = sum(lot.mass_mg for lot in made)
    return Chapter(
        title="Cells of sixty ampere hours",
        party="Cellulon Cells",
        text="Nickel, cobalt and manganese become a precursor, with lithium a cathode, with "
        "graphite, foils and electrolyte a cell. Four parts in a hundred are scrap.",
        figures=(
            ("cathode material", tonnes(sum(lot.mass_mg for lot in cathodes))),
            ("cells", f"{total // CELL_MG:,} in {len(made)} lots, {tonnes(total)}"),
            ("with a serial number", f"{by_serial:,}"),
        ),
    )


def _hand_on(play: Play, lots: list[CellLot]) -> int:
    """Sell the cells to the pack maker: most by the lot, some one by one."""
    stage = play.consortium
    by_lot = [lot.lot for lot in lots if not (lot.batteries and lot.batteries[0].cells)]
    play.hand_lots(CELL_MAKER, PACK_MAKER, by_lot)
    count = 0
    for lot in lots:
        if lot.lot not in by_lot:
            names = lot.batteries[0].cells
            make = Make(sort="cell", items=names, lots=((lot.lot, CELL_MG),), time_ms=stage.time_ms)
            stage.ask(CELL_MAKER, make)
            play.hand_over(CELL_MAKER, PACK_MAKER, names)
            count += len(names)
    stage.seal()
    return count


def _bought(part: Bought, lots: list[CellLot], time_ms: int) -> Create:
    return Create(
        lot=LotId(f"{part.code}-1"),
        material=part.material,
        mass_mg=sum(into_line_mg(part.each_mg * lot.cells) for lot in lots),
        assay_ppm=part.assay_ppm,
        site=CELL_WORKS,
        time_ms=time_ms,
    )


def _precursor(cathode: CathodeLot, time_ms: int) -> Transform:
    mass = cathode.precursor_mg
    base = share_up(mass, BASE_PER_PRECURSOR_PPM)
    inputs: tuple[Portion, ...] = tuple((product_lot(r), cathode.salt_mg(r)) for r in _METALS)
    output = Output(
        lot=cathode.precursor,
        material="precursor Ni0.6Co0.2Mn0.2(OH)2",
        mass_mg=mass,
        assay_ppm=PRECURSOR_ASSAY,
    )
    return Transform(
        run=RunId(f"PRECIPITATE-{cathode.number}"),
        process="co-precipitation",
        site=CELL_WORKS,
        time_ms=time_ms,
        inputs=inputs,
        outputs=(output,),
        added_mg=base,
        added="sodium hydroxide and ammonia",
        loss_mg=sum(taken for _, taken in inputs) + base - mass,
    )


def _cathode(cathode: CathodeLot, time_ms: int) -> Transform:
    precursor, lithium = cathode.precursor_mg, cathode.salt_mg(_LITHIUM)
    output = Output(
        lot=cathode.lot,
        material="cathode LiNi0.6Mn0.2Co0.2O2",
        mass_mg=cathode.mass_mg,
        assay_ppm=CATHODE_ASSAY,
    )
    return Transform(
        run=RunId(f"CALCINE-{cathode.number}"),
        process="calcination",
        site=CELL_WORKS,
        time_ms=time_ms,
        inputs=((cathode.precursor, precursor), (product_lot(_LITHIUM), lithium)),
        outputs=(output,),
        loss_mg=precursor + lithium - cathode.mass_mg,
    )


def _cells(cathode: CathodeLot, lot: CellLot, time_ms: int) -> Transform:
    each = [
        (cathode.lot, CATHODE_PER_CELL_MG),
        (product_lot(_GRAPHITE), GRAPHITE_PER_CELL_MG),
        *((LotId(f"{part.code}-1"), part.each_mg) for part in CELL_PARTS),
    ]
    inputs = tuple((name, into_line_mg(mass_mg * lot.cells)) for name, mass_mg in each)
    mass = CELL_MG * lot.cells
    output = Output(
        lot=lot.lot, material="NMC622 pouch cell 60 Ah", mass_mg=mass, assay_ppm=cell_assay()
    )
    return Transform(
        run=RunId(f"MAKE-{lot.lot}"),
        process="cell making",
        site=CELL_WORKS,
        time_ms=time_ms,
        inputs=inputs,
        outputs=(output,),
        loss_mg=sum(taken for _, taken in inputs) - mass,
    )
