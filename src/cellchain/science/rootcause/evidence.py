r"""How much better a condition explains the bad cells than chance does.

Given K bad cells of N, each falls among the n cells of a condition with probability
n r / (n r + N − n) where the condition makes a cell r times as often bad, n / N where it does
nothing. The Bayes factor over a spread of r above 1, when k fall there, is

$$ B = \frac{1}{R} \sum_{r} r^k \left( \frac{N}{n r + N - n} \right)^K $$

Bad cells are drawn without replacement; by Hoeffding's theorem 4 the mean of B under chance is then
at most 1, so B never overstates. Exact for rare bad cells, timid for common ones.

Sources: Kass and Raftery, J. Am. Stat. Assoc. 90 (1995) 773; Hoeffding, J. Am. Stat. Assoc. 58
(1963) 13.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from cellchain.science.portable import Floats

RISK_RATIOS = np.geomspace(2.0, 8.0, 5)
"""Strengths a cause may have, equally likely."""


def log_bayes_factor(
    inside: Floats, bad_inside: Floats, cells: Floats | float, bad: Floats | float
) -> Floats:
    """Return ln B.

    Args:
        inside: n, cells of the condition; any shape.
        bad_inside: k, bad ones among them; same shape.
        cells: N, above 0; a shape that broadcasts.
        bad: K; likewise.
    """
    result = np.full(np.broadcast_shapes(np.shape(inside), np.shape(cells)), -np.inf)
    for ratio in RISK_RATIOS:
        mean_ratio = (inside * ratio + cells - inside) / cells
        term = bad_inside * np.log(ratio) - bad * np.log(mean_ratio)
        np.logaddexp(result, term, out=result)
    mean: Floats = result - np.log(len(RISK_RATIOS))
    return mean
