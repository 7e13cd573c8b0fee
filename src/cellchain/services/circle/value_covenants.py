"""What must hold as long as money is lent on a battery, and what lowers its margin.

A covenant is ``kept``, ``fired``, or ``unknown`` where what it looks at is not told. A ratchet is
``earned``, ``not earned`` or ``unknown``; each that is earned lowers the margin.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from cellchain.services.circle.value_market import Collateral
    from cellchain.services.circle.value_packs import Pack

COVENANTS = (
    "soh_p10", "value_p10", "evidence_days", "ratchet_recycled_share", "ratchet_co2e_kg_per_kwh",
)  # fmt: skip
KEPT, FIRED, UNKNOWN = "kept", "fired", "unknown"
EARNED, NOT_EARNED = "earned", "not earned"


@dataclass(frozen=True, slots=True)
class Covenant:
    """One of them, of one battery."""

    name: str
    value: float | None
    threshold: float
    outcome: str
    reason: str


def covenants_of(
    terms: Collateral, pack: Pack, value_p10: float, day: date
) -> tuple[Covenant, ...]:
    """Return what becomes of each covenant that the terms name.

    Args:
        terms: Thresholds.
        pack: What is known of the battery.
        value_p10: What it is worth at least, with nine chances of ten.
        day: From which the age of evidence is counted; evidence of a later day is none yet.
    """
    age = None if pack.evidence is None else float((day - pack.evidence).days)
    soh_p10 = None if pack.soh is None else max(pack.soh.p10, 0.0)
    future = age is not None and age < 0
    asked = (
        (COVENANTS[0], soh_p10, terms.least_soh_p10, True),
        (COVENANTS[1], round(value_p10, 2), terms.least_value_p10, True),
        (COVENANTS[2], None if future else age, terms.evidence_days_max, False),
        (COVENANTS[3], pack.recycled_share, terms.ratchet_recycled_share, True),
        (COVENANTS[4], pack.co2e_kg_per_kwh, terms.ratchet_co2e_kg_per_kwh, False),
    )
    return tuple(
        _told(name, value, threshold, least)
        for name, value, threshold, least in asked
        if threshold is not None
    )


def margin_bps(terms: Collateral, covenants: tuple[Covenant, ...]) -> float:
    """Return the margin, in hundredths of a percent, at least 0."""
    earned = sum(one.outcome == EARNED for one in covenants)
    return max(terms.margin_bps - earned * (terms.ratchet_bps or 0.0), 0.0)


def _told(name: str, value: float | None, threshold: float, least: bool) -> Covenant:
    holds, fails = (EARNED, NOT_EARNED) if name.startswith("ratchet") else (KEPT, FIRED)
    asked = f"{'at least' if least else 'at most'} {threshold:g}"
    if value is None:
        return Covenant(name, None, threshold, UNKNOWN, f"not told; {asked} is asked")
    passes = value >= threshold if least else value <= threshold
    told = f"{value:g}, {asked} is asked"
    return Covenant(name, value, threshold, holds if passes else fails, told)
