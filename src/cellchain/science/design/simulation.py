"""A cell in a model of PyBaMM: one discharge, one charge, pulses."""

from __future__ import annotations

import re
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cellchain.science.design.cell import Failed
from cellchain.science.design.parameters import FILLING, LARGEST

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

PULSE_RATE_MAX = 60.0
"""Highest pulse tried, as a multiple of the capacity, 1/h."""
_PULSE_HALVINGS = 12
_POINTS = 401
"""Of a solution: its means over time are then good to a few parts in 10,000."""
_CURRENT = "Current function [A]"


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


class Cell:
    """A model of one cell, made once and solved from any state of charge at any current."""

    def __init__(self, pybamm: ModuleType, values: Any) -> None:
        self._pybamm = pybamm
        self._values = values
        self._largest = {
            side: float(values[LARGEST.format(side)]) for side in ("negative", "positive")
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
        names = (_CURRENT, *map(FILLING.format, ("negative", "positive")))
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
            FILLING.format(side): self._largest[side] * (empty + soc * (self._full[side] - empty))
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


def measured(cell: Cell, use: Use, doubts: list[str]) -> Performance:
    """Return what a cell does in a use; what is doubtful of it is added to ``doubts``."""
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


def _strongest_pulse_w(cell: Cell, use: Use, doubts: list[str]) -> float:
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


@contextmanager
def solving(pybamm: ModuleType, doubts: list[str]) -> Iterator[None]:
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
