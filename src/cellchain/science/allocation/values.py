"""What each battery is worth in each slot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Integers: TypeAlias = NDArray[np.int64]
BLOCK = 1 << 18
"""Values that are looked at together: they and their reduced copy stay in the cache."""


@dataclass(frozen=True, slots=True, eq=False)
class Values:
    """Cents of each battery in each slot, shape [batteries, slots]."""

    cents: Integers
    """`BARRED` where a battery may not go; else of absolute value `LARGEST` at most."""

    BARRED: ClassVar[int] = -(1 << 60)
    """Far below every sum of values along a path of slots, and no overflow beside one."""
    LARGEST: ClassVar[int] = 10**12

    def best(self, prices: Integers) -> tuple[Integers, Integers]:
        """Return of each battery the slot of most value less price, the first of equals, and it."""
        n = len(self.cents)
        slot, reduced = np.empty(n, np.int64), np.empty(n, np.int64)
        for some in self._blocks():
            net = self.cents[some] - prices
            found = net.argmax(axis=1)
            slot[some], reduced[some] = found, net[np.arange(len(found)), found]
        return slot, reduced

    def in_slots(self, slot: Integers) -> Integers:
        """Return the value of each battery in its slot, shape [batteries]."""
        found: Integers = self.cents[np.arange(len(slot)), slot]
        return found

    def worth(self, slot: Integers) -> int:
        """Return what all batteries are worth in their slots."""
        cents: list[int] = self.in_slots(slot).tolist()
        return sum(cents)

    def bound(self, prices: Integers, room: Sequence[int]) -> int:
        """Return what no allocation exceeds, by prices of at least 0."""
        net: list[int] = self.best(prices)[1].tolist()
        return sum(net) + sum(map(int.__mul__, prices.tolist(), room))

    def taken(self, batteries: Integers) -> Values:
        """Return the values of some batteries."""
        return Values(self.cents[batteries])

    def _blocks(self) -> Iterator[slice]:
        n, k = self.cents.shape
        step = max(1, BLOCK // k)
        return (slice(start, start + step) for start in range(0, n, step))
