r"""How long batteries stay in use: the share of a cohort that is there at the end of each year.

What flows in during a year is counted as flowing in at its middle, so at the end of the k-th year
after, the first being 0, its age is $ k + 1/2 $ and the share $ S(k + 1/2) $ is still in use. A sum
of these is the midpoint rule for the mean lifetime, so a constant inflow leads to a stock of inflow
times mean lifetime; a fixed lifetime of whole years is a shift by that many years. flodym does so
unless told otherwise; in ODYM (Pauliuk and Heeren, J. Ind. Ecol. 24 (2020) 446) the age is $ k $,
which holds half a year more in stock.

    weibull     scale $ \lambda $ and shape $ k $: $ S(a) = \exp(-(a/\lambda)^k) $
    lognormal   mean and standard deviation of the lifetime itself, not of its logarithm
    normal      mean and standard deviation; its part below zero leaves in the first year
    fixed       all at one age

Parametrisations as in ODYM and flodym.
"""

from __future__ import annotations

from math import gamma
from typing import TYPE_CHECKING

import numpy as np

from cellchain.science.extra import extra_part

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from cellchain.science.portable import Floats

WEIBULL, LOGNORMAL, NORMAL, FIXED = DISTRIBUTIONS = ("weibull", "lognormal", "normal", "fixed")
ENTRY_AGE_YEARS = 0.5
"""Age at the end of the year of entry."""


def weibull_scale(mean_years: ArrayLike, shape: float) -> Floats:
    r"""Return the scale with that mean: $ \lambda = \mu / \Gamma(1 + 1/k) $."""
    return np.asarray(mean_years, np.float64) / gamma(1 + 1 / shape)


def survival(distribution: str, years: int, size: ArrayLike, form: ArrayLike) -> Floats:
    """Return the share of a cohort that is in use at the end of its year of entry and each after.

    Args:
        distribution: One of `DISTRIBUTIONS`.
        years: How many, at least 1.
        size: Scale of a weibull, mean of the others, years, above 0, shape [n].
        form: Shape of a weibull; standard deviation of lognormal and normal, years; above 0,
            shape [n]. A fixed lifetime has none.

    Returns:
        Shares from 0 to 1, never rising, shape [years, n].

    Raises:
        Refused: ``stock.no_scipy``.
    """
    size, form = np.atleast_1d(np.asarray(size, float)), np.atleast_1d(np.asarray(form, float))
    age = (np.arange(years) + ENTRY_AGE_YEARS)[:, None]
    if distribution == FIXED:
        return np.asarray(age < size, np.float64)
    if distribution == WEIBULL:
        with np.errstate(over="ignore", under="ignore"):
            return np.asarray(np.exp(-((age / size) ** form)))
    ndtr = extra_part("scipy.special", "stock.no_scipy").ndtr
    if distribution == NORMAL:
        return np.asarray(ndtr((size - age) / form))
    variance = np.log1p((form / size) ** 2)
    return np.asarray(ndtr((np.log(size / age) - variance / 2) / np.sqrt(variance)))
