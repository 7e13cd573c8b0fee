r"""One row more for each of many batteries: a sigma-point filter over charge, circuit and sensor.

Between two rows the mean current flows, less the offset of its sensor; the pairs relax exactly.
At a row the voltage is weighed. Only the open circuit is curved, and only in the state of charge,
so three points of its belief, at 0 and $\pm\sqrt{3}$ deviations, give what is expected and a slope
over the whole of it (Gauss-Hermite); what is curved beyond the slope is noise. A start that is
thirty points wrong is not made a sure one by the slope of a place where the cell is not:

$$ s = \frac{U(z_+) - U(z_-)}{2\sqrt{3}\,\sigma}, \qquad
   r = \tfrac{1}{6} (U(z_-)^2 + 4 U(z)^2 + U(z_+)^2) - \bar U^2 - s^2 \sigma^2 $$

Capacity and resistance are moved only by what tells of them: a swing of charge, a current that
changes. Else they are considered, not corrected (Schmidt): their doubt counts, and stays.

All is arithmetic element by element: a battery has the same bits alone and among ten thousand.

Sources: Plett, Battery Management Systems, volume 2 (2016), chapters 3 and 4 (joint estimation);
Särkkä, Bayesian Filtering and Smoothing (2013), chapters 5 and 6 (Gauss-Hermite); Schmidt, in:
Advances in Control Systems 3 (1966), 293 (considered parameters).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cellchain.science.estimation.belief import (
    CAPACITY,
    ERROR,
    FAST,
    OFFSET,
    OHM,
    SLOW,
    SOC,
    Belief,
    Seen,
)
from cellchain.science.estimation.curve import on_grid
from cellchain.science.estimation.equivalent import resistances
from cellchain.science.portable import exponential

if TYPE_CHECKING:
    from cellchain.science.estimation.equivalent import Equivalent
    from cellchain.science.portable import Floats

ROOT_3 = 1.7320508075688772
SOC_SD_MIN = 0.01
"""The slope is taken over no less."""
SPAN_S_MIN = 1e-3
SOC_LIMIT = 0.02
"""How far beyond empty and full a mean may go."""
GAP_S = 300.0
"""After a longer time without a row nobody knows what flowed."""
GAP_C = 0.2
"""Standard deviation of the mean current in a gap, in capacities per hour."""
GAP_SOC = 0.3
"""Largest standard deviation of the charge that went in a gap."""
GAIN_SD = 0.01
"""Of a current sensor: it is told apart from capacity by nothing."""
SWING = 0.5
"""Of capacity: what charge must have gone before the capacity is corrected."""
SPREAD_C = 0.05
"""Recent standard deviation of the current from which resistance is corrected."""
RECENT_S = 300.0
"""How long a change of the current is recent."""
SURPRISES = 200.0
"""Rows over which surprise is averaged."""
COLD_V = 2e-3
"""More error for each degree outside the temperatures of the fit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wander:
    """How fast what is slow may change, as variance per second."""

    soc: float = 1e-10
    pair_v2: float = 1e-9
    capacity: float = 1e-6 / 86_400
    ohm: float = 0.03**2 / 3600
    offset_c2: float = 0.001**2 / 86_400


WANDER = Wander()


def stepped(cell: Equivalent, belief: Belief, seen: Seen) -> None:
    """Move a belief on by one row of each battery.

    Args:
        cell: The circuit, that of all of them.
        belief: Before; after, when this returns.
        seen: Rows, later than those before.
    """
    span_s = seen.time_s - belief.time_s
    ohm = resistances(cell, belief.mean[SOC], seen.celsius) * exponential(belief.mean[OHM])
    between_a = (belief.current_a + seen.current_a) / 2.0
    _notice(belief, span_s, between_a, seen.current_a)
    _predict(cell, belief, span_s, between_a, ohm)
    _weigh(cell, belief, seen, ohm[0], _noise_v2(cell, seen, span_s))
    belief.time_s[:] = seen.time_s
    belief.current_a[:] = seen.current_a


def _predict(
    cell: Equivalent, belief: Belief, span_s: Floats, between_a: Floats, ohm: Floats
) -> None:
    mean, covariance = belief.mean, belief.covariance
    flows = between_a - mean[OFFSET]
    per_a = span_s / (3600.0 * cell.capacity_ah) / exponential(mean[CAPACITY])
    gone = per_a * flows
    fast, slow = (exponential(-span_s / float(tau)) for tau in cell.tau_s)
    lasting = exponential(-span_s / cell.error_s)
    settled = ((1.0 - fast) * ohm[1], (1.0 - slow) * ohm[2])
    mean[SOC] = _bounded(mean[SOC] - gone)
    mean[FAST] = fast * mean[FAST] + settled[0] * flows
    mean[SLOW] = slow * mean[SLOW] + settled[1] * flows
    mean[ERROR] *= lasting
    for side in (covariance, covariance.transpose(1, 0, 2)):
        side[SOC] += gone * side[CAPACITY] + per_a * side[OFFSET]
        for pair, decay, driven in ((FAST, fast, settled[0]), (SLOW, slow, settled[1])):
            side[pair] *= decay
            side[pair] += driven * (flows * side[OHM] - side[OFFSET])
        side[ERROR] *= lasting
    gap = np.minimum(GAP_C / 3600.0 * span_s, GAP_SOC)
    unknown = np.where(span_s > GAP_S, gap * gap, 0.0)
    capacity2 = cell.capacity_ah * cell.capacity_ah
    covariance[SOC, SOC] += WANDER.soc * span_s + unknown
    covariance[FAST, FAST] += WANDER.pair_v2 * span_s
    covariance[SLOW, SLOW] += WANDER.pair_v2 * span_s
    covariance[ERROR, ERROR] += cell.error_v * cell.error_v * (1.0 - lasting * lasting)
    covariance[CAPACITY, CAPACITY] += WANDER.capacity * span_s
    covariance[OHM, OHM] += WANDER.ohm * span_s
    covariance[OFFSET, OFFSET] += WANDER.offset_c2 * capacity2 * span_s


