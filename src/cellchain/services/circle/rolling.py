"""``circle roll``: batteries placed week by week, before it is known who comes next.

Beside values and room of ``circle allocate``: of each slot ``opens, closes``, of each battery
``arrives`` and, where they are given, ``leaves, holding_cents, gone``. Out, a row a battery that
was to be placed, in the order of the values: ``battery, slot, week, value_cents`` (less storage);
the last three are empty where it waits still.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cellchain.core.errors import Refused
from cellchain.science.allocation.optimum import best_allocation, ignored
from cellchain.science.allocation.paths import Blocked
from cellchain.science.allocation.rolling import Arrivals, NoRoom, placed_weekly
from cellchain.services.analysis.spelling import check_spelling
from cellchain.services.analysis.table import Table, Texts, shown
from cellchain.services.circle.offers import BATTERY, CAPACITY, SLOT, VALUE
from cellchain.services.circle.slot_terms import TERMS

if TYPE_CHECKING:
    from collections.abc import Callable

    from cellchain.science.allocation.rolling import Placed
    from cellchain.science.allocation.values import Integers
    from cellchain.services.circle.offers import Offers

ARRIVES, LEAVES, HOLDING, GONE = "arrives", "leaves", "holding_cents", "gone"
OPENS, CLOSES, WEEK = "opens", "closes", "week"
COLUMNS = (BATTERY, ARRIVES, LEAVES, HOLDING, GONE)
ROOM_COLUMNS = (SLOT, CAPACITY, OPENS, CLOSES)
WEEKS_MAX = 520
HOLDING_MAX = 10**9


@dataclass(frozen=True, slots=True)
class Earned:
    """What a row of weeks earned, and what others would have, in cents."""

    value_cents: int
    at_once_cents: int | None
    """By placing in each week all that are there; none where that finds no room."""
    clairvoyant_cents: int | None
    """By knowing all arrivals: no other earns more. None where some batteries wait still."""

    def beside(self) -> list[str]:
        """Return what others would have earned, for a person."""
        told = (
            ("all that are there placed at once", self.at_once_cents),
            ("who knew every arrival", self.clairvoyant_cents),
        )
        return [
            f"  {who}: {cents / 100:,.2f}, of which this is {self.value_cents / cents:.1%}"
            for who, cents in told
            if cents is not None and cents > 0
        ]


def arrivals_of(offers: Offers, room: Table, batteries: Table) -> tuple[Arrivals, Integers]:
    """Return who comes when, and the numbers of the batteries that are gone already.

    Args:
        offers: Values and room.
        room: ``slot, capacity, opens, closes``: the first and last week of each slot.
        batteries: ``battery, arrives``, and where they are given ``leaves`` (the last week in which
            it may be placed; else none), ``holding_cents`` (a week; else 0) and
            ``gone`` (1: placed before; it only tells what comes in a week).

    Raises:
        Refused: ``table.…``; ``roll.battery``, ``roll.twice``: batteries that are not those of the
            values; ``roll.week``, ``roll.order``, ``roll.holding``, ``roll.gone``; ``roll.terms``:
            what only `circle allocate` knows of.
    """
    _check_plain(offers)
    check_spelling("batteries", batteries, COLUMNS[:2], COLUMNS[2:])
    order = _places(room.texts(SLOT), offers.room.slots)
    opens, closes = (_weeks(room, name)[order] for name in (OPENS, CLOSES))
    _check_order(opens, closes, offers.room.slots, (OPENS, CLOSES))
    rows = _places(batteries.texts(BATTERY), offers.batteries)
    arrives = _weeks(batteries, ARRIVES)[rows]
    leaves = _weeks(batteries, LEAVES, missing=WEEKS_MAX)[rows]
    _check_order(arrives, leaves, offers.batteries, (ARRIVES, LEAVES))
    holding = _whole(batteries, HOLDING, HOLDING_MAX, "roll.holding", missing=0)[rows]
    gone = np.flatnonzero(_whole(batteries, GONE, 1, "roll.gone", missing=0)[rows])
    found = Arrivals(
        offers.values,
        np.minimum(offers.room.capacity, len(offers.batteries)),
        arrives,
        leaves,
        opens,
        closes,
        holding,
    )
    return found, gone


def _check_plain(offers: Offers) -> None:
    terms = offers.room.terms
    if offers.counted or terms.has_gates or terms.lot.any():
        told = "batteries that are counted, gates, lots and sets are not placed week by week"
        raise Refused(
            "roll.terms", told,
            remedy=f"leave out the columns count, {', '.join(TERMS)}; bar pairs by no value",
        )  # fmt: skip


def weeks_of(arrivals: Arrivals, first: int, last: int | None) -> range:
    """Return the weeks from ``first`` to ``last``, or to the last in which a slot is open.

    Raises:
        Refused: ``roll.order``: they end before they begin; ``roll.week``.
    """
    stop = int(arrivals.closes.max()) if last is None else last
    if stop > WEEKS_MAX:
        raise Refused("roll.week", f"week {stop} is beyond {WEEKS_MAX}")
    if stop < first:
        raise Refused("roll.order", f"the weeks begin with {first} and end with {stop}")
    return range(first, stop + 1)


def rolled(
    offers: Offers,
    arrivals: Arrivals,
    gone: Integers,
    *,
    weeks: range,
    seed: int,
    progress: Callable[[int], None] = ignored,
) -> tuple[Table, Earned]:
    """Return where each battery went in which week, and what that earned beside others.

    Args:
        offers: Values and room.
        arrivals: Who comes when.
        gone: Numbers of batteries that are placed already.
        weeks: In which batteries are placed.
        seed: Of the futures that are drawn in a week.
        progress: Called with how many weeks are left.

    Raises:
        Refused: ``allocate.no_room``: batteries that may wait no longer have no place;
            ``roll.nothing``: no battery is there in these weeks.
    """
    mine = np.setdiff1d(np.flatnonzero(arrivals.arrives < weeks.stop), gone)
    if not len(mine):
        raise Refused(
            "roll.nothing",
            f"in weeks {weeks.start} to {weeks.stop - 1} there is no battery to place",
            remedy="name weeks in which some arrive, or those that wait and are not 'gone'",
        )
    missed = mine[arrivals.leaves[mine] < weeks.start]
    if len(missed):
        raise Refused(
            "roll.order",
            f"{shown(offers.batteries[missed[0]])} left in week {arrivals.leaves[missed[0]]}, and"
            f" the weeks begin with {weeks.start}",
            remedy="say that it is gone, or begin earlier",
        )
    final = _final(arrivals, weeks)
    try:
        found = placed_weekly(arrivals, gone, weeks, seed=seed, final=final, progress=progress)
    except NoRoom as error:
        names = [shown(offers.room.slots[one]) for one in error.blocked.slots.tolist()[:20]]
        raise Refused(
            "allocate.no_room",
            f"in week {error.week} {error.blocked.batteries} batteries may wait no longer and have"
            f" no place but {', '.join(names) or 'slots that are closed or full'}",
            remedy="add a slot that takes all and stays open, as recycling does",
        ) from error
    value = _net(arrivals, found)
    placed = mine[found.slot[mine] >= 0]
    plan = Table(
        {
            BATTERY: Texts(mine.astype(np.int32), offers.batteries),
            SLOT: Texts(found.slot[mine].astype(np.int32), offers.room.slots),
            WEEK: np.where(found.slot[mine] >= 0, found.week[mine], np.nan),
            VALUE: np.where(found.slot[mine] >= 0, value[mine], np.nan),
        }
    )
    whole = len(placed) == len(mine)
    return plan, Earned(
        value_cents=sum(value[placed].tolist()),
        at_once_cents=_at_once(arrivals, mine, gone, weeks) if whole else None,
        clairvoyant_cents=_clairvoyant(arrivals, mine, weeks) if whole else None,
    )


def _net(arrivals: Arrivals, found: Placed) -> Integers:
    rows = np.arange(len(found.slot))
    waited = found.week - arrivals.arrives
    net: Integers = arrivals.values.cents[rows, found.slot] - waited * arrivals.holding_cents
    return net


def _final(arrivals: Arrivals, weeks: range) -> int | None:
    """Return the last week in which any slot is open, where the weeks come so far."""
    last = int(arrivals.closes.max())
    return last if last in weeks else None


def _at_once(arrivals: Arrivals, mine: Integers, gone: Integers, weeks: range) -> int | None:
    try:
        found = placed_weekly(
            arrivals, gone, weeks, seed=0, futures=0, final=_final(arrivals, weeks)
        )
    except NoRoom:
        return None
    if (found.slot[mine] < 0).any():
        return None
    cents: list[int] = _net(arrivals, found)[found.slot >= 0].tolist()
    return sum(cents)


def _clairvoyant(arrivals: Arrivals, mine: Integers, weeks: range) -> int | None:
    """Return what they would be worth to one who knew every arrival from the first week on."""
    known = Arrivals(
        arrivals.values.taken(mine),
        arrivals.room,
        arrivals.arrives[mine],
        np.minimum(arrivals.leaves[mine], weeks.stop - 1),
        np.maximum(arrivals.opens, weeks.start),
        arrivals.closes,
        arrivals.holding_cents[mine],
    )
    found = best_allocation(known.timed(), arrivals.room)
    return None if isinstance(found, Blocked) else found.value_cents


def _places(column: Texts, names: tuple[str, ...]) -> Integers:
    """Return the row of each of the names, which the column has once each."""
    cells = [one or "" for one in column.cells()]
    row_of = {name: row for row, name in enumerate(cells)}
    if len(row_of) < len(cells):
        twice = next(name for row, name in enumerate(cells) if row_of[name] != row)
        raise Refused("roll.twice", f"{shown(twice)} has two rows", remedy="keep one of them")
    other = set(names) ^ set(cells)
    if other:
        one = min(other)
        where = "no row for its weeks" if one in set(names) else "weeks and no values"
        raise Refused("roll.battery", f"{shown(one)} has {where}")
    return np.array([row_of[name] for name in names])


def _weeks(table: Table, name: str, missing: int | None = None) -> Integers:
    return _whole(table, name, WEEKS_MAX, "roll.week", missing=missing)


def _whole(table: Table, name: str, most: int, code: str, *, missing: int | None) -> Integers:
    """Return whole numbers from 0 on; ``missing`` for empty cells and where there is no column."""
    if missing is not None and name not in table.names:
        return np.full(table.rows, missing)
    found = table.numbers(name)
    if missing is not None:
        found = np.where(np.isnan(found), missing, found)
    wrong = ~((found >= 0) & (found <= most) & (found == np.floor(found)))
    if wrong.any():
        row = int(wrong.argmax())
        told = f"{name} in row {row + 1} is {found[row]:g}"
        raise Refused(code, told, remedy=f"give whole numbers from 0 to {most}")
    return found.astype(np.int64)


def _check_order(
    first: Integers, last: Integers, names: tuple[str, ...], columns: tuple[str, str]
) -> None:
    wrong = first > last
    if wrong.any():
        one = int(wrong.argmax())
        raise Refused(
            "roll.order",
            f"{shown(names[one])}: {columns[0]} {first[one]} is after {columns[1]} {last[one]}",
        )
