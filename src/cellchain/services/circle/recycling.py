"""``circle recycle``: what each route makes of each battery, and which routes to weigh.

In: `cellchain.services.circle.recycling_packs`. Out, a row a pack and route: money, greenhouse
gases and materials; whether the law allows it on a day; whether it is on the Pareto front of the
lawful routes over net margin, greenhouse gases and critical mass recovered; and why.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date  # noqa: TC003  # a field
from typing import TYPE_CHECKING

import numpy as np

from cellchain.core.errors import Refused
from cellchain.science.recycling.front import dominating
from cellchain.science.recycling.lines import EMITTING, balance, item_kg, total
from cellchain.services.analysis.spelling import check_spelling
from cellchain.services.analysis.table import Table, Texts
from cellchain.services.circle.recycling_gates import EFFICIENCY, in_force, judged
from cellchain.services.circle.recycling_later import COLUMNS as LATER
from cellchain.services.circle.recycling_later import second_lives
from cellchain.services.circle.recycling_packs import (
    CHEMISTRY,
    UNKNOWN,
    Packs,
    chemistry_name,
    packs_of,
)
from cellchain.services.circle.recycling_packs import COLUMNS as PACK_COLUMNS
from cellchain.services.circle.recycling_prices import prices_of
from cellchain.services.circle.recycling_risk import Stakes, risked
from cellchain.services.circle.recycling_routes import ITEMS, OwnRoutes
from cellchain.services.circle.recycling_routes import NONE as NO_ROUTES
from cellchain.services.circle.recycling_tables import cells, factor_sheet, gates
from cellchain.services.circle.recycling_ways import Ways, with_later

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from cellchain.science.recycling.lines import Line
    from cellchain.services.analysis.table import Column, Floats
    from cellchain.services.circle.recycling_risk import PriceRisk

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
    routes: OwnRoutes | None = None
    """Routes beside those of the tables, where that is asked."""
    discount: float | None = None
    """Share a year by which later money is worth less."""

    def __post_init__(self) -> None:
        if not 0 <= self.housing <= 1:
            told = f"{self.housing:g} of the housing is recycled"
            raise Refused("recycle.housing", told, remedy="give a share from 0 to 1")

    @property
    def own(self) -> OwnRoutes:
        """Routes beside those of the tables; none where that is not asked."""
        return NO_ROUTES if self.routes is None else self.routes


def balances(
    products: Mapping[str, float], grid_g_per_kwh: float, own: OwnRoutes = NO_ROUTES
) -> dict[tuple[str, str], tuple[Line, ...]]:
    """Return the lines of a kilogram of cell of each chemistry on each route.

    Raises:
        Refused: ``recycle.grid``: a kilowatt-hour cannot emit that.
    """
    if not 0 <= grid_g_per_kwh <= GRID_MAX:
        told = f"a kilowatt-hour emits {grid_g_per_kwh:g} g"
        raise Refused("recycle.grid", told, remedy=f"give grams from 0 to {GRID_MAX}")
    factors = replace(factor_sheet().factors(grid_g_per_kwh), inputs=own.input_co2e)
    return {
        (chemistry, name): balance(
            cells().cell(chemistry), process.route,
            replace(prices_of(products, chemistry), inputs=own.input_usd), factors,
        )
        for chemistry in cells().cells
        for name, process in own.processes.items()
    }  # fmt: skip


def recovered_shares(chemistry: str, lines: Sequence[Line]) -> dict[str, float]:
    """Return of each element of the law that a cell holds the share that is recovered."""
    cell = cells().cell(chemistry)
    measures = dict.fromkeys(one.measure for one in gates().gates if one.measure != EFFICIENCY)
    held = {element: cell.element_kg(element) for element in measures}
    return {element: item_kg(lines, element) / kg for element, kg in held.items() if kg}


def recycled(table: Table, asked: Assumptions) -> Table:
    """Return a row for each pack and way, in the order of the packs.

    Raises:
        Refused: ``table.…``; ``recycle.key``, ``recycle.twice``, ``recycle.mass``, ``recycle.soh``,
            ``recycle.grid``, ``recycle.volatility``, ``recycle.second_life``, ``recycle.discount``.
    """
    check_spelling("packs", table, PACK_COLUMNS[:3], (*PACK_COLUMNS[3:], *LATER))
    packs = packs_of(table, tuple(cells().cells))
    found = balances(asked.products, asked.grid_g_per_kwh, asked.own)
    ways = _ways(packs, table, found, asked)
    margin, allowed = ways.margin, ways.allowed
    goals = np.stack([margin, -ways.figures["co2e_kg"], ways.figures["critical_kg"]], axis=-1)
    beats = dominating(goals, allowed)
    front = allowed & ~beats.any(axis=1)
    reasons = _reasons(packs, ways, goals, beats)
    texts = list(map(str.__add__, reasons, _remarks(packs, ways, asked)))
    numbers: dict[str, Floats] = {
        **ways.figures,
        "dismantling_usd": ways.dismantling_usd,
        "net_margin_usd": margin,
        **_risked(packs, ways, found, asked),
        "lawful": ways.lawful,
        "pareto": np.where(packs.chemistry[:, None] == UNKNOWN, np.nan, front),
    }
    return _rows(packs, ways, numbers, texts, asked)


def _rows(
    packs: Packs,
    ways: Ways,
    numbers: Mapping[str, Floats],
    reasons: Sequence[str],
    asked: Assumptions,
) -> Table:
    kept = np.flatnonzero(ways.there)
    pack, way = np.nonzero(ways.there)
    process, told = asked.own.processes, [asked.own.told(name) for name in ways.names]
    readiness = [process[name].readiness if name in process else None for name in ways.names]
    columns: dict[str, Column] = {
        "pack": Texts(packs.names.codes[pack], packs.names.labels),
        "route": Texts(way.astype(np.int32), ways.names),
        **{name: values.ravel()[kept] for name, values in numbers.items()},
        "clause": Texts.of(one or None for one in ways.clauses.ravel()[kept].tolist()),
        "reason": Texts.of(reasons[one] for one in kept.tolist()),
    }
    more: dict[str, Column] = {"readiness": Texts.of(readiness[one] for one in way.tolist())}
    if asked.routes is not None:
        more["trl"] = np.array([level for level, _ in told], np.float64)[way]
    before = list(columns).index("lawful")
    items = list(columns.items())
    return Table(dict([*items[:before], *more.items(), *items[before:]]))


def _ways(
    packs: Packs,
    table: Table,
    found: Mapping[tuple[str, str], Sequence[Line]],
    asked: Assumptions,
) -> Ways:
    names = tuple(asked.own.processes)
    per_kg = np.array(
        [[_figures(found[chemistry, name]) for name in names] for chemistry in cells().cells]
    )
    figures = per_kg[packs.chemistry] * packs.cell_kg[:, None, None]
    figures[packs.chemistry == UNKNOWN] = np.nan
    by_name = {name: figures[:, :, place] for place, name in enumerate(FIGURES)}
    shape = by_name["recovered_kg"].shape
    law = _judged(packs, by_name["recovered_kg"], found, asked)
    ways = Ways(
        names=names,
        figures=by_name,
        dismantling_usd=_dismantling(packs, table, asked)[:, None].repeat(len(names), axis=1),
        lawful=law.lawful,
        clauses=law.clauses,
        failures=law.failures,
        there=np.ones(shape, bool),
        end=np.broadcast_to(np.arange(len(names)), shape),
        years=np.zeros(shape),
        factor=np.ones(shape),
    )
    lives = second_lives(table, asked.discount)
    cascades = {name: one.then for name, one in asked.own.cascades.items()}
    if lives is None and cascades:
        told = f"{', '.join(cascades)} begins with a second life, and no pack has one"
        raise Refused("recycle.second_life", told, remedy=f"add {' and '.join(LATER)} to packs")
    return ways if lives is None else with_later(ways, lives, cascades)


def _risked(
    packs: Packs,
    ways: Ways,
    found: Mapping[tuple[str, str], Sequence[Line]],
    asked: Assumptions,
) -> dict[str, Floats]:
    """Return what moving prices make of margins, where that is asked."""
    if asked.risk is None:
        return {}
    chemistries, names = tuple(cells().cells), tuple(asked.own.processes)
    per_kg = np.full((len(chemistries), len(ways.names)), np.nan)
    for place, chemistry in enumerate(chemistries):
        per_kg[place, : len(names)] = [_margin_per_kg(found[chemistry, name]) for name in names]
    later = ways.there[:, len(names) :].any(axis=1, keepdims=True)
    sales, sold = asked.risk.sales(
        (chemistries, names), (packs.chemistry, ways.end, ways.there), ways.years
    )
    stakes = Stakes(
        margin=ways.margin,
        weight_kg=packs.cell_kg[:, None] * ways.factor,
        allowed=ways.allowed,
        sold=sold,
        per_kg=np.where(later, np.nan, per_kg[packs.chemistry]),
    )
    asked.risk.check(found[one.chemistry, one.route] for one in sales)
    changes = [asked.risk.changes_usd(found[one.chemistry, one.route], one.years) for one in sales]
    return risked(stakes, changes)


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
        for column, name in enumerate(asked.own.processes):
            shares = recovered_shares(chemistry, found[chemistry, name])
            given = {one: np.full(len(rows), share) for one, share in shares.items()}
            said = judged(asks, {EFFICIENCY: efficiency[rows, column], **given}, len(rows))
            lawful[rows, column] = said.lawful
            clauses[rows, column], failures[rows, column] = said.clauses, said.failures
    return _Law(lawful, clauses, failures)


def _reasons(packs: Packs, ways: Ways, goals: Floats, beats: NDArray[np.bool_]) -> Iterator[str]:
    allowed = ways.allowed
    best = np.where(allowed[:, :, None], goals, -np.inf).max(axis=1, keepdims=True, initial=-np.inf)
    leads = goals == best
    for pack, why in enumerate(packs.why):
        for way in range(len(ways.names)):
            if why:
                yield why
            elif not allowed[pack, way]:
                yield f"not lawful: {ways.failures[pack, way]}"
            elif beats[pack, :, way].any():
                winner = int(beats[pack, :, way].argmax())
                better = goals[pack, winner] > goals[pack, way]
                told = ", ".join(goal for goal, one in zip(GOALS, better, strict=True) if one)
                yield f"beaten by {ways.names[winner]} in {told}, and better in nothing"
            else:
                told = ", ".join(
                    lead for lead, one in zip(LEADS, leads[pack, way], strict=True) if one
                )
                yield f"on the front: {told or 'no lawful route is as good in everything'}"


def _remarks(packs: Packs, ways: Ways, asked: Assumptions) -> Iterator[str]:
    """Yield of each row what is not counted, or by which assumption."""
    housed = ~np.isnan(packs.pack_kg)
    counted = ~np.isnan(ways.dismantling_usd[:, 0])
    processes = tuple(asked.own.processes.values())
    for pack, why in enumerate(packs.why):
        for way, name in enumerate(ways.names):
            end = int(ways.end[pack, way])
            told = [] if counted[pack] else ["dismantling not counted"]
            if housed[pack]:
                told.append(f"{asked.housing:.0%} of the housing counted as recycled")
            if "CO2" in processes[end].inputs_kg:
                told.append("purchased CO2 carries 0")
            if way >= len(processes) and ways.there[pack, way]:
                told.append(
                    f"after {ways.years[pack, way]:g} years by {ways.names[end]} at today's prices"
                    f" and gates, discounted at {asked.discount or 0:.2%} a year;"
                    " what its use emits or saves is not counted"
                )
            if asked.routes is not None:
                source = asked.own.told(name)[1]
                told.append(f"reported by {source}" if source else "no source tells its TRL")
            yield "" if why or not told else f"; {', '.join(told)}"
