"""``circle recycle``: what each route makes of each battery, and which routes to weigh.

In: `cellchain.services.circle.recycling_packs`. Out, a row a pack and route: money, greenhouse
gases and materials; whether the law allows it on a day; whether it is on the Pareto front of the
lawful routes over net margin, greenhouse gases and critical mass recovered; and why.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date  # noqa: TC003  # a field
from typing import TYPE_CHECKING

import numpy as np

from cellchain.core.errors import Refused
from cellchain.science.recycling.front import dominating
from cellchain.science.recycling.lines import EMITTING, balance, item_kg, total
from cellchain.services.analysis.table import Table, Texts
from cellchain.services.circle.recycling_gates import EFFICIENCY, in_force, judged
from cellchain.services.circle.recycling_packs import (
    CHEMISTRY,
    UNKNOWN,
    Packs,
    chemistry_name,
    packs_of,
)
from cellchain.services.circle.recycling_prices import prices_of
from cellchain.services.circle.recycling_risk import Stakes, risked
from cellchain.services.circle.recycling_tables import cells, factor_sheet, gates, routes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from cellchain.science.recycling.lines import Line
    from cellchain.services.analysis.table import Column, Floats
    from cellchain.services.circle.recycling_risk import PriceRisk

ITEMS = ("Li", "Co", "Ni", "Mn", "Cu", "Al", "graphite", "plastics", "solvents", "cathode")
"""What is recovered, in the order of the columns."""
FIGURES = (
    "revenue_usd", "reagent_usd", "gate_fee_usd", "co2e_kg", "recovered_kg", "critical_kg",
    *(f"recovered_{item}_kg" for item in ITEMS),
)  # fmt: skip
GOALS = ("margin", "CO2e", "critical mass")
LEADS = ("most margin", "least CO2e", "most critical mass")
GRID_MAX = 10_000
US_GRID_G_PER_KWH = 466.5
"""GREET 2022, mean of the United States."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumptions:
    """What a question rests on beside the packs."""

    products: Mapping[str, float]
    """Prices, USD a kilogram."""
    day: date
    """Of the law."""
    grid_g_per_kwh: float = US_GRID_G_PER_KWH
    housing: float = 1.0
    """Share of what is not cell that is recycled, 0 to 1."""
    dismantling: tuple[str, Mapping[str, float]] | None = None
    """By which column, and USD a kilogram of cells."""
    risk: PriceRisk | None = None
    """How prices move, where that is asked."""

    def __post_init__(self) -> None:
        if not 0 <= self.housing <= 1:
            told = f"{self.housing:g} of the housing is recycled"
            raise Refused("recycle.housing", told, remedy="give a share from 0 to 1")


def balances(
    products: Mapping[str, float], grid_g_per_kwh: float
) -> dict[tuple[str, str], tuple[Line, ...]]:
    """Return the lines of a kilogram of cell of each chemistry on each route.

    Raises:
        Refused: ``recycle.grid``: a kilowatt-hour cannot emit that.
    """
    if not 0 <= grid_g_per_kwh <= GRID_MAX:
        told = f"a kilowatt-hour emits {grid_g_per_kwh:g} g"
        raise Refused("recycle.grid", told, remedy=f"give grams from 0 to {GRID_MAX}")
    factors = factor_sheet().factors(grid_g_per_kwh)
    return {
        (chemistry, name): balance(
            cells().cell(chemistry), process.route, prices_of(products, chemistry), factors
        )
        for chemistry in cells().cells
        for name, process in routes().routes.items()
    }


def recovered_shares(chemistry: str, lines: Sequence[Line]) -> dict[str, float]:
    """Return of each element of the law that a cell holds the share that is recovered."""
    cell = cells().cell(chemistry)
    measures = dict.fromkeys(one.measure for one in gates().gates if one.measure != EFFICIENCY)
    held = {element: cell.element_kg(element) for element in measures}
    return {element: item_kg(lines, element) / kg for element, kg in held.items() if kg}


