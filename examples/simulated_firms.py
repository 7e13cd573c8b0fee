"""Simulated firms of Brazil, to judge which regime a forecast would have chosen.

Monthly revenue, profit, payroll and purchases of a firm are drawn for some years; the last of them
is the future. Every parameter is an assumption: no statistics of firms were at hand. They are wide
enough that each regime is the cheapest for some: annual revenue around the limit of the Simples
Nacional, margins around the presumed ones, payrolls from small to a third of revenue.

A second kind of firm has heavier tails: shocks of Student's t with three degrees of freedom, scaled
to the same variance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
YEAR = 12
ANNUAL_MEDIAN, ANNUAL_SPREAD = 3e6, 1.0
"""BRL, and the deviation of its logarithm: assumptions."""
GROWTH, GROWTH_SPREAD = 0.03, 0.10
"""Of a firm a year, logarithm: assumptions."""
SEASON_SPREAD = 0.12
"""Of the logarithm between months of the year: assumption."""
LEVEL_SHOCKS, MONTH_SHOCKS = (0.01, 0.05), (0.03, 0.15)
"""Ranges of the deviation of a month's shock that stays, and of one that passes: assumptions."""
MARGIN, MARGIN_SPREAD = 0.10, 0.07
"""Of firms: assumptions; about a quarter is below the presumed eight hundredths."""
MARGIN_SHOCKS, MARGIN_MEMORY = (0.01, 0.05), 0.6
"""Of months around the firm's own margin: assumptions."""
PAYROLL_SHARES = (0.04, 0.30)
CREDIT_SHARES = (0.30, 0.75)
"""Of revenue: assumptions."""
RATIO_SHOCKS = (0.02, 0.08)
ACTIVITIES = ("industry", "commerce")


@dataclass(frozen=True, slots=True)
class SimulatedFirm:
    """Whole cents of each month; the last twelve months are the future.

    Attributes:
        activity: As the rules name it.
        revenue_cents: And the others, shape (months,).
    """

    activity: str
    revenue_cents: NDArray[np.int64]
    profit_cents: NDArray[np.int64]
    payroll_cents: NDArray[np.int64]
    credit_cents: NDArray[np.int64]


def simulated_firm(seed: int, *, years: int = 4, heavy: bool = False) -> SimulatedFirm:
    """Return a firm; the same seed gives the same one."""
    rng = np.random.default_rng(seed)
    months = years * YEAR

    def shocks(deviation: float) -> Floats:
        if heavy:
            return deviation * rng.standard_t(3, months) / np.sqrt(3)
        return deviation * rng.normal(size=months)

    season = np.tile(rng.normal(0, SEASON_SPREAD, YEAR), years)
    growth = rng.normal(GROWTH, GROWTH_SPREAD) * np.arange(months) / YEAR
    level = np.cumsum(shocks(rng.uniform(*LEVEL_SHOCKS)))
    start = np.log(ANNUAL_MEDIAN / YEAR) + rng.normal(0, ANNUAL_SPREAD)
    trend = start + growth + level
    revenue = np.exp(trend + season + shocks(rng.uniform(*MONTH_SHOCKS)))
    wander = np.zeros(months)
    for month, shock in enumerate(shocks(rng.uniform(*MARGIN_SHOCKS))):
        wander[month] = MARGIN_MEMORY * wander[month - 1] * (month > 0) + shock
    margin = np.clip(rng.normal(MARGIN, MARGIN_SPREAD) + wander, -0.5, 0.6)
    thirteenth = 1 + (np.arange(months) % YEAR == YEAR - 1)
    ratio = rng.uniform(*RATIO_SHOCKS)
    payroll = rng.uniform(*PAYROLL_SHARES) * np.exp(trend + shocks(ratio)) * thirteenth
    credit = rng.uniform(*CREDIT_SHARES) * revenue * np.exp(shocks(ratio))
    return SimulatedFirm(
        ACTIVITIES[int(rng.integers(len(ACTIVITIES)))],
        *(
            np.rint(one * 100).astype(np.int64)
            for one in (revenue, revenue * margin, payroll, credit)
        ),
    )
