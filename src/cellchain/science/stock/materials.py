r"""What of batteries that leave is collected, used a second time, recovered.

Of what leaves in a year, $ E_t $, the share $ c_t $ is collected. Of that the share $ s $ serves
elsewhere for $ D $ whole years and is recycled after, at the recovery of that year:

$$ C_t = c_t E_t, \qquad R_t = r_t \left( (1 - s) C_t + s \, C_{t-D} \right) $$

and $ \sum_{j < D} s \, C_{t-j} $ is in second use at the end of the year. Losses in second use are
none of this; what is not collected, and what recovery leaves, is lost to the circle.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from cellchain.science.portable import Floats


@dataclass(frozen=True, slots=True, eq=False)
class Returned:
    """What comes back, in the unit of what leaves, each of shape [years, n]."""

    collected: Floats
    second_life: Floats
    """In second use at the end of the year."""
    recovered: Floats


def returned(
    end_of_life: Floats, collection: Floats, recovery: Floats, second: Floats, delay_years: int
) -> Returned:
    """Return what of batteries that leave comes back.

    Args:
        end_of_life: What leaves in each year, at least 0, shape [years, n].
        collection: Share of it, 0 to 1, broadcast to that shape.
        recovery: Share of what is recycled, 0 to 1, likewise.
        second: Share of what is collected that is used again first, 0 to 1, likewise.
        delay_years: How long that use takes, at least 1 where ``second`` is not 0.
    """
    collected = end_of_life * collection
    again = collected * second
    back = np.zeros_like(again)
    if delay_years < len(again):
        back[delay_years:] = again[: len(again) - delay_years]
    return Returned(
        collected=collected,
        second_life=_held(again, delay_years),
        recovered=(collected - again + back) * recovery,
    )


def _held(again: Floats, delay_years: int) -> Floats:
    """Return the sum of the last so many years."""
    held = np.zeros_like(again)
    if again.any():
        for age in range(min(delay_years, len(again))):
            held[age:] += again[: len(again) - age]
    return held


def share_of(part: Floats, whole: Floats) -> Floats:
    """Return a part of a whole as a share; NaN where there is no whole."""
    found: Floats = np.divide(part, whole, out=np.full_like(part, np.nan), where=whole > 0)
    return found
