"""The tier graph of ``plan risk``, read from its two tables and checked.

In: suppliers, ``node, stage, material, country, share, country_risk, substitutability, unit, stock,
capacity_per_day, demand_per_day, recovery_days[, value_per_unit, licensed_per_day,
output_per_day]``; links, ``from, to, amount, unit[, received_per_day]``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cellchain.core.errors import Refused
from cellchain.science.supply.outage import HORIZON_DAYS, Network, needs, tiers
from cellchain.services.analysis.spelling import check_spelling
from cellchain.services.analysis.table import Table, shown
from cellchain.services.plan.rows import check_once, lacking, names_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cellchain.services.analysis.table import Floats

NODE, STAGE, MATERIAL, COUNTRY, UNIT = NAMES = ("node", "stage", "material", "country", "unit")
SHARES = ("share", "country_risk", "substitutability")
AMOUNTS = ("stock", "capacity_per_day", "demand_per_day")
RECOVERY = "recovery_days"
VALUE, LICENSED, OUTPUT, RECEIVED = OPTIONAL = (
    "value_per_unit", "licensed_per_day", "output_per_day", "received_per_day",
)  # fmt: skip
COLUMNS = (NODE, STAGE, MATERIAL, COUNTRY, *SHARES, UNIT, *AMOUNTS, RECOVERY)
FROM, TO, AMOUNT = "from", "to", "amount"
LINK_COLUMNS = (FROM, TO, AMOUNT, UNIT)
TEXTS, LINK_TEXTS = NAMES, (FROM, TO, UNIT)
"""Text, whatever they hold."""
NODES_MAX, LINKS_MAX = 300, 3_000
"""A node is a linear program, a third of a second each where there are so many."""
AMOUNT_MAX = 1e15
RATIO_MIN, RATIO_MAX = 1e-9, 1e9
"""Of what one unit of output uses."""
NEED_MAX = 1e18
DEMAND_MIN = 1e-6
"""Of what a node could be asked for: less is not told from rounding."""
ROUNDING = 1e-6
"""By which shares may miss 1."""


@dataclass(frozen=True, slots=True, eq=False)
class Tiers:
    """Suppliers and links, each row of the first a node."""

    table: Table
    nodes: tuple[str, ...]
    markets: tuple[tuple[str, str], ...]
    """Stage and material."""
    market: NDArray[np.intp]
    """Of each node."""
    countries: tuple[str, ...]
    country: NDArray[np.intp]
    shares: dict[str, Floats]
    """By the names of `SHARES`."""
    units: tuple[str, ...]
    recovery_days: Floats
    value: Floats
    """Of one unit of a node's demand; 1 where none is told and all demand is in one unit."""
    network: Network
    licensed: Floats
    output: Floats
    """A day; NaN where it is not told."""
    received: Floats
    """By each link, a day; NaN where it is not told."""


def tiers_of(suppliers: Table, links: Table) -> Tiers:
    """Return the graph in two tables.

    Raises:
        Refused: ``table.…``; ``stock.key``, ``stock.twice``; ``risk.…``: what clashes.
    """
    _check_sizes(suppliers, links)
    check_spelling("suppliers", suppliers, COLUMNS, OPTIONAL[:3])
    check_spelling("links", links, LINK_COLUMNS, (RECEIVED,))
    at, nodes = names_of(suppliers, NODE)
    check_once(at.astype(np.int64), (NODE,), suppliers)
    shares = {one: numbers(suppliers, one, (0, 1)) for one in SHARES}
    markets, market = _markets(suppliers, shares["share"])
    country, countries = names_of(suppliers, COUNTRY)
    _check_risk(country, countries, shares["country_risk"])
    unit, labels = names_of(suppliers, UNIT)
    units = tuple(labels[one] for one in unit)
    stock, capacity, demand = (numbers(suppliers, one, (0, AMOUNT_MAX)) for one in AMOUNTS)
    source, target = _ends(links, nodes)
    amount = numbers(links, AMOUNT, (RATIO_MIN, RATIO_MAX))
    _check_units(links, source, nodes, units)
    _check_acyclic(source, target, nodes)
    network = Network(stock, capacity, demand, source, target, amount, market[source])
    _check_needs(network, nodes)
    return Tiers(
        table=suppliers, nodes=nodes, markets=markets, market=market, countries=countries,
        country=country, shares=shares, units=units,
        recovery_days=numbers(suppliers, RECOVERY, (0, HORIZON_DAYS)),
        value=_value(suppliers, demand, units), network=network,
        licensed=told(suppliers, LICENSED), output=told(suppliers, OUTPUT),
        received=told(links, RECEIVED),
    )  # fmt: skip


def numbers(table: Table, column: str, limits: tuple[float, float]) -> Floats:
    """Return the numbers of a column.

    Raises:
        Refused: ``table.column``, ``table.not_a_number``; ``risk.amount``: one is missing or
            beyond its limits.
    """
    found = table.numbers(column)
    low, high = limits
    wrong = ~((found >= low) & (found <= high))
    if wrong.any():
        row = int(wrong.argmax())
        raise Refused(
            "risk.amount",
            f"{column} in row {row + 1} is {found[row]:g}",
            remedy=f"give a number from {low:g} to {high:g}; nothing missing is taken as 0",
        )
    return found


def told(table: Table, column: str) -> Floats:
    """Return the numbers of a column that may be left out; NaN where nothing is told.

    Raises:
        Refused: ``table.not_a_number``; ``risk.amount``.
    """
    if column not in table.names:
        return np.full(table.rows, np.nan)
    found = table.numbers(column)
    known = Table({column: np.where(np.isnan(found), 0.0, found)})
    numbers(known, column, (0, AMOUNT_MAX))
    return found


