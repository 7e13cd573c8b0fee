"""An hour's emissions split to the products that were on the machine, to the last milligram."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Integers: TypeAlias = NDArray[np.int64]

HOUR_MS = 3_600_000
WORD_BITS = 63
_WORD_MAX = 2**31
"""Two numbers below it have a product that fits a word."""


@dataclass(frozen=True, slots=True, eq=False)
class Operations:
    """When which product was on which machine."""

    machine: Integers
    """Number of the machine, shape [operations]."""
    product: Integers
    """Number of the product, in the order of their ids, shape [operations]."""
    start_ms: Integers
    """From the first hour's beginning, at least 0, shape [operations]."""
    end_ms: Integers
    """Likewise, not before the start and within the last hour."""


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Who carries what."""

    product_mg: Integers
    """CO2 equivalent of each product, shape [products]."""
    overhead_mg: int
    """Of hours in which no product was on the machine."""


def hourly_split(emitted_mg: Integers, operations: Operations, products: int) -> Split:
    r"""Split the emissions of machine-hours to products by their time on the machine.

    $$ m_p = \lfloor M w_p / W \rfloor + [\text{p is among the largest remainders}],
       \quad W = \sum_p w_p $$

    with $w_p$ the milliseconds of the product in that hour, those of operations at the same time
    counted each (largest remainder: Hamilton 1792; of equal remainders the product of lower
    number). So the products of an hour together carry exactly what the machine emitted.

    Args:
        emitted_mg: Of each machine in each hour, at least 0 and less than 2^62 together, shape
            [machines, hours].
        operations: As documented there.
        products: How many there are.
    """
    place, time = _summed(*_by_hour(operations, emitted_mg.shape[1], products))
    place, product = np.divmod(place, max(1, products))
    emitted = emitted_mg.reshape(-1)
    new = _starts(place)
    size = np.diff(new, append=len(place))
    whole = _sums(time, new)
    each, rest = np.divmod(emitted[place[new]], whole)
    whole = np.repeat(whole, size)
    share, rest = _part(np.repeat(rest, size), time, whole)
    share += np.repeat(each, size) * time
    left = emitted[place[new]] - _sums(share, new)
    share += _foremost(whole - rest, left, new, size)
    carried = np.zeros(products, np.int64)
    np.add.at(carried, product, share)
    idle = np.ones(emitted.shape, bool)
    idle[place] = False
    return Split(carried, int(emitted[idle].sum()))


def _part(amount: Integers, time: Integers, whole: Integers) -> tuple[Integers, Integers]:
    """Return quotient and remainder of ``amount * time / whole``, the amount below the whole."""
    if len(whole) and whole.max() >= _WORD_MAX:  # six hundred products at once
        exact = amount.astype(object) * time
        return (exact // whole).astype(np.int64), (exact % whole).astype(np.int64)
    product = amount * time
    share = (product / whole).astype(np.int64)  # of floats, so off by one at most
    left = product - share * whole
    share += left >= whole
    share -= left < 0
    return share, product - share * whole


def _by_hour(operations: Operations, hours: int, products: int) -> tuple[Integers, Integers]:
    """Return of each hour of each operation the place of its product in it, and its time there.

    The place is (machine × hours + hour) × products + product.
    """
    start, end = operations.start_ms, operations.end_ms
    hour = start // HOUR_MS
    place = (operations.machine * hours + hour) * products + operations.product
    until = (hour + 1) * HOUR_MS
    long = np.flatnonzero(end > until)
    more = (end[long] - until[long] - 1) // HOUR_MS + 1
    again = np.repeat(long, more)
    later = np.arange(1, len(again) + 1) - np.repeat(np.cumsum(more) - more, more)
    begin = (hour[again] + later) * HOUR_MS
    return (
        np.concatenate([place, place[again] + later * products]),
        np.concatenate([np.minimum(end, until) - start, np.minimum(end[again] - begin, HOUR_MS)]),
    )


def _summed(place: Integers, time: Integers) -> tuple[Integers, Integers]:
    """Return the places in order, each once, with all time there; none without time."""
    if not len(place):
        return place, time
    if int(place.max()).bit_length() + _TIME_BITS <= WORD_BITS:  # sorted without an order
        packed = place << _TIME_BITS
        packed |= time
        packed = _sorted(packed)
        time = packed & ((1 << _TIME_BITS) - 1)
        packed >>= _TIME_BITS
        place = packed
    else:
        order = np.argsort(place, kind="stable")
        place, time = place[order], time[order]
    first = _starts(place)
    place, time = place[first], np.add.reduceat(time, first)
    some = time > 0
    return (place, time) if some.all() else (place[some], time[some])


def _foremost(lack: Integers, wanted: Integers, new: Integers, size: Integers) -> Integers:
    """Return 1 for the least lacks of each group, as many as wanted; of equals the first.

    Args:
        lack: At least 1, shape [rows].
        wanted: Of each group, fewer than its rows, shape [groups].
        new: Where each group begins.
        size: Rows of each group.
    """
    if not len(lack):
        return lack
    last = _nth(lack, np.maximum(wanted, 1) - 1, new, size)
    limit = np.repeat(np.where(wanted > 0, last, 0), size)
    below, even = lack < limit, lack == limit
    more = np.repeat(wanted - _sums(below.astype(np.int64), new), size)
    turn = np.cumsum(even)
    turn -= np.repeat(turn[new] - even[new], size)
    found: Integers = (below | (even & (turn <= more))).astype(np.int64)
    return found


def _nth(values: Integers, turn: Integers, new: Integers, size: Integers) -> Integers:
    """Return the value of each group that stands at ``turn``, counted from 0, when it is sorted."""
    if _uneven(size):
        order = np.lexsort((values, np.repeat(np.arange(len(new)), size)))
        last: Integers = values[order[new + turn]]
        return last
    padded, _ = _side_by_side(values, size)
    padded.sort(axis=1)
    found: Integers = padded[np.arange(len(new)), turn]
    return found


def _sorted(words: Integers) -> Integers:
    """Return words, at least 0, in order: by their first bits, and then in short sorts."""
    shift = max(0, int(words.max()).bit_length() - _FIRST_BITS)
    first = (words >> shift).astype(np.uint16)
    size = np.bincount(first)
    size = size[size > 0]
    if _uneven(size):
        return np.sort(words)
    padded, inside = _side_by_side(words[np.argsort(first, kind="stable")], size)
    padded.sort(axis=1)
    return padded[inside]


def _uneven(size: Integers) -> bool:
    """Say whether one group is so long among short ones that they do not stand side by side."""
    return len(size) * int(size.max()) > _PADDED_MAX * int(size.sum())


def _side_by_side(values: Integers, size: Integers) -> tuple[Integers, NDArray[np.bool_]]:
    """Return a row for each group of so many values, large numbers behind, and where values are.

    Many short sorts take a tenth of the time of one long one.
    """
    inside = np.arange(int(size.max())) < size[:, np.newaxis]
    padded = np.full(inside.shape, np.iinfo(np.int64).max)
    padded[inside] = values
    return padded, inside


def _starts(values: Integers) -> Integers:
    """Return where runs of equal values begin."""
    begins = np.ones(len(values), bool)
    np.not_equal(values[1:], values[:-1], out=begins[1:])
    return np.flatnonzero(begins)


def _sums(values: Integers, new: Integers) -> Integers:
    """Return the sums of groups that begin at ``new``."""
    return np.add.reduceat(values, new) if len(new) else new


_TIME_BITS = HOUR_MS.bit_length()
_FIRST_BITS = 16
"""By which words are put into groups: NumPy orders so many in one pass (radix)."""
_PADDED_MAX = 4
"""Times the rows that may be laid out in groups of equal width."""
