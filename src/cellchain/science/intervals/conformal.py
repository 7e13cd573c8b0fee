r"""Conformal quantiles of scores that come in groups.

Rows of one cell resemble each other, so a thousand rows of ten cells are ten pieces of evidence. A
group weighs 1/(K + 1), shared equally by its rows, and as much weighs what nobody has seen:

$$ \hat q = \inf \Big\{ q : \sum_{k=1}^{K} \frac{1}{K+1} \frac{1}{n_k} \sum_{i=1}^{n_k}
   1\{s_{ki} \le q\} \ge p \Big\} $$

Then a row of a new group is within its interval with probability p at least, if groups are
exchangeable. A score is the distance of the truth from an estimate, perhaps divided by a scale that
depends on the row: then width follows the scale.

Source: Lee, Barber and Willett, Distribution-free inference with hierarchical data (2023), method
HCP; Vovk, Gammerman and Shafer, Algorithmic Learning in a Random World (2005), chapter 4.5, for
taxonomies (Mondrian).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cellchain.core.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from cellchain.science.portable import Floats


def check_level(level: float) -> None:
    """Refuse what is no level of confidence.

    Raises:
        Refused: ``interval.level``: it is not above 0 and below 1.
    """
    if not 0.0 < level < 1.0:
        raise Refused("interval.level", f"a level of {level}", remedy="give one such as 0.9")


def conformal_quantile(scores: Floats, groups: NDArray[np.intp], level: float) -> float:
    """Return what scores stay below with a probability of ``level``; infinite where groups are few.

    Args:
        scores: Not negative, shape [rows]; no NaN.
        groups: Number of the group of each row, shape [rows].
        level: Above 0, below 1.

    Raises:
        Refused: ``interval.level``.
    """
    check_level(level)
    _, group, counts = np.unique(groups, return_inverse=True, return_counts=True)
    order = np.argsort(scores, kind="stable")
    weights = 1.0 / ((len(counts) + 1) * counts[group[order]])
    reached = np.flatnonzero(np.cumsum(weights) >= level - 1e-12)
    return float(scores[order[reached[0]]]) if len(reached) else float("inf")


def by_regime(
    scores: Floats, groups: NDArray[np.intp], regimes: NDArray[np.intp], level: float
) -> Mapping[int, float]:
    """Return the quantile of each regime; that of all where a regime has too few groups.

    Args:
        scores: As for `conformal_quantile`.
        groups: Likewise.
        regimes: Number of the regime of each row, shape [rows].
        level: Likewise.
    """
    overall = conformal_quantile(scores, groups, level)
    found = {
        int(one): conformal_quantile(scores[regimes == one], groups[regimes == one], level)
        for one in np.unique(regimes)
    }
    return {one: value if np.isfinite(value) else overall for one, value in found.items()}
