"""The attributes of a passport: who may read each, and who may state it.

Numbers are those of the 71 data points of the Commission's guidance on digital battery passports
(version 1.0 of 28 July 2026). 16 and 25 are never filled, being covered by others, and so are
absent. The access class follows Annex XIII of Regulation (EU) 2023/1542; which values a category
must have from which day changes with every act, and is policy, not a rule of the book.

Who answers for a passport may state everything in it, in person or by a written mandate. Beyond
that, whoever holds a battery and works on it may state what it measured there, and a laboratory
or authority what it found.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from cellchain.core.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

AccessClass = Literal["authority", "legitimate-interest", "public"]


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may read and state an attribute, besides who answers for the passport."""

    point: int
    """Number of the data point in the guidance."""
    access: AccessClass
    dynamic: bool = False
    """Whether it is about one battery and changes in its life (Annex XIII point 4)."""
    holders: tuple[str, ...] = ()
    """Roles that may state it about a battery in their hands."""
    witnesses: tuple[str, ...] = ()
    """Roles that may state it about any."""


_PUBLIC = {
    "identifier": 1,
    "passport_operator": 2,
    "manufacturer": 3,
    "manufacturer_address": 4,
    "manufacturer_contact": 5,
    "category": 6,
    "model_and_serial": 7,
    "manufacturing_place": 8,
    "manufacturing_date": 9,
    "weight": 10,
    "capacity": 11,
    "chemistry": 12,
    "hazardous_substances": 13,
    "extinguishing_agent": 14,
    "critical_raw_materials": 15,
    "carbon_footprint": 17,
    "carbon_footprint_label": 18,
    "responsible_sourcing": 19,
    "recycled_cobalt": 20,
    "recycled_lithium": 21,
    "recycled_nickel": 22,
    "recycled_lead": 23,
    "renewable_content": 24,
    "minimum_voltage": 26,
    "nominal_voltage": 27,
    "maximum_voltage": 28,
    "original_power": 29,
    "power_limits": 30,
    "expected_cycles": 31,
    "cycle_life_test": 32,
    "exhaustion_threshold": 33,
    "storage_temperature_range": 34,
    "calendar_warranty": 35,
    "initial_efficiency": 36,
    "half_life_efficiency": 37,
    "initial_resistance": 38,
    "cycle_life_c_rate": 39,
    "separate_collection_symbol": 40,
    "heavy_metal_symbol": 41,
    "conformity_declaration": 42,
    "waste_information": 43,
    "instructions": 44,
}
_INTERESTED = {
    "detailed_composition": 45,
    "part_numbers": 46,
    "spare_part_sources": 47,
    "dismantling": 48,
    "safety_measures": 49,
}
_MEASURED = {
    "remaining_capacity": 51,
    "capacity_fade": 52,
    "remaining_power": 53,
    "power_fade": 54,
    "internal_resistance": 55,
    "resistance_increase": 56,
    "efficiency": 57,
    "efficiency_fade": 58,
    "expected_life_cycles": 59,
    "expected_life_years": 60,
    "certified_energy": 61,
    "health_capacity": 62,
    "health_power": 63,
    "health_efficiency": 64,
    "self_discharge": 65,
    "ohmic_resistance": 66,
    "cycle_count": 68,
    "negative_events": 69,
    "environment_history": 70,
    "charge_history": 71,
}
_WORKERS = ("integrator", "vehicle-maker", "workshop")

ATTRIBUTES: Mapping[str, Rule] = {
    **{name: Rule(point, "public") for name, point in _PUBLIC.items()},
    **{name: Rule(point, "legitimate-interest") for name, point in _INTERESTED.items()},
    "test_reports": Rule(50, "authority", witnesses=("authority", "laboratory")),
    **{
        name: Rule(
            point,
            "legitimate-interest",
            dynamic=True,
            holders=_WORKERS,
            witnesses=("laboratory",),
        )
        for name, point in _MEASURED.items()
    },
    "status": Rule(
        67, "legitimate-interest", dynamic=True, holders=("integrator", "recycler", "workshop")
    ),
}
"""Attribute → rule."""


def rule_of(attribute: str) -> Rule:
    """Return the rule of an attribute; refuse a name that is none."""
    rule = ATTRIBUTES.get(attribute)
    if rule is None:
        raise Refused("passport.unknown_attribute", f"{attribute[:64]!a} is not an attribute")
    return rule
