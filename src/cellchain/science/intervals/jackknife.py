r"""Jackknife+ by group: for few groups, none of which can be spared for calibration.

Of each group k a model is fitted without it. With R the residuals of the rows that were left out
and μ₋ₖ(x) what the models say of a new row,

$$ \left[ \hat q^-_{p} \{ \mu_{-k}(x) - R_{ki} \},\
          \hat q^+_{p} \{ \mu_{-k}(x) + R_{ki} \} \right] $$

holds the truth with a probability of at least 2p − 1, and about p where models are stable.

Source: Barber, Candès, Ramdas and Tibshirani, Ann. Statist. 49 (2021) 486, theorem 1 and, for
groups left out together, section 2.1 (CV+); weights by group as in `conformal`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cellchain.science.intervals.conformal import check_level

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cellchain.science.portable import Floats


def jackknife_plus(
    said: Floats, residuals: Floats, groups: NDArray[np.intp], level: float
) -> tuple[Floats, Floats]:
    """Return lower and upper ends for new rows; infinite where groups are too few.

    Args:
        said: Of new rows by the model without each group, shape [groups, new rows].
        residuals: Of the rows left out, not negative, shape [rows].
        groups: The group (place in ``said``) of each of those rows, shape [rows].
        level: p, above 0, below 1.

    Raises:
        Refused: ``interval.level``.
    """
    check_level(level)
    counts = np.bincount(groups, minlength=len(said))
    weights = 1.0 / ((np.count_nonzero(counts) + 1) * counts[groups])
    upper = np.array([_quantile(column[groups] + residuals, weights, level) for column in said.T])
    lower = np.array([-_quantile(residuals - column[groups], weights, level) for column in said.T])
    return lower, upper


def _quantile(values: Floats, weights: Floats, level: float) -> float:
    order = np.argsort(values, kind="stable")
    reached = np.flatnonzero(np.cumsum(weights[order]) >= level - 1e-12)
    return float(values[order[reached[0]]]) if len(reached) else float("inf")
