"""``circle certify``: a plan and its certificate against the values, in one pass.

Whoever has the values needs no trust in who made the plan, nor in how: it is read whether every
battery has one place that it may have, no slot holds more than it takes, and the prices bound what
any plan is worth. Nothing of the solver is used here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cellchain.core.errors import Refused
from cellchain.services.analysis.table import shown
from cellchain.services.circle.certificate import MILLION
from cellchain.services.circle.offers import BATTERY, SLOT, VALUE

if TYPE_CHECKING:
    from cellchain.science.allocation.values import Integers
    from cellchain.services.analysis.table import Table
    from cellchain.services.circle.certificate import Certificate
    from cellchain.services.circle.offers import Offers

BLOCK = 4_096
"""Batteries that are looked at together, to bound the memory."""


def check_certified(plan: Table, claimed: Certificate, offers: Offers) -> None:
    """Refuse a plan or a claim that does not hold.

    Args:
        plan: ``battery, slot, value_cents``.
        claimed: Of the plan.
        offers: Values and room.

    Raises:
        Refused: ``table.…``; ``certificate.battery``, ``certificate.place``, ``certificate.room``,
            ``certificate.value``, ``certificate.prices``, ``certificate.bound``,
            ``certificate.gap``, ``certificate.proved``: what is claimed, and what is so.
    """
    worth = _worth(plan, offers)
    if claimed.value_cents != worth:
        raise Refused("certificate.value", _told("the plan's worth", claimed.value_cents, worth))
    bound = _bound(_prices(claimed, offers), offers)
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
    slots, cents = plan.texts(SLOT).cells(), plan.numbers(VALUE)
    named = [one or "" for one in plan.texts(BATTERY).cells()]  # no battery is called nothing
    if sorted(named) != sorted(offers.batteries):
        missing = set(offers.batteries).symmetric_difference(named)
        told = repr(shown(min(missing))) if missing else "one of them, named twice"
        raise Refused("certificate.battery", f"plan and values differ in {told}")
    row_of = {name: row for row, name in enumerate(offers.batteries)}
    column_of: dict[str | None, int] = {name: one for one, name in enumerate(offers.room.slots)}
    unknown = next((one for one in slots if one not in column_of), None)
    if unknown is not None or None in slots:
        raise Refused("certificate.place", f"there is no slot {shown(str(unknown))}")
    rows = np.array([row_of[one] for one in named])
    columns = np.array([column_of[one] for one in slots])
    values = offers.values.cents[rows, columns]
    wrong = (values == offers.values.BARRED) | (values != cents)
    if wrong.any():
        row = int(wrong.argmax())
        raise Refused(
            "certificate.place",
            f"{shown(named[row])} in {shown(str(slots[row]))} is told to be worth"
            f" {float(cents[row])!r} cents; that pair has another value or is barred",
        )
    load = np.bincount(columns, minlength=len(offers.room.slots))
    full = load > offers.room.capacity
    if full.any():
        one = int(full.argmax())
        told = f"{shown(offers.room.slots[one])} takes {offers.room.capacity[one]}, not {load[one]}"
        raise Refused("certificate.room", told)
    return sum(values.tolist())


def _prices(claimed: Certificate, offers: Offers) -> Integers:
    if claimed.prices.keys() != set(offers.room.slots):
        other = min(claimed.prices.keys() ^ set(offers.room.slots))
        raise Refused("certificate.prices", f"prices and slots differ in {shown(other)}")
    wrong = [name for name, one in claimed.prices.items() if not 0 <= one < 1 << 60]
    if wrong:
        told = f"{shown(wrong[0])} has the price {claimed.prices[wrong[0]]}"
        raise Refused("certificate.prices", told, remedy="a price is from 0 to 2^60")
    return np.array([claimed.prices[name] for name in offers.room.slots])


def _bound(prices: Integers, offers: Offers) -> int:
    cents = offers.values.cents
    best = 0
    for start in range(0, len(cents), BLOCK):
        some = cents[start : start + BLOCK]
        net = np.where(some == offers.values.BARRED, -(1 << 62), some - prices)
        best += sum(net.max(axis=1).tolist())
    return best + sum(map(int.__mul__, prices.tolist(), offers.room.capacity.tolist()))
