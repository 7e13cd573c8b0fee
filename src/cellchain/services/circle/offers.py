"""What each battery is worth in each slot, and how much room a slot has.

As a table: ``battery, slot, value_cents``, a pair that is missing is barred. As arrays of NumPy:
``values``, int64, shape [battery, slot], the smallest integer where a pair is barred; batteries and
slots are then known by their places, from 0, unless arrays ``batteries`` and ``slots`` name them.
The room: ``slot, capacity`` and what a slot asks (`slot_terms`). Batteries that are alike may stand
once, with their ``count`` in each row, or in an array ``count``.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from cellchain.core.errors import Refused
from cellchain.science.allocation.values import Values
from cellchain.services.analysis.spelling import check_spelling
from cellchain.services.analysis.table import EMPTY, Table, Texts, shown
from cellchain.services.circle.offered_packs import COUNT, COUNT_MAX, counts_of
from cellchain.services.circle.slot_terms import Terms, terms_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from cellchain.science.allocation.values import Integers
    from cellchain.science.allocation.windows import Alike

BATTERY, SLOT, VALUE = COLUMNS = ("battery", "slot", "value_cents")
CAPACITY = "capacity"
GROUP = "group"
ROOM_COLUMNS = (SLOT, CAPACITY)
PAIRS_MAX = 1 << 28
"""Batteries by slots: as many take 2 GB."""
SLOTS_MAX = 5_000
"""What moves between them is kept of each pair."""
CAPACITY_MAX = 1 << 40
BARRED = int(np.iinfo(np.int64).min)
"""In arrays: a battery that may not go to a slot."""


@dataclass(frozen=True, slots=True, eq=False)
class Room:
    """How many batteries each slot takes, and which."""

    slots: tuple[str, ...]
    capacity: Integers
    """Shape [slots]; of whole sets where a slot takes sets."""
    terms: Terms


@dataclass(frozen=True, slots=True, eq=False)
class Offers:
    """Values of batteries in slots."""

    batteries: tuple[str, ...]
    room: Room
    values: Values
    """Columns in the order of the slots of `room`."""
    count: Integers = field(default_factory=lambda: np.empty(0, np.int64))
    """How many batteries are alike in each row; each stands alone where none are given."""
    counted: bool = False
    """Whether the count of each was told."""
    alike: Alike | None = None
    """By what batteries are alike, where slots take sets."""

    def __post_init__(self) -> None:
        if not len(self.count):
            object.__setattr__(self, "count", np.ones(len(self.batteries), np.int64))
        if sum(self.count.tolist()) > COUNT_MAX:
            raise Refused("allocate.count", f"more than {COUNT_MAX} batteries in all")


def room_of(table: Table) -> Room:
    """Return the room of the slots in a table.

    Raises:
        Refused: ``table.…``; ``allocate.key``, ``allocate.twice``; ``allocate.capacity``;
            ``allocate.term``, ``allocate.lot``, ``allocate.alike``.
    """
    slots = _names(table.texts(SLOT), SLOT)
    twice = _first_twice(slots)
    if twice is not None:
        raise Refused("allocate.twice", f"slot {shown(twice)} has its capacity twice")
    capacity = table.numbers(CAPACITY)
    wrong = ~((capacity >= 0) & (capacity <= CAPACITY_MAX) & (capacity == np.floor(capacity)))
    if wrong.any():
        row = int(wrong.argmax())
        raise Refused(
            "allocate.capacity",
            f"capacity of slot {shown(slots[row])} is {capacity[row]:g}",
            remedy=f"give a whole number of batteries, 0 to {CAPACITY_MAX}",
        )
    whole = capacity.astype(np.int64)
    terms = terms_of(table, slots, whole)
    return Room(slots, whole // terms.alike * terms.alike, terms)


def offers_of_table(table: Table, room: Room) -> Offers:
    """Return the values in a table.

    Raises:
        Refused: ``table.…``; ``allocate.key``, ``allocate.slot``, ``allocate.twice``,
            ``allocate.value``, ``allocate.too_many``, ``allocate.nothing``, ``allocate.count``.
    """
    check_spelling("values", table, COLUMNS, (COUNT,))
    battery, slot, cents = table.texts(BATTERY), table.texts(SLOT), table.numbers(VALUE)
    batteries = battery.labels
    _check_named(battery, BATTERY)
    _check_named(slot, SLOT)
    _check_size(len(batteries), len(room.slots))
    column = _columns(slot.labels, room)[slot.codes]
    pair = battery.codes.astype(np.int64) * len(room.slots) + column
    _check_cents(cents, lambda row: f"row {row + 1}: {battery.cells()[row]}")
    order = np.argsort(pair, kind="stable")
    again = np.flatnonzero(np.diff(pair[order]) == 0)
    if len(again):
        row = int(order[again[0] + 1])
        told = f"{battery.labels[battery.codes[row]]!a} has two values in one slot, row {row + 1}"
        raise Refused("allocate.twice", told, remedy="keep one of them")
    values = np.full((len(batteries), len(room.slots)), Values.BARRED)
    values.reshape(-1)[pair] = cents.astype(np.int64)
    if COUNT not in table.names:
        return Offers(batteries, room, Values(values))
    return Offers(batteries, room, Values(values), _count_of_rows(table, battery), counted=True)


def _count_of_rows(table: Table, battery: Texts) -> Integers:
    named = battery.cells()
    told = counts_of(table, [one or "" for one in named])
    count = np.zeros(len(battery.labels), np.int64)
    count[battery.codes] = told
    other = np.flatnonzero(count[battery.codes] != told)
    if len(other):
        row = int(other[0])
        counts = f"{told[row]} and {count[battery.codes[row]]}"
        raise Refused(
            "allocate.count", f"{shown(str(named[row]))} has the counts {counts}",
            remedy="give the same count in each of its rows",
        )  # fmt: skip
    return count


def offers_of_arrays(arrays: Mapping[str, NDArray[Any]], room: Room) -> Offers:
    """Return the values in arrays, which may be changed.

    Raises:
        Refused: ``allocate.axes``, ``allocate.slot``, ``allocate.twice``, ``allocate.value``,
            ``allocate.barred``, ``allocate.too_many``, ``allocate.nothing``, ``allocate.count``.
    """
    values = arrays.get("values", np.empty(0))
    if values.ndim != 2 or values.dtype != np.int64:  # noqa: PLR2004
        told = f"'values' holds {values.dtype} on {values.ndim} axes"
        raise Refused("allocate.axes", told, remedy="give int64, shape [battery, slot]")
    batteries = _axis(arrays, "batteries", len(values))
    slots = _axis(arrays, "slots", values.shape[1])
    _check_size(*values.shape)
    for start in range(0, len(values), 4_096):  # blocks bound the memory
        some = values[start : start + 4_096]
        wrong = ((some > Values.LARGEST) | (some < -Values.LARGEST)) & (some != BARRED)
        if wrong.any():
            row, column = np.argwhere(wrong)[0]
            raise _wrong_value(
                f"{batteries[start + row]} in {slots[column]}", int(some[row, column])
            )
        nowhere = (some == BARRED).all(axis=1)
        if nowhere.any():
            raise Refused(
                "allocate.barred",
                f"battery {shown(batteries[start + int(nowhere.argmax())])} may go to no slot",
                remedy="add a slot that takes all, as recycling does",
            )
    np.maximum(values, Values.BARRED, out=values)
    column = _columns(slots, room)
    if not np.array_equal(column, np.arange(len(room.slots))):
        values = _in_order(values, column, len(room.slots))
    if COUNT not in arrays:
        return Offers(batteries, room, Values(values))
    if arrays[COUNT].shape != (len(batteries),) or arrays[COUNT].dtype.kind not in "iuf":
        told = f"{COUNT!r} holds {arrays[COUNT].dtype} of shape {arrays[COUNT].shape}"
        raise Refused("allocate.axes", told, remedy=f"give {len(batteries)} whole numbers")
    count = counts_of(Table({COUNT: arrays[COUNT].astype(np.float64)}), batteries)
    return Offers(batteries, room, Values(values), count, counted=True)


def _in_order(values: Integers, column: Integers, slots: int) -> Integers:
    found = np.full((len(values), slots), Values.BARRED)
    found[:, column] = values
    return found


def _axis(arrays: Mapping[str, NDArray[Any]], name: str, length: int) -> tuple[str, ...]:
    found = tuple(map(str, arrays.get(name, np.arange(length)).tolist()))
    if len(found) != length:
        raise Refused("allocate.axes", f"{name!r} names {len(found)} of {length}")
    twice = _first_twice(found)
    if twice is not None:
        raise Refused("allocate.twice", f"{name!r} names {shown(twice)} twice")
    return found


def _columns(slots: Sequence[str], room: Room) -> Integers:
    places = {name: place for place, name in enumerate(room.slots)}
    unknown = [name for name in slots if name not in places]
    if unknown:
        raise Refused(
            "allocate.slot",
            f"slot {shown(unknown[0])} has values and no capacity",
            remedy="name its capacity, 0 where it takes none",
        )
    return np.array([places[name] for name in slots], np.int64)


def _names(column: Texts, name: str) -> tuple[str, ...]:
    _check_named(column, name)
    return tuple(one or "" for one in column.cells())


def _check_named(column: Texts, name: str) -> None:
    empty = column.codes == EMPTY
    if empty.any():
        raise Refused("allocate.key", f"row {int(empty.argmax()) + 1} has no {name}")


def _check_size(batteries: int, slots: int) -> None:
    if not batteries or not slots:
        raise Refused("allocate.nothing", f"there are {batteries} batteries and {slots} slots")
    if slots > SLOTS_MAX:
        raise Refused("allocate.too_many", f"{slots} slots; at most {SLOTS_MAX}")
    if batteries * slots > PAIRS_MAX:
        raise Refused(
            "allocate.too_many",
            f"{batteries} batteries by {slots} slots; at most {PAIRS_MAX} pairs",
        )


def _check_cents(cents: NDArray[np.float64], told: Any) -> None:
    wrong = ~((np.abs(cents) <= Values.LARGEST) & (cents == np.floor(cents)))
    if wrong.any():
        row = int(wrong.argmax())
        raise _wrong_value(told(row), float(cents[row]))


def _wrong_value(where: str, cents: float) -> Refused:
    return Refused(
        "allocate.value",
        f"{shown(where)}: the value is {cents!r} cents",
        remedy=f"give whole cents, at most {Values.LARGEST}; leave out a pair that is barred",
    )


def _first_twice(names: Sequence[str]) -> str | None:
    return next((name for name, count in Counter(names).items() if count > 1), None)
