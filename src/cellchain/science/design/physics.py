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
import re
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cellchain.core.errors import Refused
from cellchain.science.design.bill import Volumes, divided
from cellchain.science.design.cell import Failed
from cellchain.science.extra import extra_part

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from cellchain.science.design.cell import Electrodes, Foils
    from cellchain.science.design.chemistry import Chemistry, Curve

_FARADAY_AH_MOL = 96_485.33212 / 3600.0
PULSE_RATE_MAX = 60.0
"""Highest pulse tried, as a multiple of the capacity, 1/h."""
_PULSE_HALVINGS = 12
_POINTS = 401
"""Of a solution: its means over time are then good to a few parts in 10,000."""
_CURRENT = "Current function [A]"
_FILLING = "Initial concentration in {} electrode [mol.m-3]"
_LARGEST = "Maximum concentration in {} electrode [mol.m-3]"
_SOLID = "{} electrode active material volume fraction"
_NEEDED = (
    "Separator thickness [m]",
    "Separator porosity",
    *(
        name.format(side)
        for side in ("Positive", "Negative")
        for name in ("{} electrode thickness [m]", "{} electrode porosity", _SOLID)
    ),
    *(name.format(side) for side in ("positive", "negative") for name in (_LARGEST, _FILLING)),
)
"""What a parameter set must say in numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What is asked of a cell, rates as multiples of its capacity, 1/h."""

    soc_low: float
    soc_high: float
    discharge_rate_per_h: float
    charge_rate_per_h: float
    pulse_s: float
    pulse_soc: float
    temperature_k: float

    @property
    def depth(self) -> float:
        """Of the window, 0 to 1."""
        return self.soc_high - self.soc_low


