"""What a battery gives over its life, and what a kilowatt-hour of that emits: exact fractions.

Source: draft delegated act Ares(2024)3131389 on the carbon footprint of electric vehicle batteries:
energy = usable kWh at the beginning × full equivalent cycles a year × years; the years are those of
the commercial warranty, of which that in kilometres is converted, and the shorter wins.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Term:
    """How many years count, and by what."""

    years: Fraction
    by: str
    """``warranty years``, ``warranty km``, or ``default`` where there is no warranty."""


def warranted(years: Fraction | None, driven: Fraction | None, default: Fraction) -> Term:
    """Return the years that count.

    Args:
        years: Of the warranty; nothing where it names none.
        driven: Kilometres of the warranty ÷ kilometres a year; likewise.
        default: Years of the method, for a battery without a warranty.

    Returns:
        The shorter; the warranty in years where both are the same.
    """
    if years is None and driven is None:
        return Term(default, "default")
    if driven is None or (years is not None and years <= driven):
        assert years is not None
        return Term(years, "warranty years")
    return Term(driven, "warranty km")


def energy_kwh(usable_kwh: Fraction, cycles_per_year: Fraction, years: Fraction) -> Fraction:
    """Return what a battery gives over its life, in kWh."""
    return usable_kwh * cycles_per_year * years


def per_kwh(kg_co2e: Mapping[str, Fraction], energy: Fraction) -> dict[str, Fraction]:
    """Return what each stage emits for a kilowatt-hour given, in kg CO₂e.

    Args:
        kg_co2e: What each stage emits for a whole battery.
        energy: Over its life, kWh, above zero.
    """
    return {stage: kg / energy for stage, kg in kg_co2e.items()}
