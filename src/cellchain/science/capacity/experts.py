r"""Two ways to say a capacity, and which of them a regime trusts.

The *direct* trees say ampere-hours from the features alone; the *calibrated* ones say capacity ÷
own start from the features and the start. Calibration helps where cells begin as they go on, and
hurts where the first capacities still rise; so each regime weighs them by the errors that they made
on its cells when these were left out:

$$ \hat C = (1 - w_r) \hat C_{direct} + w_r C_0 \hat c_{calibrated},
   \qquad w_r \in \{0, ½, 1\} $$
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cellchain.science.capacity.trees import Mixed, mixed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cellchain.science.portable import Floats

WEIGHTS = (0.0, 0.5, 1.0)
CELLS_MIN = 3
"""Of a regime, to have a weight of its own; else it has that of all."""


@dataclass(frozen=True, slots=True, eq=False)
class Experts:
    """Both of them."""

    direct: Mixed
    calibrated: Mixed

    def said(self, columns: Floats, start_ah: Floats) -> tuple[Floats, Floats]:
        """Return what each says of each row, ampere-hours; NaN of the second without a start."""
        known = ~np.isnan(start_ah)
        fade = np.full(len(columns), np.nan)
        if known.any():
            fade[known] = self.calibrated.said(_with_start(columns, start_ah)[known])
        return self.direct.said(columns), start_ah * fade


def experts(columns: Floats, start_ah: Floats, capacity_ah: Floats) -> Experts:
    """Learn both from rows of which start and capacity are known; shapes [rows, columns], [rows].

    Raises:
        Refused: ``capacity.no_library``.
    """
    calibrated = mixed(_with_start(columns, start_ah), capacity_ah / start_ah)
    return Experts(mixed(columns, capacity_ah), calibrated)


def weighed(said: tuple[Floats, Floats], weight: Floats) -> Floats:
    """Return the weighted mean of both; the direct one alone where there is no start.

    Args:
        said: By the direct and the calibrated trees, shape [rows] each.
        weight: Of the calibrated ones, shape [rows], 0 to 1.
    """
    direct, calibrated = said
    return np.where(np.isnan(calibrated), direct, direct + weight * (calibrated - direct))


def regime_weights(
    said: tuple[Floats, Floats],
    capacity_ah: Floats,
    regime: NDArray[np.intp],
    cell: NDArray[np.intp],
    regimes: int,
) -> Floats:
    """Return the weight of each regime, and last that of all: shape [regimes + 1].

    Args:
        said: Of cells left out, as in `weighed`.
        capacity_ah: Measured, shape [rows].
        regime: Number of the regime of each row, likewise.
        cell: Number of its cell, likewise.
        regimes: How many there are.
    """
    tried = [weighed(said, np.full(len(regime), one)) for one in WEIGHTS]
    errors = np.array([(one - capacity_ah) ** 2 for one in tried])
    overall = WEIGHTS[int(errors.sum(axis=1).argmin())]
    weights = np.full(regimes + 1, overall)
    for one in range(regimes):
        own = regime == one
        if len(np.unique(cell[own])) >= CELLS_MIN:
            weights[one] = WEIGHTS[int(errors[:, own].sum(axis=1).argmin())]
    return weights


def _with_start(columns: Floats, start_ah: Floats) -> Floats:
    return np.column_stack([columns, start_ah])
