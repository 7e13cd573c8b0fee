r"""Differential voltage: how much the voltage rises for each ampere-hour, along a charge.

Of a stage of constant current, the line of the voltage over the charge is read at `POINTS` even
steps, and its rise smoothed by a Gaussian of `SHARE` of the charge in the window, Q_CC:

$$ \frac{dV}{dQ}(q) = \frac{\sum_i w(q - q_i)\, \Delta V_i}{\sum_i w(q - q_i)\, \Delta q}, \qquad
   w(x) = e^{-x^2 / 2 (0.2\, Q_{CC})^2} $$

Two places of it are described, each by its value and by the charge from there to the end of the
window, which does not hang on where a charge began. The *valley* is the least local minimum, the
*peak*, between two stages, the largest local maximum. Either counts where the curve is a tenth of
it away on both sides, and lies midway between these two places, so that noise moves it little.
Where the voltage falls from row to row by more than `FALL_MAX_V`, or the curve to 0, nothing is
told.

Source: Bloom and others, J. Power Sources 139 (2005) 295, for the curve, whose peaks part the
stages of graphite; width and places are ours. Valid for slow charges, as the incremental capacity.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cellchain.science.charging.incremental import PROMINENCE, SPAN_MIN_V
from cellchain.science.charging.stages import ROWS_MIN

if TYPE_CHECKING:
    from cellchain.science.charging.trace import Trace
    from cellchain.science.portable import Floats

POINTS = 1024
SHARE = 0.2
FALL_MAX_V = 0.05
REACH = 3.0
"""Of the Gaussian, in standard deviations."""
Place = tuple[float, float]
"""Its value, V/Ah, and the charge from there to the end, Ah."""


def places(stage: Trace, window_ah: float) -> tuple[Place | None, Place | None]:
    """Return the valley and the peak of dV/dQ; nothing where the curve shows none.

    Args:
        stage: At constant current, to the end of the window.
        window_ah: Charge in the window, above 0.
    """
    width_ah, charge_ah = SHARE * window_ah, stage.charge_ah()
    rises = len(stage.time_s) >= ROWS_MIN and np.diff(stage.voltage_v).min() > -FALL_MAX_V
    if not rises or np.ptp(stage.voltage_v) < SPAN_MIN_V or charge_ah <= 2.0 * REACH * width_ah:
        return None, None
    left_ah, curve = _curve(stage, charge_ah, width_ah)
    if curve.min() <= 0.0:
        return None, None
    valley = _highest(left_ah, -curve, 1.0 + PROMINENCE)
    peak = _highest(left_ah, curve, 1.0 - PROMINENCE)
    return valley and (-valley[0], valley[1]), peak


def _curve(stage: Trace, charge_ah: float, width_ah: float) -> tuple[Floats, Floats]:
    """Return the charge to the end, and dV/dQ there, shapes [`POINTS`]."""
    between_a = 0.5 * (stage.current_a[1:] + stage.current_a[:-1])
    gone_ah = np.concatenate([[0.0], np.cumsum(between_a * np.diff(stage.time_s)) / 3600.0])
    edges = np.linspace(0.0, charge_ah, POINTS + 1)
    rise_v = np.diff(np.interp(edges, gone_ah, stage.voltage_v))
    step_ah = charge_ah / POINTS
    reach = np.arange(-int(REACH * width_ah / step_ah), int(REACH * width_ah / step_ah) + 1)
    kernel = np.exp(-0.5 * (reach * step_ah / width_ah) ** 2)
    weight = np.convolve(np.full(POINTS, step_ah), kernel, mode="same")
    return charge_ah - edges[:-1] - 0.5 * step_ah, np.convolve(rise_v, kernel, "same") / weight


def _highest(left_ah: Floats, curve: Floats, share: float) -> Place | None:
    """Return the highest local maximum that has fallen to a share of itself on both sides.

    One whose stretch above that share reaches an end, or holds a higher one that did, is none.
    """
    tops = np.flatnonzero((curve[1:-1] > curve[:-2]) & (curve[1:-1] >= curve[2:])) + 1
    for at in tops[np.argsort(-curve[tops], kind="stable")].tolist():
        away = np.flatnonzero(curve < share * curve[at])
        after = int(np.searchsorted(away, at))
        if 0 < after < len(away):
            return float(curve[at]), float(left_ah[away[after - 1 : after + 1]].mean())
    return None
