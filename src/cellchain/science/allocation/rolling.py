r"""Batteries placed week by week, before it is known who comes next.

A battery in stock may go to a slot that is open now, or wait for one that is not there yet, which
costs its storage. Whether it waits is told by futures: weeks that were seen, drawn again with the
batteries and the slots that came in them. Each future is one allocation (`optimum`) of stock and
comers to open slots and coming ones. A battery is placed where half of the futures place it in a
slot that is open now (consensus: Van Hentenryck and Bent, Online Stochastic Combinatorial
Optimization, 2006, chapter 3); among the open slots it goes where its value less the mean of the
futures' prices is largest, for a place that is kept is worth that to those who come (bid prices:
Talluri and van Ryzin, The Theory and Practice of Revenue Management, 2004, section 3.2).

Nothing that comes later than a week moves what is decided in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cellchain.science.allocation.optimum import best_allocation, ignored
from cellchain.science.allocation.paths import Blocked
from cellchain.science.allocation.values import Values

if TYPE_CHECKING:
    from collections.abc import Callable

    from cellchain.science.allocation.values import Integers
    from cellchain.science.portable import Floats

FUTURES = 4
"""Drawn in a week."""
AHEAD_WEEKS = 12
"""Of a future, at most; less where everything that was seen is closed before."""
AGREED = 0.5
"""Of the futures, for a battery to be placed."""
UNPLACED = -1
NONE = np.empty(0, np.int64)


class NoRoom(Exception):
    """Batteries that may wait no longer have no place."""

    def __init__(self, week: int, blocked: Blocked) -> None:
        super().__init__(week, blocked)
        self.week, self.blocked = week, blocked


@dataclass(frozen=True, slots=True, eq=False)
class Arrivals:
    """Batteries and slots, and the weeks in which they are there."""

    values: Values
    """Cents before storage, shape [batteries, slots]."""
    room: Integers
    """Batteries that each slot takes, shape [slots]."""
    arrives: Integers
    """First week of each battery, from 0."""
    leaves: Integers
    """Last week in which a battery may be placed, at least `arrives`."""
    opens: Integers
    """First week of each slot, from 0."""
    closes: Integers
    """Last week of each slot, at least `opens`."""
    holding_cents: Integers
    """Of each battery, a week that it waits."""

    def timed(self) -> Values:
        """Return what each pair is worth when it meets in its first week in common.

        Less the storage until then; barred where they are never there at once. An allocation by
        these values is what one who knew every arrival would make: no other earns more.
        """
        meets = np.maximum(self.arrives[:, np.newaxis], self.opens)
        waited = meets - self.arrives[:, np.newaxis]
        cents = self.values.cents - waited * self.holding_cents[:, np.newaxis]
        never = meets > np.minimum(self.leaves[:, np.newaxis], self.closes)
        barred = never | (self.values.cents == Values.BARRED)
        return Values(np.where(barred, Values.BARRED, cents))


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """What was decided, week by week."""

    slot: Integers
    """Of each battery, shape [batteries]; `UNPLACED` where it waits still."""
    week: Integers
    """In which it was placed."""


@dataclass(slots=True, eq=False)
class Week:
    """What is known in a week, and what is decided in it."""

    known: Arrivals
    now: int
    stock: Integers
    """Numbers of the batteries that wait."""
    left: Integers
    """Room of each slot that is left, shape [slots]."""
    final: bool = False
    """Whether nobody may wait on."""

    def decided(self, rng: np.random.Generator, futures: int) -> tuple[Integers, Integers]:
        """Return the batteries that are placed now, and their slots.

        Raises:
            NoRoom: Batteries that may wait no longer have no place.
        """
        known, now = self.known, self.now
        there = (known.opens <= now) & (known.closes >= now) & (self.left > 0)
        open_ = np.flatnonzero(there)
        prices: Floats = np.zeros(len(open_))
        placed: Floats = np.zeros(len(self.stock))
        for _ in range(futures):
            slot, price = self._future(open_, rng)
            prices += price / futures
            placed += (slot < len(open_)) / futures
        must = (known.leaves[self.stock] <= now) | self.final
        asked = (placed >= AGREED) | must | (futures == 0)
        goes, must = self.stock[asked], must[asked]
        if not len(goes):
            return NONE, NONE
        cents = known.values.cents[np.ix_(goes, open_)]
        net = np.where(cents > Values.BARRED, cents - np.rint(prices).astype(np.int64), cents)
        wait = np.where(must, Values.BARRED, -Values.LARGEST)
        choices = np.hstack([net, wait[:, np.newaxis]])
        nowhere = int((choices == Values.BARRED).all(axis=1).sum())
        if nowhere:
            raise NoRoom(now, Blocked(NONE, nowhere, 0))
        found = best_allocation(Values(choices), np.append(self.left[open_], len(goes)))
        if isinstance(found, Blocked):
            full = open_[found.slots[found.slots < len(open_)]]
            raise NoRoom(now, Blocked(full, found.batteries, found.room))
        stays = found.slot == len(open_)
        return goes[~stays], open_[found.slot[~stays]]

    def _future(self, open_: Integers, rng: np.random.Generator) -> tuple[Integers, Integers]:
        """Return in one future the place of each in stock, and the price of each open slot.

        A place below the number of open slots is one of these.
        """
        known, now = self.known, self.now
        weeks = rng.integers(0, now + 1, self._ahead())
        coming, comes = _again(known.arrives, weeks, now + 1)
        # what stood open in the first week is no arrival, and comes not again
        slots, opens = _again(np.where(known.opens > 0, known.opens, UNPLACED), weeks, now + 1)
        batteries = np.append(self.stock, coming)
        places = np.append(open_, slots)
        future = Arrivals(
            Values(known.values.cents[np.ix_(batteries, places)]),
            np.append(self.left[open_], known.room[slots]),
            np.append(np.full(len(self.stock), now), comes),
            np.append(known.leaves[self.stock], comes + (known.leaves - known.arrives)[coming]),
            np.append(np.full(len(open_), now), opens),
            np.append(known.closes[open_], opens + (known.closes - known.opens)[slots]),
            known.holding_cents[batteries],
        )
        # who has no place in this future stays outside it, as the worst that can be
        outside = np.full((len(batteries), 1), -Values.LARGEST)
        timed = Values(np.hstack([future.timed().cents, outside]))
        found = best_allocation(timed, np.append(future.room, len(batteries)))
        assert not isinstance(found, Blocked)  # outside is room for all
        return found.slot[: len(self.stock)], found.prices[: len(open_)]

    def _ahead(self) -> int:
        known = self.known.closes[self.known.opens <= self.now]
        return min(AHEAD_WEEKS, int(known.max(initial=self.now)) - self.now)


def _again(came: Integers, weeks: Integers, start: int) -> tuple[Integers, Integers]:
    """Return who came in each of some weeks, and the weeks, one after another, they come again."""
    parts = [np.flatnonzero(came == week) for week in weeks]
    when = np.repeat(np.arange(start, start + len(parts)), [len(part) for part in parts])
    return np.concatenate([NONE, *parts]), when


def placed_weekly(
    arrivals: Arrivals,
    gone: Integers,
    weeks: range,
    *,
    seed: int,
    futures: int = FUTURES,
    final: int | None = None,
    progress: Callable[[int], None] = ignored,
) -> Placed:
    """Return what is decided in some weeks, in each with what is known in it.

    Args:
        arrivals: Batteries and slots; the room is what is left before these weeks.
        gone: Numbers of batteries that are placed already: they tell what comes in a week.
        weeks: In which batteries are placed, one after another.
        seed: Of the futures; each week draws its own from it.
        futures: Drawn in a week; 0 places all that are there at once, as one who never waits.
        final: The week in which all that are there are placed, if there is one.
        progress: Called with how many weeks are left.

    Raises:
        NoRoom: Batteries that may wait no longer have no place.
    """
    slot = np.full(len(arrivals.arrives), UNPLACED)
    week = np.full(len(arrivals.arrives), UNPLACED)
    left = arrivals.room.copy()
    waits = np.ones(len(slot), bool)
    waits[gone] = False
    for now in weeks:
        stock = np.flatnonzero(waits & (arrivals.arrives <= now))
        if len(stock):
            rng = np.random.default_rng([seed, now])
            who, where = Week(arrivals, now, stock, left, now == final).decided(rng, futures)
            slot[who], week[who], waits[who] = where, now, False
            left -= np.bincount(where, minlength=len(left))
        progress(weeks.stop - now - 1)
    return Placed(slot, week)
