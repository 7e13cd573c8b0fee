"""What is believed of many batteries at a moment: means, and how far they are in doubt together.

Seven quantities each, of which the first is asked for at every row, the fifth and sixth move slowly
and the others are nuisances:

0  soc           0 to 1
1  fast_v        over the fast RC pair
2  slow_v        over the slow one
3  error_v       what the circuit does not explain, and that lasts
4  log_capacity  of capacity ÷ that of the circuit
5  log_ohm       of all resistances ÷ those of the circuit
6  offset_a      of the current sensor
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from cellchain.science.estimation.curve import charge
from cellchain.science.estimation.equivalent import resistances

if TYPE_CHECKING:
    from cellchain.science.estimation.equivalent import Equivalent
    from cellchain.science.portable import Floats

SOC, FAST, SLOW, ERROR, CAPACITY, OHM, OFFSET = range(7)
SIZE = 7

SOC_SD = 0.3
"""Of a start that is told: it may be thirty points wrong."""
RESTED_SD, UNRESTED_SD = 0.1, 0.2
"""Of a start that is read off the curve."""
PAST_C = 0.1
"""Current, in capacities per hour, that may have flowed for long before the first row."""
CAPACITY_SD, OHM_SD = 0.1, 0.2
"""Of logarithms: cells of a kind, some of them aged."""
OFFSET_C = 0.01
"""Of a current sensor, in capacities per hour."""
REST_C = 0.02


@dataclass(slots=True, eq=False)
class Belief:
    """Of batteries, along the last axis; moved on in place by `filtering.stepped`."""

    mean: Floats
    """Shape (7, batteries)."""
    covariance: Floats
    """Shape (7, 7, batteries)."""
    time_s: Floats
    """Of the last row, shape (batteries,), as are the rest."""
    current_a: Floats
    """Of the last row."""
    gone_ah: Floats
    """Charge since the first row."""
    lowest_ah: Floats
    """Of `gone_ah` so far; with `highest_ah` the swing that tells capacity."""
    highest_ah: Floats
    usual_a: Floats
    """Recent mean of the current; with `spread_a2` what tells resistance."""
    spread_a2: Floats
    surprise: Floats
    """Recent mean of squared innovations ÷ what was expected: 1 where doubts are honest."""

    def first(self, count: int) -> Belief:
        """Return views of the first batteries: moving them moves these."""
        return Belief(*(getattr(self, one.name)[..., :count] for one in fields(self)))

    def plain(self) -> dict[str, Floats]:
        """Return arrays by name, from which `Belief(**plain)` makes the same."""
        return {one.name: getattr(self, one.name) for one in fields(self)}


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """One row of each battery, in arrays of the shape (batteries,)."""

    time_s: Floats
    current_a: Floats
    """Positive on discharge."""
    voltage_v: Floats
    celsius: Floats
    """Of the cells."""


def begun(cell: Equivalent, seen: Seen, soc: Floats) -> Belief:
    """Return what is believed of batteries before their first voltage is weighed.

    Args:
        cell: The circuit.
        seen: Their first rows.
        soc: Where they are said to stand; where it is NaN the first voltage says it, widely.
    """
    count = len(seen.time_s)
    mean, covariance = np.zeros((SIZE, count)), np.zeros((SIZE, SIZE, count))
    ohm = resistances(cell, np.full(count, 0.5), seen.celsius)[0]
    shown = charge(cell.curve_v, seen.voltage_v + ohm * seen.current_a)
    rested = np.abs(seen.current_a) < REST_C * cell.capacity_ah
    told = ~np.isnan(soc)
    mean[SOC] = np.where(told, soc, shown)
    doubt = np.where(told, SOC_SD, np.where(rested, RESTED_SD, UNRESTED_SD))
    pairs_v = PAST_C * cell.capacity_ah * resistances(cell, mean[SOC], seen.celsius)
    offset_a = OFFSET_C * cell.capacity_ah
    doubts = (doubt, pairs_v[1], pairs_v[2], cell.error_v, CAPACITY_SD, OHM_SD, offset_a)
    for place, one in enumerate(doubts):
        covariance[place, place] = one * one
    gone_ah, lowest_ah, highest_ah = (np.zeros(count) for _ in range(3))
    return Belief(
        mean, covariance, seen.time_s.copy(), seen.current_a.copy(), gone_ah,
        lowest_ah, highest_ah, seen.current_a.copy(), np.zeros(count), np.ones(count),
    )  # fmt: skip