def recycled(table: Table, asked: Assumptions) -> Table:
    """Return a row for each pack and route, in the order of the packs.

    Raises:
        Refused: ``table.…``; ``recycle.key``, ``recycle.twice``, ``recycle.mass``, ``recycle.soh``,
            ``recycle.grid``, ``recycle.volatility``.
    """
    chemistries, names = tuple(cells().cells), tuple(routes().routes)
    packs = packs_of(table, chemistries)
    found = balances(asked.products, asked.grid_g_per_kwh)
    per_kg = np.array(
        [[_figures(found[chemistry, name]) for name in names] for chemistry in chemistries]
    )
    figures = per_kg[packs.chemistry] * packs.cell_kg[:, None, None]
    figures[packs.chemistry == UNKNOWN] = np.nan
    by_name = {name: figures[:, :, place] for place, name in enumerate(FIGURES)}
    dismantling_usd = _dismantling(packs, table, asked)
    margin = (
        by_name["revenue_usd"] - by_name["reagent_usd"] - by_name["gate_fee_usd"]
        - np.nan_to_num(dismantling_usd)[:, None]
    )  # fmt: skip
    law = _judged(packs, by_name["recovered_kg"], found, asked)
    goals = np.stack([margin, -by_name["co2e_kg"], by_name["critical_kg"]], axis=-1)
    allowed = law.lawful == 1
    beats = dominating(goals, allowed)
    front = allowed & ~beats.any(axis=1)
    counted = ~np.isnan(dismantling_usd)
    reasons = _reasons(packs, goals, allowed, beats, law.failures.tolist())
    remarks = _remarks(packs, counted, asked)
    rows = packs.names.codes.repeat(len(names))
    answer: dict[str, Column] = {
        "pack": Texts(rows, packs.names.labels),
        "route": Texts(np.tile(np.arange(len(names), dtype=np.int32), len(packs.why)), names),
        **{name: values.ravel() for name, values in by_name.items()},
        "dismantling_usd": dismantling_usd.repeat(len(names)),
        "net_margin_usd": margin.ravel(),
        **_risked(packs, margin, allowed, found, asked),
        "readiness": Texts.of(
            process.readiness for _ in packs.why for process in routes().routes.values()
        ),
        "lawful": law.lawful.ravel(),
        "pareto": np.where(packs.chemistry[:, None] == UNKNOWN, np.nan, front).ravel(),
        "clause": Texts.of(one or None for one in law.clauses.ravel().tolist()),
        "reason": Texts.of(map(str.__add__, reasons, remarks)),
    }
    return Table(answer)


def _risked(
    packs: Packs,
    margin: Floats,
    allowed: NDArray[np.bool_],
    found: Mapping[tuple[str, str], Sequence[Line]],
    asked: Assumptions,
) -> dict[str, Floats]:
    """Return what moving prices make of margins, where that is asked."""
    if asked.risk is None:
        return {}
    chemistries, names = tuple(cells().cells), tuple(routes().routes)
    present = np.unique(packs.chemistry[packs.chemistry != UNKNOWN])
    lines = [found[chemistries[place], name] for place in present for name in names]
    asked.risk.check(lines)
    changes = [asked.risk.changes_usd(one) for one in lines or [()] * len(names)]
    first = np.searchsorted(present, packs.chemistry) * len(names)
    per_kg = np.array(
        [[_margin_per_kg(found[chemistry, name]) for name in names] for chemistry in chemistries]
    )
    stakes = Stakes(
        margin=margin,
        weight_kg=packs.cell_kg[:, None].repeat(len(names), axis=1),
        allowed=allowed,
        sold=first[:, None] + np.arange(len(names)),
        per_kg=per_kg[packs.chemistry],
    )
    return {name: values.ravel() for name, values in risked(stakes, changes).items()}


def _margin_per_kg(lines: Sequence[Line]) -> float:
    return total(lines, "revenue") - total(lines, "reagent") - total(lines, "gate_fee")


def _figures(lines: Sequence[Line]) -> list[float]:
    items = {item: item_kg(lines, item) for item in ITEMS}
    return [
        total(lines, "revenue"), total(lines, "reagent"), total(lines, "gate_fee"),
        total(lines, *EMITTING), total(lines, "recovered"),
        sum(items[item] for item in gates().critical.items),
        *items.values(),
    ]  # fmt: skip


