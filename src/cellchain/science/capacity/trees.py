"""What learns: extremely randomised trees and boosted ones, averaged.

One smooths by chance, the other by small steps; their errors differ, so their mean is better than
either. Both run on one thread with fixed seeds: the same rows give the same bits.

Source: Geurts, Ernst and Wehenkel, Machine Learning 63 (2006) 3; Ke et al., LightGBM, NeurIPS 2017.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cellchain.science.extra import extra_part

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cellchain.science.portable import Floats

NO_LIBRARY = "capacity.no_library"
SEED = 0
_BOOSTING = {
    "verbosity": -1,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "seed": SEED,
    "learning_rate": 0.05,
    "num_leaves": 7,
}


@dataclass(frozen=True, slots=True, eq=False)
class Boosted:
    """Boosted trees."""

    trees: Any

    def said(self, columns: Floats) -> Floats:
        """Return what they say of each row of ``columns``, shape [rows]."""
        result: Floats = self.trees.predict(columns, num_threads=1)
        return result


@dataclass(frozen=True, slots=True, eq=False)
class Mixed:
    """Extremely randomised trees and boosted ones."""

    random: Any
    boosted: Boosted

    def said(self, columns: Floats) -> Floats:
        """Return the mean of both for each row of ``columns``, shape [rows]."""
        result: Floats = 0.5 * (self.random.predict(columns) + self.boosted.said(columns))
        return result


def boosted(
    columns: Floats,
    truth: Floats,
    *,
    rounds: int,
    monotone: Sequence[int] = (),
    **settings: float | str,
) -> Boosted:
    """Learn ``truth``, shape [rows], from ``columns``, shape [rows, columns].

    Args:
        columns: No NaN.
        truth: Likewise.
        rounds: Trees.
        monotone: Of each column 1 (rises with it), −1 or 0; empty: none is asked.
        settings: Of LightGBM, by its names.

    Raises:
        Refused: ``capacity.no_library``.
    """
    lightgbm = extra_part("lightgbm", NO_LIBRARY)
    asked: dict[str, Any] = {**_BOOSTING, **settings}
    if monotone:
        asked["monotone_constraints"] = list(monotone)
    return Boosted(lightgbm.train(asked, lightgbm.Dataset(columns, truth), rounds))


def mixed(columns: Floats, truth: Floats) -> Mixed:
    """Learn as `boosted`, and by extremely randomised trees.

    Raises:
        Refused: ``capacity.no_library``.
    """
    ensemble = extra_part("sklearn.ensemble", NO_LIBRARY)
    random = ensemble.ExtraTreesRegressor(
        n_estimators=80, max_features=0.2, min_samples_leaf=2, random_state=SEED, n_jobs=1
    )
    slow = boosted(columns, truth, rounds=300, feature_fraction=0.3, lambda_l2=1.0)
    return Mixed(random.fit(np.ascontiguousarray(columns), truth), slow)
