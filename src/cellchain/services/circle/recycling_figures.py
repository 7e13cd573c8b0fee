"""Every figure of a kilogram of cell, line by line: ``circle recycle --table``.

Out: ``chemistry, route, line, item, amount, rate, value, unit``, where a value is amount times
rate; totals and shares have neither.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cellchain.science.recycling.lines import EMITTING, total
from cellchain.services.analysis.table import Table, Texts
from cellchain.services.circle.recycling import balances, recovered_shares
from cellchain.services.circle.recycling_routes import NONE, OwnRoutes
from cellchain.services.circle.recycling_tables import opinions, reports, routes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cellchain.science.recycling.lines import Kind, Line
    from cellchain.services.circle.recycling_tables import Report

COLUMNS = ("chemistry", "route", "line", "item", "amount", "rate", "value", "unit")
UNITS: dict[Kind, str] = {
    "recovered": "kg", "contained": "kg", "revenue": "USD", "reagent": "USD", "gate_fee": "USD",
    "upstream": "kg CO2e", "burning": "kg CO2e", "decay": "kg CO2e", "energy": "kg CO2e",
}  # fmt: skip
NAN = float("nan")


def figures(products: Mapping[str, float], grid_g_per_kwh: float, own: OwnRoutes = NONE) -> Table:
    """Return the lines of each chemistry and route, and what they add up to, per kg of cell."""
    rows = [
        (chemistry, route, *row)
        for (chemistry, route), lines in balances(products, grid_g_per_kwh, own).items()
        for row in (*_lines(lines), *_totals(chemistry, lines))
    ]
    columns = dict(zip(COLUMNS, zip(*rows, strict=True), strict=True))
    numbers = ("amount", "rate", "value")
    return Table(
        {
            name: np.array(column, np.float64) if name in numbers else Texts.of(column)
            for name, column in columns.items()
        }
    )


def spoken(table: Table) -> Iterator[str]:
    """Yield the lines of figures as text."""
    bands = {(one["route"], one["item"]): one for one in reported()}
    before = None
    for row in table.plain(0, table.rows):
        head = f"{row['chemistry']} {row['route']}, per kg of cell"
        if head != before:
            yield head
            before = head
        working = "" if row["rate"] is None else f"{row['amount']:.6g} × {row['rate']:.6g} = "
        name = f"{row['line']} {row['item'] or ''}".strip()
        band = bands.get((row["route"], row["item"])) if row["line"] == "share recovered" else None
        beside = "" if band is None else f"  [reported: {band['least']:g} to {band['most']:g}]"
        yield f"  {name:<24}{working}{row['value']:.6g} {row['unit']}{beside}"


def disagreement() -> list[dict[str, str]]:
    """Return what sources say of one thing, each by its name."""
    return [
        {"about": one.about, "says": one.says, "source": one.source} for one in opinions().opinions
    ]


def reported() -> list[dict[str, Any]]:
    """Return of each route and product the band of recoveries that sources report.

    Each is ``{"route", "item", "counted", "least", "most", "status", "sources"}``: ``counted`` is
    the share that routes of the tables recover of cathode material, the rest are others' shares.
    """
    found: dict[tuple[str, str], list[Report]] = {}
    for one in reports().reported:
        found.setdefault((one.route, one.item), []).append(one)
    return [
        {
            "route": route,
            "item": item,
            "counted": routes().routes[route].recovery[item],
            "least": min(one.least for one in those),
            "most": max(one.most for one in those),
            "status": reports().status,
            "sources": [one.source for one in those],
        }
        for (route, item), those in found.items()
    ]


def _lines(lines: Sequence[Line]) -> Iterator[tuple[str, str, float, float, float, str]]:
    for one in lines:
        yield one.kind, one.item, one.amount, one.rate, one.value, UNITS[one.kind]


def _totals(
    chemistry: str, lines: Sequence[Line]
) -> Iterator[tuple[str, str | None, float, float, float, str]]:
    revenue, reagents = total(lines, "revenue"), total(lines, "reagent")
    fee, recovered = total(lines, "gate_fee"), total(lines, "recovered")
    for name, value, unit in (
        ("recovered", recovered, "kg"),
        ("revenue", revenue, "USD"),
        ("reagent", reagents, "USD"),
        ("gate_fee", fee, "USD"),
        ("net_margin", revenue - reagents - fee, "USD"),
        ("co2e", total(lines, *EMITTING), "kg CO2e"),
        ("efficiency", recovered, "of 1 kg of cell"),
    ):
        yield f"total {name}", None, NAN, NAN, value, unit
    for element, share in recovered_shares(chemistry, lines).items():
        yield "share recovered", element, NAN, NAN, share, "of what goes in"
