r"""The shape of a quantity over a window: moments, slope and entropy, whatever the sampling.

The line through the rows is read at `POINTS` times, evenly spread over the window, so that each
moment counts alike; of these values $x_i$ at times $t_i$

$$ \mu = \overline{x} \qquad \sigma = \sqrt{\overline{(x - \mu)^2}} \qquad
   s = \overline{(x - \mu)^3} / \sigma^3 \qquad k = \overline{(x - \mu)^4} / \sigma^4 - 3 $$
$$ b = \overline{(t - \overline{t})(x - \mu)} / \overline{(t - \overline{t})^2} \qquad
   H = -\sum_{j=1}^{32} p_j \ln p_j $$

with $p_j$ the share of the values in the j-th of 32 even bins between two given ends; a value
beyond an end counts to the bin there. H is in nats: 0 where all values are in one bin, at most
ln 32 = 3.47.

Source: moments as usual; Shannon, Bell System Technical Journal 27 (1948) 379, for the entropy.
Valid where the line is: a window of a few rows has the shape of few straight lines.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from cellchain.science.portable import Floats

POINTS = 1024
BINS = 32


@dataclass(frozen=True, slots=True)
class Shape:
    """Of one quantity, in its unit x."""

    mean: float
    std: float
    kurtosis: float
    """In excess of that of a normal distribution; NaN where the quantity is constant."""
    skewness: float
    """Likewise."""
    slope: float
    """x per second."""
    entropy: float
    """Nats."""


def shape(time_s: Floats, values: Floats, low: float, high: float) -> Shape:
    """Return the shape of a line.

    Args:
        time_s: Rises, shape [rows], two at least.
        values: Shape [rows].
        low: Where the bins of the entropy begin.
        high: Where they end, above ``low``.
    """
    times = np.linspace(time_s[0], time_s[-1], POINTS)
    x = np.interp(times, time_s, values)
    away, since = x - x.mean(), times - times.mean()
    squares = away * away
    variance = float(squares.mean())
    constant = variance <= (1e-9 * max(abs(low), abs(high))) ** 2
    std = float(np.sqrt(variance))
    skewness, kurtosis = (
        (float("nan"), float("nan"))
        if constant
        else (
            float((squares * away).mean()) / std**3,
            float((squares * squares).mean()) / variance**2 - 3.0,
        )
    )
    slope = float((since * away).mean() / (since * since).mean())
    return Shape(float(x.mean()), std, kurtosis, skewness, slope, _entropy(x, low, high))


def _entropy(x: Floats, low: float, high: float) -> float:
    place = ((x - low) * (BINS / (high - low))).astype(np.intp).clip(0, BINS - 1)
    share = np.bincount(place, minlength=BINS) / len(x)
    share = share[share > 0.0]
    return float(-(share * np.log(share)).sum())