def _check_sizes(suppliers: Table, links: Table) -> None:
    for what, table, most in (("suppliers", suppliers, NODES_MAX), ("links", links, LINKS_MAX)):
        if table.rows > most:
            raise Refused(
                "risk.size", f"{table.rows} {what}; at most {most}", remedy="join those alike"
            )
    if not suppliers.rows:
        raise Refused("risk.empty", "there is no supplier", remedy="give a row a node")


def _markets(table: Table, share: Floats) -> tuple[tuple[tuple[str, str], ...], NDArray[np.intp]]:
    """Return stages with their materials, and which of them each node is in."""
    stage, stages = names_of(table, STAGE)
    material, materials = names_of(table, MATERIAL)
    names = [(stages[a], materials[b]) for a, b in zip(stage, material, strict=True)]
    places = {name: place for place, name in enumerate(dict.fromkeys(names))}
    market = np.array([places[one] for one in names], np.intp)
    for (one, what), whole in zip(places, np.bincount(market, share).tolist(), strict=True):
        if abs(whole - 1) > ROUNDING:
            raise Refused(
                "risk.shares",
                f"shares of {shown(what)} in {shown(one)} sum to {whole:g}",
                remedy="let them sum to 1; suppliers you do not buy from have rows without links",
            )
    return tuple(places), market


def _check_risk(country: NDArray[np.intp], countries: Sequence[str], risk: Floats) -> None:
    for place, name in enumerate(countries):
        found = np.unique(risk[country == place])
        if len(found) > 1:
            raise Refused(
                "risk.country",
                f"country_risk of {shown(name)} is {found[0]:g} and {found[1]:g}",
                remedy="give a country one risk",
            )


def _ends(links: Table, nodes: Sequence[str]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the node where each link begins, and where it ends."""
    places = {name: place for place, name in enumerate(nodes)}
    found = []
    for column in (FROM, TO):
        codes, names = names_of(links, column)
        if unknown := lacking(names, nodes):
            raise Refused(
                "risk.node",
                f"{column} names {unknown}, which is no supplier",
                remedy="add a row for it, or name it as there",
            )
        found.append(np.array([places[one] for one in names], np.intp)[codes])
    source, target = found
    check_once(source * len(nodes) + target, (FROM, TO), links)
    return source, target


def _check_units(
    links: Table, source: NDArray[np.intp], nodes: Sequence[str], units: Sequence[str]
) -> None:
    for row, (found, begin) in enumerate(
        zip(links.texts(UNIT).cells(), source.tolist(), strict=True)
    ):
        if found != units[begin]:
            raise Refused(
                "risk.unit",
                f"link {row + 1} is in {shown(found or 'no unit')}, {shown(nodes[begin])} in"
                f" {shown(units[begin])}",
                remedy="give the amount in the unit of the node where the link begins",
            )


def _check_acyclic(
    source: NDArray[np.intp], target: NDArray[np.intp], nodes: Sequence[str]
) -> None:
    rest = set(range(len(nodes))) - set(tiers(source, target, len(nodes)))
    if not rest:
        return
    before = {end: begin for begin, end in zip(source.tolist(), target.tolist(), strict=True)
              if {begin, end} <= rest}  # fmt: skip
    path = [next(iter(before))]
    while before[path[-1]] not in path:
        path.append(before[path[-1]])
    circle = [*path[path.index(before[path[-1]]) :], path[path.index(before[path[-1]])]]
    names = " to ".join(shown(nodes[one]) for one in reversed(circle[-6:]))
    raise Refused(
        "risk.cycle",
        f"links go round in a circle of {len(circle) - 1}: {names}",
        remedy="a tier graph goes one way: leave out the link that leads back",
    )


def _check_needs(network: Network, nodes: Sequence[str]) -> None:
    if not network.demand.any():
        raise Refused(
            "risk.demand", "nobody demands anything", remedy="give a node demand_per_day above 0"
        )
    found = needs(network)
    if found.max() > NEED_MAX:
        raise Refused(
            "risk.size",
            f"{shown(nodes[int(found.argmax())])} could be asked for {found.max():g} a day",
            remedy=f"give amounts and capacities that need at most {NEED_MAX:g}",
        )
    least = np.divide(network.demand, found, out=np.ones(len(found)), where=network.demand > 0)
    if least.min() < DEMAND_MIN:
        node = int(least.argmin())
        raise Refused(
            "risk.scale",
            f"demand of {network.demand[node]:g} a day at {shown(nodes[node])} is lost in the"
            f" {found[node]:g} that it could be asked for",
            remedy=f"leave out what is below {DEMAND_MIN:g} of that, or lower capacities",
        )


def _value(table: Table, demand: Floats, units: Sequence[str]) -> Floats:
    """Return what one unit of each node's demand is worth."""
    asked = np.flatnonzero(demand > 0).tolist()
    if VALUE in table.names:
        found = table.numbers(VALUE)
        numbers(Table({VALUE: np.where(demand > 0, found, 0.0)}), VALUE, (0, AMOUNT_MAX))
        return np.where(demand > 0, found, 0.0)
    mixed = sorted({units[one] for one in asked})
    if len(mixed) > 1:
        raise Refused(
            "risk.unit",
            f"demand is in {shown(mixed[0])} and {shown(mixed[1])}",
            remedy=f"add a column {VALUE}, so that what is lost can be added up",
        )
    return np.ones(len(demand))
