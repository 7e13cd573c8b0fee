"""Retired packs and buyers that come by the week, drawn by a seed: for tests and benchmarks.

The packs, buyers and their tails are those of `markets`. When they come is an assumption: packs
with a season of a fifth either way (registrations of vehicles end in spring and autumn), buyers in
every week alike, who wait one to eight weeks. Recycling stands open from the first week on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tests.unit.science.allocation.markets import market

if TYPE_CHECKING:
    from numpy.typing import NDArray

HOLDING_CENTS = 2_000
"""Of a battery and week, assumed: storage of dangerous goods 4 EUR, capital of 3,000 EUR at 10 %
a year 6 EUR, and prices of packs that fall by 15 % a year 9 EUR."""
SEASON = 0.2
WINDOW_WEEKS = (1, 8)


@dataclass(frozen=True, slots=True, eq=False)
class Year:
    """Values, room, and when who comes."""

    values: NDArray[np.int64]
    """Cents before storage, shape [batteries, slots]."""
    room: NDArray[np.int64]
    """Shape [slots]."""
    arrives: NDArray[np.int64]
    """Week of each battery, from 0."""
    opens: NDArray[np.int64]
    """Week of each slot."""
    closes: NDArray[np.int64]
    """Last week of each slot."""


def year(batteries: int, slots: int, *, seed: int, heavy: bool = False, weeks: int = 52) -> Year:
    """Draw a year of arrivals.

    Args:
        batteries: At least 1.
        slots: At least 2; the last one is recycling.
        seed: Of the draw.
        heavy: Whether sizes, prices and demands have heavy tails, and packs come in batches.
        weeks: At least 2.
    """
    found = market(batteries, slots, seed=seed, heavy=heavy)
    rng = np.random.default_rng([seed, 1])
    season = 1 + SEASON * np.sin(4 * np.pi * np.arange(weeks) / weeks)
    if heavy:  # a fleet retires at once
        season = season * (rng.pareto(1.5, weeks) + 0.2)
    arrives = rng.choice(weeks, batteries, p=season / season.sum())
    opens = rng.integers(0, weeks, slots)
    closes = np.minimum(weeks - 1, opens + rng.integers(*WINDOW_WEEKS, slots, endpoint=True) - 1)
    opens[-1], closes[-1] = 0, weeks - 1
    return Year(found.values, found.room, arrives, opens, closes)
