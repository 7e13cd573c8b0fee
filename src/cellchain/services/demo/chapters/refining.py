"""Refining: concentrates become battery-grade salts and graphite."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.contracts.material import Lot, Output, Run, RunId, Transform
from cellchain.core.names import LotId
from cellchain.core.quantities import share_up
from cellchain.services.demo.cast import CELL_MAKER, REFINER
from cellchain.services.demo.chapters.mining import concentrate_lot
from cellchain.services.demo.play import Chapter, tonnes
from cellchain.services.demo.recipe import ROUTES
from cellchain.services.demo.sites import REFINERY
from cellchain.services.demo.supply import campaigns, concentrate_mg, product_mg

if TYPE_CHECKING:
    from cellchain.services.demo.play import Play
    from cellchain.services.demo.recipe import Route
    from cellchain.services.demo.supply import CathodeLot


def refining(play: Play) -> Chapter:
    """Refine every concentrate and sell what came of it; selling it twice is refused."""
    stage, plan = play.consortium, campaigns(play.fleet)
    stage.wait(25)
    stage.ask(REFINER, *(_refined(route, plan, stage.time_ms) for route in ROUTES))
    stage.seal()
    play.hand_lots(REFINER, CELL_MAKER, [product_lot(route) for route in ROUTES])
    stage.seal()
    again = _refined(ROUTES[0], plan, stage.time_ms, batch=2)
    refusal = stage.refused(REFINER, again)
    products = {route.code: stage.get(Lot, product_lot(route)) for route in ROUTES}
    runs = [stage.get(Run, _run(route, 1)) for route in ROUTES]
    return Chapter(
        title="Salts for batteries",
        party="Borealis Refiner",
        text="Reagents go in, residue comes out, and no element may grow on the way. The refiner "
        "then tries to make a second batch from concentrate that is used up.",
        figures=(
            ("nickel sulphate", tonnes(products["NI"].mass_mg)),
            ("cobalt sulphate", tonnes(products["CO"].mass_mg)),
            ("lithium hydroxide", tonnes(products["LI"].mass_mg)),
            ("graphite", tonnes(products["GR"].mass_mg)),
            ("reagents", tonnes(sum(run.added_mg for run in runs))),
            ("residue", tonnes(sum(run.loss_mg for run in runs))),
        ),
        refusals=(("a second batch from a used-up lot", refusal.code, refusal.text),),
    )


def product_lot(route: Route) -> LotId:
    """Return the name of the refined lot."""
    return LotId(f"{route.code}-REFINED-1")


def _run(route: Route, batch: int) -> RunId:
    return RunId(f"REFINE-{route.code}-{batch}")


def _refined(route: Route, plan: list[CathodeLot], time_ms: int, *, batch: int = 1) -> Transform:
    concentrate, product = concentrate_mg(route, plan), product_mg(route, plan)
    reagents = share_up(product, route.reagent_ppm)
    output = Output(
        lot=LotId(f"{route.code}-REFINED-{batch}"),
        material=route.product,
        mass_mg=product,
        assay_ppm={route.element: route.product_ppm},
    )
    return Transform(
        run=_run(route, batch),
        process="refining",
        site=REFINERY,
        time_ms=time_ms,
        inputs=((concentrate_lot(route), concentrate),),
        outputs=(output,),
        added_mg=reagents,
        added=route.reagent,
        loss_mg=concentrate + reagents - product,
    )
