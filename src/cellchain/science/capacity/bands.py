r"""Half widths that depend on the charge, and hold by cell.

Boosted trees say how large an error is to be expected, s(x): a high quantile of the errors of cells
left out. The score of an error is |error| / s(x), where s was learnt from yet other cells; the
half width is q̂ s(x), q̂ the conformal quantile by cell of these scores.

Source: Romano, Patterson and Candès, Conformalized quantile regression, NeurIPS 2019; Lei et al.,
J. Am. Stat. Assoc. 113 (2018) 1094, section 5.2, for scores scaled by an expected error.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cellchain.science.capacity.trees import Boosted, boosted
from cellchain.science.intervals.conformal import conformal_quantile

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cellchain.science.portable import Floats

_QUANTILE = 0.8
_LEAST = 0.2
"""Of the median expected error: no charge is surer than that."""


@dataclass(frozen=True, slots=True, eq=False)
class Band:
    """How large errors are."""

    expected: Boosted
    least: float
    scores: Floats
    """Of rows of cells left out, shape [rows]."""
    hidden_scores: Floats
    """Likewise, half of the features hidden."""
    cell: NDArray[np.intp]
    """Number of the cell of each of them."""

    def half_width(self, columns: Floats, unfamiliar: NDArray[np.bool_], level: float) -> Floats:
        """Return the half width of each row; infinite where too few cells were learnt.

        Args:
            columns: Shape [rows, columns].
            unfamiliar: Rows of which features were never seen, or the regime, shape [rows].
            level: Above 0, below 1.

        Raises:
            Refused: ``interval.level``.
        """
        usual = conformal_quantile(self.scores, self.cell, level)
        wide = max(usual, conformal_quantile(self.hidden_scores, self.cell, level))
        return np.where(unfamiliar, wide, usual) * _expected(self.expected, columns, self.least)


def band(
    columns: tuple[Floats, Floats],
    errors: tuple[Floats, Floats],
    cell: NDArray[np.intp],
    fold: NDArray[np.intp],
) -> Band:
    """Learn how large errors are.

    Args:
        columns: What was known of rows of cells left out, and with half of the features hidden.
        errors: Absolute, of these rows, shape [rows] each.
        cell: Number of the cell of each row.
        fold: Number of its fold.

    Raises:
        Refused: ``capacity.no_library``.
    """
    complete, hidden = columns
    expected = np.empty((2, len(cell)))
    least = _LEAST * float(np.median(errors[0]))
    for one in np.unique(fold):
        out = fold == one
        learnt = _learnt(complete[~out], errors[0][~out])
        expected[0, out] = _expected(learnt, complete[out], least)
        expected[1, out] = _expected(learnt, hidden[out], least)
    scores = np.array(errors) / expected
    return Band(_learnt(complete, errors[0]), least, scores[0], scores[1], cell)


def _learnt(columns: Floats, errors: Floats) -> Boosted:
    return boosted(
        columns,
        errors,
        rounds=100,
        objective="quantile",
        alpha=_QUANTILE,
        min_data_in_leaf=60,
        feature_fraction=0.3,
    )


def _expected(trees: Boosted, columns: Floats, least: float) -> Floats:
    result: Floats = np.maximum(trees.said(columns), max(least, np.finfo(float).tiny))
    return result
