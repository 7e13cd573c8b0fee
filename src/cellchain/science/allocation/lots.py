r"""The allocation where a slot takes nothing or at least a lot: branch and bound over such slots.

With lots the problem is no longer totally unimodular: the best allocation without them, the
relaxation, may put too few into a slot. Such a slot is then tried closed, and tried open with so
many as it must hold; each of the two is an allocation of most value again (`paths`), and its prices
bound what any plan of that branch is worth,

$$ \sum_i \max_j (v_{ij} - p_j) + \sum_j \max(p_j c_j, p_j l_j) $$

over slots that are not closed, $c_j$ being the room and $l_j$ the lot of an open slot, whose price
may be below 0, else 0. The branches share out all plans, so the largest of their bounds holds for
every plan, and who has values and prices checks it without the search (Land and Doig 1960).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from cellchain.science.allocation.optimum import Shares, best_shares, ignored, worth
from cellchain.science.allocation.paths import Blocked, Flow

if TYPE_CHECKING:
    from collections.abc import Callable

    from cellchain.science.allocation.values import Integers, Values

PAIRS_LOOKED_AT = 50_000_000
"""By which the branches that are looked at are bounded: each looks at all pairs."""
BRANCHES_MAX = 1_000
PRICE_MAX = 1 << 58


@dataclass(frozen=True, slots=True, eq=False)
class Branch:
    """Plans that use some slots and not others, and prices that bound what they are worth."""

    opened: tuple[int, ...]
    """Slots that hold their lot at least."""
    closed: tuple[int, ...]
    """Slots that hold nothing."""
    prices: Integers
    """Cents, shape [slots]; below 0 at most of open and closed slots."""


@dataclass(frozen=True, slots=True, eq=False)
class Lots:
    """A plan that keeps the lots, and what bounds every such plan."""

    shares: Shares
    """The plan, with the prices of the relaxation."""
    branches: tuple[Branch, ...]
    """That share out all plans; none where the relaxation keeps the lots."""
    bound_cents: int
    """The largest of the branches' bounds; that of the relaxation where there are none."""


@dataclass(frozen=True, slots=True, eq=False)
class Unkept:
    """No plan that keeps the lots was found, though one without them exists."""

    proved: bool
    """Whether there is none."""


@dataclass(frozen=True, slots=True, eq=False)
class Crowd:
    """Batteries, those alike in one row, and the slots they may go to."""

    values: Values
    count: Integers
    """How many are alike in each row."""
    room: Integers
    """Batteries that each slot takes, shape [slots]."""
    lot: Integers
    """Least that a slot takes if it takes any, 0 where that is no matter, shape [slots]."""

    def bound(self, branch: Branch) -> int:
        """Return what no plan of a branch is worth more than."""
        room, least = self._limits(branch)
        net: list[int] = self.values.best(branch.prices)[1].tolist()
        held = zip(branch.prices.tolist(), room.tolist(), least.tolist(), strict=True)
        total = sum(map(int.__mul__, net, self.count.tolist()))
        for price, most, fewest in held:
            total += max(price * most, price * fewest)
        return total

    def flow(self, branch: Branch) -> Flow:
        """Return batteries in the slots of a branch, from its prices, where some must move."""
        room, least = self._limits(branch)
        # a slot of neither kind keeps its price at 0 or above, which its spare room asks for
        return Flow(self.values, room, np.append(branch.prices, 0), self.count, least)

    def _limits(self, branch: Branch) -> tuple[Integers, Integers]:
        room, least = self.room.copy(), np.zeros_like(self.room)
        opened, closed = list(branch.opened), list(branch.closed)
        least[opened] = self.lot[opened]
        room = np.maximum(room, least)
        room[closed] = 0
        return room, least

    def short(self, slot: Integers, amount: Integers) -> Integers:
        """Return by how much slots in use miss their lot, shape [slots]; 0 where they do not."""
        load = np.bincount(slot, amount, len(self.room)).astype(np.int64)
        return np.where(load > 0, np.maximum(self.lot - load, 0), 0)


