r"""How far a charge lies outside everything that was learnt.

Each regime is a box: of each feature the middle 95 % of its rows. With e the excess of a row over
a side, in widths of that side, its distance to a box is the root mean square over features,

$$ d = \sqrt{\tfrac1J \sum_j e_j^2}, $$

and its score the distance to the nearest box. A row is outside when its score exceeds that of the
oddest learnt cell, judged by boxes made without it. (By the largest excess alone, one feature that
is odd in one learnt cell would open the box to everything.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cellchain.science.portable import Floats

_SIDES = (0.025, 0.975)
_OF_A_CELL = 0.95
_WIDTH_MIN = 1e-6
"""Of a side, relative to the size of its values: a constant feature is a box as well."""


@dataclass(frozen=True, slots=True, eq=False)
class Domain:
    """What was learnt, as boxes."""

    low: Floats
    """Shape [regimes, features]."""
    high: Floats
    """Likewise."""
    limit: float
    """Score above which a row is outside."""

    def score(self, features: Floats) -> Floats:
        """Return the distance of each row, shape [rows, features], to the nearest box."""
        return _score(features, self.low, self.high)


def domain(features: Floats, regime: NDArray[np.intp], cell: NDArray[np.intp]) -> Domain:
    """Return the boxes of what is learnt, and the limit.

    Args:
        features: Shape [rows, features]; no NaN.
        regime: Number of the regime of each row, shape [rows], from 0.
        cell: Number of its cell, likewise; at least two cells.
    """
    low, high = _boxes(features, regime)
    scores = []
    for one in np.unique(cell):
        own = cell == one
        without = _boxes(features[~own], regime[~own])
        scores.append(float(np.quantile(_score(features[own], *without), _OF_A_CELL)))
    return Domain(low, high, max(scores))


def _boxes(features: Floats, regime: NDArray[np.intp]) -> tuple[Floats, Floats]:
    sides = np.array(
        [np.quantile(features[regime == one], _SIDES, axis=0) for one in np.unique(regime)]
    )
    return sides[:, 0], sides[:, 1]


def _score(features: Floats, low: Floats, high: Floats) -> Floats:
    nearest = np.full(len(features), np.inf)
    for bottom, top in zip(low, high, strict=True):
        least = _WIDTH_MIN * np.maximum(np.abs(bottom), np.abs(top)) + np.finfo(float).tiny
        excess = np.maximum(bottom - features, features - top) / np.maximum(top - bottom, least)
        total = np.zeros(len(features))
        for column in np.maximum(excess, 0.0).T:  # a sum along rows may depend on their number
            total += column * column
        nearest = np.minimum(nearest, np.sqrt(total / features.shape[1]))
    return nearest
