"""``circle allocate``: each battery to the slot where all together are worth most.

Out, a row a battery, in the order of the values: ``battery, slot, value_cents``; and a certificate.
Where batteries are counted, a row for each slot that those alike go to, with a column ``count``;
where slots take sets that are alike, a column ``group``, and a row for each set.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cellchain.core.errors import Refused
from cellchain.science.allocation.lots import Crowd, Lots, Unkept, best_lots
from cellchain.science.allocation.optimum import ignored, worth
from cellchain.science.allocation.paths import Blocked
from cellchain.science.allocation.sets import ALONE, best_found_sets
from cellchain.science.allocation.values import Values
from cellchain.science.allocation.windows import Alike
from cellchain.services.analysis.table import Table, Texts, shown
from cellchain.services.circle.certificate import Branch, Certificate, gap_ppm
from cellchain.services.circle.offered_packs import COUNT
from cellchain.services.circle.offers import BATTERY, GROUP, PAIRS_MAX, SLOT, VALUE

if TYPE_CHECKING:
    from collections.abc import Callable

    from cellchain.science.allocation.values import Integers
    from cellchain.services.circle.offers import Offers

SLOTS_SHOWN = 20


@dataclass(frozen=True, slots=True, eq=False)
class _Placed:
    """Shares of the batteries in a row of the values, in order."""

    row: Integers
    slot: Integers
    amount: Integers
    group: Integers | None = None
    """Number of the set, or `ALONE`; nothing where no slot takes sets."""


def allocated(
    offers: Offers, progress: Callable[[int], None] = ignored
) -> tuple[Table, Certificate]:
    """Return the plan of most value, and the certificate of how much better another may be.

    There is none better where slots have no lots or sets. With lots there is none either unless
    the branches become too many; with sets it is the best that was found.

    Args:
        offers: Values and room.
        progress: Called with how much is left to do, now and then.

    Raises:
        Refused: ``allocate.no_room``: some batteries have no other place than slots that are too
            small for them; ``allocate.no_lots``, ``allocate.no_sets``: no plan was found that
            keeps the lots, or the sets; ``allocate.too_many``.
    """
    terms = offers.room.terms
    room = np.minimum(offers.room.capacity, sum(offers.count.tolist())) // terms.alike * terms.alike
    crowd = Crowd(offers.values, offers.count, room, terms.lot)
    found = best_lots(crowd, progress)
    if isinstance(found, Blocked):
        raise _no_room(offers, found)
    if isinstance(found, Unkept):
        raise _no_lots(offers, found)
    shares = found.shares
    placed = _Placed(shares.row, shares.slot, shares.amount)
    if offers.alike is not None:
        placed = _in_sets(offers, crowd, found, progress)
    cents = worth(offers.values, placed.row, placed.slot, placed.amount)
    return _plan(offers, placed), _certificate(offers, found, cents)


def _in_sets(
    offers: Offers, crowd: Crowd, counted: Lots, progress: Callable[[int], None]
) -> _Placed:
    assert offers.alike is not None
    batteries, slots = sum(offers.count.tolist()), len(offers.room.slots)
    if batteries * slots > PAIRS_MAX:
        told = f"{batteries} batteries by {slots} slots; with sets at most {PAIRS_MAX} pairs"
        raise Refused("allocate.too_many", told)
    rows = np.repeat(np.arange(len(offers.count)), offers.count)
    single = Crowd(Values(crowd.values.cents[rows]), np.ones_like(rows), crowd.room, crowd.lot)
    alike = Alike(
        offers.alike.size, offers.alike.spread, offers.alike.kind[rows], offers.alike.health[rows]
    )
    found = None
    relaxed = counted if len(rows) == len(offers.count) else best_lots(single, progress)
    if isinstance(relaxed, Lots):
        found = best_found_sets(single, alike, relaxed, progress)
    if found is None:
        raise Refused(
            "allocate.no_sets",
            "no plan was found in which every battery has a place and all sets are whole",
            remedy="add room in a slot that takes any battery, as recycling does",
        )
    known = np.unique(np.array([rows, found.slot, found.group]), axis=1, return_counts=True)
    (row, slot, group), amount = known
    return _Placed(row, slot, amount.astype(np.int64), group)


def _plan(offers: Offers, placed: _Placed) -> Table:
    cents = offers.values.cents[placed.row, placed.slot]
    columns: dict[str, Texts | np.ndarray[tuple[int], np.dtype[np.float64]]] = {
        BATTERY: Texts(placed.row.astype(np.int32), offers.batteries),
        SLOT: Texts(placed.slot.astype(np.int32), offers.room.slots),
        VALUE: cents.astype(np.float64),
    }
    if offers.counted:
        columns[COUNT] = placed.amount.astype(np.float64)
    if placed.group is not None:
        columns[GROUP] = _numbered(placed.group)
    return Table(columns)


def _numbered(group: Integers) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return sets numbered from 1 in the order in which they come; NaN of no set."""
    _, first, place = np.unique(group, return_index=True, return_inverse=True)
    order = np.argsort(np.argsort(np.where(group[first] == ALONE, len(group), first)))
    return np.where(group == ALONE, np.nan, order[place] + 1.0)


def _certificate(offers: Offers, found: Lots, cents: int) -> Certificate:
    """Return the certificate by the relaxation, or by branches where these say more."""
    slots, prices = offers.room.slots, found.shares.prices
    net: list[int] = offers.values.best(prices)[1].tolist()
    room = offers.room.capacity.tolist()
    bound = sum(map(int.__mul__, net, offers.count.tolist()))
    bound += sum(map(int.__mul__, prices.tolist(), room))
    branches: tuple[Branch, ...] = ()
    if found.branches and found.bound_cents < bound:
        bound = found.bound_cents
        branches = tuple(
            Branch(
                opened=tuple(slots[slot] for slot in one.opened),
                closed=tuple(slots[slot] for slot in one.closed),
                prices={slots[slot]: int(one.prices[slot]) for slot in np.flatnonzero(one.prices)},
            )
            for one in found.branches
        )
    return Certificate(
        value_cents=cents,
        bound_cents=bound,
        gap_ppm=gap_ppm(cents, bound),
        proved=bound == cents,
        prices=dict(zip(slots, prices.tolist(), strict=True)),
        branches=branches,
    )


def _no_room(offers: Offers, found: Blocked) -> Refused:
    names = [shown(offers.room.slots[one]) for one in found.slots.tolist()]
    more = f" and {len(names) - SLOTS_SHOWN} more" if len(names) > SLOTS_SHOWN else ""
    return Refused(
        "allocate.no_room",
        f"{found.batteries} batteries may go nowhere but to {', '.join(names[:SLOTS_SHOWN])}{more},"
        f" which have room for {found.room}",
        remedy="add room there, or a slot that takes all, as recycling does",
    )


def _no_lots(offers: Offers, found: Unkept) -> Refused:
    lots = offers.room.terms.lot
    names = [f"{shown(offers.room.slots[one])} ({lots[one]})" for one in np.flatnonzero(lots)]
    more = f" and {len(names) - SLOTS_SHOWN} more" if len(names) > SLOTS_SHOWN else ""
    which = "there is none" if found.proved else "none was found"
    return Refused(
        "allocate.no_lots",
        f"of plans that keep the minimum lots of {', '.join(names[:SLOTS_SHOWN])}{more} {which}",
        remedy="lower a lot_min, or add a slot without one that takes all, as recycling does",
    )
