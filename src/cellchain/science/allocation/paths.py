"""The optimum, from prices: batteries move along shortest paths until no slot holds too many.

Each battery first goes where its value less the price is largest; so nobody wants to move, but some
slots hold too many, and some that have a price hold too few. The slots and the spare room are the
nodes of a graph; an arc from *s* to *t* moves the battery of *s* that loses least by it. A shortest
path from a slot with too many to one with too few mends one of each, and prices follow so that
still nobody wants to move (successive shortest paths: Jewell 1962, Edmonds and Karp 1972). When all
is mended the allocation is feasible and nobody wants to move: it is optimal.

Batteries that are alike stand in one row with their count and move together, as many as a path
takes. A slot may have to hold a least number; its price is then below 0 where it holds no more.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from cellchain.science.allocation.values import Values

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from cellchain.science.allocation.values import Integers

FAR = 1 << 59
"""A path so long takes a barred arc."""
BEYOND = 2 * FAR


@dataclass(frozen=True, slots=True, eq=False)
class Blocked:
    """Slots that hold too many of which none may go elsewhere."""

    slots: Integers
    """Numbers of the slots."""
    batteries: int
    """How many have no other place than these slots; 0 where a slot lacks batteries instead."""
    room: int
    """Of these slots together; less than `batteries`."""


@dataclass(slots=True, eq=False)
class Flow:
    """Batteries in slots, and prices with which none of them wants to move."""

    values: Values
    room: Integers
    """Shape [slots]."""
    prices: Integers
    """Shape [slots + 1]; the last is the spare room's, 0."""
    count: Integers
    """How many batteries are alike in each row of the values, shape [rows]."""
    least: Integers
    """Batteries that each slot must hold, shape [slots]."""
    excess: Integers = field(init=False)
    """Of each slot and the spare room: above 0 too many, below too few, shape [slots + 1]."""
    spare: Integers = field(init=False)
    """Room of each slot that is left, shape [slots]."""
    gain: Integers = field(init=False)
    """Most value that a battery of one slot gains in another, shape [slots + 1, slots + 1]."""
    _members: list[Integers] = field(init=False)
    _amounts: list[Integers] = field(init=False)

    def __post_init__(self) -> None:
        k = len(self.room)
        slot, _ = self.values.best(self.prices[:-1])
        load = np.bincount(slot, self.count, k).astype(np.int64)
        most = self.room - self.least
        left = np.minimum(np.maximum(self.room - load, 0), most)
        price = self.prices[:-1]
        self.spare = np.where(price == 0, left, np.where(price < 0, most, 0))
        self.excess = np.append(load + self.spare - self.room, 0)
        self.excess[-1] = -self.excess.sum()
        order = np.argsort(slot, kind="stable")
        self._members = np.split(order, np.cumsum(np.bincount(slot, minlength=k))[:-1])
        self._amounts = [self.count[members] for members in self._members]
        self.gain = np.full((k + 1, k + 1), Values.BARRED)
        self.gain[-1, :-1] = np.where((self.least > 0) & (self.spare >= most), Values.BARRED, 0)
        self.gain[:-1, -1] = np.where(self.spare > 0, 0, Values.BARRED)
        for one, members in enumerate(self._members):
            self.gain[one, :-1] = self._most(members, one, np.arange(k))
            self.gain[one, one] = Values.BARRED

    def settle(self, progress: Callable[[int], None]) -> Blocked | None:
        """Move batteries until no slot holds too many; or return what stands in the way.

        Args:
            progress: Called with how many batteries must still move, now and then.
        """
        while (self.excess > 0).any():
            progress(int(self.excess[self.excess > 0].sum()))
            wanting, before = self._reached()
            if not len(wanting):
                return self._blocked()
            for last in wanting.tolist():
                path = _backwards(before, last)
                if self.excess[path[0]] > 0 and self._is_tight(path):
                    self._push(path)
        return None

    def holdings(self) -> tuple[Integers, Integers, Integers]:
        """Return rows, slots and amounts above 0, by rows and then by slots."""
        rows = np.concatenate(self._members)
        slots = np.repeat(np.arange(len(self.room)), [len(one) for one in self._members])
        order = np.lexsort((slots, rows))
        return rows[order], slots[order], np.concatenate(self._amounts)[order]

    def _reached(self) -> tuple[Integers, Integers]:
        """Move the prices along shortest paths from all slots with too many.

        Returns:
            The nodes with too few that were reached, the nearest first; of each node the one
            before it on its path, −1 where it begins. On these paths a move now costs nothing.
        """
        full = np.flatnonzero(self.excess > 0)
        open_ = self.excess <= 0
        first = self.prices - self.prices[full, np.newaxis] - self.gain[full]
        nearest = first.argmin(axis=0)
        distance = np.where(open_, first[nearest, np.arange(len(open_))], 0)
        before = np.where(open_, full[nearest], -1)
        reach = np.where(open_, distance, BEYOND)  # of nodes that are open
        wanting = []
        left = int((self.excess < 0).sum())
        while left:
            here = int(reach.argmin())
            length = int(reach[here])
            if length >= FAR:
                break
            open_[here] = False
            reach[here] = BEYOND
            if self.excess[here] < 0:
                left -= 1
                wanting.append(here)
                farthest = length
            along = self.prices - self.prices[here] - self.gain[here] + length
            nearer = (along < distance) & open_
            distance[nearer] = reach[nearer] = along[nearer]
            before[nearer] = here
        if wanting:
            self.prices -= np.minimum(distance, farthest)
            self.prices -= self.prices[-1]
        return np.array(wanting, np.int64), before

    def _is_tight(self, path: list[int]) -> bool:
        """Whether moves along a path cost nothing still, after those before it."""
        s, t = path[:-1], path[1:]
        return bool((self.gain[s, t] == self.prices[t] - self.prices[s]).all())

    def _push(self, path: list[int]) -> None:
        k = len(self.room)
        arcs = list(pairwise(path))
        movers = [self._mover(s, t) if k not in (s, t) else (-1, -1) for s, t in arcs]
        some = min(int(self.excess[path[0]]), -int(self.excess[path[-1]]))
        for place, (s, t) in zip((place for _, place in movers), arcs, strict=True):
            some = min(some, self._at_most(place, s, t))
        for (row, _), (s, t) in zip(movers, arcs, strict=True):
            if k in (s, t):
                self._shift_spare(s, t, some)
            else:
                self._leave(s, row, some)
                self._join(t, row, some)
        self.excess[path[0]] -= some
        self.excess[path[-1]] += some

    def _at_most(self, place: int, s: int, t: int) -> int:
        """Return how many batteries an arc moves, ``place`` being the mover's among those of s."""
        if t == len(self.room):
            return int(self.spare[s])
        if s == len(self.room):
            # an arc without a least may take spare room that is yet to come: see `_shift_spare`
            return int(self.room[t] - self.least[t] - self.spare[t]) if self.least[t] else BEYOND
        return int(self._amounts[s][place])

    def _shift_spare(self, s: int, t: int, some: int) -> None:
        k = len(self.room)
        if t == k:
            self.spare[s] -= some
            self.gain[s, k] = 0 if self.spare[s] > 0 else Values.BARRED
            if self.least[s]:
                self.gain[k, s] = 0
        else:
            self.spare[t] += some
            self.gain[t, k] = 0
            if self.least[t] and self.spare[t] >= self.room[t] - self.least[t]:
                self.gain[k, t] = Values.BARRED

    def _mover(self, s: int, t: int) -> tuple[int, int]:
        """Return the row of ``s`` that loses least in ``t``, and its place among those of s."""
        members = self._members[s]
        cents = self.values.cents
        place = int((cents[members, t] - cents[members, s]).argmax())
        return int(members[place]), place

    def _leave(self, s: int, row: int, some: int) -> None:
        staying = self._members[s] != row
        place = int(staying.argmin())
        if self._amounts[s][place] > some:
            self._amounts[s][place] -= some
            return
        cents = self.values.cents
        members = self._members[s] = self._members[s][staying]
        self._amounts[s] = self._amounts[s][staying]
        foremost = self.gain[s, :-1] == cents[row] - cents[row, s]
        where = np.flatnonzero(foremost)
        self.gain[s, where] = self._most(members, s, where)
        self.gain[s, s] = Values.BARRED

    def _join(self, t: int, row: int, some: int) -> None:
        there = np.flatnonzero(self._members[t] == row)
        if len(there):
            self._amounts[t][there[0]] += some
            return
        self._members[t] = np.append(self._members[t], row)
        self._amounts[t] = np.append(self._amounts[t], some)
        gains = self.values.cents[row] - self.values.cents[row, t]
        np.maximum(self.gain[t, :-1], gains, out=self.gain[t, :-1])
        self.gain[t, t] = Values.BARRED

    def _most(self, members: Integers, s: int, where: Integers) -> Integers:
        """Return what a battery of slot ``s`` gains at most in each of some slots."""
        if not len(members):
            return np.full(len(where), Values.BARRED)
        cents = self.values.cents
        gains = cents[members[:, np.newaxis], where] - cents[members, s, np.newaxis]
        found: Integers = gains.max(axis=0)
        return found

    def _blocked(self) -> Blocked:
        reached: NDArray[np.bool_] = self.excess > 0
        while True:
            more = reached | (self.gain[reached] > -FAR).any(axis=0)
            if (more == reached).all():
                break
            reached = more
        if reached[-1]:  # whoever has room to spare lacks no place: the others lack batteries
            return Blocked(np.flatnonzero(~reached[:-1]), 0, 0)
        slots = np.flatnonzero(reached[:-1])
        batteries = sum(int(self._amounts[slot].sum()) for slot in slots.tolist())
        return Blocked(slots, batteries, int(self.room[slots].sum()))


def _backwards(before: Integers, last: int) -> list[int]:
    path = [last]
    while before[path[-1]] >= 0:
        path.append(int(before[path[-1]]))
    return path[::-1]
