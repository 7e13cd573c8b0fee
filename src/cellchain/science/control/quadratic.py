r"""A score of many variables, and who contributes to it.

Every chart of many variables scores a row x, lagged and standardised, by a quadratic form, and
shares the score out among the variables by the symmetric root of that form:

$$ s = x^T M x = \sum_i c_i, \qquad c_i = (M^{1/2} x)_i^2 \ge 0 $$

For SPE these are the squared residuals. The parts of one variable at its lags are added up.

Source: Alcala and Qin, J. Process Control 21 (2011) 322, the complete-decomposition contributions.
A fault of one variable smears into those that move with it: contributions point, they do not prove.

Sums run over one term after another, elementwise, so that the score of a row has the same bits
whatever rows stand beside it; a matrix product of BLAS has not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cellchain.science.control.dynamic import lagged

if TYPE_CHECKING:
    from cellchain.science.portable import Floats

_BLOCK = 256
"""Rows worked on at once: so few stay in the cache of the processor."""
_FLOOR = 1e-6
"""Directions with less of the largest variance are taken for that much: what varies so little in
fault-free rows is rounding, and its inverse would be a score of noise."""


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """A quadratic form over standardised variables and their lags."""

    name: str
    lags: int
    root: Floats
    """Symmetric root of the form, shape ((lags+1)·v, (lags+1)·v), newest row first."""

    def contributions(self, samples: Floats) -> Floats:
        """Return each variable's part in the score, shape (n, v), at least 0.

        Rows without their past are NaN: the first ``lags``.

        Args:
            samples: Standardised, in order of time, shape (n, v).
        """
        found = np.full(samples.shape, np.nan)
        for start in range(self.lags, len(samples), _BLOCK):
            rows = lagged(samples[start - self.lags : start + _BLOCK], self.lags)
            parts = _product(rows, self.root) ** 2
            found[start : start + _BLOCK] = _folded(parts, samples.shape[1])
        return found


def summed(parts: Floats) -> Floats:
    """Return the sum of each row, from left to right, shape (n,)."""
    total = np.zeros(len(parts))
    for column in parts.T:
        total += column
    return total


def eigen(covariance: Floats) -> tuple[Floats, Floats]:
    """Return the variances, largest first and none next to 0, and their directions as columns."""
    variances, directions = np.linalg.eigh(covariance)
    return np.maximum(variances[::-1], _FLOOR * variances[-1]), directions[:, ::-1]


def root(factor: Floats) -> Floats:
    """Return the symmetric root of ``factorᵀ factor``; factor of shape (k, d), result (d, d)."""
    _, values, directions = np.linalg.svd(factor, full_matrices=False)
    found: Floats = (directions.T * values) @ directions
    return found


def _product(rows: Floats, weights: Floats) -> Floats:
    total = np.zeros((len(rows), weights.shape[1]))
    for column, weight in zip(rows.T, weights, strict=True):
        total += column[:, None] * weight
    return total


def _folded(parts: Floats, variables: int) -> Floats:
    total = np.zeros((len(parts), variables))
    for start in range(0, parts.shape[1], variables):
        total += parts[:, start : start + variables]
    return total
