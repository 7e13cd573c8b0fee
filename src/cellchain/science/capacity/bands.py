r"""Half widths that depend on the charge, and hold by cell.

Boosted trees say how large an error is to be expected, s(x), from the errors of cells left out: the
geometric mean of a high quantile of the errors of such rows, and of that of such cells. (Rows alone
make bands that are too narrow for whole cells.) The score of an error is |error| / s(x), where s
was learnt from yet other cells; the half width is q̂ s(x), q̂ a quantile by cell of these scores.

Scores of cells left out are made by models that saw a fifth fewer cells, so they are too large
rather than too small; the correction for finitely many cells, by which `conformal_quantile`
guarantees its level, is left off, as both together held far too much.

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

_OF_ROWS, _OF_CELLS = 0.8, 0.85
"""Quantiles of errors that are learnt."""
_LEAST = 1e-6
"""Expected error at least, ampere-hours."""


@dataclass(frozen=True, slots=True, eq=False)
class Expected:
    """How large errors of such rows, and of such cells, are."""

    of_rows: Boosted
    log_of_cells: Boosted

    def said(self, columns: Floats) -> Floats:
        """Return the error that is expected of each row, ampere-hours, shape [rows]."""
        of_rows = np.maximum(self.of_rows.said(columns), _LEAST)
        result: Floats = np.sqrt(of_rows * np.exp(self.log_of_cells.said(columns)))
        return result


@dataclass(frozen=True, slots=True, eq=False)
class Band:
    """How large errors are."""

    expected: Expected
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
        usual = _quantile(self.scores, self.cell, level)
        wide = max(usual, _quantile(self.hidden_scores, self.cell, level))
        return np.where(unfamiliar, wide, usual) * self.expected.said(columns)


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
    for one in np.unique(fold):
        out = fold == one
        learnt = _learnt(complete[~out], errors[0][~out], cell[~out])
        expected[0, out] = learnt.said(complete[out])
        expected[1, out] = learnt.said(hidden[out])
    scores = np.array(errors) / expected
    return Band(_learnt(complete, errors[0], cell), scores[0], scores[1], cell)


def _learnt(columns: Floats, errors: Floats, cell: NDArray[np.intp]) -> Expected:
    of_rows = boosted(
        columns,
        errors,
        rounds=100,
        objective="quantile",
        alpha=_OF_ROWS,
        min_data_in_leaf=60,
        feature_fraction=0.3,
    )
    cells, which = np.unique(cell, return_inverse=True)
    levels = np.array([np.quantile(errors[cell == one], _OF_CELLS) for one in cells])
    log_of_cells = boosted(
        columns,
        np.log(np.maximum(levels, _LEAST))[which],
        rounds=60,
        min_data_in_leaf=200,
        feature_fraction=0.3,
    )
    return Expected(of_rows, log_of_cells)


def _quantile(scores: Floats, cell: NDArray[np.intp], level: float) -> float:
    """Return the quantile by cell; infinite where cells are too few to speak of one."""
    cells = len(np.unique(cell))
    guaranteed = conformal_quantile(scores, cell, level)
    if not np.isfinite(guaranteed):
        return guaranteed
    return conformal_quantile(scores, cell, level * cells / (cells + 1))
