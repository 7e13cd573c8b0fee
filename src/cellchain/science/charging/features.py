"""The features of one cycle: of the window, of the step, of the whole curve, of the discharge."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from cellchain.science.capacity.rows import CURVE_FEATURES, FEATURES
from cellchain.science.charging.differential import places
from cellchain.science.charging.incremental import peak
from cellchain.science.charging.shapes import Shape, shape
from cellchain.science.charging.stages import (
    ACTIVE,
    ROWS_MIN,
    charge_of,
    charging_current_a,
    constant_stage,
    step,
    window,
)

if TYPE_CHECKING:
    from cellchain.science.charging.stages import Limits
    from cellchain.science.charging.trace import Trace

CAPACITY = "capacity"
NAMES = (*FEATURES, *CURVE_FEATURES, CAPACITY)
"""Volts, amperes, ampere-hours, seconds; slopes in V/s and A/s; entropies in nats."""
CHARGE_MIN = 0.01
"""Of what goes through the cell in a cycle, in and out: less is no charge, but noise."""


@dataclass(frozen=True, slots=True)
class Described:
    """What is said of a cycle."""

    values: dict[str, float] = field(default_factory=dict)
    """By `NAMES`; one that is missing is not supported by the data."""
    reasons: tuple[str, ...] = ()
    charge: tuple[int, int] = (0, 0)
    """Between which rows the cell is charged; the second is not in it."""
    falls: bool = False
    """Whether the voltage falls while the cell is charged: the sign may be swapped."""


def described(cycle: Trace, limits: Limits) -> Described:
    """Return the features of a cycle.

    Args:
        cycle: Without NaN; times rise.
        limits: Of window and step.
    """
    begin, end = run = charge_of(cycle)
    charge = cycle.part(begin, end).without_spikes()
    through_ah = float(np.trapezoid(np.abs(cycle.current_a), cycle.time_s)) / 3600.0
    if end - begin < ROWS_MIN or charge.charge_ah() < CHARGE_MIN * through_ah:
        return Described(reasons=(f"nothing charges for {ROWS_MIN} rows",))
    third = max(len(charge.time_s) // 3, 1)
    if charge.voltage_v[-third:].mean() < charge.voltage_v[:third].mean():
        return Described({}, ("the voltage falls while it is charged",), run, falls=True)
    values: dict[str, float] = {}
    held, no_window = window(charge, limits)
    if held is not None:
        values |= _named("voltage", shape(held.time_s, held.voltage_v, limits.from_v, limits.to_v))
        values |= _amounts("CC", held)
        values |= _curves(charge, held)
    reasons = [no_window]
    current_a = charging_current_a(charge, limits)
    last, no_step = (
        (None, "the current before the step is not known")
        if np.isnan(current_a)
        else step(charge, current_a, limits)
    )
    reasons.append(no_step)
    if last is not None:
        ends = limits.to_share * current_a, limits.from_share * current_a
        values |= _named("current", shape(last.time_s, last.current_a, *ends))
        values |= _amounts("CV", last)
        rest_a = ACTIVE * float(charge.current_a.max())
        reasons.append(_capacity(cycle.part(end, len(cycle.time_s)), rest_a, values, limits))
    return Described(values, tuple(filter(None, reasons)), run)


def _named(name: str, found: Shape) -> dict[str, float]:
    return {
        f"{name} mean": found.mean,
        f"{name} std": found.std,
        f"{name} kurtosis": found.kurtosis,
        f"{name} skewness": found.skewness,
        f"{name} slope": found.slope,
        f"{name} entropy": found.entropy,
    }


def _amounts(name: str, part: Trace) -> dict[str, float]:
    time_s = float(part.time_s[-1] - part.time_s[0])
    return {f"{name} Q": part.charge_ah(), f"{name} charge time": time_s}


def _curves(charge: Trace, held: Trace) -> dict[str, float]:
    """Return the features of dQ/dV and dV/dQ, those that the curves show."""
    end_s = float(held.time_s[-1])
    stage = constant_stage(charge, end_s)
    if len(stage.time_s) < ROWS_MIN:
        return {}
    height, voltage_v = peak(stage)
    top = None if np.isnan(height) else (height, voltage_v)
    found = (top, *places(charge.between(float(stage.time_s[0]), end_s), held.charge_ah()))
    pairs = zip(CURVE_FEATURES[::2], CURVE_FEATURES[1::2], strict=True)
    return {
        name: value
        for names, place in zip(pairs, found, strict=True)
        if place is not None
        for name, value in zip(names, place, strict=True)
    }


def _capacity(after: Trace, rest_a: float, values: dict[str, float], limits: Limits) -> str:
    """Add what a full cell gave; return why that is not known."""
    drawn = np.flatnonzero(after.current_a < -rest_a)
    if len(drawn) == 0:
        return ""
    discharge = after.part(max(int(drawn[0]) - 1, 0), int(drawn[-1]) + 2)
    lowest_v = float(discharge.voltage_v.min())
    if lowest_v > limits.empty_v:
        return f"the discharge ends at {lowest_v:.3f} V, above {limits.empty_v:g} V: no capacity"
    values[CAPACITY] = -discharge.charge_ah()
    return ""
