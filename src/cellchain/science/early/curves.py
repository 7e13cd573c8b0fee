"""One cell's discharge curves on the grid of a model: gaps filled, spikes left out.

A curve is the discharge capacity over a falling voltage. A cycle whose curve is broken by a test
that stopped or a sensor that jumped differs from its neighbours everywhere; it is left out, and
medians over cycles take care of what remains.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from cellchain.science.portable import Floats

VOLTAGES = 200
VOLTAGE_HIGH_V, VOLTAGE_LOW_V = 3.5, 2.0
GAP_MAX = 0.1
"""Share of a curve that may be missing and is filled on a straight line."""
SPIKE_AH = 0.06
"""How far a curve may be from the median of its neighbours: fade in nine cycles is far below."""
NEIGHBOURS = 4
"""Cycles on either side."""


def grid_v() -> Floats:
    """Return the voltages of a model's curves, falling, volts."""
    return np.linspace(VOLTAGE_HIGH_V, VOLTAGE_LOW_V, VOLTAGES)


def on_grid(voltages_v: Floats, charge_ah: Floats) -> Floats:
    """Return a curve at the voltages of the grid; NaN throughout where too much is missing.

    Args:
        voltages_v: Any order, shape [points], volts; NaN where missing.
        charge_ah: Discharge capacity there, shape [points]; NaN where missing.
    """
    wanted = grid_v()
    present = np.isfinite(voltages_v) & np.isfinite(charge_ah)
    voltages, charge = voltages_v[present], charge_ah[present]
    if len(voltages) < 2 or np.mean(present) < 1.0 - GAP_MAX:  # noqa: PLR2004  # no line
        return np.full(VOLTAGES, np.nan)
    order = np.argsort(voltages, kind="stable")
    rising = voltages[order]
    if np.mean((wanted < rising[0]) | (wanted > rising[-1])) > GAP_MAX:
        return np.full(VOLTAGES, np.nan)
    return np.interp(wanted, rising, charge[order])


def without_spikes(charge_ah: Floats) -> Floats:
    """Return curves of which those far from their neighbours are NaN.

    Args:
        charge_ah: Shape [voltages, cycles], cycles in order.
    """
    kept = charge_ah.copy()
    cycles = charge_ah.shape[1]
    for cycle in range(cycles):
        near = charge_ah[:, max(0, cycle - NEIGHBOURS) : cycle + NEIGHBOURS + 1]
        present = near[:, ~np.isnan(near[0])]
        if present.shape[1]:
            apart = np.abs(charge_ah[:, cycle] - np.median(present, axis=1))
            if not apart.max() <= SPIKE_AH:
                kept[:, cycle] = np.nan
    return kept
