"""How much of everything it takes, computed backwards from the cells to the ore."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cellchain.core.names import LotId
from cellchain.core.quantities import PPM, share_up
from cellchain.services.demo.play import portions
from cellchain.services.demo.recipe import (
    CATHODE_ASSAY,
    CATHODE_PER_CELL_MG,
    CELLS_PER_MODULE,
    CELLS_PER_PACK,
    GRAPHITE_PER_CELL_MG,
    LITHIUM_EXCESS_PPM,
    PRECURSOR_ASSAY,
    PRECURSOR_PER_CATHODE_PPM,
    SALT_EXCESS_PPM,
    SCRAP_PPM,
    Route,
    feed_mg,
)

if TYPE_CHECKING:
    from cellchain.services.demo.fleet import Battery, Fleet

PACKS_PER_CELL_LOT = 10
CELL_LOTS_PER_CATHODE = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class CellLot:
    """A lot of cells, and the batteries that it goes into."""

    lot: LotId
    cells: int
    batteries: tuple[Battery, ...]
    """None: for spare modules."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CathodeLot:
    """A campaign of the cathode plant, and the lots of cells made of it."""

    number: int
    cell_lots: tuple[CellLot, ...]

    @property
    def lot(self) -> LotId:
        """Its name."""
        return LotId(f"CATHODE-{self.number}")

    @property
    def precursor(self) -> LotId:
        """The name of the precursor that it is made of."""
        return LotId(f"PRECURSOR-{self.number}")

    @property
    def mass_mg(self) -> int:
        """Cathode material."""
        return sum(into_line_mg(CATHODE_PER_CELL_MG * lot.cells) for lot in self.cell_lots)

    @property
    def precursor_mg(self) -> int:
        """Precursor that goes in."""
        return share_up(self.mass_mg, PRECURSOR_PER_CATHODE_PPM)

    def salt_mg(self, route: Route) -> int:
        """Mass of the salt of a metal that goes in: lithium into the kiln, others before it."""
        if route.element == "Li":
            need = feed_mg(self.mass_mg, CATHODE_ASSAY["Li"], route.product_ppm)
            return share_up(need, LITHIUM_EXCESS_PPM)
        need = feed_mg(self.precursor_mg, PRECURSOR_ASSAY[route.element], route.product_ppm)
        return share_up(need, SALT_EXCESS_PPM)


def campaigns(fleet: Fleet) -> list[CathodeLot]:
    """Return the campaigns of the cathode plant that the whole fleet takes."""
    lots = cell_lots(fleet)
    parts = portions(lots, CELL_LOTS_PER_CATHODE)
    return [CathodeLot(number=n, cell_lots=tuple(part)) for n, part in enumerate(parts, 1)]


def cell_lots(fleet: Fleet) -> list[CellLot]:
    """Return the lots of cells: one per battery followed by serial, of ten others, of spares."""
    groups: list[tuple[Battery, ...]] = [(b,) for b in fleet.batteries if b.cells]
    rest = [b for b in fleet.batteries if not b.cells]
    groups += [tuple(group) for group in portions(rest, PACKS_PER_CELL_LOT)]
    lots = [
        CellLot(lot=LotId(f"CELLS-{n}"), cells=CELLS_PER_PACK * len(group), batteries=group)
        for n, group in enumerate(groups, 1)
    ]
    spares = CELLS_PER_MODULE * len(fleet.served)
    return [*lots, CellLot(lot=LotId("CELLS-SPARE"), cells=spares, batteries=())]


def product_mg(route: Route, plan: list[CathodeLot]) -> int:
    """Return how much of the product of ``route`` the cell maker buys."""
    if route.element == "C":
        cells = sum(lot.cells for cathode in plan for lot in cathode.cell_lots)
        return into_line_mg(GRAPHITE_PER_CELL_MG * cells)
    return sum(cathode.salt_mg(route) for cathode in plan)


def concentrate_mg(route: Route, plan: list[CathodeLot]) -> int:
    """Return how much concentrate the refiner buys."""
    product = product_mg(route, plan)
    return feed_mg(product, route.product_ppm, route.concentrate_ppm, route.refined_ppm)


def ore_mg(route: Route, plan: list[CathodeLot]) -> int:
    """Return how much ore is mined."""
    concentrate = concentrate_mg(route, plan)
    return feed_mg(concentrate, route.concentrate_ppm, route.ore_ppm, route.milled_ppm)


def into_line_mg(mass_mg: int) -> int:
    """Return what goes into a cell line so that ``mass_mg`` come out in good cells."""
    assert mass_mg * SCRAP_PPM % PPM == 0, "whole grams keep the scrap exact"
    return mass_mg * SCRAP_PPM // PPM
