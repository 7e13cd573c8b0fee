"""The ends of a simulated car's charges, as rows: the last quarter or half of an hour of each.

Charging at home is at 7 or 11 kW, mode 3 of IEC 61851-1 (16 to 32 A a phase): about 20 or 30 A at
the 350 V of a pack; one in five is a fast one. The current stays until ten minutes before the end,
then it falls by a factor of e in them. Shares, and that the device is awake then, are ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cellchain.science.portable import Floats

CHARGERS_A, SHARES = (20.0, 30.0, 75.0), (0.5, 0.3, 0.2)
"""What chargers give, and how often each is used."""
LENGTH_S = (900.0, 1800.0)
ENDS_S = (23.1 * 3600.0, 23.9 * 3600.0)
"""Of the day: after its last trip, before its midnight."""
FALLS_S = 600.0
RIPPLE_A = 0.1


def charge_ends(
    charges: Sequence[tuple[int, float, float]],
    share: float,
    period_s: float,
    rng: np.random.Generator,
) -> tuple[Floats, Floats, Floats]:
    """Return time, current (negative) and charge given so far, of all rows, shape [rows] each.

    Args:
        charges: Of each its day, what was given before and after it, coulomb.
        share: Of charges, whose ends are reported, 0 to 1.
        period_s: From row to row.
        rng: Draws the same for each charge, reported or not.
    """
    times: list[Floats] = [np.empty(0)]
    currents: list[Floats] = [np.empty(0)]
    given: list[Floats] = [np.empty(0)]
    for day, before_c, after_c in charges:
        rows = int(rng.uniform(*LENGTH_S) / period_s)
        end_s = day * 86_400.0 + rng.uniform(*ENDS_S)
        charger_a = rng.choice(CHARGERS_A, p=SHARES)
        left_s: Floats = period_s * np.arange(rows, dtype=np.float64)[::-1]
        steady_a = charger_a * np.exp(-np.maximum(1.0 - left_s / FALLS_S, 0.0))
        flows_a: Floats = steady_a + RIPPLE_A * rng.standard_normal(rows)
        left_c: Floats = np.cumsum(flows_a[::-1])[::-1] * period_s
        if rng.random() < share and after_c - before_c > left_c[0]:
            times.append(end_s - left_s)
            currents.append(-flows_a)
            given.append(after_c - left_c)
    return np.concatenate(times), np.concatenate(currents), np.concatenate(given)
