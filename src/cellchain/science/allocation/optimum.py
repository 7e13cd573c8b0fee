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
    found = best_shares(values, np.ones(len(values.cents), np.int64), room, progress)
    if isinstance(found, Blocked):
        return found
    return Optimum(found.slot, found.prices, found.value_cents)


@dataclass(frozen=True, slots=True, eq=False)
class Shares:
    """Where batteries go of which many are alike, and what one more unit of each slot is worth."""

    row: Integers
    """Of the values, in order; several times where those alike go to several slots."""
    slot: Integers
    """Where of each such share."""
    amount: Integers
    """Of batteries, at least 1."""
    prices: Integers
    """As of `Optimum`, with the same count of no more than so many batteries in a slot."""
    value_cents: int


def best_shares(
    values: Values, count: Integers, room: Integers, progress: Callable[[int], None] = ignored
) -> Shares | Blocked:
    """Return the allocation of most value of batteries that stand once with their count.

    Exactly what `best_allocation` finds of each standing alone; the work is that of the rows.

    Args:
        values: Of each row.
        count: How many are alike in each row, at least 1, shape [rows].
        room: As of `best_allocation`.
        progress: Likewise.
    """
    prices = np.append(opening_prices(values, room, count), 0)
    flow = Flow(values, room, prices, count, np.zeros_like(room))
    blocked = flow.settle(progress)
    if blocked is not None:
        return blocked
    row, slot, amount = flow.holdings()
    prices = least_prices(flow.gain[:-1, :-1])
    return Shares(row, slot, amount, prices, worth(values, row, slot, amount))


def worth(values: Values, row: Integers, slot: Integers, amount: Integers) -> int:
    """Return what shares of batteries are worth in their slots."""
    cents: list[int] = values.cents[row, slot].tolist()
    return sum(map(int.__mul__, cents, amount.tolist()))
