"""The figures of a pack: which way is better, and how far a limit is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cellchain.science.design.life import YEARS_MAX

if TYPE_CHECKING:
    from collections.abc import Mapping

GROWING = ("energy_wh", "mean_power_w", "pulse_power_w")
"""Figures that grow with the number of cells."""
BINDING = 0.02
"""A requirement whose margin is no more than this binds."""


@dataclass(frozen=True, slots=True)
class Figure:
    """What is told of a pack."""

    more_is_better: bool
    scale: float | None = None
    """What a margin is measured by; without it, the limit itself."""
    ceiling: float | None = None
    """Where it ends: a figure that is there is held back by no requirement."""

    def margin(self, value: float, limit: float) -> float:
        """Return how far ``value`` is on the good side of ``limit``; negative: it misses it."""
        ahead = value - limit if self.more_is_better else limit - value
        return ahead / (self.scale or abs(limit))


FIGURES = {
    "energy_wh": Figure(more_is_better=True),
    "mean_power_w": Figure(more_is_better=True),
    "pulse_power_w": Figure(more_is_better=True),
    "life_years": Figure(more_is_better=True, ceiling=YEARS_MAX),
    "charge_share": Figure(more_is_better=True, ceiling=1.0),
    "plating_v": Figure(more_is_better=True, scale=0.1),
    "heat_w": Figure(more_is_better=False),
    "volume_l": Figure(more_is_better=False),
    "mass_kg": Figure(more_is_better=False),
    "energy_wh_per_l": Figure(more_is_better=True),
    "energy_wh_per_kg": Figure(more_is_better=True),
    "cost_per_kwh": Figure(more_is_better=False),
    "co2_kg_per_kwh": Figure(more_is_better=False),
}
"""By name; `pack` says what each is."""


def margins(figures: Mapping[str, float], requirements: Mapping[str, float]) -> dict[str, float]:
    """Return the margin of each requirement, as a fraction of its limit."""
    return {
        name: FIGURES[name].margin(figures[name], limit) for name, limit in requirements.items()
    }


def binding(
    figures: Mapping[str, float], requirements: Mapping[str, float], *, whole_strings: bool = False
) -> tuple[str, ...]:
    """Return the requirements that bind; where none does, the one with the least margin.

    Args:
        figures: Of a pack, with ``parallel``.
        requirements: Limits by figure.
        whole_strings: The pack has as few strings as it may: what a string fewer would miss binds.
    """
    found = margins(figures, requirements)
    strings = figures["parallel"] if whole_strings else 1.0
    fewer = {
        name: FIGURES[name].margin(figures[name] * (strings - 1) / strings, requirements[name])
        for name in requirements
        if name in GROWING and strings > 1
    }
    bound = {name for name, one in found.items() if one <= BINDING}
    bound |= {name for name, one in fewer.items() if one < 0}
    if not bound:
        free = {n: one for n, one in found.items() if figures[n] != FIGURES[n].ceiling}
        bound = {min(free or found, key=found.__getitem__)}
    return tuple(name for name in requirements if name in bound)
