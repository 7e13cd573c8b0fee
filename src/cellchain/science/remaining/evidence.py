r"""How far a cell's fade so far is from the law, for each life it may have and each shape.

Cells recover in their first cycles by some $ \delta $, as the overhang of their anodes fills or
empties (Lewerenz et al., J. Power Sources 345 (2017) 254): of the law u is left

$$ v_k = u(x_k) - \delta \, (1 - u(x_k)), \qquad \delta \sim N(0, \sigma^2 / \lambda) $$

which is u again at the end. With $ r_k $ the distance of the fade at $ x_k $ from $ u(x_k) $ and
$ h_k = 1 - u(x_k) $, the least sum of squares over all $ \delta $, its own among them, is

$$ \sum_k r_k^2 - \frac{(\sum_k r_k h_k)^2}{\lambda + \sum_k h_k^2} $$

Rows are looked at in steps of equal ratio: neighbours tell the same. A median of capacities is of
the middle of its rows, and fade counts from the middle of the first ten.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cellchain.science.remaining.course import BEGINNING
from cellchain.science.remaining.fading import RECENT, faded
from cellchain.science.remaining.law import fade

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cellchain.science.portable import Floats

BEGUN = (BEGINNING + 1) / 2
"""Cycles at which the start was measured, in the middle."""
LAG = (RECENT - 1) / 2
"""Cycles by which a median of the last is older than its last."""
RECOVERY = 0.25
r"""$ \lambda $: a cell may recover by twice as much as it strays from the law."""
AGE_MAX = 1.5
"""Of a life: later it is no better to have ended long ago."""
LOOKED = np.unique(np.ceil((BEGINNING + LAG) * 1.08 ** np.arange(200.0)))
"""Cycles after which a cell is looked at: from when its fade is of other rows than its start."""


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """Of one cell, from its rows alone, each of them from those before it."""

    cycles: Floats
    """That are looked at, shape [points]."""
    fade: Floats
    """u by then, shape [points]."""

    def points(self, cycles: Floats) -> NDArray[np.intp]:
        """Return how many points are known after so many cycles, shape of ``cycles``."""
        return np.searchsorted(self.cycles, cycles, side="right")

    def misfit(self, lives: Floats) -> Floats:
        """Return the sum of squares over the points so far, shape [points + 1, lives, shapes].

        Args:
            lives: Cycles, above 10, shape [lives].
        """
        age = np.maximum(self.cycles - LAG - BEGUN, 0.0)[:, np.newaxis] / (lives - BEGUN)
        law = fade(np.minimum(age, AGE_MAX))
        off, left = self.fade[:, np.newaxis, np.newaxis] - law, 1.0 - law
        squares, products, weights = (
            np.concatenate([np.zeros((1, *law.shape[1:])), np.cumsum(one, axis=0)])
            for one in (off * off, off * left, left * left)
        )
        misfit: Floats = squares - products**2 / (weights + RECOVERY)
        return misfit


def evidence(capacity_ah: Floats, end: float) -> Evidence:
    """Return what a cell's capacities so far tell.

    Args:
        capacity_ah: Shape [cycles]; NaN where it was not measured.
        end: Of the start, above 0, below 1.
    """
    cycles = LOOKED[len(capacity_ah) >= LOOKED]
    so_far = faded(capacity_ah, end).at[cycles.astype(np.intp) - 1, 0]
    known = ~np.isnan(so_far)
    return Evidence(cycles[known], so_far[known])
