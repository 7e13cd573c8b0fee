r"""Ageing of NMC/graphite cells: capacity lost and resistance gained, by time and by use.

    capacity     $ C / C_0 = 1 - \alpha_C\,t^{3/4} - \beta_C \sqrt{Q} - k\,\max(0, N - N_k) $
    resistance   $ R / R_0 = 1 + \alpha_R\,t^{3/4} + \beta_R\,Q $

t is the age in days, Q the charge that has gone through a cell of 2.05 Ah in ampere hours, in and
out; other cells are scaled by full cycles, N = Q / (2 · 2.05 Ah). The last term of the first line
is ours: past N_k cycles some cells fade at a constant faster rate, the *knee*.

Source: Schmalstieg, Käbitz, Ecker and Sauer, J. Power Sources 257 (2014) 325, the combined model,
fitted to a cell of 2.05 Ah between 35 and 50 °C; here used from 15 to 45 °C. Good to a few percent
of capacity down to about 70 %; below, an extrapolation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cellchain.science.circuit import REFERENCE_K
from cellchain.science.portable import Floats, exponential

DAY_S = 86_400.0
FITTED_AH = 2.05
"""Capacity of the cell that the model was fitted to."""
# exp(-6976 K / 298.15 K) and exp(-5986 K / 298.15 K), written out so that no exp is needed.
_CAPACITY_RATE = 6.89514e-11
_CAPACITY_ACTIVATION_K = 6976.0
_RESISTANCE_RATE = 1.90813e-9
_RESISTANCE_ACTIVATION_K = 5986.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What cells have been through; every field is a number or an array of one common shape."""

    age_s: Floats
    full_cycles: Floats
    """Charge throughput divided by twice the nominal capacity."""
    temperature_k: Floats
    """Mean over the age."""
    voltage_v: Floats
    """Open-circuit voltage, mean over the age, 3.2 to 4.1; the source takes the quadratic mean for
    cycling, which is larger by about a millivolt where voltages spread by 0.1 V."""
    depth: Floats
    """Mean depth of the cycles, 0 to 1."""
    knee_cycles: Floats
    """Full cycles at which fast fading sets in; larger than ``full_cycles``: not yet."""


KNEE_RATE = 6e-4
"""Of the nominal capacity, per full cycle beyond the knee."""


def capacity_loss(use: Use) -> Floats:
    """Return the fraction of nominal capacity lost: 0 is new, clipped at 1."""
    return np.minimum(_calendar_loss(use) + _cycle_loss(use) + _knee_loss(use), 1.0)


def resistance_gain(use: Use) -> Floats:
    """Return how much the resistance has grown, as a fraction of that of the new cell."""
    rate = np.maximum(5.270e5 * use.voltage_v - 16.32e5, 0.0) * _RESISTANCE_RATE
    by_time = rate * _warmth(use, _RESISTANCE_ACTIVATION_K) * _days_three_quarters(use)
    away = use.voltage_v - 3.725
    per_ah = 2.153e-4 * (away * away) - 1.521e-5 + 2.798e-4 * use.depth
    return by_time + np.maximum(per_ah, 0.0) * _throughput_ah(use)


def _calendar_loss(use: Use) -> Floats:
    rate = np.maximum(7.543e6 * use.voltage_v - 23.75e6, 0.0) * _CAPACITY_RATE
    return rate * _warmth(use, _CAPACITY_ACTIVATION_K) * _days_three_quarters(use)


def _cycle_loss(use: Use) -> Floats:
    away = use.voltage_v - 3.667
    rate = 7.348e-3 * (away * away) + 7.6e-4 + 4.081e-3 * use.depth
    return rate * np.sqrt(_throughput_ah(use))


def _knee_loss(use: Use) -> Floats:
    return KNEE_RATE * np.maximum(use.full_cycles - use.knee_cycles, 0.0)


def _throughput_ah(use: Use) -> Floats:
    return 2.0 * FITTED_AH * use.full_cycles


def _days_three_quarters(use: Use) -> Floats:
    """The age in days to the power 3/4, from square roots."""
    root = np.sqrt(use.age_s / DAY_S)
    return root * np.sqrt(root)


def _warmth(use: Use, activation_k: float) -> Floats:
    """How much faster than at 25 °C (Arrhenius)."""
    return exponential(activation_k * (1.0 / REFERENCE_K - 1.0 / use.temperature_k))
