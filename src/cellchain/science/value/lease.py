"""What a battery must earn a month when it is lent."""

from __future__ import annotations

from math import expm1
from typing import TYPE_CHECKING

import numpy as np

from cellchain.science.value.paths import MONTHS_PER_YEAR

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def annuity(months: int, rate: float) -> float:
    r"""Return what 1 at the end of each month is worth today.

    $$ a = \sum_{m=1}^{n} e^{-r m / 12} = \frac{1 - e^{-rn/12}}{e^{r/12} - 1} $$

    Args:
        months: $n$, above 0.
        rate: $r$, continuous, a year.
    """
    step = rate / MONTHS_PER_YEAR
    return float(months) if step == 0 else -expm1(-step * months) / expm1(step)


def break_even_fee(
    price: float, residual: Floats, running: float, months: int, rate: float
) -> Floats:
    r"""Return the fee a month at which nothing is earned and nothing lost.

    $$ c = \frac{P - e^{-rn/12} R + a\, k}{a} $$

    Args:
        price: $P$, of the battery today.
        residual: $R$, what it is worth at the end, any shape.
        running: $k$, what it costs a month.
        months: $n$, above 0.
        rate: $r$, continuous, a year.

    Returns:
        As ``residual``.
    """
    discount = np.exp(-rate * months / MONTHS_PER_YEAR)
    found: Floats = (price - discount * residual) / annuity(months, rate) + running
    return found
