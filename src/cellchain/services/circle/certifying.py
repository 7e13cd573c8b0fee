"""``circle certify``: a plan and its certificate against the values, in one pass.

Whoever has the values needs no trust in who made the plan, nor in how: it is read whether every
battery has one place that it may have, no slot holds more than it takes, nor less than its lot,
sets are alike, and the prices bound what any plan is worth. Nothing of the solver is used here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cellchain.core.errors import Refused
from cellchain.services.analysis.table import shown
from cellchain.services.circle.certificate import MILLION
from cellchain.services.circle.certifying_branches import branches_bound
from cellchain.services.circle.certifying_prices import PRICE_LIMIT, best_less_prices
from cellchain.services.circle.certifying_sets import check_sets
from cellchain.services.circle.offered_packs import COUNT
from cellchain.services.circle.offers import BATTERY, SLOT, VALUE

if TYPE_CHECKING:
    from cellchain.science.allocation.values import Integers
    from cellchain.services.analysis.table import Table
    from cellchain.services.circle.certificate import Certificate
    from cellchain.services.circle.offers import Offers


def check_certified(plan: Table, claimed: Certificate, offers: Offers) -> None:
    """Refuse a plan or a claim that does not hold.

    Args:
        plan: ``battery, slot, value_cents[, count, group]``.
        claimed: Of the plan.
        offers: Values and room.

    Raises:
        Refused: ``table.…``; ``certificate.battery``, ``certificate.place``, ``certificate.room``,
            ``certificate.lot``, ``certificate.group``, ``certificate.value``,
            ``certificate.prices``, ``certificate.branches``, ``certificate.bound``,
            ``certificate.gap``, ``certificate.proved``: what is claimed, and what is so.
    """
    worth = _worth(plan, offers)
    if claimed.value_cents != worth:
        raise Refused("certificate.value", _told("the plan's worth", claimed.value_cents, worth))
    bound = _bound(_prices(claimed, offers), offers)
    if claimed.branches:
        bound = min(bound, branches_bound(claimed.branches, offers))
    if claimed.bound_cents != bound:
        raise Refused("certificate.bound", _told("the prices' bound", claimed.bound_cents, bound))
    whole, rest = divmod((bound - worth) * MILLION, max(1, abs(worth)))
    if claimed.gap_ppm != whole + (rest > 0):
        raise Refused(
            "certificate.gap", _told("the gap in ppm", claimed.gap_ppm, whole + (rest > 0))
        )
    if claimed.proved != (bound == worth):
        raise Refused("certificate.proved", f"{worth} of at most {bound}: proved {claimed.proved}")


def _told(what: str, claimed: int, found: int) -> str:
    return f"{what} is said to be {claimed} and is {found}"


def _worth(plan: Table, offers: Offers) -> int:
    """Return what a plan is worth in which every battery has one place, with room."""
    rows, amounts = _batteries(plan, offers)
    columns = _places(plan, rows, offers)
    _check_loads(columns, amounts, offers)
    if offers.alike is not None:
        check_sets(plan, rows, columns, amounts, offers)
    cents = offers.values.cents[rows, columns].tolist()
    return sum(map(int.__mul__, cents, amounts.tolist()))


def _batteries(plan: Table, offers: Offers) -> tuple[Integers, Integers]:
    """Return of each row of the plan the row of the values, and of how many batteries it tells."""
    named = [one or "" for one in plan.texts(BATTERY).cells()]  # no battery is called nothing
    missing = set(offers.batteries).symmetric_difference(named)
    if missing:
        told = f"plan and values differ in {shown(min(missing))!r}"
        raise Refused("certificate.battery", told)
    row_of = {name: row for row, name in enumerate(offers.batteries)}
    rows = np.array([row_of[one] for one in named])
    cells = plan.numbers(COUNT) if offers.counted else np.ones(len(rows))
    wrong = ~((cells >= 1) & (cells <= 1 << 40) & (cells == np.floor(cells)))
    placed = np.bincount(rows, np.where(wrong, 0, cells))
    other = wrong[np.argsort(rows, kind="stable")].any() or (placed != offers.count).any()
    if other:
        one = int(rows[wrong.argmax()] if wrong.any() else (placed != offers.count).argmax())
        told = f"the plan places {placed[one]:.0f} of {offers.count[one]}"
        if wrong.any():
            told = f"the plan tells a {COUNT} of {cells[wrong.argmax()]:g}"
        raise Refused("certificate.battery", f"of {shown(offers.batteries[one])!r} {told}")
    return rows, cells.astype(np.int64)


def _places(plan: Table, rows: Integers, offers: Offers) -> Integers:
    slots, cents = plan.texts(SLOT).cells(), plan.numbers(VALUE)
    column_of: dict[str | None, int] = {name: one for one, name in enumerate(offers.room.slots)}
    unknown = next((one for one in slots if one not in column_of), None)
    if unknown is not None or None in slots:
        raise Refused("certificate.place", f"there is no slot {shown(str(unknown))}")
    columns = np.array([column_of[one] for one in slots])
    values = offers.values.cents[rows, columns]
    wrong = (values == offers.values.BARRED) | (values != cents)
    if wrong.any():
        row = int(wrong.argmax())
        raise Refused(
            "certificate.place",
            f"{shown(offers.batteries[rows[row]])} in {shown(str(slots[row]))} is told to be worth"
            f" {float(cents[row])!r} cents; that pair has another value or is barred",
        )
    return columns


def _check_loads(columns: Integers, amounts: Integers, offers: Offers) -> None:
    load = np.bincount(columns, amounts, len(offers.room.slots)).astype(np.int64)
    full = load > offers.room.capacity
    if full.any():
        one = int(full.argmax())
        told = f"{shown(offers.room.slots[one])} takes {offers.room.capacity[one]}, not {load[one]}"
        raise Refused("certificate.room", told)
    short = (load > 0) & (load < offers.room.terms.lot)
    if short.any():
        one = int(short.argmax())
        told = f"takes none or at least {offers.room.terms.lot[one]}, not {load[one]}"
        raise Refused("certificate.lot", f"{shown(offers.room.slots[one])} {told}")


def _prices(claimed: Certificate, offers: Offers) -> Integers:
    if claimed.prices.keys() != set(offers.room.slots):
        other = min(claimed.prices.keys() ^ set(offers.room.slots))
        raise Refused("certificate.prices", f"prices and slots differ in {shown(other)}")
    wrong = [name for name, one in claimed.prices.items() if not 0 <= one < PRICE_LIMIT]
    if wrong:
        told = f"{shown(wrong[0])} has the price {claimed.prices[wrong[0]]}"
        raise Refused("certificate.prices", told, remedy="a price is from 0 to 2^60")
    return np.array([claimed.prices[name] for name in offers.room.slots])


def _bound(prices: Integers, offers: Offers) -> int:
    held = sum(map(int.__mul__, prices.tolist(), offers.room.capacity.tolist()))
    return best_less_prices(prices, offers) + held
