"""The allocation where slots take batteries in sets that are alike, as good as it was found.

Sets break unimodularity, and what is found here is no proof: batteries are allocated as if sets
were no matter; what goes to a slot of sets is then grouped in the order of health, best sets first;
who is in no set goes where it is worth most of what takes any battery, which is exact once the sets
stand (`lots`). With the prices of that, sets that earn less than their batteries alone are given
up and others made, and batteries of two places are swapped, as long as it pays. Then some sets, by
lot or those of batteries that are nearly alike, are taken apart again and again and made anew with
scores a little off, and what is better is kept (large neighbourhood search: Shaw 1998). The bound
is that of the relaxation: prices and branches know nothing of sets.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from cellchain.science.allocation.lots import Crowd, Lots, best_lots
from cellchain.science.allocation.optimum import ignored
from cellchain.science.allocation.values import Values
from cellchain.science.allocation.windows import best_sets

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from cellchain.science.allocation.values import Integers
    from cellchain.science.allocation.windows import Alike
    from cellchain.science.portable import Floats

ROUNDS_MAX = 12
SWEEPS_MAX = 20
TRIES_MAX = 40
PAIRS_TRIED = 2_000_000
"""By which the tries are bounded: each looks at all pairs several times."""
APART_SHARE = 0.3
"""Of the sets that are taken apart by lot."""
NEAR = 2
"""Spreads by which health differs at most of batteries that are nearly alike."""
OFF = 0.2
"""By what share of the median score a score is off in a try, one standard deviation."""
LOOKS_REST = 40
"""Branches that are looked at for what is in no set."""
ALONE = -1
"""The set of a battery that is in none."""
FAR = 1 << 50
"""Farther than any two healths."""


@dataclass(frozen=True, slots=True, eq=False)
class Sets:
    """A plan."""

    slot: Integers
    """Of each battery."""
    group: Integers
    """Number of the set that each battery is in, or `ALONE`."""
    value_cents: int


@dataclass(slots=True, eq=False)
class _Work:
    crowd: Crowd
    """Each battery in a row of its own."""
    alike: Alike
    slot: Integers
    """Of each battery; of those in no set, where they were last."""
    group: Integers
    prices: Integers
    """Of all slots, of which those count that take any battery."""
    kept: Sets | None = None
    asked: Integers = field(init=False)
    """Slots of sets."""
    plain: Integers = field(init=False)

    def __post_init__(self) -> None:
        self.asked = np.flatnonzero(self.alike.size > 1)
        self.plain = np.flatnonzero(self.alike.size <= 1)

    def alone_cents(self) -> Integers:
        """Return what each battery is worth in no set, less the price of its place there."""
        cents = self.crowd.values.cents[:, self.plain]
        net = np.where(cents == Values.BARRED, cents, cents - self.prices[self.plain])
        best = net.max(axis=1, initial=Values.BARRED)
        return np.where(best == Values.BARRED, -Values.LARGEST, best)

    def fill(self, score: Integers) -> bool:
        """Make sets as long as their scores, [batteries, slots of sets], sum above 0."""
        changed = False
        while True:
            found = [
                (total, number, members)
                for number, slot in enumerate(self.asked.tolist())
                if self._left(slot) >= self.alike.size[slot]
                for total, members in best_sets(
                    self.alike, slot, score[:, number], self._may_join(slot)
                )
                if total > 0
            ]
            if not found:
                return changed
            changed = True
            for _, number, members in sorted(found, key=lambda one: (-one[0], one[1])):
                slot = int(self.asked[number])
                room = self._left(slot) >= self.alike.size[slot]
                if room and (self.group[members] == ALONE).all():
                    self.group[members] = self.group.max(initial=ALONE) + 1
                    self.slot[members] = slot

    def _may_join(self, slot: int) -> NDArray[np.bool_]:
        able: NDArray[np.bool_] = self.group == ALONE
        able &= self.crowd.values.cents[:, slot] > Values.BARRED
        return able

    def _left(self, slot: int) -> int:
        held = int(((self.slot == slot) & (self.group != ALONE)).sum())
        return int(self.crowd.room[slot]) - held

    def give_up(self) -> None:
        """Take sets apart whose batteries earn more alone, and those of slots that miss a lot."""
        inside = self.group != ALONE
        load = np.bincount(self.slot[inside], minlength=len(self.crowd.room))
        poor = self._gain_cents()[self.group] < 0
        self.group[inside & poor] = ALONE
        self.group[inside & (load < self.crowd.lot)[self.slot]] = ALONE

    def give_up_half(self) -> bool:
        """Take apart the half of the sets that earns least. Whether there was any."""
        sets = np.unique(self.group[self.group != ALONE])
        poorest = sets[np.argsort(self._gain_cents()[sets], kind="stable")]
        self.group[np.isin(self.group, poorest[: (len(sets) + 1) // 2])] = ALONE
        return len(sets) > 0

    def _gain_cents(self) -> Floats:
        """Return what the batteries of each set earn more in it than alone; last, for those: 0."""
        inside = self.group != ALONE
        cents = self.crowd.values.in_slots(self.slot) - self.alone_cents()
        return np.append(np.bincount(self.group[inside], cents[inside]), 0.0)

    def take_apart(self, rng: np.random.Generator, *, near: bool) -> None:
        """Take some sets of the plan that is kept apart: by lot, or around one battery."""
        assert self.kept is not None
        self.slot, self.group = self.kept.slot.copy(), self.kept.group.copy()
        if near:
            one, width = rng.integers(len(self.group)), NEAR * int(self.alike.spread.max())
            beside = np.abs(self.alike.health - self.alike.health[one]) <= width
            gone = self.group[beside & (self.alike.kind == self.alike.kind[one])]
        else:
            sets = np.unique(self.group)
            gone = sets[rng.random(len(sets)) < APART_SHARE]
        self.group[np.isin(self.group, gone)] = ALONE

    def scores(self) -> Integers:
        """Return what each battery earns more in each slot of sets than alone."""
        cents = self.crowd.values.cents[:, self.asked]
        alone = self.alone_cents()[:, np.newaxis]
        return np.where(cents == Values.BARRED, cents, cents - alone)

    def settle(self) -> bool:
        """Place who is in no set, exactly; keep the plan where it is the best. Whether it is."""
        free = np.flatnonzero(self.group == ALONE)
        if len(free):
            cents = self.crowd.values.cents[np.ix_(free, self.plain)]
            if not len(self.plain) or (cents == Values.BARRED).all(axis=1).any():
                return False
            rest = Crowd(
                Values(cents), self.crowd.count[free],
                np.minimum(self.crowd.room[self.plain], len(free)), self.crowd.lot[self.plain],
            )  # fmt: skip
            found = best_lots(rest, ignored, LOOKS_REST)
            if not isinstance(found, Lots):
                return False
            self.slot[free[found.shares.row]] = self.plain[found.shares.slot]
            self.prices[self.plain] = found.shares.prices
        inside = self.group != ALONE
        load = np.bincount(self.slot[inside], minlength=len(self.crowd.room))
        if ((load > 0) & (load < self.crowd.lot))[self.asked].any():
            return False
        value = self.crowd.values.worth(self.slot)
        if self.kept is not None and value <= self.kept.value_cents:
            return False
        self.kept = Sets(self.slot.copy(), self.group.copy(), value)
        return True

    def swap(self) -> None:
        """Let two batteries change places as long as it pays and sets stay alike."""
        for _ in range(SWEEPS_MAX):
            paid = [self._swapped(one) for one in np.flatnonzero(self.group != ALONE).tolist()]
            if not any(paid):
                return

    def _swapped(self, one: int) -> bool:
        cents, health = self.crowd.values.cents, self.alike.health
        low, high = self._span(one)
        may = (self.alike.kind == self.alike.kind[one]) & (health >= low) & (health <= high)
        may &= self.slot != self.slot[one]
        there, here = self.slot, self.slot[one]
        may &= (cents[:, here] > Values.BARRED) & (cents[one, there] > Values.BARRED)
        gain = cents[:, here] + cents[one, there] - cents[one, here]
        gain -= self.crowd.values.in_slots(self.slot)
        gain = np.where(may, gain, 0)
        for other in np.argsort(-gain, kind="stable")[:8].tolist():
            if gain[other] <= 0:
                return False
            span = self._span(other) if self.group[other] != ALONE else (-FAR, FAR)
            if span[0] <= health[one] <= span[1]:
                for column in (self.slot, self.group):
                    column[one], column[other] = column[other], column[one]
                return True
        return False

    def _span(self, one: int) -> tuple[int, int]:
        """Return from what health to what another battery may take the place of one in its set."""
        mates = np.flatnonzero(self.group == self.group[one])
        health = self.alike.health[mates[mates != one]]
        spread = int(self.alike.spread[self.slot[one]])
        return int(health.max()) - spread, int(health.min()) + spread


def best_found_sets(
    crowd: Crowd, alike: Alike, relaxed: Lots, progress: Callable[[int], None] = ignored
) -> Sets | None:
    """Return the best plan in sets that was found; none where none was.

    Args:
        crowd: Each battery in a row of its own; the room of slots of sets is of whole sets.
        alike: What is asked of sets.
        relaxed: The plan as if sets were no matter.
        progress: Called with how many rounds are left at most.
    """
    nothing = np.full(len(crowd.count), ALONE)
    base = _Work(crowd, alike, relaxed.shares.slot.copy(), nothing, relaxed.shares.prices.copy())
    begun = [_begun(base, by_relaxed=by_relaxed) for by_relaxed in (True, False)]
    good = [work for work in begun if _improve(work)]
    if not good:
        return None
    best = max(good, key=_worth)  # the first of equals
    _stir(best, progress)
    return best.kept


def _worth(work: _Work) -> int:
    assert work.kept is not None
    return work.kept.value_cents


def _begun(base: _Work, *, by_relaxed: bool) -> _Work:
    work = replace(base, slot=base.slot.copy(), group=base.group.copy(), prices=base.prices.copy())
    cents = work.crowd.values.cents
    if by_relaxed:
        net = np.where(cents == Values.BARRED, cents, cents - work.prices)
        score = np.empty((len(cents), len(work.asked)), np.int64)
        for number, slot in enumerate(work.asked.tolist()):
            others = np.delete(net, slot, axis=1).max(axis=1, initial=-Values.LARGEST)
            score[:, number] = net[:, slot] - np.maximum(others, -Values.LARGEST)
        work.fill(score)
    return work


def _improve(work: _Work) -> bool:
    """Make a plan better, round by round. Whether there is one."""
    for _ in range(ROUNDS_MAX):
        work.fill(work.scores())
        better = work.settle()
        while work.kept is None and not better and work.give_up_half():
            better = work.settle()
        if work.kept is None:
            return False
        work.swap()
        better |= work.settle()
        if not better:
            break
        work.give_up()
    return True


def _stir(work: _Work, progress: Callable[[int], None]) -> None:
    """Take sets apart and make others, as often as the size allows."""
    rng = np.random.default_rng(0)  # the same files give the same plan
    for left in range(min(TRIES_MAX, PAIRS_TRIED // work.crowd.values.cents.size), 0, -1):
        progress(left)
        work.take_apart(rng, near=left % 2 == 0)
        work.settle()  # fewer sets may let another slot keep its lot
        score = work.scores()
        able = score > Values.BARRED
        off = OFF * float(np.median(np.abs(score[able]))) if able.any() else 0.0
        moved = rng.normal(0.0, off, score.shape).astype(np.int64)
        work.fill(np.where(able, score + moved, score))
        work.settle()
        work.swap()
        work.settle()