def _dismantling(packs: Packs, table: Table, asked: Assumptions) -> Floats:
    """Return what dismantling costs, USD; NaN where nobody says, or nothing is said of a pack."""
    if asked.dismantling is None:
        return np.full(len(packs.why), np.nan)
    key, prices = asked.dismantling
    if key == CHEMISTRY:
        given = [chemistry_name(one or "") for one in table.texts(CHEMISTRY).cells()]
    else:
        given = [one or "" for one in packs.names.cells()]
    usd_per_kg = np.array([prices.get(one, np.nan) for one in given], np.float64)
    usd_per_kg[packs.chemistry == UNKNOWN] = np.nan
    return usd_per_kg * packs.cell_kg


@dataclass(frozen=True, slots=True, eq=False)
class _Law:
    """Of each pack and route, shape (packs, routes)."""

    lawful: Floats
    clauses: NDArray[np.object_]
    failures: NDArray[np.object_]


def _judged(
    packs: Packs,
    recovered_kg: Floats,
    found: Mapping[tuple[str, str], Sequence[Line]],
    asked: Assumptions,
) -> _Law:
    whole_kg = np.where(np.isnan(packs.pack_kg), packs.cell_kg, packs.pack_kg)
    housing_kg = asked.housing * (whole_kg - packs.cell_kg)
    efficiency = (recovered_kg + housing_kg[:, None]) / whole_kg[:, None]
    lawful = np.full(recovered_kg.shape, np.nan)
    clauses, failures = np.full((2, *recovered_kg.shape), "", dtype=object)
    asks = in_force(asked.day)
    for place, chemistry in enumerate(cells().cells):
        rows = np.flatnonzero(packs.chemistry == place)
        for column, name in enumerate(routes().routes):
            shares = recovered_shares(chemistry, found[chemistry, name])
            given = {one: np.full(len(rows), share) for one, share in shares.items()}
            said = judged(asks, {EFFICIENCY: efficiency[rows, column], **given}, len(rows))
            lawful[rows, column] = said.lawful
            clauses[rows, column], failures[rows, column] = said.clauses, said.failures
    return _Law(lawful, clauses, failures)


def _reasons(
    packs: Packs,
    goals: Floats,
    allowed: NDArray[np.bool_],
    beats: NDArray[np.bool_],
    failures: Sequence[Sequence[str]],
) -> Iterator[str]:
    names = tuple(routes().routes)
    best = np.where(allowed[:, :, None], goals, -np.inf).max(axis=1, keepdims=True, initial=-np.inf)
    leads = goals == best
    for pack, why in enumerate(packs.why):
        for route in range(len(names)):
            if why:
                yield why
            elif not allowed[pack, route]:
                yield f"not lawful: {failures[pack][route]}"
            elif beats[pack, :, route].any():
                winner = int(beats[pack, :, route].argmax())
                better = goals[pack, winner] > goals[pack, route]
                told = ", ".join(goal for goal, one in zip(GOALS, better, strict=True) if one)
                yield f"beaten by {names[winner]} in {told}, and better in nothing"
            else:
                told = ", ".join(
                    lead for lead, one in zip(LEADS, leads[pack, route], strict=True) if one
                )
                yield f"on the front: {told or 'no lawful route is as good in everything'}"


def _remarks(packs: Packs, counted: NDArray[np.bool_], asked: Assumptions) -> Iterator[str]:
    """Yield of each row what is not counted, or by which assumption."""
    housed = ~np.isnan(packs.pack_kg)
    for why, priced, house in zip(packs.why, counted.tolist(), housed.tolist(), strict=True):
        for process in routes().routes.values():
            told = [] if priced else ["dismantling not counted"]
            if house:
                told.append(f"{asked.housing:.0%} of the housing counted as recycled")
            if "CO2" in process.inputs_kg:
                told.append("purchased CO2 carries 0")
            yield "" if why or not told else f"; {', '.join(told)}"
