r"""Exponentially weighted moving average of one quantity: small lasting shifts.

$$ z_n = \lambda x_n + (1 - \lambda) z_{n-1}, \qquad z_0 = \mu $$
$$ |z_n - \mu| \le L \sigma \sqrt{\tfrac{\lambda}{2 - \lambda} (1 - (1 - \lambda)^{2n})} $$

Source: Roberts, Technometrics 1 (1959) 239; the defaults, λ = 0.1 and L = 2.814, of Lucas and
Saccucci, Technometrics 32 (1990) 1: in order, a false alarm every 500 samples; a shift of one
standard deviation found after about ten.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cellchain.science.control.checked import within

if TYPE_CHECKING:
    from cellchain.science.control.shewhart import Chart, Flags
    from cellchain.science.portable import Floats


class Averages(NamedTuple):
    """The moving average at each sample, shape (n,) each, in the unit of the quantity."""

    average: Floats
    reach: Floats
    """How far the average may be from the centre."""
    alarm: Flags


def ewma(chart: Chart, points: Floats, *, weight: float = 0.1, width: float = 2.814) -> Averages:
    """Return the moving average at each sample, from that sample and those before.

    Args:
        chart: Centre and standard deviation of one point while the process was in order.
        points: In order of time, shape (n,).
        weight: λ, of the newest sample, between 0 and 1; 1 is the Shewhart chart.
        width: L, of the limits, standard deviations, above 0.

    Raises:
        Refused: ``control.setting``, and as `checked.series`.
    """
    within("weight", weight, 0.0, math.nextafter(1.0, 2.0))
    within("width", width, 0.0, math.inf)
    moving, found = 0.0, []
    for point in chart.standardised(points).tolist():
        moving = weight * point + (1.0 - weight) * moving
        found.append(moving)
    faded = np.array([(1.0 - weight) ** (2 * n) for n in range(1, len(found) + 1)])
    reach = width * np.sqrt(weight / (2.0 - weight) * (1.0 - faded))
    average = np.array(found)
    return Averages(
        chart.centre + chart.deviation * average,
        chart.deviation * reach,
        np.abs(average) > reach,
    )
