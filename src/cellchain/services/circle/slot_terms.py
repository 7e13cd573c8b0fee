"""What a slot asks of batteries beyond its room: gates, a minimum lot, sets that are alike.

Optional columns of the room: ``chemistry`` and ``region`` (names, several parted by ``|``),
``soh_ppm_min``, ``lot_min``, ``alike`` with ``soh_spread_ppm``. An empty cell asks for nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cellchain.core.errors import Refused
from cellchain.services.analysis.spelling import check_spelling
from cellchain.services.analysis.table import EMPTY, shown

if TYPE_CHECKING:
    from cellchain.science.allocation.values import Integers
    from cellchain.services.analysis.table import Table

CHEMISTRY, REGION = "chemistry", "region"
LEAST_SOH, LOT, ALIKE, SPREAD = "soh_ppm_min", "lot_min", "alike", "soh_spread_ppm"
TERMS = (CHEMISTRY, REGION, LEAST_SOH, LOT, ALIKE, SPREAD)
_ROOM = "slot", "capacity"
PARTED = "|"
SOH_LEAST_PPM = 1_000
"""What is less, but not 0, is a share or a percentage."""
SOH_MAX_PPM = 2_000_000
ALIKE_MAX = 10_000
LOT_MAX = 1 << 40
NAMES_MAX = 1_000
"""In one cell."""


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """What each slot asks; shapes [slots]."""

    chemistries: tuple[frozenset[str], ...]
    """That a slot takes; empty where it takes all."""
    regions: tuple[frozenset[str], ...]
    """Likewise."""
    least_soh_ppm: Integers
    """0 where it is no matter."""
    lot: Integers
    """Least that a slot takes if it takes any; 0 where that is no matter."""
    alike: Integers
    """Batteries of a set; 1 where a slot takes any."""
    spread_ppm: Integers
    """By which the health of a set differs at most."""

    @property
    def has_gates(self) -> bool:
        """Whether any slot asks for a chemistry, a region, a health or sets."""
        return bool(
            any(self.chemistries) or any(self.regions) or self.least_soh_ppm.any() or self.has_sets
        )

    @property
    def has_sets(self) -> bool:
        """Whether any slot takes sets that are alike."""
        return bool((self.alike > 1).any())


def terms_of(table: Table, slots: tuple[str, ...], capacity: Integers) -> Terms:
    """Return what slots ask.

    Args:
        table: Of the room, a row a slot.
        slots: Their names.
        capacity: Of each.

    Raises:
        Refused: ``table.…``; ``allocate.term``: a cell that is none; ``allocate.lot``: a slot
            cannot take its lot; ``allocate.alike``: a spread without sets, or the other way round.
    """
    check_spelling("room", table, _ROOM, TERMS)
    most = {LEAST_SOH: SOH_MAX_PPM, LOT: LOT_MAX, ALIKE: ALIKE_MAX}
    whole = {name: _whole(table, name, slots, top) for name, top in most.items()}
    spread = _whole(table, SPREAD, slots, SOH_MAX_PPM, empty=-1)
    alike = np.maximum(whole[ALIKE], 1)
    _check_spread(slots, alike, spread)
    lot = -(-whole[LOT] // alike) * alike  # sets are whole
    unkept = np.flatnonzero(lot > capacity // alike * alike)
    if len(unkept):
        one = int(unkept[0])
        told = f"slot {shown(slots[one])} takes {capacity[one]} and at least {lot[one]}"
        raise Refused("allocate.lot", told, remedy="lower lot_min, or raise capacity")
    return Terms(
        _names(table, CHEMISTRY, slots), _names(table, REGION, slots),
        whole[LEAST_SOH], lot, alike, np.maximum(spread, 0),
    )  # fmt: skip


def _check_spread(slots: tuple[str, ...], alike: Integers, spread: Integers) -> None:
    astray = np.flatnonzero((alike > 1) != (spread >= 0))
    if len(astray):
        one = int(astray[0])
        told = f"{ALIKE} {alike[one]} without a {SPREAD}"
        if alike[one] <= 1:
            told = f"a {SPREAD} without sets of at least two that are {ALIKE}"
        raise Refused("allocate.alike", f"slot {shown(slots[one])} has {told}", remedy="give both")


def _whole(
    table: Table, name: str, slots: tuple[str, ...], most: int, *, empty: int = 0
) -> Integers:
    if name not in table.names:
        return np.full(len(slots), empty, np.int64)
    cells = table.numbers(name)
    found = np.where(np.isnan(cells), empty, cells)
    wrong = ~(np.isnan(cells) | ((found >= 0) & (found <= most) & (found == np.floor(found))))
    if name == LEAST_SOH:
        wrong |= (found > 0) & (found < SOH_LEAST_PPM)
    if wrong.any():
        row = int(wrong.argmax())
        told = f"{name} of slot {shown(slots[row])} is {cells[row]:g}"
        unit = ": 800000 ppm are 80 %" if name == LEAST_SOH else ""
        raise Refused("allocate.term", told, remedy=f"give a whole number, 0 to {most}{unit}")
    return found.astype(np.int64)


def _names(table: Table, name: str, slots: tuple[str, ...]) -> tuple[frozenset[str], ...]:
    if name not in table.names:
        return (frozenset(),) * len(slots)
    column = table.texts(name)
    parts = [tuple(one.strip() for one in label.split(PARTED)) for label in column.labels]
    for label, names in zip(column.labels, parts, strict=True):
        if not all(names) or len(names) > NAMES_MAX:
            told = f"{name} {shown(label)!a} names nothing between two bars, or too many"
            raise Refused("allocate.term", told, remedy=f"write names as 'LFP{PARTED}NMC'")
    sets = [*map(frozenset, parts), frozenset[str]()]  # the last of them is that of `EMPTY`
    assert EMPTY == -1
    return tuple(sets[code] for code in column.codes.tolist())
