"""Mining: ore leaves the ground under a licence and becomes concentrate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.contracts.document import Grant
from cellchain.contracts.material import Create, Lot, Output, RunId, Transform
from cellchain.core.names import DocumentId, LotId
from cellchain.services.demo import papers
from cellchain.services.demo.cast import CAR_MAKER, MINE, REFINER
from cellchain.services.demo.chapters.founding import mining_licence
from cellchain.services.demo.play import Chapter, tonnes
from cellchain.services.demo.recipe import ROUTES
from cellchain.services.demo.supply import campaigns, concentrate_mg, ore_mg

if TYPE_CHECKING:
    from cellchain.services.demo.play import Play
    from cellchain.services.demo.recipe import Route
    from cellchain.services.demo.supply import CathodeLot

DUE_DILIGENCE = DocumentId("MINE-DUE-DILIGENCE")


def mining(play: Play) -> Chapter:
    """Open a lot of each ore, mill it, and sell the concentrate."""
    stage, plan = play.consortium, campaigns(play.fleet)
    stage.wait(20)
    report = play.disclosures.document(
        MINE, DUE_DILIGENCE, papers.DUE_DILIGENCE, "authority", CAR_MAKER
    )
    stage.ask(MINE, report)
    stage.ask(MINE, Grant(document=DUE_DILIGENCE, reader=CAR_MAKER, purpose="responsible sourcing"))
    stage.ask(MINE, *(_mined(route, plan, stage.time_ms) for route in ROUTES))
    stage.seal()
    stage.wait(20)
    stage.ask(MINE, *(_milled(route, plan, stage.time_ms) for route in ROUTES))
    stage.seal()
    play.hand_lots(MINE, REFINER, [concentrate_lot(route) for route in ROUTES])
    stage.seal()
    ores = [stage.get(Lot, ore_lot(route)) for route in ROUTES]
    milled = [stage.get(Lot, concentrate_lot(route)) for route in ROUTES]
    dug, kept = sum(lot.mass_mg for lot in ores), sum(lot.mass_mg for lot in milled)
    return Chapter(
        title="Five ores leave the ground",
        party="Acme Mine",
        text="Each lot of ore names the licence it was dug under; a report on its origin is open "
        "to the authority, and to the car maker by leave of the mine. Milling splits the ore into "
        "concentrate, which is sold, and tailings, which stay: mass in is mass out plus loss.",
        figures=(
            ("ore", tonnes(dug)),
            ("concentrate", tonnes(kept)),
            ("tailings", tonnes(dug - kept)),
            (
                "nickel ore",
                f"{tonnes(ores[0].mass_mg)} at {ores[0].assay_ppm['Ni'] / 1e4:.1f} % Ni",
            ),
        ),
    )


def ore_lot(route: Route) -> LotId:
    """Return the name of the lot of ore."""
    return LotId(f"{route.code}-ORE-1")


def concentrate_lot(route: Route) -> LotId:
    """Return the name of the lot of concentrate."""
    return LotId(f"{route.code}-CONCENTRATE-1")


def _mined(route: Route, plan: list[CathodeLot], time_ms: int) -> Create:
    return Create(
        lot=ore_lot(route),
        material=route.ore,
        mass_mg=ore_mg(route, plan),
        assay_ppm={route.element: route.ore_ppm},
        site=route.pit,
        time_ms=time_ms,
        licence=mining_licence(route.code),
    )


def _milled(route: Route, plan: list[CathodeLot], time_ms: int) -> Transform:
    ore, concentrate = ore_mg(route, plan), concentrate_mg(route, plan)
    output = Output(
        lot=concentrate_lot(route),
        material=route.concentrate,
        mass_mg=concentrate,
        assay_ppm={route.element: route.concentrate_ppm},
    )
    return Transform(
        run=RunId(f"MILL-{route.code}-1"),
        process="milling and flotation",
        site=route.pit,
        time_ms=time_ms,
        inputs=((ore_lot(route), ore),),
        outputs=(output,),
        loss_mg=ore - concentrate,
    )
