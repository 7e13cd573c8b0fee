"""Batteries to be valued, a row each: how healthy they are, how long they last, what is asked.

Health: ``soh_p10, soh_p50, soh_p90``, or ``soh, soh_lo, soh_hi, soh_level``, an interval that holds
the truth with that probability, whose halves are taken as normal. Remaining years:
``rul_p10_years, rul_p50_years, rul_p90_years``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from cellchain.core.errors import Refused
from cellchain.science.value.paths import Quantiles
from cellchain.services.analysis.spelling import check_spelling
from cellchain.services.analysis.table import EMPTY, shown
from cellchain.services.circle.recycling_packs import chemistry_name
from cellchain.services.circle.recycling_tables import price_lists

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cellchain.services.analysis.table import Floats, Table
    from cellchain.services.circle.value_market import Market

PACK, CHEMISTRY, KWH = "pack", "chemistry", "capacity_kwh"
SOH = ("soh_p10", "soh_p50", "soh_p90")
BAND = ("soh", "soh_lo", "soh_hi", "soh_level")
RUL = ("rul_p10_years", "rul_p50_years", "rul_p90_years")
EVIDENCE = "evidence_date"
MONEY = ("recycling_value", "locked_value", "car_price", "new_price")
COLUMNS = (
    PACK, CHEMISTRY, KWH, *SOH, *RUL, "pack_mass_kg", "cell_mass_kg", *MONEY,
    EVIDENCE, "recycled_share", "co2e_kg_per_kwh",
)  # fmt: skip
TEXTS = (PACK, CHEMISTRY, EVIDENCE)
PACKS_MAX = 100_000
LIMITS = {
    KWH: (1e-6, 1e6),
    **dict.fromkeys((*SOH, *BAND[:3]), (0.0, 1.5)),
    BAND[3]: (0.01, 0.9999),
    **dict.fromkeys(RUL, (0.0, 1_000.0)),
    "pack_mass_kg": (1e-6, 1e6),
    "cell_mass_kg": (1e-6, 1e6),
    "recycling_value": (-1e9, 1e9),
    **dict.fromkeys(MONEY[1:], (0.0, 1e9)),
    "recycled_share": (0.0, 1.0),
    "co2e_kg_per_kwh": (0.0, 1e4),
}
"""Of each column of numbers."""


@dataclass(frozen=True, slots=True)
class Pack:
    """A battery; ``None`` where a column says nothing of it."""

    name: str
    chemistry: str
    kwh: float | None
    soh: Quantiles | None
    rul_years: Quantiles | None
    mass_kg: float | None
    recycling_value: float | None
    """In the currency of the market; below 0 where it costs."""
    recycling_source: str
    """Who says so, or why nobody does."""
    locked_value: float | None
    car_price: float | None
    new_price: float | None
    evidence: date | None
    recycled_share: float | None
    co2e_kg_per_kwh: float | None

    def lacks(self) -> str:
        """Return what is missing for any answer; empty where nothing is."""
        told = {
            CHEMISTRY: self.chemistry or None,
            KWH: self.kwh,
            ", ".join(SOH): self.soh,
            ", ".join(RUL): self.rul_years,
        }
        missing = [f"{name} is not told" for name, one in told.items() if one is None]
        if self.recycling_value is None:
            missing.append(self.recycling_source)
        return "; ".join(missing)


def packs_of(table: Table, market: Market) -> list[Pack]:
    """Return the batteries of a table.

    Raises:
        Refused: ``table.…``; ``value.key``, ``value.twice``, ``value.size``, ``value.number``,
            ``value.quantiles``, ``value.date``: what cannot be, with its row.
    """
    check_spelling("packs", table, COLUMNS[:3], (*COLUMNS[3:], *BAND))
    names = _names(table)
    texts = table.texts(CHEMISTRY).cells()
    numbers = {name: _column(table, name, name == KWH) for name in LIMITS}
    soh = _health(table, numbers)
    rul = _quantiles(numbers, RUL)
    dates = _dates(table)
    found = []
    for row, name in enumerate(names):
        chemistry = chemistry_name((texts[row] or "").strip())
        own, kg = numbers["recycling_value"][row], numbers["cell_mass_kg"][row]
        value, source = _recycling(own, kg, chemistry, market)
        at = {one: _known(numbers[one][row]) for one in LIMITS}
        found.append(
            Pack(
                name=name, chemistry=chemistry, kwh=at[KWH], soh=soh[row], rul_years=rul[row],
                mass_kg=at["pack_mass_kg"], recycling_value=value, recycling_source=source,
                locked_value=at["locked_value"], car_price=at["car_price"],
                new_price=at["new_price"], evidence=dates[row],
                recycled_share=at["recycled_share"], co2e_kg_per_kwh=at["co2e_kg_per_kwh"],
            )
        )  # fmt: skip
    return found


def _names(table: Table) -> list[str]:
    names = table.texts(PACK)
    if table.rows > PACKS_MAX:
        raise Refused("value.size", f"{table.rows} packs; at most {PACKS_MAX}")
    if (names.codes == EMPTY).any():
        row = int((names.codes == EMPTY).argmax())
        raise Refused("value.key", f"row {row + 1}: no pack is named")
    if len(names.labels) < table.rows:
        told = f"{shown(names.labels[int(np.bincount(names.codes).argmax())])} is there twice"
        raise Refused("value.twice", told, remedy="give each pack a row and a name of its own")
    return [one or "" for one in names.cells()]


def _column(table: Table, name: str, needed: bool) -> Floats:
    if not needed and name not in table.columns:
        return np.full(table.rows, np.nan)
    found = table.numbers(name)
    low, high = LIMITS[name]
    wrong = ~(np.isnan(found) | ((found >= low) & (found <= high)))
    if wrong.any():
        row = int(wrong.argmax())
        raise Refused(
            "value.number",
            f"row {row + 1}: {name} is {found[row]:g}",
            remedy=f"give a number from {low:g} to {high:g}; shares and healths are 1, not 100",
        )
    return found


def _health(table: Table, numbers: dict[str, Floats]) -> list[Quantiles | None]:
    both = sorted(set(SOH) & set(table.names)), sorted(set(BAND) & set(table.names))
    if all(both):
        raise Refused(
            "value.quantiles",
            f"health is told twice, by {both[0][0]} and by {both[1][0]}",
            remedy=f"keep {', '.join(SOH)} or {', '.join(BAND)}",
        )
    if not both[1]:
        return _quantiles(numbers, SOH)
    found: list[Quantiles | None] = []
    for row in range(table.rows):
        mid, low, high, level = (float(numbers[name][row]) for name in BAND)
        if np.isnan([mid, low, high, level]).any():
            found.append(None)
            continue
        _check_rising(row, BAND[:3], low, mid, high)
        scale = NormalDist().inv_cdf(0.9) / NormalDist().inv_cdf((1 + level) / 2)
        found.append(Quantiles(mid - (mid - low) * scale, mid, mid + (high - mid) * scale))
    return found


def _quantiles(numbers: dict[str, Floats], names: Sequence[str]) -> list[Quantiles | None]:
    found: list[Quantiles | None] = []
    for row, values in enumerate(zip(*(numbers[name].tolist() for name in names), strict=True)):
        known = [one == one for one in values]  # noqa: PLR0124  # NaN is not itself
        if not all(known):
            found.append(None)
            continue
        _check_rising(row, names, *values)
        found.append(Quantiles(*values))
    return found


def _check_rising(row: int, names: Sequence[str], low: float, mid: float, high: float) -> None:
    if not low <= mid <= high:
        raise Refused(
            "value.quantiles",
            f"row {row + 1}: {', '.join(names)} do not rise: {low:g}, {mid:g}, {high:g}",
            remedy="give the lowest, the middle and the highest",
        )


def _dates(table: Table) -> list[date | None]:
    if EVIDENCE not in table.columns:
        return [None] * table.rows
    found: list[date | None] = []
    for row, text in enumerate(table.texts(EVIDENCE).cells()):
        day = day_or_none(text or "")
        if text and day is None:
            raise Refused(
                "value.date",
                f"row {row + 1}: {EVIDENCE} {shown(text)!a} is no day",
                remedy="write YYYY-MM-DD",
            )
        found.append(day)
    return found


def day_or_none(text: str) -> date | None:
    """Return the day that a text names as YYYY-MM-DD, if it names one."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if found.isoformat() == text else None


def _recycling(
    own: float, cell_kg: float, chemistry: str, market: Market
) -> tuple[float | None, str]:
    if not np.isnan(own):
        return float(own), "as told"
    paid = price_lists().spent_cells
    if np.isnan(cell_kg):
        return None, "recycling_value or cell_mass_kg is not told"
    if market.recycling is None:
        return (
            None,
            "recycling_value is not told, and the market has no [recycling]",
        )
    if chemistry not in paid.usd_per_kg:
        return None, f"recycling_value is not told, and the tables price no {shown(chemistry)}"
    usd = paid.usd_per_kg[chemistry] * float(cell_kg)
    source = f"what a recycler pays for spent cells, {paid.source}, {paid.date}"
    return usd * market.recycling.currency_per_usd, source


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
