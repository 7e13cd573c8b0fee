"""What is taken of each opinion on a life, by stage of fade, and how far lives are off then.

A correction of the base is taken in a stage as far as it pays on cells that ended and were not
learnt from, never more than in the stage after it, where more is known. Survivors are taken from a
stage on, as far as that pays on cells not learnt from whether they ended or still run: a cell that
runs is off by what it outlived. Where either does not pay beyond chance, it is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cellchain.science.intervals.conformal import by_regime, conformal_quantile
from cellchain.science.remaining.choosing import weight

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cellchain.science.portable import Floats

STAGES = (0.15, 0.3, 0.5, 0.7, 0.85)
"""Of u: where one stage of fade ends and the next begins."""


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """What is taken, 0 to 1, in each stage."""

    correction: Floats
    survivors: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """Opinions on a life, as logarithms, row by row."""

    base: Floats
    correction: Floats
    """Of the base."""
    survivors: Floats
    """The median life of those in the population that live as long and fade as the cell does."""
    stages: NDArray[np.intp]

    def at(self, rows: NDArray[np.intp]) -> Told:
        """Return what is told at some rows."""
        return Told(self.base[rows], self.correction[rows], self.survivors[rows], self.stages[rows])

    def corrected(self, taken: Floats) -> Floats:
        """Return the base with as much of its correction as is ``taken`` in each stage."""
        said: Floats = self.base + taken[self.stages] * self.correction
        return said

    def life(self, weights: Weights) -> Floats:
        """Return the life by all three."""
        said = self.corrected(weights.correction)
        return said + weights.survivors[self.stages] * (self.survivors - said)


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """What was told of cells that were not learnt from, and what was true."""

    told: Told
    truth: Floats
    """Logarithm of the life, or of as much as was seen of it, shape [rows]."""
    cells: NDArray[np.intp]
    """Number of the cell of each row, shape [rows]."""
    ended: NDArray[np.bool_]
    """Which rows are of a cell that came to its end."""


def judged_cells(said: Sequence[tuple[Told, float, int, bool]]) -> Judged:
    """Return what was told of cells.

    Args:
        said: Of each what was told of it; the logarithm of its life, or of as much as was seen; its
            number; whether it came to its end. Perhaps none.
    """
    rows = [
        (one.base, one.correction, one.survivors, one.stages,
         *(np.full(len(one.base), what) for what in about))
        for one, *about in said
    ]  # fmt: skip
    if not rows:
        none, nowhere = np.empty(0), np.empty(0, dtype=np.intp)
        return Judged(Told(none, none, none, nowhere), none, nowhere, np.empty(0, dtype=np.bool_))
    *told, truth, cells, ended = (np.concatenate(part) for part in zip(*rows, strict=True))
    return Judged(Told(*told), truth, cells, ended)


def weights(judged: Judged) -> Weights:
    """Return what pays."""
    correction = _of_correction(judged)
    return Weights(correction, _of_survivors(judged, judged.told.corrected(correction)))


def _of_correction(judged: Judged) -> Floats:
    told, missing = judged.told, judged.truth - judged.told.base
    chosen = np.zeros(len(STAGES) + 1)
    for stage in range(len(chosen)):
        here = judged.ended & (told.stages == stage)
        chosen[stage], _ = weight(told.correction[here], missing[here], judged.cells[here])
    return np.minimum.accumulate(chosen[::-1])[::-1]


def _of_survivors(judged: Judged, so_far: Floats) -> Floats:
    told, chosen, most = judged.told, np.zeros(len(STAGES) + 1), 0.0
    for stage in range(len(chosen)):
        away = np.where(told.stages >= stage, told.survivors - so_far, 0.0)
        taken, gain = weight(away, judged.truth - so_far, judged.cells, judged.ended)
        if gain > most:
            chosen, most = np.where(np.arange(len(chosen)) >= stage, taken, 0.0), gain
    return chosen


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """How far lives were off that the model had not seen."""

    off: Floats
    """Absolute difference of logarithms, shape [rows]."""
    cells: NDArray[np.intp]
    stages: NDArray[np.intp]

    def quantile(self, stages: NDArray[np.intp], level: float) -> Floats:
        """Return by what factor (as a logarithm) lives of these stages are held."""
        overall = conformal_quantile(self.off, self.cells, level)
        known = by_regime(self.off, self.cells, self.stages, level)
        by_stage = np.array([known.get(one, overall) for one in range(len(STAGES) + 1)])
        held: Floats = by_stage[stages]
        return held


def scores(judged: Judged, taken: Weights) -> Scores:
    """Return how far lives of cells that ended are off with these weights."""
    ended = judged.ended
    off = np.abs(judged.truth - judged.told.life(taken))
    return Scores(off[ended], judged.cells[ended], judged.told.stages[ended])
