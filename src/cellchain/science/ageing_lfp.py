r"""Ageing of LFP/graphite cells: capacity lost by time and by use.

    by time     $ k\,e^{-E_a/R\,(1/T - 1/T_{ref})}\,(2.8575\,(S - 0.5)^3 + 0.60225) \sqrt{t} $
    by use      $ (0.0630\,c + 0.0971)\,(4.0253\,(D - 0.6)^3 + 1.0923) \sqrt{N} / 100 $

t is the age in seconds, S the mean state of charge, c the mean rate of charge and discharge in 1/h,
D the depth of the cycles, N full cycles; k is 1.2571e-5 per root second, E_a 17,126 J/mol.

Source: Naumann, Schimpe, Keil, Hesse and Jossen, J. Energy Storage 17 (2018) 153 (by time);
Naumann, Spingler and Jossen, J. Power Sources 451 (2020) 227666 (by use). Fitted to a cell of 3 Ah
stored from 0 to 60 °C and cycled at 25 and 40 °C; cycling has no temperature in it. Both parts add.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cellchain.science.circuit import REFERENCE_K

if TYPE_CHECKING:
    from cellchain.science.portable import Floats

_GAS_J_MOL_K = 8.314462618
_RATE_PER_ROOT_S = 1.2571e-5
_ACTIVATION_J_MOL = 17_126.0


def calendar_loss(age_s: Floats, temperature_k: Floats, soc: Floats) -> Floats:
    """Return the fraction of capacity lost by time; 0 is new.

    Args:
        age_s: Seconds, 0 or more.
        temperature_k: Mean over the age, kelvin.
        soc: Mean state of charge over the age, 0 to 1.
    """
    warmth = np.exp(-_ACTIVATION_J_MOL / _GAS_J_MOL_K * (1.0 / temperature_k - 1.0 / REFERENCE_K))
    return _RATE_PER_ROOT_S * warmth * (2.8575 * (soc - 0.5) ** 3 + 0.60225) * np.sqrt(age_s)


def cycle_loss(full_cycles: Floats, depth: Floats, rate_per_h: Floats) -> Floats:
    """Return the fraction of capacity lost by use; 0 is new.

    Args:
        full_cycles: Charge throughput divided by twice the capacity.
        depth: Of the cycles, 0 to 1.
        rate_per_h: Mean of charge and discharge, as a multiple of the capacity, 1/h.
    """
    per_root = (0.0630 * rate_per_h + 0.0971) * (4.0253 * (depth - 0.6) ** 3 + 1.0923)
    return per_root * np.sqrt(full_cycles) / 100.0
