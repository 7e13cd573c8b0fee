"""Prices of slots near the best ones: a subgradient walk, on a sample and then on all.

A price is what one more unit of a slot is worth; a sample of the batteries knows it almost as well
as all of them do, at a fraction of the arithmetic.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from cellchain.science.allocation.values import Integers, Values
    from cellchain.science.portable import Floats

    Numbers: TypeAlias = Integers | Floats

SAMPLE_MIN = 2_000
"""Batteries of a sample, at least; and `SAMPLE_PER_SLOT` of each slot."""
SAMPLE_PER_SLOT = 8
SAMPLE_ROUNDS = 150
ALL_ROUNDS = 40
WIDENED = 2.0
"""By what steps grow when all batteries are looked at: the sample was not all of them."""
SHRINKS = 0.9
"""A step after a round that did not lower the bound (Held, Wolfe and Crowder 1974)."""
PACE = 0.3


def opening_prices(values: Values, room: Integers, count: Integers) -> Integers:
    """Return prices of the slots, cents, shape [slots], from which few batteries must move.

    ``count`` is how many batteries are alike in each row of the values.

    What a slot holds too many is a subgradient of the bound in `cellchain.science.allocation`; a
    price moves along it, in parts of the slot's room, so that slots of one place and of a thousand
    move alike, by steps that shrink where the bound does not fall.
    """
    n, k = values.cents.shape
    size = max(SAMPLE_MIN, SAMPLE_PER_SLOT * k)
    prices: Floats = np.zeros(k)
    step = _spread(values) / 2
    if size < n:
        rows = np.arange(size) * n // size
        some = _Crowd(values.taken(rows), count[rows])
        share = (room * (int(count[rows].sum()) / int(count.sum()))).astype(np.float64)
        prices, step = _walk(some, share, prices, step, SAMPLE_ROUNDS)
        prices, _ = _walk(_Crowd(values, count), room, prices, step * WIDENED, ALL_ROUNDS)
    else:
        prices, _ = _walk(_Crowd(values, count), room, prices, step, SAMPLE_ROUNDS)
    found: Integers = np.rint(prices).astype(np.int64)
    return found


def _spread(values: Values) -> float:
    some = values.cents[:: max(1, len(values.cents) // SAMPLE_MIN)]
    feasible = some[some > values.BARRED]
    return float(feasible.std()) if len(feasible) else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class _Crowd:
    """Batteries, those alike in one row."""

    values: Values
    count: Integers


def _walk(
    crowd: _Crowd, room: Numbers, prices: Floats, step: float, rounds: int
) -> tuple[Floats, float]:
    lowest, kept = np.inf, prices
    for _ in range(rounds):
        whole = np.rint(prices).astype(np.int64)
        slot, net = crowd.values.best(whole)
        bound = float(crowd.count @ net.astype(np.float64)) + float(whole @ room)
        if bound < lowest:
            lowest, kept = bound, prices
        else:
            step *= SHRINKS
        surplus = np.bincount(slot, crowd.count, len(room)) - room
        excess = np.where((prices <= 0) & (surplus < 0), 0, surplus) / np.maximum(room, 1)
        length = float(np.sqrt(np.mean(excess**2)))
        if length == 0:
            return prices, step
        prices = np.maximum(0.0, prices + PACE * step / length * excess)
    return kept, step
