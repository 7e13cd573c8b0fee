r"""How long mates took to where a cell is now: lives of one kind differ in pace, not in shape.

A mate with the life L had faded as far as the cell after t cycles, the cell took n: then the cell
lives

$$ \log \hat L = \log L + \log n - \log t $$

cycles by that mate, and by all of them the median.

Source: similarity-based prognostics, Wang, Yu, Siegel and Lee, PHM 2008, without its weights.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cellchain.science.medians import median
from cellchain.science.remaining.course import levelled, start_ah

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cellchain.science.portable import Floats

EARLIEST = 3.0
"""Cycles: scatter may bring a mate there sooner."""
FADE_MIN = 0.03
"""Of u: below it scatter decides when a mate was there."""


@dataclass(frozen=True, slots=True, eq=False)
class Mate:
    """A cell whose life is known."""

    log_life: float
    pace: Floats
    """How far it had faded at the most, by each of its cycles; rises."""


def mate(capacity_ah: Floats, end: float, life: float) -> Mate:
    """Return a cell that lived for ``life`` cycles, as far as it was measured."""
    fade = (1.0 - levelled(capacity_ah) / start_ah(capacity_ah)) / (1.0 - end)
    return Mate(float(np.log(life)), np.fmax.accumulate(np.nan_to_num(fade, nan=-np.inf)))


def matched(cycles: Floats, fade: Floats, mates: Sequence[Mate]) -> Floats:
    """Return the logarithm of lives by ``mates``; NaN where none was measured as far.

    Args:
        cycles: So far, shape [rows].
        fade: u by then, shape [rows].
        mates: Perhaps none.
    """
    if not mates:
        return np.full(len(cycles), np.nan)
    said = np.column_stack([_by(cycles, fade, one) for one in mates])
    return median(said.T)


def _by(cycles: Floats, fade: Floats, one: Mate) -> Floats:
    when = np.searchsorted(one.pace, np.maximum(fade, FADE_MIN)) + 1.0
    known = when <= len(one.pace)
    when = np.clip(when, EARLIEST, np.exp(one.log_life))
    return np.where(known, one.log_life + np.log(cycles) - np.log(when), np.nan)
