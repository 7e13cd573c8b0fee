"""Tests of significance: Fisher, Mann and Whitney, the best of several cut points.

A cause makes cells bad more often; Fisher's test is one-sided, so the good side of a split is not a
candidate of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cellchain.science.extra import extra_part

if TYPE_CHECKING:
    from types import ModuleType

    from cellchain.science.portable import Floats
    from cellchain.science.rootcause.columns import Flags


def fisher_p(inside: Floats, bad_inside: Floats, cells: Floats, bad: Floats) -> Floats:
    r"""Return the probability that chance puts as many bad cells into a condition.

    $$ p = P(X \ge k), \quad X \sim \text{hypergeometric}(N, K, n) $$

    Args:
        inside: n, cells of each condition, shape (m,).
        bad_inside: k, bad ones among them, shape (m,).
        cells: N, shape (m,).
        bad: K, shape (m,).

    Raises:
        Refused: ``rootcause.no_scipy``: the extra is not installed.

    Source: Fisher, The Design of Experiments (1935), section 12.
    """
    result = np.ones(len(inside))
    some = np.flatnonzero(bad_inside > 0)  # none is no evidence; a factory has many such lots
    law = _scipy_stats().hypergeom
    chance = law.sf(bad_inside[some] - 1, cells[some], bad[some], inside[some])
    result[some] = np.minimum(chance, 1.0)
    return result


def number_p(cut_p: Floats, values: Floats, bad: Flags) -> float:
    """Return the significance of a number, whose cut point was chosen by the bad cells.

    The best of m cut points stands for m chances, the cut points and the rank test for two: twice
    the smaller of m min p and Mann and Whitney's p. Bonferroni's bound holds for every dependence
    of the cuts; with six shares a side it costs little over the exact law of the maximum.

    Args:
        cut_p: Fisher's p of every cut point and side, shape (m,).
        values: Shape (n,), NaN: missing.
        bad: Shape (n,).

    Sources: Miller and Siegmund, Biometrics 38 (1982) 1011, for the problem; Mann and Whitney, Ann.
    Math. Stat. 18 (1947) 50, with the normal law and correction for ties.
    """
    present = ~np.isnan(values)
    hit, rest = values[present & bad], values[present & ~bad]
    if not len(hit) or not len(rest):
        return 1.0
    rank_p = float(_scipy_stats().mannwhitneyu(hit, rest, method="asymptotic").pvalue)
    return min(1.0, 2.0 * min(len(cut_p) * float(cut_p.min()), rank_p))


def _scipy_stats() -> ModuleType:
    return extra_part("scipy.stats", "rootcause.no_scipy")
