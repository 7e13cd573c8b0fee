r"""What goes in comes out: the arithmetic of runs, in exact integers.

    mass       Σ in + added = Σ out + loss                       to the milligram
    element e  Σ out·assay(e) ≤ (1 + u) · Σ in·assay(e)          u = uncertainty of the assays
    gained     g(out) = max g(in) + what of u was needed ≤ 2 %   along every way to a mine

Without the last line the uncertainty would compound, and metal would come out of a chain of runs;
with it no chain, however long, lets an element grow by more than e^0.02, 2.03 percent.

Masses of elements are kept in milligram-ppm (mass in mg times share in ppm), which no rounding
touches. What was added brings no traced element: a reagent that does must enter as a lot.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from cellchain.contracts.material.record import MASS_MAX_MG, Output
from cellchain.core.errors import Refused
from cellchain.core.quantities import PPM

UNCERTAINTY_MAX_PPM = 20_000
"""Two percent: what routine assays of ores and concentrates differ by between laboratories."""
ELEMENTS = ("Al", "C", "Co", "Cu", "F", "Fe", "Li", "Mn", "Na", "Ni", "P", "Pb", "Si", "Ti", "V")
"""Elements that are accounted for: those of battery materials, by symbol."""

Elements: TypeAlias = Mapping[str, int]
"""Element symbol → mass, in milligram-ppm."""


def elements_of(portions: Iterable[tuple[int, Mapping[str, int]]]) -> Elements:
    """Return the elements in masses of known assay, in milligram-ppm."""
    total: dict[str, int] = {}
    for mass_mg, assay_ppm in portions:
        for element, share_ppm in assay_ppm.items():
            total[element] = total.get(element, 0) + mass_mg * share_ppm
    return total


def check_mass(*, in_mg: int, added_mg: int, out_mg: int, loss_mg: int) -> None:
    """Refuse a run whose masses do not add up to the milligram.

    Raises:
        Refused: ``material.mass``, ``material.mass_not_conserved``.
    """
    if added_mg < 0 or loss_mg < 0:
        raise Refused("material.mass", f"added {added_mg} mg, lost {loss_mg} mg: below zero")
    if in_mg + added_mg != out_mg + loss_mg:
        raise Refused(
            "material.mass_not_conserved",
            f"{in_mg} mg in and {added_mg} mg added, but {out_mg} mg out and {loss_mg} mg lost",
        )


def check_elements(
    elements_in: Elements, outputs: Iterable[Output], uncertainty_ppm: int, gained_ppm: int
) -> int:
    """Return what the outputs have gained; refuse more of an element than can stem from the input.

    Args:
        elements_in: What went in, milligram-ppm.
        outputs: What came out.
        uncertainty_ppm: How far the assays of this run may be off.
        gained_ppm: The most that an input has gained before.

    Raises:
        Refused: ``material.uncertainty``, ``material.element_not_conserved``,
            ``material.uncertainty_spent``.
    """
    if not 0 <= uncertainty_ppm <= UNCERTAINTY_MAX_PPM:
        raise Refused(
            "material.uncertainty", f"{uncertainty_ppm} ppm is outside 0 to {UNCERTAINTY_MAX_PPM}"
        )
    elements_out = elements_of((output.mass_mg, output.assay_ppm) for output in outputs)
    needed_ppm = 0
    for element, out in elements_out.items():
        there = elements_in.get(element, 0)
        limit = there * (PPM + uncertainty_ppm) // PPM
        if out > limit:
            raise Refused(
                "material.element_not_conserved",
                f"{out // PPM} mg {element} out; at most {limit // PPM} mg can stem from the input",
            )
        if out > there:
            needed_ppm = max(needed_ppm, -(-(out - there) * PPM // there))
    if needed_ppm and gained_ppm + needed_ppm > UNCERTAINTY_MAX_PPM:
        raise Refused(
            "material.uncertainty_spent",
            f"{needed_ppm} ppm grown here and {gained_ppm} before; "
            f"{UNCERTAINTY_MAX_PPM} is the most on the way from the mine",
            remedy="state no more of an element than went in",
        )
    return gained_ppm + needed_ppm


def check_assay(assay_ppm: Mapping[str, int]) -> None:
    """Refuse an assay of unknown elements, of shares below one, or of more than the whole.

    Raises:
        Refused: ``material.assay``.
    """
    for element, share_ppm in assay_ppm.items():
        if element not in ELEMENTS:
            raise Refused("material.assay", f"{element[:8]!a} is not one of {', '.join(ELEMENTS)}")
        if share_ppm <= 0:
            raise Refused("material.assay", f"{share_ppm} ppm {element}; leave out what is absent")
    if sum(assay_ppm.values()) > PPM:
        raise Refused("material.assay", f"the shares sum to {sum(assay_ppm.values())} ppm of {PPM}")


def check_lot_mass(mass_mg: int) -> None:
    """Refuse a mass below one milligram or above a million tonnes."""
    if not 0 < mass_mg <= MASS_MAX_MG:
        raise Refused("material.mass", f"{mass_mg} mg is outside 1 to {MASS_MAX_MG}")
