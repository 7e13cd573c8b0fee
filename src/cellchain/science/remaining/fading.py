r"""How far a cell had faded at each cycle, by what was known then.

With s the median of the last nine capacities over the median of the first ten, both so far, and e
the end of life,

$$ u = \frac{1 - s}{1 - e} $$

is 0 for a cell as new and 1 at its end. All else follows from u now, at three quarters and at half
of the cycles so far.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cellchain.science.medians import trailing_median
from cellchain.science.remaining.course import BEGINNING

if TYPE_CHECKING:
    from cellchain.science.portable import Floats

RECENT = 9
PARTS = (1.0, 0.75, 0.5)
"""Of the cycles so far."""
FADE_MIN = 0.01
"""Of u: below it scatter is larger than fade."""
AHEAD_MAX = 20.0
"""No line is followed further than as many times the cycles so far."""


@dataclass(frozen=True, slots=True, eq=False)
class Fading:
    """One cell, cycle by cycle; each row from the cycles up to it alone."""

    cycles: Floats
    """Cycles so far, shape [cycles]."""
    at: Floats
    """u at each of `PARTS` of them, shape [cycles, 3]; NaN where no capacity is known."""

    def shape(self) -> Floats:
        r"""Return how much further the fade of the later half leads, shape [cycles, 2], as logs.

        Of $ 1 + r $ where a straight line through now and the half ends after r times the cycles so
        far, and of $ u^{-1/b} $ where a power law with the exponent b does,
        $ b = \log_2 (u / u_{1/2}) $ within 0.3 and 4.
        """
        now, half = (np.maximum(self.at[:, n], FADE_MIN) for n in (0, 2))
        slope = np.maximum(2.0 * (now - half), 0.02 * now)
        line = np.clip((1.0 - now) / slope, 0.0, AHEAD_MAX)
        exponent = np.clip(np.log2(now / half), 0.3, 4.0)
        power = np.clip(-np.log(now) / exponent, -1.0, 6.0)
        return np.column_stack([np.log1p(line), power])


def faded(capacity_ah: Floats, end: float) -> Fading:
    """Return how far a cell had faded at each cycle.

    Args:
        capacity_ah: Shape [cycles]; NaN where it was not measured.
        end: Of the start, above 0, below 1.
    """
    count = len(capacity_ah)
    recent = _last_known(trailing_median(capacity_ah, RECENT))
    first = trailing_median(capacity_ah[:BEGINNING], BEGINNING)
    start = first[np.minimum(np.arange(count), len(first) - 1)]
    cycles = np.arange(1.0, count + 1.0)
    places = [np.ceil(part * cycles).astype(np.intp) - 1 for part in PARTS]
    at = np.column_stack([(1.0 - recent[place] / start) / (1.0 - end) for place in places])
    return Fading(cycles, at)


def _last_known(values: Floats) -> Floats:
    """Each value, or where it is missing the last before it."""
    place = np.where(np.isnan(values), 0, np.arange(len(values)))
    return values[np.maximum.accumulate(place)]
