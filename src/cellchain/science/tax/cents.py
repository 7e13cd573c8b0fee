"""The same taxes of many years at once: exact integers of cents, any size, to the last of them.

Arrays hold Python integers (``object``): no float, no overflow. Rates are integers of `SCALE`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

Cents: TypeAlias = NDArray[np.object_]
SCALE = 10**8
"""Of rates: eight places, more than any law has."""
YEAR, QUARTER = 12, 3


def scaled(rate: Decimal) -> int:
    """Return a rate as an integer of `SCALE`.

    Raises:
        ValueError: it has more places.
    """
    found = rate * SCALE
    if found != int(found):
        raise ValueError(f"{rate} has more than eight places")
    return int(found)


def whole(cents: NDArray[np.int64]) -> Cents:
    """Return cents as integers of any size."""
    return cents.astype(object)


def half_up(numerator: Cents, denominator: Cents | int) -> Cents:
    """Return a quotient from 0 in whole units, half a unit up."""
    return np.asarray((2 * numerator + denominator) // (2 * denominator), object)


def at_rate(cents: Cents, rate: int) -> Cents:
    """Return a rate of amounts from 0, to the cent."""
    return half_up(cents * rate, SCALE)


def above(cents: Cents, limit: int) -> Cents:
    """Return what of amounts is above a limit; 0 where nothing is."""
    return np.asarray(np.maximum(cents - limit, 0), object)


def by_quarter(cents: Cents) -> Cents:
    """Return sums of quarters, shape (draws, 12, …) to (draws, 4, …)."""
    shape = (cents.shape[0], YEAR // QUARTER, QUARTER, *cents.shape[2:])
    return np.asarray(cents.reshape(shape).sum(axis=2), object)


@dataclass(frozen=True, slots=True)
class Band:
    """A band of an annex.

    Attributes:
        limit: Of the revenue of twelve months, cents.
        rate: Nominal, of `SCALE`.
        deduction: Cents.
        shares: Of each part, of `SCALE`, in one order for all bands of all annexes.
    """

    limit: int
    rate: int
    deduction: int
    shares: tuple[int, ...]


def small_firm_parts(revenue: Cents, earlier: Cents, annexes: Sequence[Sequence[Band]]) -> Cents:
    """Return what each part of the monthly payment of a small firm is.

    Args:
        revenue: Of each month and activity, cents, shape (draws, 12, activities).
        earlier: Of the twelve months before, of all activities, shape (12,) or (draws, 12).
        annexes: Bands of each activity, none with a cap; the same limits in all.

    Returns:
        Shape (draws, 12, parts); of months whose revenue of twelve months is above the last band
        as if they were in it.
    """
    month = revenue.sum(axis=2)
    last = np.broadcast_to(earlier, (len(month), YEAR)).astype(object)
    running = np.concatenate([last, month], axis=1).cumsum(axis=1)
    before = np.concatenate([np.zeros((len(month), 1), object), running], axis=1)
    twelve = before[:, YEAR : 2 * YEAR] - before[:, :YEAR]
    limits = [band.limit for band in annexes[0]]
    place = sum((twelve > limit).astype(np.intp) for limit in limits[:-1])
    assert not isinstance(place, int)
    numerator = np.zeros(month.shape, object)
    weights = np.zeros((*month.shape, len(annexes[0][0].shares)), object)
    nothing = twelve == 0
    for column, bands in enumerate(annexes):
        rates, deductions = (_each(bands, name)[place] for name in ("rate", "deduction"))
        shares = np.array([band.shares for band in bands], object)[place]
        rate = np.where(nothing, rates, twelve * rates - deductions * SCALE)
        part = revenue[:, :, column] * rate
        numerator += part
        weights += np.where(month == 0, rate, part)[:, :, None] * shares
    due = half_up(numerator, np.where(nothing, 1, twelve) * SCALE)
    return split(due, weights)


def _each(bands: Sequence[Band], name: str) -> Cents:
    return np.array([getattr(band, name) for band in bands], object)


def split(cents: Cents, weights: Cents) -> Cents:
    """Return whole cents in proportion to weights along the last axis, which add up to them.

    As `cellchain.science.tax.exact.split`: cut, and what is left to the greatest remainders.
    """
    total = weights.sum(axis=-1)[..., None]
    product = cents[..., None] * weights
    parts = product // total
    rest = product - parts * total
    left = (cents - parts.sum(axis=-1)).astype(np.intp)
    order = np.argsort(-rest, axis=-1, kind="stable")
    rank = np.argsort(order, axis=-1, kind="stable")
    return np.asarray(parts + (rank < left[..., None]), object)


@dataclass(frozen=True, slots=True)
class Presumption:
    """How profit is presumed of a quarter.

    Attributes:
        shares: Of each activity, of `SCALE`.
        limit: Of revenue, cents, above which more is presumed.
        more: By how much more, of `SCALE`; 0 where no law says so.
    """

    shares: tuple[int, ...]
    limit: int
    more: int


def presumed_profit(revenue: Cents, rules: Sequence[Presumption]) -> tuple[Cents, Cents]:
    """Return the profit that is presumed of each quarter, as numerator and denominator.

    Args:
        revenue: Cents, shape (draws, 4, activities).
        rules: Of each quarter.
    """
    total = revenue.sum(axis=2)
    base = np.stack(
        [(revenue[:, q] * _row(one.shares)).sum(axis=-1) for q, one in enumerate(rules)], axis=1
    )
    over = np.stack(
        [above(total[:, q], one.limit) * one.more for q, one in enumerate(rules)], axis=1
    )
    ground = np.where(total == 0, 1, total)
    return base * (ground * SCALE + over), ground * SCALE * SCALE


def _row(values: Sequence[int]) -> Cents:
    return np.array(values, object)


def on_profit(profit: tuple[Cents, Cents | int], rate: int, surcharge: int, free: int) -> Cents:
    """Return tax and surcharge on profits, each to the cent.

    Args:
        profit: Numerator, from 0, and denominator, in cents.
        rate: Of `SCALE`.
        surcharge: Of `SCALE`.
        free: What of a profit is free of the surcharge, cents.
    """
    numerator, denominator = profit
    over = np.maximum(numerator - free * denominator, 0)
    ground = denominator * SCALE
    due = half_up(numerator * rate, ground)
    return np.asarray(due + half_up(over * surcharge, ground), object)


def taxable(profit: Cents, losses: int, cap: int) -> Cents:
    """Return real profits after earlier losses, of `SCALE`: cents times it.

    Args:
        profit: Of each period, cents, shape (draws, periods).
        losses: Brought into the first one, cents.
        cap: Most of a profit that losses take, of `SCALE`.
    """
    left = np.full(len(profit), losses * SCALE, object)
    found = np.zeros(profit.shape, object)
    for period in range(profit.shape[1]):
        gain = np.maximum(profit[:, period], 0)
        offset = np.minimum(left, gain * cap)
        left = left - offset + np.maximum(-profit[:, period], 0) * SCALE
        found[:, period] = gain * SCALE - offset
    return found


def after_credits(revenue: Cents, bought: Cents, rate: int) -> Cents:
    """Return tax on revenue less credits of purchases, month by month; what is left is carried.

    Args:
        revenue: Cents, shape (draws, 12).
        bought: Likewise.
        rate: Of `SCALE`.
    """
    carried = np.zeros(len(revenue), object)
    found = np.zeros(revenue.shape, object)
    for month in range(revenue.shape[1]):
        balance = (revenue[:, month] - bought[:, month]) * rate - carried
        found[:, month] = half_up(np.maximum(balance, 0), SCALE)
        carried = np.maximum(-balance, 0)
    return found
