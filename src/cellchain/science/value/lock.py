"""A promise to buy a battery at a price that is fixed today: a European put on what it is worth."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, exp
from typing import TYPE_CHECKING

import numpy as np

from cellchain.science.value.order import at_places, lowest
from cellchain.science.value.paths import standard_error

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

CVAR_LEVEL = 0.95
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Worths:
    """What is asked of draws of a worth again and again."""

    p10: float
    p50: float
    p90: float
    lowest: Floats
    """The lowest twentieth, at least one, rising."""


def worths(draws: Floats) -> Worths:
    """Return quantiles of draws.

    A quantile is the least draw with that share up to it.
    """
    count = len(draws)
    places = [max(ceil(share * count - _ROUNDING) - 1, 0) for share in (0.1, 0.5, 0.9)]
    worst = max(ceil((1 - CVAR_LEVEL) * count - _ROUNDING), 1)
    p50, p90 = at_places(draws, places[1:])
    tail = lowest(draws, max(places[0] + 1, worst))
    return Worths(float(tail[places[0]]), p50, p90, tail[:worst])


@dataclass(frozen=True, slots=True, eq=False)
class Lock:
    """What the promise costs who gives it."""

    premium: float
    """The mean of what is paid, of today."""
    error: float
    """Standard error of it."""
    payments: Floats
    """Of each draw, of today."""


def lock(draws: Floats, strike: float, years: float, rate: float) -> Lock:
    r"""Return the premium of a put.

    $$ \pi = e^{-rt}\, E[(K - V)^+] $$

    The expectation is that of the draws: with the drift of the index equal to the rate it is risk
    neutral, else that of whoever states the drift.

    Args:
        draws: $V$ at the horizon, antithetic.
        strike: $K$, what is promised.
        years: $t$, the horizon.
        rate: $r$, continuous, a year.

    Source: Black, Scholes (1973), §3.
    """
    payments: Floats = np.subtract(strike, draws)
    np.maximum(payments, 0, out=payments)
    payments *= exp(-rate * years)
    return Lock(float(payments.mean()), standard_error(payments), payments)


def reserve(values: Worths, strike: float, years: float, rate: float) -> float:
    r"""Return what a promise costs in the worst twentieth of cases, of today.

    $$ \mathrm{CVaR}_{95} = E[e^{-rt} (K - V)^+ \mid \text{worst } 5\,\%] $$

    Args:
        values: $V$ at the horizon.
        strike: $K$, what is promised.
        years: $t$, the horizon.
        rate: $r$, continuous, a year.

    Source: Rockafellar, Uryasev (2000), eq. 3.
    """
    return exp(-rate * years) * float(np.maximum(strike - values.lowest, 0).mean())


def worst_mean(losses: Floats) -> float:
    """Return the mean of the greatest twentieth of losses, at least one of them."""
    return -float(worths(-losses).lowest.mean())
