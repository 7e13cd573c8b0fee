"""How long a cell lasts in a use, by laws of ageing published for its chemistry.

A law is asked for what it was fitted to; beyond, the answer stands with what is beyond.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cellchain.science import ageing, ageing_lfp
from cellchain.science.ageing import DAY_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cellchain.science.portable import Floats

YEAR_S = 365.25 * DAY_S
YEARS_MAX = 50.0
"""No law was fitted to more than a few years; beyond this nothing is said."""
_HALVINGS = 60
_ZERO_C_K = 273.15


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """What a cell goes through each day of its life."""

    cycles_per_day: float
    depth: float
    """Of the capacity, 0 to 1."""
    mean_soc: float
    mean_voltage_v: float
    """Open-circuit voltage, mean over the window of use."""
    mean_rate_per_h: float
    """Of charge and discharge."""
    temperature_k: float

    def full_cycles(self, age_s: Floats) -> Floats:
        """Return the charge that has gone through, divided by twice the capacity."""
        return age_s / DAY_S * self.cycles_per_day * self.depth


@dataclass(frozen=True, slots=True)
class Law:
    """A law of ageing."""

    source: str
    cell: str
    """What it was fitted to."""
    loss: Callable[[Duty, Floats], Floats]
    """From a duty and ages in seconds to fractions of capacity lost, which rise with age."""
    within: dict[str, tuple[float, float]]
    """Ranges of ``temperature_c`` and of fields of a duty in which it was fitted."""

    def doubts(self, duty: Duty) -> Iterator[str]:
        """Say how a duty is outside what the law was fitted to."""
        for name, (low, high) in self.within.items():
            celsius = duty.temperature_k - _ZERO_C_K
            value = celsius if name == "temperature_c" else getattr(duty, name)
            if not low - 1e-9 <= value <= high + 1e-9:
                yield f"{name} is {value:.3g}; the law of life was fitted at {low:g} to {high:g}"


def _nmc_loss(duty: Duty, age_s: Floats) -> Floats:
    return ageing.capacity_loss(
        ageing.Use(
            age_s=age_s,
            full_cycles=duty.full_cycles(age_s),
            temperature_k=np.array(duty.temperature_k),
            voltage_v=np.array(duty.mean_voltage_v),
            depth=np.array(duty.depth),
            knee_cycles=np.array(np.inf),
        )
    )


def _lfp_loss(duty: Duty, age_s: Floats) -> Floats:
    by_time = ageing_lfp.calendar_loss(age_s, np.array(duty.temperature_k), np.array(duty.mean_soc))
    by_use = ageing_lfp.cycle_loss(
        duty.full_cycles(age_s), np.array(duty.depth), np.array(duty.mean_rate_per_h)
    )
    return by_time + by_use


LAWS = {
    "schmalstieg_2014": Law(
        "Schmalstieg et al., J. Power Sources 257 (2014) 325",
        "an NMC 111/graphite cell of 2.05 Ah",
        _nmc_loss,
        {"temperature_c": (35.0, 50.0), "mean_voltage_v": (3.2, 4.1)},
    ),
    "naumann_2020": Law(
        "Naumann et al., J. Energy Storage 17 (2018) 153 and J. Power Sources 451 (2020) 227666",
        "an LFP/graphite cell of 3 Ah",
        _lfp_loss,
        {"temperature_c": (25.0, 40.0), "mean_rate_per_h": (0.0, 1.0)},
    ),
}
"""By the name that a chemistry gives."""


def life_years(law: Law, duty: Duty, end_of_life: float) -> float:
    """Return after how many years the capacity has fallen to ``end_of_life``; `YEARS_MAX` at most.

    Args:
        law: Published for the chemistry.
        duty: Every day the same.
        end_of_life: Fraction of the capacity when new, between 0 and 1.
    """
    low, high = 0.0, YEARS_MAX * YEAR_S
    if float(law.loss(duty, np.array(high))) < 1.0 - end_of_life:
        return YEARS_MAX
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if float(law.loss(duty, np.array(middle))) < 1.0 - end_of_life:
            low = middle
        else:
            high = middle
    return high / YEAR_S
