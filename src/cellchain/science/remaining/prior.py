"""What the group and the beginning of a cell say of its life, before it has faded.

The median life of its group says most where cells of a group live alike. Where a group holds cells
of many uses, a forest that has seen their first ten cycles tells them apart. How much of the
forest's correction is taken is decided by cells that it had not seen, and none is taken unless it
helps by more than chance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cellchain.science.extra import extra_part
from cellchain.science.remaining.choosing import folds, weight

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from cellchain.science.portable import Floats

TREES = 150
FOLDS = 8


@dataclass(frozen=True, slots=True, eq=False)
class Prior:
    """What is expected of a cell when it begins."""

    medians: Mapping[str, float]
    """Logarithm of the median life of each group."""
    pooled: float
    """That of all."""
    weight: float
    """Of the forest's correction, 0 to 1."""
    forest: Any

    def median(self, group: str) -> float:
        """Return the logarithm of the median life of a group; of all, where it was never seen."""
        return self.medians.get(group, self.pooled)

    def said(self, group: str, beginnings: Floats) -> tuple[Floats, float]:
        """Return the logarithm of the life, and that of the group alone.

        Args:
            group: Of the cell; perhaps one that was never seen.
            beginnings: Shape [rows, features].
        """
        median = self.median(group)
        if self.weight == 0.0:
            return np.full(len(beginnings), median), median
        told = self.forest.predict(_inputs([group] * len(beginnings), beginnings, self.medians))
        return median + self.weight * (told - median), median


def fit_prior(
    groups: Sequence[str],
    beginnings: Floats,
    log_lives: Floats,
    ended: NDArray[np.bool_],
    seed: int,
) -> tuple[Prior, Floats]:
    """Return what is expected of cells, and what it says of each of these.

    Args:
        groups: Of each cell.
        beginnings: Shape [cells, features].
        log_lives: Shape [cells].
        ended: Which of them came to their end; the others' lives are guessed, and teach the forest
            alone. Shape [cells].
        seed: Of the forest and of the folds.

    Returns:
        The prior; then of each cell the logarithm of its life: the median of its group, in which
        it is counted (without it the median would tell on which side of it the cell lies), and the
        forest's correction by a forest that has not seen it.
    """
    of = np.array(groups)
    medians = {
        str(one): float(np.median(log_lives[ended & (of == one)])) for one in np.unique(of[ended])
    }
    pooled = float(np.median(log_lives[ended]))
    inputs = _inputs(groups, beginnings, medians)
    told = np.empty(len(of))
    for held in folds(len(of), FOLDS, seed):
        kept = np.setdiff1d(np.arange(len(of)), held)
        told[held] = _grown(inputs[kept], log_lives[kept], seed, TREES // 2).predict(inputs[held])
    alone = np.array([_median_without(n, of, ended, log_lives) for n in np.flatnonzero(ended)])
    taken, _ = weight(told[ended] - alone, log_lives[ended] - alone, np.flatnonzero(ended))
    forest = _grown(inputs, log_lives, seed, TREES) if taken else None
    together = np.array([medians.get(one, pooled) for one in groups])
    return Prior(medians, pooled, taken, forest), together + taken * (told - together)


def _median_without(
    n: np.intp, of: NDArray[np.str_], ended: NDArray[np.bool_], log_lives: Floats
) -> float:
    others = ended & (np.arange(len(of)) != n)
    mates = others & (of == of[n])
    return float(np.median(log_lives[mates if mates.any() else others]))


def _inputs(groups: Sequence[str], beginnings: Floats, known: Mapping[str, float]) -> Floats:
    of_group = np.array([[float(one == name) for name in known] for one in groups])
    return np.column_stack([beginnings, of_group])


def _grown(inputs: Floats, log_lives: Floats, seed: int, trees: int) -> Any:
    ensemble = extra_part("sklearn.ensemble", "rul.no_sklearn")
    forest = ensemble.ExtraTreesRegressor(
        n_estimators=trees, min_samples_leaf=1, max_features=0.7, random_state=seed, n_jobs=1
    )
    return forest.fit(inputs, log_lives)
