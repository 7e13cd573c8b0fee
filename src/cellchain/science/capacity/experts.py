r"""Two ways to say a capacity, and when to trust the second.

The *direct* trees say ampere-hours from the features alone; the *calibrated* ones say capacity ÷
own start from the features and the start. Their mean is said, as their errors differ,

$$ \hat C = ½ \hat C_{direct} + ½ C_0 \hat c_{calibrated}, $$

unless the start is in doubt: the direct trees contradict the first capacities, by more than they
contradict those of nearly every cell that was learnt. Then the first capacities were not those of a
cell in its usual state (still rising, partly discharged, mistaken), and the direct trees speak
alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cellchain.science.capacity.trees import Mixed, mixed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cellchain.science.portable import Floats

_DOUBT_SCALES = 5.0
_SCALE_OF_MEDIAN = 1.4826
"""Standard deviation of a normal distribution ÷ the median of its absolute values."""


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


def joined(said: tuple[Floats, Floats], trusted: NDArray[np.bool_]) -> Floats:
    """Return the mean of both where the start is trusted, else what the direct trees say.

    Args:
        said: By the direct and the calibrated trees, shape [rows] each.
        trusted: Shape [rows]; False where there is no start.
    """
    direct, calibrated = said
    return np.where(trusted, 0.5 * (direct + calibrated), direct)


def doubt_limit(contradictions: Floats) -> float:
    """Return the contradiction from which on a start is in doubt: five robust scales.

    Args:
        contradictions: Of cells left out, relative, one each.
    """
    return _DOUBT_SCALES * _SCALE_OF_MEDIAN * float(np.median(np.abs(contradictions)))


def _with_start(columns: Floats, start_ah: Floats) -> Floats:
    return np.column_stack([columns, start_ah])
