"""Sets of batteries that are alike: of one chemistry, with health within a spread of each other.

In the order of health such a set lies inside a window that is no wider than the spread.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from cellchain.science.allocation.values import Integers


@dataclass(frozen=True, slots=True, eq=False)
class Alike:
    """What is asked of sets, and by what batteries are alike."""

    size: Integers
    """Batteries of a set, of each slot; 1 where a slot takes any, shape [slots]."""
    spread: Integers
    """By which the health of a set may differ, of each slot, in the unit of `health`."""
    kind: Integers
    """The chemistry, a number, of each battery."""
    health: Integers
    """Of each battery."""


def in_some_set(alike: Alike, slot: int, able: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which batteries are in any set that a slot would take, of those that may go there."""
    found = np.zeros(len(able), bool)
    size, spread = int(alike.size[slot]), int(alike.spread[slot])
    for rows in by_kind(alike, np.flatnonzero(able)):
        health = alike.health[rows]
        wide = health[size - 1 :] - health[: max(0, len(rows) - size + 1)]
        starts = np.flatnonzero(wide <= spread)
        edges = np.zeros(len(rows) + 1, np.int64)
        np.add.at(edges, starts, 1)
        np.add.at(edges, starts + size, -1)
        found[rows] = np.cumsum(edges[:-1]) > 0
    return found


def best_sets(
    alike: Alike, slot: int, score: Integers, able: NDArray[np.bool_]
) -> Iterator[tuple[int, Integers]]:
    """Yield sets that a slot would take, each the best of its window, with the sum of their scores.

    Several may hold the same battery.

    Args:
        alike: What is asked.
        slot: Which asks.
        score: Of each battery.
        able: Whether a battery may be taken.
    """
    size, spread = int(alike.size[slot]), int(alike.spread[slot])
    for rows in by_kind(alike, np.flatnonzero(able)):
        health, scores = alike.health[rows].tolist(), score[rows].tolist()
        window: list[tuple[int, int]] = []  # by score, and then by place
        last, stop = -1, 0
        for start in range(len(rows)):
            while stop < len(rows) and health[stop] - health[start] <= spread:
                insort(window, (scores[stop], stop))
                stop += 1
            if len(window) >= size and stop > last:  # else all of it was in the window before
                best = window[-size:]
                yield sum(one for one, _ in best), rows[sorted(place for _, place in best)]
                last = stop
            gone = bisect_left(window, (scores[start], start))
            if gone >= len(window) - size:  # one of the best leaves: the rest is looked at anew
                last = -1
            del window[gone]


def by_kind(alike: Alike, rows: Integers) -> Iterator[Integers]:
    """Yield some batteries, chemistry by chemistry, in the order of their health."""
    order = rows[np.lexsort((rows, alike.health[rows], alike.kind[rows]))]
    ends = np.flatnonzero(np.diff(alike.kind[order])) + 1
    yield from (part for part in np.split(order, ends) if len(part))
