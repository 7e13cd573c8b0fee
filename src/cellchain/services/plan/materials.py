"""``plan stock`` from tables: what comes back of the materials in batteries.

In: materials, ``chemistry, material, kg_per_kwh[, year]``, every pair; recovery, ``material, year,
collection_share, recovery_share[, chemistry]``; a row holds from its year until the next. Out:
``year, material, demand_kg, in_stock_kg, end_of_life_kg, collected_kg, second_life_kg,
recovered_kg, share_of_demand``, the stocks at the end of the year.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cellchain.core.errors import Refused
from cellchain.science.stock.cohorts import stock_and_outflow
from cellchain.science.stock.materials import returned, share_of
from cellchain.science.stock.projection import (
    COLLECTED,
    DEMAND,
    END_OF_LIFE,
    IN_STOCK,
    RECOVERED,
    SECOND_LIFE,
    SHARE,
)
from cellchain.services.analysis.spelling import check_spelling
from cellchain.services.analysis.table import shown
from cellchain.services.plan.holding import held
from cellchain.services.plan.rows import (
    UNIT,
    YEAR_MAX,
    amounts_of,
    check_once,
    check_unit,
    lacking,
    names_of,
    years_of,
)
from cellchain.services.plan.stock import CHEMISTRY, YEAR, by_year, check_size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cellchain.services.analysis.table import Floats, Table
    from cellchain.services.plan.stock import Inflow

MATERIAL, KG_PER_KWH = "material", "kg_per_kwh"
COLLECTION, RECOVERY = "collection_share", "recovery_share"
MATERIAL_TEXTS = (CHEMISTRY, MATERIAL, "unit")
RECOVERY_TEXTS = (MATERIAL, CHEMISTRY)
"""Text, whatever they hold."""
KG_PER_KWH_MAX = 100.0
"""More than any battery weighs: beyond, it is grams."""
SECOND_YEARS_MAX = 100


@dataclass(frozen=True, slots=True)
class SecondLife:
    """The share of what is collected that serves a second time, and for how long."""

    share: float = 0.0
    years: int = 0

    def __post_init__(self) -> None:
        """Check both.

        Raises:
            Refused: ``stock.second_life``.
        """
        long_enough = 1 <= self.years <= SECOND_YEARS_MAX
        if not 0 <= self.share <= 1 or (self.share > 0) != long_enough:
            raise Refused(
                "stock.second_life",
                f"a second life of {self.share:g} of what is collected, {self.years} years long",
                remedy=f"give a share from 0 to 1 and 1 to {SECOND_YEARS_MAX} years, or neither",
            )


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """What each row of a table is of; −1 where of nothing that is asked for."""

    material: NDArray[np.intp]
    place: NDArray[np.intp]
    year: NDArray[np.int64]


def material_flows(
    inflow: Inflow, survival: Floats, materials: Table, recovery: Table, second: SecondLife
) -> Table:
    """Return what of each material is needed, in use, leaves, and comes back.

    Raises:
        Refused: ``table.…``, ``stock.…``: what clashes.
    """
    names, kg_per_kwh = _contents(materials, inflow)
    figures: dict[str, list[Floats]] = {}
    shares = _shares(recovery, inflow, names)
    for place, name in enumerate(names):
        demand = inflow.kwh * kg_per_kwh[place]
        stock, gone = stock_and_outflow(demand, survival)
        collection, recovered = (grid[place] for grid in shares)
        _check_told(name, inflow, gone, collection)
        back = returned(
            gone, np.nan_to_num(collection), np.nan_to_num(recovered),
            np.array(second.share), second.years,
        )  # fmt: skip
        found = {DEMAND: demand, IN_STOCK: stock, END_OF_LIFE: gone, COLLECTED: back.collected,
                 SECOND_LIFE: back.second_life, RECOVERED: back.recovered}  # fmt: skip
        for figure, values in found.items():
            figures.setdefault(figure, []).append(values.sum(axis=1))
    whole = {figure: np.stack(columns, axis=1) for figure, columns in figures.items()}
    whole[SHARE] = share_of(whole[RECOVERED], whole[DEMAND])
    return by_year(inflow.years, MATERIAL, names, whole)


def _contents(table: Table, inflow: Inflow) -> tuple[tuple[str, ...], Floats]:
    """Return the materials, and kg/kWh of shape [materials, years, chemistries]."""
    check_spelling("materials", table, (CHEMISTRY, MATERIAL, KG_PER_KWH), (YEAR, UNIT))
    chemistry, chemistries = names_of(table, CHEMISTRY)
    material, names = names_of(table, MATERIAL)
    check_unit(table, "kg/kWh")
    kg = amounts_of(table, KG_PER_KWH, KG_PER_KWH_MAX)
    dated = YEAR in table.names
    years = years_of(table) if dated else np.full(len(kg), inflow.first_year)
    if unknown := lacking(inflow.chemistries, chemistries):
        raise Refused(
            "stock.no_material",
            f"nothing is said of what is in {unknown}",
            remedy="add a row for each of its materials, and 0 for those it does not hold",
        )
    pair = (years * len(names) + material) * len(chemistries) + chemistry
    check_once(pair, (CHEMISTRY, MATERIAL, *([YEAR] if dated else [])), table)
    rows = Rows(material, _places(chemistry, chemistries, inflow.chemistries), years)
    grid = _grid(rows, kg, (len(names), len(inflow.chemistries)), inflow)
    if np.isnan(grid).any():
        place, year, which = np.argwhere(np.isnan(grid))[0].tolist()
        told = f"{shown(names[place])} in {shown(inflow.chemistries[which])}"
        raise Refused(
            "stock.no_material",
            f"nothing is said of {told} in {inflow.first_year + year}",
            remedy="write 0 where it holds none; a row holds from its year on",
        )
    return names, grid


def _shares(table: Table, inflow: Inflow, names: Sequence[str]) -> tuple[Floats, Floats]:
    """Return shares collected and recovered, [materials, years, chemistries]; NaN if not told."""
    check_spelling("recovery", table, (MATERIAL, YEAR, COLLECTION, RECOVERY), (CHEMISTRY,))
    material, known = names_of(table, MATERIAL)
    if unknown := lacking(names, known):
        raise Refused(
            "stock.no_recovery",
            f"nothing is said of the recovery of {unknown}",
            remedy="add rows with collection_share and recovery_share",
        )
    years, chemistry = years_of(table), _special(table, inflow)
    width = len(inflow.chemistries) + 1
    key = ((chemistry + 1) * len(known) + material) * (YEAR_MAX + 1) + years
    told = [MATERIAL, YEAR, *([CHEMISTRY] if CHEMISTRY in table.names else [])]
    check_once(key, told, table)
    # the first place of each material is of chemistries without rows of their own
    rows = Rows(_places(material, known, names), chemistry + 1, years)
    found = []
    for column in (COLLECTION, RECOVERY):
        grid = _grid(rows, amounts_of(table, column, 1.0), (len(names), width), inflow)
        found.append(np.where(np.isnan(grid[..., 1:]), grid[..., :1], grid[..., 1:]))
    return found[0], found[1]


def _special(table: Table, inflow: Inflow) -> NDArray[np.intp]:
    """Return the place of the chemistry that each row is of; −1 where it is of all."""
    if CHEMISTRY not in table.names:
        return np.full(table.rows, -1, np.intp)
    column = table.texts(CHEMISTRY)
    if unknown := lacking(column.labels, inflow.chemistries):
        raise Refused(
            "stock.chemistry",
            f"recovery is told of {unknown}, of which nothing flows in",
            remedy="name it as in the inflow, or leave it empty for all",
        )
    places = {name: place for place, name in enumerate(inflow.chemistries)}
    found: NDArray[np.intp] = np.array([*(places[one] for one in column.labels), -1], np.intp)[
        column.codes
    ]  # the last is that of no text
    return found


def _grid(rows: Rows, values: Floats, shape: tuple[int, int], inflow: Inflow) -> Floats:
    """Return what holds, shape [materials, years, width], of ``shape`` [materials, width]."""
    count, width = shape
    check_size(count * width * len(inflow.kwh))
    mine = (rows.material >= 0) & (rows.place >= 0)
    key = (rows.material * width + rows.place)[mine]
    whole = (len(inflow.kwh), count * width)
    found = held(key, rows.year[mine], values[mine], whole, inflow.first_year)
    return found.reshape(-1, count, width).swapaxes(0, 1)


def _places(
    codes: NDArray[np.intp], labels: Sequence[str], among: Sequence[str]
) -> NDArray[np.intp]:
    """Return the place of each row's name among others; −1 where it is none of them."""
    places = {name: place for place, name in enumerate(among)}
    found: NDArray[np.intp] = np.array([places.get(one, -1) for one in labels], np.intp)[codes]
    return found


def _check_told(name: str, inflow: Inflow, gone: Floats, collection: Floats) -> None:
    untold = (gone > 0) & np.isnan(collection)
    if untold.any():
        year, which = np.argwhere(untold)[0].tolist()
        raise Refused(
            "stock.no_recovery",
            f"nothing is said of how much {shown(name)} of {shown(inflow.chemistries[which])}"
            f" is collected and recovered in {inflow.first_year + year}",
            remedy="add rows from that year on; a row holds until the next of its material",
        )
