"""What a cell weighs, part by part, and what that costs or emits.

A quantity is an array of three: value, lowest, highest, by the ranges of what it comes from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cellchain.science.design.chemistry import Sourced

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cellchain.science.design.cell import Electrodes, Foils
    from cellchain.science.design.chemistry import Chemistry
    from cellchain.science.portable import Floats

PARTS = (
    "positive",
    "negative",
    "additives",
    "electrolyte",
    "separator",
    "positive_foil",
    "negative_foil",
    "case",
)
"""Of a cell: active materials, binder with carbon, and the rest."""

_CRC = "CRC Handbook of Chemistry and Physics, physical constants of the elements, at 20 °C"
_BATPAC = "Nelson et al., BatPaC manual, Argonne National Laboratory ANL/CSE-19/2 (2019)"
MATERIALS_KG_M3 = {
    "aluminium": Sourced(2700.0, (2690.0, 2710.0), _CRC),
    "copper": Sourced(8960.0, (8930.0, 8960.0), _CRC),
    "additives": Sourced(1800.0, (1750.0, 1950.0), f"carbon black with PVDF: {_BATPAC}"),
    "electrolyte": Sourced(1200.0, (1150.0, 1300.0), f"1 M LiPF6 in carbonates: {_BATPAC}"),
    "separator": Sourced(
        950.0, (900.0, 970.0), "polyethylene, polypropylene: Polymer Handbook, 4th ed. (1999)"
    ),
}
"""Densities without pores."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Volumes:
    """Thickness of solids and pores per facing area, metres: what `masses_kg` weighs."""

    positive_m: float
    """Active material alone."""
    negative_m: float
    additives_m: float
    pores_m: float
    separator_m: float
    """Without pores."""


def masses_kg(
    chemistry: Chemistry,
    volumes: Volumes,
    *,
    area_m2: float,
    foils: Foils,
    case_m3: float,
    case_kg_m3: float,
) -> dict[str, Floats]:
    """Return the masses of the parts of a cell, shape (3,) each, kilograms.

    Electrolyte fills the pores, and no more than them; tabs and glue are not counted.
    """
    known = {**MATERIALS_KG_M3, **chemistry.densities_kg_m3}
    layers = {
        "positive": (volumes.positive_m, "positive"),
        "negative": (volumes.negative_m, "negative"),
        "additives": (volumes.additives_m, "additives"),
        "electrolyte": (volumes.pores_m, "electrolyte"),
        "separator": (volumes.separator_m, "separator"),
        "positive_foil": (foils.positive_m / 2, chemistry.positive_foil),  # coated on both sides
        "negative_foil": (foils.negative_m / 2, chemistry.negative_foil),
    }
    masses = {
        part: area_m2 * thickness_m * spread(known[material])
        for part, (thickness_m, material) in layers.items()
    }
    return masses | {"case": np.full(3, case_m3 * case_kg_m3)}


def total(masses_kg: Mapping[str, Floats], per_kg: Mapping[str, Sourced]) -> Floats:
    """Return what all parts cost, or emit, by what each does per kilogram; shape (3,)."""
    whole = np.zeros(3)
    for part in PARTS:
        whole += masses_kg[part] * spread(per_kg[part])
    return whole


def spread(known: Sourced) -> Floats:
    """Return value, lowest and highest of a number."""
    return np.array([known.value, *known.range])


def divided(
    electrodes: Electrodes,
    *,
    negative_thickness_m: float,
    positive_solid: float,
    negative_solid: float,
    separator_thickness_m: float,
    separator_porosity: float,
) -> Volumes:
    """Return how the thickness of a pair of electrodes divides into solids and pores.

    Args:
        electrodes: As chosen.
        negative_thickness_m: Of one coating.
        positive_solid: Volume fraction of active material in the positive electrode.
        negative_solid: In the negative one.
        separator_thickness_m: Between two coatings.
        separator_porosity: 0 to 1.
    """
    positive, negative = electrodes.positive_thickness_m, negative_thickness_m
    return Volumes(
        positive_m=positive * positive_solid,
        negative_m=negative * negative_solid,
        additives_m=positive * (1 - electrodes.positive_porosity - positive_solid)
        + negative * (1 - electrodes.negative_porosity - negative_solid),
        pores_m=positive * electrodes.positive_porosity
        + negative * electrodes.negative_porosity
        + separator_thickness_m * separator_porosity,
        separator_m=separator_thickness_m * (1 - separator_porosity),
    )
