"""The open circuit of a cell: voltage at rest by state of charge, on an even grid.

Between the points that were measured it is the monotone cubic of Fritsch and Carlson, SIAM J.
Numer. Anal. 17 (1980) 238: no wave where there was none. On the grid it is a straight line from
point to point, and goes on straight beyond the ends, so that a filter that overshoots finds back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cellchain.core.errors import Refused
from cellchain.science.extra import extra_part

if TYPE_CHECKING:
    from cellchain.science.portable import Floats

STEPS = 1_000
"""Of the grid between empty and full."""
GRID = np.linspace(0.0, 1.0, STEPS + 1)
POINTS_MIN = 10
REACH = (0.05, 0.95)
"""A curve must begin below and end above."""
VOLTAGE_V = (0.5, 5.0)
"""What one cell may show."""


def gridded(soc: Floats, voltage_v: Floats) -> Floats:
    """Return the curve on the grid.

    Args:
        soc: Where it was measured, shape (n,), 0 to 1, any order; of equal ones the mean counts.
        voltage_v: At rest, or at a current that is next to none, shape (n,), volt.

    Returns:
        Volt at `STEPS` + 1 even states of charge from 0 to 1, rising.

    Raises:
        Refused: ``twin.curve``: too few points, per cent, millivolts, not rising, too short.
    """
    usable = np.isfinite(soc) & np.isfinite(voltage_v)
    at, group = np.unique(soc[usable], return_inverse=True)
    if len(at) < POINTS_MIN:
        raise _refused(f"{len(at)} points with both values", f"give at least {POINTS_MIN}")
    if at[0] < 0.0 or at[-1] > 1.0:
        raise _refused(f"soc from {at[0]:g} to {at[-1]:g}", "give it as a fraction, 0 to 1")
    if at[0] > REACH[0] or at[-1] < REACH[1]:
        raise _refused(
            f"soc from {at[0]:g} to {at[-1]:g} alone", "measure it from empty to full, 0 to 1"
        )
    mean_v = np.bincount(group, voltage_v[usable]) / np.bincount(group)
    low, high = float(mean_v.min()), float(mean_v.max())
    if not VOLTAGE_V[0] < low < high < VOLTAGE_V[1]:
        raise _refused(f"voltage_v from {low:g} to {high:g}", "give volts of one cell")
    falls = np.flatnonzero(np.diff(mean_v) <= 0.0)
    if len(falls):
        first = falls[0]
        raise _refused(
            f"{mean_v[first]:g} V at soc {at[first]:g} and {mean_v[first + 1]:g} V at the next, "
            f"{at[first + 1]:g}",
            "smooth it: the voltage must rise with the charge",
        )
    interpolate = extra_part("scipy.interpolate", "twin.no_scipy")
    inside = interpolate.PchipInterpolator(at, mean_v, extrapolate=False)(
        np.clip(GRID, at[0], at[-1])
    )
    slope = np.diff(mean_v) / np.diff(at)
    below, above = np.minimum(GRID - at[0], 0.0), np.maximum(GRID - at[-1], 0.0)
    found: Floats = inside + slope[0] * below + slope[-1] * above
    return found


def on_grid(table: Floats, soc: Floats) -> Floats:
    """Return what a table on the grid says at ``soc``: straight between its points, and beyond.

    Args:
        table: Shape (…, `STEPS` + 1): the curve, or others beside it.
        soc: Shape (n,).

    Returns:
        Shape (…, n).
    """
    scaled = soc * (table.shape[-1] - 1)
    left = np.minimum(np.maximum(scaled, 0.0), table.shape[-1] - 2.0).astype(np.intp)
    low = table[..., left]
    found: Floats = low + (scaled - left) * (table[..., left + 1] - low)
    return found


def charge(curve_v: Floats, voltage_v: Floats) -> Floats:
    """Return the state of charge, 0 to 1, at which a rested cell shows ``voltage_v``."""
    right = np.searchsorted(curve_v, voltage_v).clip(1, len(curve_v) - 1)
    low, high = curve_v[right - 1], curve_v[right]
    scaled = right - 1 + (voltage_v - low) / (high - low)
    found: Floats = np.minimum(np.maximum(scaled / (len(curve_v) - 1), 0.0), 1.0)
    return found


def _refused(what: str, remedy: str) -> Refused:
    return Refused("twin.curve", f"the open-circuit curve has {what}", remedy=remedy)
