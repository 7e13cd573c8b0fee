r"""For chemistries never seen: the fade of a cell from ratios to its own start.

As a cell ages, the step of constant voltage takes longer and carries more, while its current falls
more slowly. Against the own start both go with capacity by a power law,

$$ \ln \frac{C}{C_0} = \beta_j \ln \frac{x_j}{x_{j,0}}, $$

with exponents that differ little between chemistries (the median over the learnt cells is taken, so
one odd regime does not turn it). Its mean with boosted trees, held monotone in the same ratios, is
what is said.

Domain: cells whose first ten charges are those of a new or slightly aged cell, charged in the same
way ever since; fade down to about 60 % of the start.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cellchain.science.capacity.rows import FEATURES
from cellchain.science.capacity.trees import Boosted, boosted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cellchain.science.capacity.rows import Described
    from cellchain.science.portable import Floats

_RATIOS = {"CV Q": -1, "CV charge time": -1, "current slope": 1}
_DIFFERENCES = {"current skewness": -1, "current mean": 1}
"""With the sign by which capacity goes with them."""
_RATIO_MAX = 20.0


@dataclass(frozen=True, slots=True, eq=False)
class Transfer:
    """What was learnt of fade."""

    exponents: Floats
    """β of each ratio, shape [3]."""
    trees: Boosted

    def log_fade(self, rows: Described) -> Floats:
        """Return ln of capacity ÷ own start for each row, shape [rows]."""
        columns = _columns(rows)
        law = np.zeros(len(columns))
        for column, exponent in zip(columns.T, self.exponents, strict=False):
            law += exponent * column / len(self.exponents)
        result: Floats = 0.5 * (law + self.trees.said(columns))
        return result


def transfer(rows: Described, log_fade: Floats, cell: NDArray[np.intp]) -> Transfer:
    """Learn from cells of which the fade is known.

    Args:
        rows: What is known of each row.
        log_fade: ln of capacity ÷ own start, shape [rows]; no NaN.
        cell: Number of the cell of each row, shape [rows].

    Raises:
        Refused: ``capacity.no_library``.
    """
    columns = _columns(rows)
    signs = (*_RATIOS.values(), *_DIFFERENCES.values())
    each = [_exponents(columns[cell == one], log_fade[cell == one]) for one in np.unique(cell)]
    trees = boosted(columns, log_fade, rounds=150, monotone=signs, min_data_in_leaf=50)
    return Transfer(np.median(each, axis=0), trees)


def _columns(rows: Described) -> Floats:
    now, start = rows.means[0], rows.start
    ratios = [_log_ratio(now[:, at], start[:, at]) for at in map(FEATURES.index, _RATIOS)]
    differences = [now[:, at] - start[:, at] for at in map(FEATURES.index, _DIFFERENCES)]
    return np.column_stack([*ratios, *differences])


def _log_ratio(now: Floats, start: Floats) -> Floats:
    safe = np.where(start == 0.0, 1.0, start)
    ratio = np.where(start == 0.0, 1.0, now / safe)
    result: Floats = np.log(np.clip(ratio, 1.0 / _RATIO_MAX, _RATIO_MAX))
    return result


def _exponents(columns: Floats, log_fade: Floats) -> Floats:
    ratios = columns[:, : len(_RATIOS)]
    power = (ratios**2).sum(axis=0)
    result: Floats = (ratios * log_fade[:, np.newaxis]).sum(axis=0) / np.maximum(power, 1e-12)
    return result