@dataclass(slots=True, eq=False)
class _Search:
    crowd: Crowd
    relaxed: Shares
    best: Shares | None = None
    waiting: list[tuple[int, Branch]] = field(default_factory=list)
    """With their bounds."""
    ended: list[Branch] = field(default_factory=list)
    dead: list[tuple[Branch, Blocked]] = field(default_factory=list)
    """Branches without any plan."""

    def run(self, looks: int, progress: Callable[[int], None]) -> None:
        self.waiting = [(0, Branch((), (), self.relaxed.prices))]
        for left in range(looks, 0, -1):
            if not self.waiting or self._is_settled():
                return
            progress(left)
            self._look(self._next())

    def _is_settled(self) -> bool:
        """Whether nothing that waits may be worth more than the plan that is known."""
        if self.best is None:
            return False
        return max(bound for bound, _ in self.waiting) <= self.best.value_cents

    def _next(self) -> Branch:
        """Return the last branch until there is a plan, then the one of the largest bound."""
        bounds = [bound for bound, _ in self.waiting]
        place = -1 if self.best is None else bounds.index(max(bounds))
        return self.waiting.pop(place)[1]

    def _look(self, branch: Branch) -> None:
        flow = self.crowd.flow(branch)
        blocked = flow.settle(ignored)
        if blocked is not None:
            self.dead.append((branch, blocked))
            return
        here = Branch(branch.opened, branch.closed, flow.prices[:-1])
        row, slot, amount = flow.holdings()
        cents = worth(self.crowd.values, row, slot, amount)
        if self.best is not None and cents <= self.best.value_cents:
            self.ended.append(here)
            return
        short = self.crowd.short(slot, amount)
        if not short.any():
            self.best = Shares(row, slot, amount, self.relaxed.prices, cents)
            self.ended.append(here)
            return
        one = int((np.minimum(short, self.crowd.lot - short)).argmax())
        children = [
            (cents, Branch((*here.opened, one), here.closed, here.prices)),
            (cents, Branch(here.opened, (*here.closed, one), here.prices)),
        ]
        if 2 * short[one] < self.crowd.lot[one]:  # more is there than is missing: open it first
            children.reverse()
        self.waiting += children

    def branches(self, cents: int) -> tuple[Branch, ...]:
        """Return what shares out all plans, with prices."""
        dead = [self._priced_out(*one, cents) for one in self.dead]
        return (*self.ended, *(branch for _, branch in self.waiting), *dead)

    def _priced_out(self, branch: Branch, blocked: Blocked, cents: int) -> Branch:
        """Return prices that show that a branch has no plan worth more than ``cents``.

        The farther prices move so, the less the bound is: more batteries have no other place
        than these slots hold, or fewer may go there than these slots must hold.
        """
        toward = np.zeros(len(self.crowd.room), np.int64)
        toward[blocked.slots] = 1 if blocked.batteries else -1
        step = 1 << 20
        while True:
            prices = branch.prices + step * toward
            found = Branch(branch.opened, branch.closed, prices)
            if step >= PRICE_MAX or self.crowd.bound(found) <= cents:
                return found
            step *= 1 << 4


def best_lots(
    crowd: Crowd, progress: Callable[[int], None] = ignored, looks: int | None = None
) -> Lots | Unkept | Blocked:
    """Return the best plan that was found of those that keep the lots, and what bounds them all.

    The best there is where value and bound are one, as they are unless the branches became too
    many. Why there is none, where no plan exists even without lots.

    Args:
        crowd: At least one battery; each may go to one slot at least.
        progress: Called with what is left, now and then.
        looks: Branches that are looked at, at most; else by the size of the problem, and enough to
            come to one plan.
    """
    relaxed = best_shares(crowd.values, crowd.count, crowd.room, progress)
    if isinstance(relaxed, Blocked):
        return relaxed
    if not crowd.short(relaxed.slot, relaxed.amount).any():
        return Lots(relaxed, (), crowd.bound(Branch((), (), relaxed.prices)))
    search = _Search(crowd, relaxed)
    search.run(looks or _looks(crowd), progress)
    if search.best is None:
        return Unkept(proved=not search.waiting)
    branches = search.branches(search.best.value_cents)
    return Lots(search.best, branches, max(map(crowd.bound, branches)))


def _looks(crowd: Crowd) -> int:
    by_size = min(BRANCHES_MAX, PAIRS_LOOKED_AT // crowd.values.cents.size)
    return max(by_size, 4 * int((crowd.lot > 0).sum()) + 8)
