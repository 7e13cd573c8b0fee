"""``plan stock`` from tables: batteries in use, and what leaves.

In: inflow, ``year, chemistry, inflow_kwh``, every chemistry in every year; lifetimes, see
`lifetimes`. Out: ``year, chemistry, inflow_kwh, stock_kwh, outflow_kwh``, the stock at the end of
the year.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cellchain.core.errors import Refused
from cellchain.science.stock.cohorts import stock_and_outflow
from cellchain.science.stock.projection import BATTERY_FIGURES
from cellchain.services.analysis.spelling import check_spelling
from cellchain.services.analysis.table import Table, Texts, shown
from cellchain.services.plan.lifetimes import survivals
from cellchain.services.plan.rows import (
    UNIT,
    amounts_of,
    check_once,
    check_unit,
    names_of,
    years_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cellchain.services.analysis.table import Floats

YEAR, CHEMISTRY, INFLOW = INFLOW_COLUMNS = ("year", "chemistry", "inflow_kwh")
INFLOW_TEXTS = (CHEMISTRY, UNIT)
"""Text, whatever they hold."""
INFLOW_MAX_KWH = 1e15
YEARS_MAX = 300
CELLS_MAX = 1 << 24
"""Of a grid of materials, chemistries and years."""


@dataclass(frozen=True, slots=True, eq=False)
class Inflow:
    """What flows in, year by year without gaps."""

    first_year: int
    chemistries: tuple[str, ...]
    kwh: Floats
    """Shape [years, chemistries]."""

    @property
    def years(self) -> range:
        """The years, in order."""
        return range(self.first_year, self.first_year + len(self.kwh))


def inflow_of(table: Table) -> Inflow:
    """Return the inflow in a table.

    Raises:
        Refused: ``table.…``; ``stock.empty``, ``stock.key``, ``stock.year``, ``stock.years``,
            ``stock.amount``, ``stock.unit``, ``stock.twice``, ``stock.gap``: what clashes.
    """
    check_spelling("inflow", table, INFLOW_COLUMNS, (UNIT,))
    codes, names = names_of(table, CHEMISTRY)
    years, kwh = years_of(table), amounts_of(table, INFLOW, INFLOW_MAX_KWH)
    check_unit(table, "kWh")
    if not len(years):
        raise Refused("stock.empty", "there is no inflow", remedy="give a row a year and chemistry")
    first, count = int(years.min()), int(np.ptp(years)) + 1
    if count > YEARS_MAX:
        raise Refused("stock.years", f"{count} years, {first} on; at most {YEARS_MAX}")
    check_size(count * len(names))
    check_once((years - first) * len(names) + codes, (YEAR, CHEMISTRY), table)
    found = np.full((count, len(names)), np.nan)
    found[years - first, codes] = kwh
    if np.isnan(found).any():
        year, chemistry = np.argwhere(np.isnan(found))[0].tolist()
        raise Refused(
            "stock.gap",
            f"there is no inflow of {shown(names[chemistry])} in {first + year}",
            remedy="write 0 where nothing flowed in",
        )
    return Inflow(first, names, found)


def batteries(inflow: Inflow, lifetimes: Table) -> tuple[Table, Floats]:
    """Return what is in use and what leaves, and how long each chemistry survives.

    Raises:
        Refused: ``table.…``, ``stock.…``: what clashes.
    """
    share = survivals(lifetimes, inflow.chemistries, len(inflow.kwh))
    stock, outflow = stock_and_outflow(inflow.kwh, share)
    figures = dict(zip(BATTERY_FIGURES, (inflow.kwh, stock, outflow), strict=True))
    return by_year(inflow.years, CHEMISTRY, inflow.chemistries, figures), share


def by_year(years: range, key: str, names: Sequence[str], figures: Mapping[str, Floats]) -> Table:
    """Return figures of shape [years, names] as a row a year and name."""
    codes = np.tile(np.arange(len(names), dtype=np.int32), len(years))
    columns = {figure: values.reshape(-1) for figure, values in figures.items()}
    at = np.repeat(np.array(years, np.float64), len(names))
    return Table({YEAR: at, key: Texts(codes, tuple(names)), **columns})


def check_size(cells: int) -> None:
    """Refuse a grid that would not fit.

    Raises:
        Refused: ``stock.size``.
    """
    if cells > CELLS_MAX:
        raise Refused(
            "stock.size",
            f"{cells} figures of materials, chemistries and years; at most {CELLS_MAX}",
            remedy="join chemistries that are alike",
        )
