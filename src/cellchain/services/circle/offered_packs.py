"""What is known of the batteries that are allocated: a table with a row each, or each kind.

``battery[, chemistry, region, soh_ppm, count]``; it is read for the gates and sets of slots, and
for how many are alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cellchain.core.errors import Refused
from cellchain.services.analysis.spelling import check_spelling
from cellchain.services.analysis.table import EMPTY, Texts, shown
from cellchain.services.circle.slot_terms import (
    CHEMISTRY,
    REGION,
    SOH_LEAST_PPM,
    SOH_MAX_PPM,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cellchain.science.allocation.values import Integers
    from cellchain.services.analysis.table import Table

BATTERY, SOH, COUNT = "battery", "soh_ppm", "count"
COUNT_MAX = 1 << 40
"""Of all batteries together."""
UNTOLD = -1


@dataclass(frozen=True, slots=True, eq=False)
class Packs:
    """Facts of batteries, in the order of the values."""

    chemistry: Texts
    region: Texts
    soh_ppm: Integers
    """`UNTOLD` where nobody knows."""
    count: Integers | None
    """How many are alike; nothing where the table does not tell."""


def packs_of(table: Table, batteries: Sequence[str]) -> Packs:
    """Return what a table tells of batteries.

    Raises:
        Refused: ``table.…``; ``allocate.battery``: table and values are not of the same
            batteries; ``allocate.twice``, ``allocate.soh``, ``allocate.count``.
    """
    check_spelling("packs", table, (BATTERY,), (CHEMISTRY, REGION, SOH, COUNT))
    named = table.texts(BATTERY).cells()
    rows = {name: row for row, name in enumerate(named)}
    if len(rows) < len(named):
        twice = next(one for row, one in enumerate(named) if rows[one] != row)
        raise Refused("allocate.twice", f"battery {shown(str(twice))} stands twice among the packs")
    apart = set(batteries) ^ set(rows)
    if apart:
        told = shown(min("no name" if one is None else one for one in apart))
        raise Refused("allocate.battery", f"packs and values differ in {told}")
    order = np.array([rows[one] for one in batteries], np.intp)
    taken = table.taken(order)
    return Packs(
        _texts(taken, CHEMISTRY), _texts(taken, REGION), _soh(taken, batteries),
        counts_of(taken, batteries) if COUNT in table.names else None,
    )  # fmt: skip


def counts_of(table: Table, named: Sequence[str]) -> Integers:
    """Return the counts in the rows of a table.

    Args:
        table: With a column ``count``.
        named: The battery of each row.

    Raises:
        Refused: ``table.…``; ``allocate.count``.
    """
    cells = table.numbers(COUNT)
    wrong = ~((cells >= 1) & (cells <= COUNT_MAX) & (cells == np.floor(cells)))
    if wrong.any():
        row = int(wrong.argmax())
        raise Refused(
            "allocate.count", f"{shown(named[row])} has the count {cells[row]:g}",
            remedy=f"give a whole number of batteries, 1 to {COUNT_MAX}",
        )  # fmt: skip
    return cells.astype(np.int64)


def _texts(table: Table, name: str) -> Texts:
    """Return a column without blanks around names; each name is one label."""
    if name not in table.names:
        return Texts(np.full(table.rows, EMPTY, np.int32), ())
    column = table.texts(name)
    bare = Texts.of(one.strip() or None for one in column.labels)
    assert EMPTY == -1
    return Texts(np.append(bare.codes, np.int32(EMPTY))[column.codes], bare.labels)


def _soh(table: Table, batteries: Sequence[str]) -> Integers:
    if SOH not in table.names:
        return np.full(table.rows, UNTOLD, np.int64)
    cells = table.numbers(SOH)
    in_ppm = (cells == 0) | ((cells >= SOH_LEAST_PPM) & (cells <= SOH_MAX_PPM))
    wrong = ~(np.isnan(cells) | in_ppm)
    if wrong.any():
        row = int(wrong.argmax())
        raise Refused(
            "allocate.soh", f"{shown(batteries[row])} has {SOH} {cells[row]:g}",
            remedy="give millionths of the new battery's capacity: 800000 are 80 %",
        )  # fmt: skip
    return np.where(np.isnan(cells), UNTOLD, np.floor(cells)).astype(np.int64)
