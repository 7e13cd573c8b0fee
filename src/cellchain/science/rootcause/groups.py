"""Candidates that point to nearly the same cells: nobody can tell them apart by these cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cellchain.science.rootcause.columns import Flags

TIED_FROM = 0.5
"""Correlation of two conditions, from which on they are one group."""


@dataclass(frozen=True, slots=True)
class Group:
    """The best ranked of some candidates, and those it cannot be told from."""

    leader: int
    members: tuple[int, ...]


def groups(candidates: Iterable[tuple[int, Flags]], *, most: int) -> list[Group]:
    """Return the first ``most`` groups; a candidate joins the first leader that it is tied to.

    Args:
        candidates: Number and cells, shape (n,), of each, best first.
        most: Groups, at least 1; candidates beyond them that join none are left out.
    """
    leaders: list[tuple[int, Flags]] = []
    members: dict[int, list[int]] = {}
    for number, holds in candidates:
        tied = next((one for one, cells in leaders if _correlation(cells, holds) >= TIED_FROM), -1)
        if tied >= 0:
            members[tied].append(number)
        elif len(leaders) < most:
            leaders.append((number, holds))
            members[number] = []
    return [Group(leader, tuple(members[leader])) for leader, _ in leaders]


def _correlation(first: Flags, second: Flags) -> float:
    """Return Pearson's φ of two flags; 0 where one of them is constant."""
    a, b, both = (float(np.count_nonzero(x)) for x in (first, second, first & second))
    cells = float(len(first))
    spread = a * (cells - a) * b * (cells - b)
    return (cells * both - a * b) / spread**0.5 if spread > 0.0 else 0.0
