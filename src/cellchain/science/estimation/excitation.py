"""Whether a drive says enough, and whether its current has the sign that we mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from cellchain.science.portable import Floats

STEP_S = 15.0
"""Longest time between rows whose difference is mostly ohmic."""
STEP_C = 0.05
"""Least change of current that counts as a step, in capacities per hour."""
STEPS_MIN = 5
SPREAD_C = 0.05
"""Least standard deviation of a current that tells resistances."""
SURE = 0.5
"""Least size of the correlation of steps by which a sign is judged."""


def step_correlation(time_s: Floats, current_a: Floats, voltage_v: Floats, least_a: float) -> float:
    """Return the correlation of steps of voltage with steps of current, about zero.

    Near -1 where current is positive on discharge, near 1 where it is positive on charge.

    Args:
        time_s: Shape (rows,), seconds, rising.
        current_a: Likewise, ampere.
        voltage_v: Likewise, volt.
        least_a: Smaller steps of current are left out.

    Returns:
        -1 to 1; 0 where there are fewer than `STEPS_MIN` steps.
    """
    step_a = np.diff(current_a)
    used = (np.diff(time_s) <= STEP_S) & (np.abs(step_a) >= least_a)
    if used.sum() < STEPS_MIN:
        return 0.0
    a, b = step_a[used], np.diff(voltage_v)[used]
    size = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / size if size > 0.0 else 0.0
