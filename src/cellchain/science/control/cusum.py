r"""Cumulative sums of one quantity: small lasting shifts, and how long until they are found.

$$ S^+_n = \max(0, S^+_{n-1} + z_n - k), \qquad S^-_n = \max(0, S^-_{n-1} - z_n - k) $$

An alarm is a sum above h. With k = 1/2 and h = 5 the chart finds a shift of one standard deviation
after about ten samples; in order it gives a false alarm every 465.

Source: Page, Biometrika 41 (1954) 100; Montgomery, Introduction to Statistical Quality Control,
6th ed. (2009), §9.1.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cellchain.science.control.checked import within

if TYPE_CHECKING:
    from cellchain.science.control.shewhart import Chart, Flags
    from cellchain.science.portable import Floats

SLACK = 0.5
DECISION = 5.0
_STILL = 1e-4
"""Below, the difference in Siegmund's formula is rounding, and its limit is taken."""


class Sums(NamedTuple):
    """The two sums at each sample, shape (n,) each, standard deviations."""

    upper: Floats
    lower: Floats
    alarm: Flags


def cusum(
    chart: Chart, points: Floats, *, slack: float = SLACK, decision: float = DECISION
) -> Sums:
    """Return the sums at each sample, from that sample and those before; an alarm resets nothing.

    Args:
        chart: Centre and standard deviation of one point while the process was in order.
        points: In order of time, shape (n,).
        slack: k, half of the shift to be found, standard deviations, above 0.
        decision: h, the limit of the sums, standard deviations, above 0.

    Raises:
        Refused: ``control.setting``, and as `checked.series`.
    """
    within("slack", slack, 0.0, math.inf)
    within("decision", decision, 0.0, math.inf)
    over, under, uppers, lowers = 0.0, 0.0, [], []
    for point in chart.standardised(points).tolist():
        over = max(0.0, over + point - slack)
        under = max(0.0, under - point - slack)
        uppers.append(over)
        lowers.append(under)
    upper, lower = np.array(uppers), np.array(lowers)
    return Sums(upper, lower, np.maximum(upper, lower) > decision)


def average_run_length(shift: float, *, slack: float = SLACK, decision: float = DECISION) -> float:
    r"""Return the mean number of samples until the first alarm, both sums together.

    $$ L(\Delta) = \frac{e^{-2 \Delta b} + 2 \Delta b - 1}{2 \Delta^2}, \qquad
       \frac1L = \frac1{L(\delta - k)} + \frac1{L(-\delta - k)}, \qquad b = h + 1.166 $$

    Args:
        shift: δ, of the mean, standard deviations, within ±6; 0 while the process is in order.
        slack: As in `cusum`, below 5.
        decision: As in `cusum`, below 25.

    Source: Siegmund, Sequential Analysis (1985), as in Montgomery, §9.1. Good to a few percent.
    """
    within("shift", shift, -6.0, 6.0)
    within("slack", slack, 0.0, 5.0)
    within("decision", decision, 0.0, 25.0)
    up, down = (_one_sided(drift - slack, decision + 1.166) for drift in (shift, -shift))
    return 1.0 / (1.0 / up + 1.0 / down)


def _one_sided(drift: float, height: float) -> float:
    x = 2.0 * drift * height
    if abs(x) < _STILL:
        return height * height
    return (math.exp(-x) + x - 1.0) / (2.0 * drift * drift)