@dataclass(frozen=True, slots=True, kw_only=True)
class Performance:
    """What the cell does."""

    capacity_ah: float
    """Between the voltage limits, at rest."""
    energy_wh: float
    """Of a discharge through the window at the rate of use."""
    depth: float
    """Of that discharge: less than the window where the voltage ends it."""
    duration_s: float
    mean_ocv_v: float
    """Over the charge of that discharge."""
    heat_w: float
    """Mean loss to overpotentials on that discharge; reversible heat is not counted."""
    pulse_power_w: float
    """At the end of the strongest pulse that the lower voltage limit allows."""
    charge_share: float
    """Of the window that a charge at the rate of use fills before the upper voltage limit."""
    plating_v: float
    """Lowest potential of the negative electrode against lithium (or sodium) on that charge."""
    doubts: tuple[str, ...]


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
        self._base = _parameters(self._pybamm, chemistry)
        try:
            with _solving(self._pybamm, []):
                limits = self._pybamm.lithium_ion.get_min_max_stoichiometries(self._base)
                self._lithium = self._lithium_share()
        except Failed as failed:
            raise _no_set(chemistry, failed) from failed
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
        per_m3 = _FARADAY_AH_MOL * float(self._base[_LARGEST.format("positive")]) * positive
        positive_ah_m2 = per_m3 * electrodes.positive_thickness_m
        negative_ah_m2 = electrodes.np_ratio * positive_ah_m2 * self._used
        per_m3 = _FARADAY_AH_MOL * float(self._base[_LARGEST.format("negative")]) * negative
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
        with _solving(self._pybamm, doubts):
            cell = _Cell(self._pybamm, self._built(electrodes, sheet, area_m2, use))
            cell.balance(
                negative_ah=sheet.negative_ah_m2 * area_m2,
                positive_ah=sheet.positive_ah_m2 * area_m2,
                lithium=self._lithium,
            )
            return _measured(cell, use, doubts)

    def _solid(self, side: str, porosity: float) -> float:
        """Return the share of active material: solids keep their proportions."""
        porosity_of_set = float(self._base[f"{side} electrode porosity"])
        share = float(self._base[_SOLID.format(side)]) / (1 - porosity_of_set)
        if share > 1 + 1e-9:
            raise Failed(f"{side.lower()} solids and pores of the set are more than the whole")
        return share * (1 - porosity)

    def _lithium_share(self) -> float:
        """Return cyclable lithium to the capacity of the positive electrode, in the set's cell."""
        filled, room = {}, {}
        for side in ("Negative", "Positive"):
            thickness = float(self._base[f"{side} electrode thickness [m]"])
            solid = thickness * float(self._base[_SOLID.format(side)])
            room[side] = solid * float(self._base[_LARGEST.format(side.lower())])
            filled[side] = solid * float(self._base[_FILLING.format(side.lower())])
        return sum(filled.values()) / room["Positive"]

    def _built(self, electrodes: Electrodes, sheet: Sheet, area_m2: float, use: Use) -> Any:
        """Return the parameters of a cell: the set's, but for what is chosen."""
        values = self._base.copy()
        chosen = {
            "Positive electrode thickness [m]": electrodes.positive_thickness_m,
            "Negative electrode thickness [m]": sheet.negative_thickness_m,
            "Positive electrode porosity": electrodes.positive_porosity,
            "Negative electrode porosity": electrodes.negative_porosity,
            _SOLID.format("Positive"): sheet.positive_solid,
            _SOLID.format("Negative"): sheet.negative_solid,
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


class _Cell:
    """A model of one cell, made once and solved from any state of charge at any current."""

    def __init__(self, pybamm: ModuleType, values: Any) -> None:
        self._pybamm = pybamm
        self._values = values
        self._largest = {
            side: float(values[_LARGEST.format(side)]) for side in ("negative", "positive")
        }

    def balance(self, *, negative_ah: float, positive_ah: float, lithium: float) -> None:
        """Find the stoichiometries of full and empty, and make the model.

        Raises:
            Failed: There are none.
        """
        pybamm = self._pybamm
        found = pybamm.lithium_ion.ElectrodeSOHSolver(self._values).solve(
            {"Q_n": negative_ah, "Q_p": positive_ah, "Q_Li": lithium * positive_ah}
        )
        x_empty, x_full, y_empty, y_full = (
            float(found[name]) for name in ("x_0", "x_100", "y_0", "y_100")
        )
        if not (0 <= x_empty < x_full <= 1 and 0 <= y_full < y_empty <= 1):
            raise Failed(
                "the electrodes do not balance: the negative one would go from "
                f"{x_empty:.3f} to {x_full:.3f}, the positive from {y_full:.3f} to {y_empty:.3f}"
            )
        if (full_v := float(found["Un(x_100)"])) < 0:
            raise Failed(f"the negative electrode is too small: {full_v:.3f} V when it is full")
        self.capacity_ah = negative_ah * (x_full - x_empty)
        self._empty = {"negative": x_empty, "positive": y_empty}
        self._full = {"negative": x_full, "positive": y_full}
        values = self._values
        names = (_CURRENT, *map(_FILLING.format, ("negative", "positive")))
        values.update(dict.fromkeys(names, "[input]"))
        values["Nominal cell capacity [A.h]"] = self.capacity_ah
        self._model = pybamm.Simulation(
            pybamm.lithium_ion.DFN(),
            parameter_values=values,
            solver=pybamm.IDAKLUSolver(
                rtol=1e-6, atol=1e-8, options={"silence_sundials_errors": True}
            ),
        )

    def solved(self, rate_per_h: float, soc: float, duration_s: float) -> Any:
        """Return the solution from a state of charge; it may end at a voltage limit before."""
        filling = {
            _FILLING.format(side): self._largest[side] * (empty + soc * (self._full[side] - empty))
            for side, empty in self._empty.items()
        }
        current = {_CURRENT: rate_per_h * self.capacity_ah}
        return self._model.solve(
            [0.0, duration_s],
            t_interp=np.linspace(0.0, duration_s, _POINTS),
            inputs=current | filling,
        )

    def pulse_power_w(self, rate_per_h: float, soc: float, duration_s: float) -> float | None:
        """Return the power at the end of a pulse; none where a voltage limit ends it before."""
        try:
            solution = self.solved(rate_per_h, soc, duration_s)
        except self._pybamm.SolverError:  # at such currents: past the limit from the first moment
            return None
        if solution.termination != "final time":
            return None
        return float(solution["Terminal voltage [V]"].entries[-1]) * rate_per_h * self.capacity_ah


def _measured(cell: _Cell, use: Use, doubts: list[str]) -> Performance:
    discharge_s = use.depth / use.discharge_rate_per_h * 3600.0
    charge_s = use.depth / use.charge_rate_per_h * 3600.0
    discharge = cell.solved(use.discharge_rate_per_h, use.soc_high, discharge_s)
    charge = cell.solved(-use.charge_rate_per_h, use.soc_low, charge_s)
    duration_s = float(discharge.t[-1])
    mean_ocv_v = _mean(discharge, "Battery open-circuit voltage [V]")
    mean_v = _mean(discharge, "Terminal voltage [V]")
    charge_ah = use.discharge_rate_per_h * cell.capacity_ah * duration_s / 3600.0
    plating = charge["Negative electrode surface potential difference at separator interface [V]"]
    return Performance(
        capacity_ah=cell.capacity_ah,
        energy_wh=mean_v * charge_ah,
        depth=charge_ah / cell.capacity_ah,
        duration_s=duration_s,
        mean_ocv_v=mean_ocv_v,
        heat_w=(mean_ocv_v - mean_v) * charge_ah / duration_s * 3600.0,
        pulse_power_w=_strongest_pulse_w(cell, use, doubts),
        charge_share=float(charge.t[-1] / charge_s),
        plating_v=float(np.min(plating.entries)),
        doubts=tuple(dict.fromkeys(doubts)),
    )


def _mean(solution: Any, name: str) -> float:
    """Return the mean of a quantity over time; at a constant current, over charge."""
    return float(np.trapezoid(solution[name].entries, solution.t) / solution.t[-1])


def _strongest_pulse_w(cell: _Cell, use: Use, doubts: list[str]) -> float:
    low, high, best_w = 0.0, PULSE_RATE_MAX, 0.0
    at_most = cell.pulse_power_w(high, use.pulse_soc, use.pulse_s)
    if at_most is not None:
        doubts.append(f"stronger pulses than {PULSE_RATE_MAX:g} C were not tried")
        return at_most
    for _ in range(_PULSE_HALVINGS):
        middle = (low + high) / 2
        power_w = cell.pulse_power_w(middle, use.pulse_soc, use.pulse_s)
        if power_w is None:
            high = middle
        else:
            low, best_w = middle, power_w
    return best_w


def _parameters(pybamm: ModuleType, chemistry: Chemistry) -> Any:
    """Return the set of a chemistry, with its own numbers and curves."""
    try:
        values = pybamm.ParameterValues(chemistry.base)
        for needed in _NEEDED:
            float(values[needed])
    except (ValueError, KeyError, TypeError) as error:
        raise _no_set(chemistry, error) from error
    unknown = sorted({*chemistry.parameters, *chemistry.curves} - set(values.keys()))
    if unknown:
        raise Refused(
            "design.no_parameter",
            f"the set {chemistry.base} has no parameter {unknown[0]!a}",
            remedy="name it as PyBaMM does, with its unit in brackets",
        )
    values.update({name: one.value for name, one in chemistry.parameters.items()})
    values.update({name: _function(pybamm, one) for name, one in chemistry.curves.items()})
    return values


def _no_set(chemistry: Chemistry, why: Exception) -> Refused:
    return Refused(
        "design.no_set",
        f"{chemistry.base!a} is no parameter set of PyBaMM for a whole cell: {_brief(why)}",
        remedy="name one such as Chen2020 as base",
    )


def _function(pybamm: ModuleType, curve: Curve) -> Any:
    x, y = np.array(curve.x), np.array(curve.y)
    return lambda stoichiometry: pybamm.Interpolant(x, y, stoichiometry)


@contextmanager
def _solving(pybamm: ModuleType, doubts: list[str]) -> Iterator[None]:
    """Turn what a solver raises into a failed design, and what it warns of into doubts."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        try:
            yield
        except (
            pybamm.SolverError,
            ArithmeticError,
            LookupError,
            ValueError,
            RuntimeError,
        ) as error:
            raise Failed(_brief(error)) from error
    if any("extrapolation" in str(one.message) for one in told):
        doubts.append("beyond the measured curves of the set")


def _brief(error: Exception) -> str:
    if limit := re.search(r"(Minimum|Maximum) voltage.*non-positive at initial", str(error)):
        return f"the {limit[1].lower()} voltage is passed from the first moment on"
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0][:200]
