"""The allocation of most value, with the prices that prove it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cellchain.science.allocation.paths import Blocked, Flow
from cellchain.science.allocation.potentials import least_prices
from cellchain.science.allocation.prices import opening_prices

if TYPE_CHECKING:
    from collections.abc import Callable

    from cellchain.science.allocation.values import Integers, Values


@dataclass(frozen=True, slots=True, eq=False)
class Optimum:
    """Where each battery goes, and what one more unit of each slot is worth."""

    slot: Integers
    """Of each battery, shape [batteries]."""
    prices: Integers
    """Of each slot, cents, at least 0, shape [slots]: the least that prove the optimum."""
    value_cents: int
    """Of all batteries in their slots."""


def ignored(left: int) -> None:
    """Take no notice of progress."""


def best_allocation(
    values: Values, room: Integers, progress: Callable[[int], None] = ignored
) -> Optimum | Blocked:
    """Return the allocation of most value in which every battery has a place, or why there is none.

    The same for the same input, to the last battery: of equal values the first slot is taken, of
    equal moves that of the first battery.

    Args:
        values: At least one battery; each may go to one slot at least.
        room: Batteries that each slot takes, at least 0, shape [slots].
        progress: Called with how many batteries must still move, now and then.
    """
    flow = Flow(values, room, np.append(opening_prices(values, room), 0))
    blocked = flow.settle(progress)
    if blocked is not None:
        return blocked
    prices = least_prices(flow.gain[:-1, :-1])
    return Optimum(flow.slot, prices, values.worth(flow.slot))