def _notice(belief: Belief, span_s: Floats, between_a: Floats, current_a: Floats) -> None:
    """Take note of what tells capacity and resistance."""
    belief.gone_ah += span_s / 3600.0 * between_a
    np.minimum(belief.lowest_ah, belief.gone_ah, out=belief.lowest_ah)
    np.maximum(belief.highest_ah, belief.gone_ah, out=belief.highest_ah)
    share = span_s / (span_s + RECENT_S)
    aside = current_a - belief.usual_a
    belief.usual_a += share * aside
    belief.spread_a2 += share * (aside * aside - belief.spread_a2)


def told_capacity(cell: Equivalent, belief: Belief) -> Floats:
    """Return the swing of charge so far ÷ what is needed to correct the capacity."""
    swing: Floats = (belief.highest_ah - belief.lowest_ah) / (SWING * cell.capacity_ah)
    return swing


def told_resistance(cell: Equivalent, belief: Belief) -> Floats:
    """Return the recent spread of current ÷ what is needed to correct the resistance."""
    spread: Floats = np.sqrt(belief.spread_a2) / (SPREAD_C * cell.capacity_ah)
    return spread


def _noise_v2(cell: Equivalent, seen: Seen, span_s: Floats) -> Floats:
    """Return the variance of what a voltage says beside the belief."""
    # An error that lasts over several rows says no more in all of them than in one.
    alike = np.maximum(2.0 * cell.rough_s / np.maximum(span_s, SPAN_S_MIN), 1.0)
    outside = np.maximum(cell.celsius[0] - seen.celsius, seen.celsius - cell.celsius[1])
    strange_v = COLD_V * np.maximum(outside, 0.0)
    noise_v2: Floats = (
        cell.noise_v * cell.noise_v + alike * (cell.rough_v * cell.rough_v) + strange_v * strange_v
    )
    return noise_v2


def _weigh(
    cell: Equivalent, belief: Belief, seen: Seen, resistance_ohm: Floats, noise_v2: Floats
) -> None:
    mean, covariance = belief.mean, belief.covariance
    open_v, slope, bent_v2 = _open_circuit(cell, mean[SOC], covariance[SOC, SOC])
    drop_v = resistance_ohm * (seen.current_a - mean[OFFSET])
    expected_v = open_v - mean[FAST] - mean[SLOW] + mean[ERROR] - drop_v
    shared = _along(covariance, slope, drop_v, resistance_ohm)
    variance = _along(shared, slope, drop_v, resistance_ohm) + noise_v2 + bent_v2
    innovation_v = seen.voltage_v - expected_v
    moved = np.ones_like(mean)
    moved[CAPACITY] = told_capacity(cell, belief) >= 1.0
    moved[OHM] = told_resistance(cell, belief) >= 1.0
    root = shared / np.sqrt(variance)
    mean += moved * shared * (innovation_v / variance)
    mean[SOC] = _bounded(mean[SOC])
    kept = 1.0 - moved
    covariance -= (1.0 - kept[:, None] * kept) * (root[:, None] * root)
    belief.surprise += (innovation_v * innovation_v / variance - belief.surprise) / SURPRISES


def _open_circuit(cell: Equivalent, soc: Floats, variance: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the open-circuit voltage that is expected, its slope, and what the slope leaves."""
    deviation = np.sqrt(np.maximum(variance, SOC_SD_MIN * SOC_SD_MIN))
    below = np.maximum(soc - ROOT_3 * deviation, 0.0)
    above = np.minimum(soc + ROOT_3 * deviation, 1.0)
    low, middle, high = (on_grid(cell.curve_v, one) for one in (below, soc, above))
    open_v = (low + 4.0 * middle + high) / 6.0
    slope = (high - low) / (2.0 * ROOT_3 * deviation)
    square = (low * low + 4.0 * middle * middle + high * high) / 6.0
    left_v2 = square - open_v * open_v - slope * slope * deviation * deviation
    return open_v, slope, np.maximum(left_v2, 0.0)


def _along(rows: Floats, slope: Floats, drop_v: Floats, resistance_ohm: Floats) -> Floats:
    """Return ``rows``, one for each quantity, weighed by what a voltage has of each."""
    found: Floats = (
        slope * rows[SOC] - rows[FAST] - rows[SLOW] + rows[ERROR]
        - drop_v * rows[OHM] + resistance_ohm * rows[OFFSET]
    )  # fmt: skip
    return found


def _bounded(soc: Floats) -> Floats:
    return np.minimum(np.maximum(soc, -SOC_LIMIT), 1.0 + SOC_LIMIT)
