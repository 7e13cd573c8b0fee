r"""What a cell of given electrodes does: the model of Doyle, Fuller and Newman, by PyBaMM.

Lithium comes with the positive electrode: each of its ampere hours brings as much as in the cell
that the parameter set describes, less what that cell lost when it was formed. The voltage limits
of the set then give the capacity and the stoichiometries of full and empty,

$$ Q_{Li} = \lambda Q_p, \qquad U_p(y) - U_n(x) = V, \qquad Q_n x + Q_p y = Q_{Li} $$

Solids keep their proportions when a porosity is changed. Everything is isothermal. A single-
particle model with electrolyte would take two thirds of the time, and tells strong pulses of NMC
cells a third too weak.

Source: Doyle, Fuller and Newman, J. Electrochem. Soc. 140 (1993) 1526 (the model); Mohtat, Lee,
Siegel and Stefanopoulou, J. Power Sources 427 (2019) 101 (the balance of electrodes); Sulzer et
al., J. Open Research Software 9 (2021) 14 (PyBaMM).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cellchain.science.design.bill import Volumes, divided
from cellchain.science.design.cell import Failed
from cellchain.science.design.parameters import FILLING, LARGEST, SOLID, no_set, parameter_values
from cellchain.science.design.simulation import Cell, measured, solving
from cellchain.science.extra import extra_part

if TYPE_CHECKING:
    from cellchain.science.design.cell import Electrodes, Foils
    from cellchain.science.design.chemistry import Chemistry
    from cellchain.science.design.simulation import Performance, Use

_FARADAY_AH_MOL = 96_485.33212 / 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A pair of electrodes, by what the parameter set adds to the choice."""

    negative_thickness_m: float
    positive_solid: float
    negative_solid: float
    positive_ah_m2: float
    """By full range of stoichiometry."""
    negative_ah_m2: float
    volumes: Volumes

    def turn_m(self, electrodes: Electrodes, foils: Foils, separator_m: float) -> float:
        """Return the thickness of both foils, coated on both sides, and two separators."""
        coatings = electrodes.positive_thickness_m + self.negative_thickness_m + separator_m
        return 2 * coatings + foils.positive_m + foils.negative_m


class Physics:
    """Cells of one chemistry.

    Raises:
        Refused: ``design.no_pybamm``: it cannot be loaded; ``design.no_set``: the set is none, or
            it describes no such cell; ``design.no_parameter``: it has none of that name.
    """

    def __init__(self, chemistry: Chemistry) -> None:
        os.environ.setdefault("PYBAMM_DISABLE_TELEMETRY", "true")  # before it is imported
        self._pybamm = extra_part("pybamm", "design.no_pybamm", extra="twin")
        self._pybamm.set_logging_level("ERROR")
        self._base = parameter_values(self._pybamm, chemistry)
        try:
            with solving(self._pybamm, []):
                limits = self._pybamm.lithium_ion.get_min_max_stoichiometries(self._base)
                self._lithium = self._lithium_share()
        except Failed as failed:
            raise no_set(chemistry, failed) from failed
        _, _, y_full, y_empty = map(float, limits)
        self._used = y_empty - y_full
        self.separator_m = float(self._base["Separator thickness [m]"])

    def of_set(self) -> dict[str, float]:
        """Return what may be left unchosen: porosities and radii of the set's cell."""
        return {
            f"{side.lower()}_{name}": float(self._base[key.format(side)])
            for side in ("Positive", "Negative")
            for name, key in (
                ("porosity", "{} electrode porosity"),
                ("radius_m", "{} particle radius [m]"),
            )
        }

    def sheet(self, electrodes: Electrodes) -> Sheet:
        """Return the pair of electrodes that a choice makes.

        Raises:
            Failed: The solids fill more than there is.
        """
        positive = self._solid("Positive", electrodes.positive_porosity)
        negative = self._solid("Negative", electrodes.negative_porosity)
        per_m3 = _FARADAY_AH_MOL * float(self._base[LARGEST.format("positive")]) * positive
        positive_ah_m2 = per_m3 * electrodes.positive_thickness_m
        negative_ah_m2 = electrodes.np_ratio * positive_ah_m2 * self._used
        per_m3 = _FARADAY_AH_MOL * float(self._base[LARGEST.format("negative")]) * negative
        thickness_m = negative_ah_m2 / per_m3
        return Sheet(
            negative_thickness_m=thickness_m,
            positive_solid=positive,
            negative_solid=negative,
            positive_ah_m2=positive_ah_m2,
            negative_ah_m2=negative_ah_m2,
            volumes=divided(
                electrodes,
                negative_thickness_m=thickness_m,
                positive_solid=positive,
                negative_solid=negative,
                separator_thickness_m=self.separator_m,
                separator_porosity=float(self._base["Separator porosity"]),
            ),
        )

    def performance(
        self, electrodes: Electrodes, sheet: Sheet, area_m2: float, use: Use
    ) -> Performance:
        """Return what a cell with so much area does.

        Raises:
            Failed: The electrodes do not balance, or the model has no solution.
        """
        doubts: list[str] = []
        with solving(self._pybamm, doubts):
            cell = Cell(self._pybamm, self._built(electrodes, sheet, area_m2, use))
            cell.balance(
                negative_ah=sheet.negative_ah_m2 * area_m2,
                positive_ah=sheet.positive_ah_m2 * area_m2,
                lithium=self._lithium,
            )
            return measured(cell, use, doubts)

    def _solid(self, side: str, porosity: float) -> float:
        """Return the share of active material: solids keep their proportions."""
        porosity_of_set = float(self._base[f"{side} electrode porosity"])
        share = float(self._base[SOLID.format(side)]) / (1 - porosity_of_set)
        if share > 1 + 1e-9:
            raise Failed(f"{side.lower()} solids and pores of the set are more than the whole")
        return share * (1 - porosity)

    def _lithium_share(self) -> float:
        """Return cyclable lithium to the capacity of the positive electrode, in the set's cell."""
        filled, room = {}, {}
        for side in ("Negative", "Positive"):
            thickness = float(self._base[f"{side} electrode thickness [m]"])
            solid = thickness * float(self._base[SOLID.format(side)])
            room[side] = solid * float(self._base[LARGEST.format(side.lower())])
            filled[side] = solid * float(self._base[FILLING.format(side.lower())])
        return sum(filled.values()) / room["Positive"]

    def _built(self, electrodes: Electrodes, sheet: Sheet, area_m2: float, use: Use) -> Any:
        """Return the parameters of a cell: the set's, but for what is chosen."""
        values = self._base.copy()
        chosen = {
            "Positive electrode thickness [m]": electrodes.positive_thickness_m,
            "Negative electrode thickness [m]": sheet.negative_thickness_m,
            "Positive electrode porosity": electrodes.positive_porosity,
            "Negative electrode porosity": electrodes.negative_porosity,
            SOLID.format("Positive"): sheet.positive_solid,
            SOLID.format("Negative"): sheet.negative_solid,
            "Positive particle radius [m]": electrodes.positive_radius_m,
            "Negative particle radius [m]": electrodes.negative_radius_m,
            "Electrode height [m]": 1.0,
            "Electrode width [m]": area_m2,
            "Number of electrodes connected in parallel to make a cell": 1.0,
            "Ambient temperature [K]": use.temperature_k,
            "Initial temperature [K]": use.temperature_k,
        }
        values.update(chosen, check_already_exists=False)
        return values
