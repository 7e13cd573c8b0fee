r"""Functions whose last bit is the same on every processor.

IEEE 754 fixes the result of +, −, ×, ÷ and √ to the last bit, and of nothing else: `exp`, `log`
and `pow` of a numerical library differ by processor and release, a sum by the width of its vector
unit. What is hashed, or decides a hash, is computed with the functions of this file, elementwise
NumPy arithmetic, and no reduction but minima and maxima.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

Floats: TypeAlias = NDArray[np.float64]

EXPONENT_MAX = 8.0
"""Largest argument, of either sign, that `exponential` takes."""
_HALVINGS = 5


def exponential(x: Floats | float) -> Floats:
    r"""Return e to the power ``x``, from rational arithmetic alone.

    $$ e^{x} = \left( \frac{12 + 6y + y^2}{12 - 6y + y^2} \right)^{32}, \qquad y = x / 32 $$

    The fraction is the Padé approximant of order [2/2]; five squarings raise it to the 32nd power.

    Args:
        x: Any shape, dimensionless, within ±8; clipped there.

    Returns:
        Same shape; relative error below 5e-5 (below 2e-6 within ±4).

    Source: Baker and Graves-Morris, Padé Approximants, 2nd ed. (1996), table 1.1.
    """
    y = np.minimum(np.maximum(x, -EXPONENT_MAX), EXPONENT_MAX) / 32.0
    even, odd = 12.0 + y * y, 6.0 * y
    result = (even + odd) / (even - odd)
    for _ in range(_HALVINGS):
        result = result * result
    return result


def interpolated(x: Floats, knots: Sequence[float], values: Sequence[float]) -> Floats:
    """Return the straight line between the two nearest of ``knots``; beyond the ends, the ends.

    `numpy.interp` multiplies and adds in one C expression, which some compilers fuse.

    Args:
        x: Any shape.
        knots: Rising, at least two.
        values: One per knot.
    """
    at, value = np.asarray(knots), np.asarray(values)
    inside = np.minimum(np.maximum(x, at[0]), at[-1])
    left = np.minimum(np.searchsorted(at, inside, side="right") - 1, len(at) - 2)
    share = (inside - at[left]) / (at[left + 1] - at[left])
    result: Floats = value[left] + share * (value[left + 1] - value[left])
    return result
