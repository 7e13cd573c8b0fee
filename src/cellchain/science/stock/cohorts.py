r"""Stock and outflow from inflow, cohort by cohort.

With inflow $ I_t $ and the share $ S_k $ of a cohort in use at the end of its k-th year,

$$ N_t = \sum_{k \ge 0} I_{t-k} S_k, \qquad O_t = \sum_{k \ge 0} I_{t-k} (S_{k-1} - S_k),
   \quad S_{-1} = 1 $$

so that $ N_t = N_{t-1} + I_t - O_t $ (Mueller, Ecol. Econ. 59 (2006) 142; Pauliuk and Heeren,
J. Ind. Ecol. 24 (2020) 446). The stock before the first year is empty: older inflow belongs in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from cellchain.science.portable import Floats


def convolved(inflow: Floats, share: Floats) -> Floats:
    """Return the sum over cohorts of inflow times the share at their age.

    Args:
        inflow: Of each year, shape [years, n].
        share: At each age in years, shape [years, n] or [years, 1].

    Returns:
        Of each year, shape [years, n].
    """
    years = len(inflow)
    found: Floats = inflow * share[0]
    for age in range(1, years):
        if share[age].any():
            found[age:] += inflow[: years - age] * share[age]
    return found


def stock_and_outflow(inflow: Floats, survival: Floats) -> tuple[Floats, Floats]:
    """Return what is in use at the end of each year, and what leaves during it.

    Args:
        inflow: Of each year, any unit, at least 0, shape [years, n].
        survival: Shares as `lifetime.survival` returns them, shape [years, n] or [years, 1].

    Returns:
        Stock and outflow in the unit of the inflow, at least 0, each of shape [years, n].
    """
    leaving = np.vstack([1 - survival[:1], survival[:-1] - survival[1:]])
    return convolved(inflow, survival), convolved(inflow, leaving)
