"""``footprint hourly``: what machines emitted in each hour, carried by what they made.

In: the meters, ``machine, hour, kwh``; what was made, ``machine, product, start, end``; the grid,
``hour, g_per_kwh``. Out: ``product, mg_co2e``, a row a product in the order of their ids, and last
a row `OVERHEAD`: hours in which a machine ran without a product. An hour is told by its beginning.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from typing import TYPE_CHECKING

import numpy as np

from cellchain.core.errors import Refused
from cellchain.science.footprint.hourly import HOUR_MS, Operations, hourly_split
from cellchain.services.analysis.table import Table, Texts, shown
from cellchain.services.footprint.columns import amounts, named
from cellchain.services.footprint.instants import instants_ms

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from cellchain.science.footprint.hourly import Integers
    from cellchain.services.analysis.table import Column, Floats

MACHINE, PRODUCT, START, END = OPERATION_COLUMNS = ("machine", "product", "start", "end")
HOUR, KWH, G_PER_KWH, MG = "hour", "kwh", "g_per_kwh", "mg_co2e"
OVERHEAD = "overhead"
HOURS_MAX = 100_000
"""Eleven years."""
MACHINE_HOURS_MAX = 1 << 26
AMOUNT_MAX = 1e9
EMITTED_MAX_MG = 1e18
"""All machines together: a billion tonnes."""
OPERATION_HOURS_MAX = 1 << 25
_EXACT_MG = 2**53
"""More is no whole number among floats."""
_DIGITS = 60
_TIE = 1e-6
"""So near to half a milligram a product of floats is decided in decimals."""


def split(operations: Table, meters: Table, grid: Table) -> Table:
    """Return the milligrams that each product carries.

    Raises:
        Refused: ``table.…``, ``footprint.…``: the rows that clash.
    """
    hours, factors = _hours(grid)
    machines = meters.texts(MACHINE)
    metered = _metered(meters, machines, hours)
    emitted = _emitted(metered, factors)
    names = sorted({*named(operations, PRODUCT).labels})
    if OVERHEAD in names:
        raise Refused("footprint.product", f"a product is called {OVERHEAD}", remedy="rename it")
    found = hourly_split(
        np.maximum(emitted, 0), _operations(operations, machines, names, hours, emitted), len(names)
    )
    return Table(
        {
            PRODUCT: Texts.of([*names, OVERHEAD]),
            MG: _milligrams([*found.product_mg.tolist(), found.overhead_mg]),
        }
    )


def _milligrams(each: list[int]) -> Column:
    """Return whole numbers, as text where they are too large for floats."""
    if sum(each) < _EXACT_MG:
        return np.array(each, np.float64)
    return Texts.of(map(str, each))


def _hours(grid: Table) -> tuple[Integers, Floats]:
    """Return the hours of the grid in order, ms, one after another, and g/kWh; NaN in a gap."""
    begins, factors = instants_ms(grid, HOUR), amounts(grid, G_PER_KWH, AMOUNT_MAX)
    if not len(begins):
        raise Refused("footprint.no_factor", "the grid has no hour")
    place = (begins - begins.min()) // HOUR_MS
    _check_aligned(begins, begins.min())
    if place.max() >= HOURS_MAX:
        raise Refused("footprint.hours", f"{place.max() + 1} hours; at most {HOURS_MAX}")
    _check_once(place, lambda row: f"the grid has row {row + 1} for an hour that it had")
    found = np.full(place.max() + 1, np.nan)
    found[place] = factors
    return begins.min() + HOUR_MS * np.arange(len(found)), found


def _metered(meters: Table, machines: Texts, hours: Integers) -> Floats:
    """Return kWh of each machine and hour; NaN where nobody metered."""
    named(meters, MACHINE)
    begins, energy_kwh = instants_ms(meters, HOUR), amounts(meters, KWH, AMOUNT_MAX)
    _check_aligned(begins, int(hours[0]))
    place = (begins - hours[0]) // HOUR_MS
    outside = (place < 0) | (place >= len(hours))
    if outside.any():
        told = f"row {int(outside.argmax()) + 1} of the meters lies outside the grid's hours"
        raise Refused("footprint.no_factor", told, remedy="add g_per_kwh of that hour")
    if len(machines.labels) * len(hours) > MACHINE_HOURS_MAX:
        told = f"{len(machines.labels)} machines in {len(hours)} hours; at most {MACHINE_HOURS_MAX}"
        raise Refused("footprint.hours", told)
    one = machines.codes.astype(np.int64) * len(hours) + place
    _check_once(one, lambda row: f"the meters have row {row + 1} for an hour that they had")
    found = np.full((len(machines.labels), len(hours)), np.nan)
    found.reshape(-1)[one] = energy_kwh
    return found


def _emitted(energy_kwh: Floats, factors: Floats) -> Integers:
    """Return mg = kWh × g/kWh × 1000, rounded half to even in decimals; −1 where nobody metered."""
    lacking = np.isfinite(energy_kwh) & np.isnan(factors)
    if lacking.any():
        hour = int(lacking.any(axis=0).argmax())
        raise Refused("footprint.no_factor", f"a machine ran in hour {hour + 1}, without g_per_kwh")
    exact = energy_kwh * factors * 1_000
    together = float(np.nansum(exact))
    if together > EMITTED_MAX_MG:
        raise Refused(
            "footprint.amount", f"the machines emit {together / 1e9:g} t together",
            remedy="give kWh and g/kWh",
        )  # fmt: skip
    found = np.where(np.isnan(exact), -1, np.rint(np.nan_to_num(exact))).astype(np.int64)
    near = np.abs(exact % 1 - 0.5) < _TIE + exact * 4 * np.finfo(float).eps
    for place in np.argwhere(near).tolist():
        kwh, grams = energy_kwh[tuple(place)], factors[place[1]]
        with localcontext(prec=_DIGITS):
            product = Decimal(repr(float(kwh))) * Decimal(repr(float(grams))) * 1_000
            found[tuple(place)] = int(product.to_integral_value(ROUND_HALF_EVEN))
    return found


def _operations(
    table: Table, machines: Texts, names: list[str], hours: Integers, emitted: Integers
) -> Operations:
    places = {name: place for place, name in enumerate(machines.labels)}
    asked = table.texts(MACHINE)
    unknown = [one for one in named(table, MACHINE).labels if one not in places]
    if unknown:
        raise Refused("footprint.no_meter", f"machine {shown(unknown[0])} has no meter")
    machine = np.array([places[one] for one in asked.labels], np.int64)[asked.codes]
    rank = {name: place for place, name in enumerate(names)}
    made = table.texts(PRODUCT)
    product = np.array([rank[one] for one in made.labels], np.int64)[made.codes]
    start, end = (instants_ms(table, one) - hours[0] for one in (START, END))
    if (wrong := start > end).any():
        raise Refused("footprint.order", _told(table, wrong, "ends before it starts"))
    if (wrong := (start < 0) | (end > HOUR_MS * len(hours))).any():
        raise Refused("footprint.no_factor", _told(table, wrong, "lies outside the grid's hours"))
    spans = int(((end - start) // HOUR_MS + 2).sum())
    if spans > OPERATION_HOURS_MAX:
        told = f"{spans} hours of operations; at most {OPERATION_HOURS_MAX}"
        raise Refused("footprint.hours", told, remedy="ask month by month")
    found = Operations(machine, product, start, end)
    if (wrong := _unmetered(found, emitted)).any():
        raise Refused("footprint.no_meter", _told(table, wrong, "has an hour that nobody metered"))
    return found


def _unmetered(one: Operations, emitted: Integers) -> NDArray[np.bool_]:
    """Return which operations touch an hour that nobody metered."""
    before = np.pad(np.cumsum(emitted < 0, axis=1), ((0, 0), (1, 0)))
    first, last = one.start_ms // HOUR_MS, (one.end_ms - 1) // HOUR_MS
    some = one.end_ms > one.start_ms
    until = np.where(some, last + 1, 0)
    found: NDArray[np.bool_] = (
        before[one.machine, until] > before[one.machine, np.where(some, first, 0)]
    )
    return found


def _told(table: Table, wrong: NDArray[np.bool_], what: str) -> str:
    row = int(wrong.argmax())
    machine, product = (table.texts(one).cells()[row] or "" for one in (MACHINE, PRODUCT))
    return f"row {row + 1}: {shown(product)} on {shown(machine)} {what}"


def _check_aligned(begins: Integers, first: int) -> None:
    wrong = (begins - first) % HOUR_MS != 0
    if wrong.any():
        raise Refused(
            "footprint.hour",
            f"row {int(wrong.argmax()) + 1} begins between two hours of the grid",
            remedy="let meters and grid begin their hours together",
        )


def _check_once(places: Integers, told: Callable[[int], str]) -> None:
    order = np.argsort(places, kind="stable")
    again = np.flatnonzero(np.diff(places[order]) == 0)
    if len(again):
        raise Refused("footprint.twice", told(int(order[again[0] + 1])), remedy="add them up")
