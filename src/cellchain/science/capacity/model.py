"""The question: learn capacity from cells, estimate that of others.

A charge like those that were learnt is answered by trees (`experts`), with a band that was measured
on cells left out (`bands`). One outside (`domain`) is answered from its own start (`transfer`),
with the band that regimes left out had; without a start it is not answered.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

from cellchain.core.errors import Refused
from cellchain.science.capacity.bands import Band, band
from cellchain.science.capacity.domain import Domain, domain
from cellchain.science.capacity.experts import Experts, doubt_limit, experts, joined
from cellchain.science.capacity.history import START_ROWS, start_median
from cellchain.science.capacity.rows import Described, Rows, described
from cellchain.science.capacity.transfer import Transfer, transfer
from cellchain.science.capacity.validation import FOLDS, folds, spread
from cellchain.science.intervals.conformal import check_level, conformal_quantile
from cellchain.science.medians import median
from cellchain.science.steps import Steps, silent

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cellchain.science.portable import Floats
    from cellchain.science.steps import Progress

CELLS_MIN = FOLDS
ROWS_MOST = 6000
"""Learnt, all cells together."""
ROWS_OF_A_CELL_MOST = 100
_HIDDEN = 0.5
_FADE_FLOOR = 0.02
"""Relative error that is expected of a transfer without any fade."""


class Answer(IntEnum):
    """How a row was answered."""

    NONE = 0
    """No feature is known, or it is out of domain and has no start."""
    DIRECT = 1
    """From the features alone: the start is not known, or in doubt."""
    JOINED = 2
    """From the features and the own start."""
    TRANSFERRED = 3
    """Out of domain, from the own start."""


@dataclass(frozen=True, slots=True, eq=False)
class Capacities:
    """What is said of each row."""

    estimate_ah: Floats
    """Shape [rows]; NaN: no answer."""
    half_width_ah: Floats
    """Likewise; infinite where too few cells were learnt for that level."""
    start_ah: Floats
    """Median of the first ten measured capacities so far; NaN where there are none."""
    answer: NDArray[np.intp]
    """An `Answer` each."""
    distance: Floats
    """Score of the domain ÷ its limit, shape [rows]; above 1 is outside."""
    doubted: NDArray[np.bool_]
    """Whether the features contradict the start, shape [rows]."""
    unseen: NDArray[np.bool_]
    """As in `Described`, shape [rows, features]."""


@dataclass(frozen=True, slots=True, eq=False)
class CapacityModel:
    """What was learnt."""

    usual: Floats
    """Of each feature, stands in where a cell never showed it."""
    regimes: int
    """How many were learnt."""
    doubt: float
    """As `doubt_limit` returns it."""
    experts: Experts
    band: Band
    domain: Domain
    transfer: Transfer
    transfer_scores: tuple[Floats, NDArray[np.intp], NDArray[np.intp]]
    """Relative errors on regimes left out ÷ expected; cell and regime of each."""
    left_out: Floats
    """Root mean square relative error of each cell, left out, shape [cells]."""

    def estimated(self, rows: Rows, level: float) -> Capacities:
        """Return the capacity of each row, from that row and those of its cell before it.

        Args:
            rows: As documented there, in the regimes that were learnt.
            level: How often intervals shall hold the truth, above 0, below 1.

        Raises:
            Refused: ``interval.level``.
        """
        check_level(level)
        known = described(rows, self.usual)
        distance = self.domain.score(known.recent) / max(self.domain.limit, 1e-9)
        outside = distance > 1.0
        silent = np.isnan(rows.features).all(axis=1)
        columns = known.columns(self.regimes)
        said = self.experts.said(columns, known.start_capacity_ah)
        contradiction = start_median(
            _relative(rows.capacity_ah, said[0])[:, np.newaxis], rows.place
        )[:, 0]
        doubted = np.abs(contradiction) > self.doubt
        trusted = ~doubted & ~np.isnan(known.start_capacity_ah)
        estimate = joined(said, trusted)
        unfamiliar = known.unseen.any(axis=1) | (known.regime < 0)
        half = self.band.half_width(columns, unfamiliar, level)
        answer = np.where(trusted, Answer.JOINED, Answer.DIRECT).astype(np.intp)
        if outside.any():
            estimate[outside], half[outside] = self._outside(known.taken(outside), level)
            answer[outside] = Answer.TRANSFERRED
        none = silent | np.isnan(estimate)
        estimate[none], half[none], answer[none] = np.nan, np.nan, Answer.NONE
        start = known.start_capacity_ah
        return Capacities(estimate, half, start, answer, distance, doubted, known.unseen)

    def _outside(self, known: Described, level: float) -> tuple[Floats, Floats]:
        scores, cell, regime = self.transfer_scores
        each = [
            conformal_quantile(scores[regime == one], cell[regime == one], level)
            for one in np.unique(regime)
        ]
        overall = conformal_quantile(scores, cell, level)
        worst = max([one for one in each if np.isfinite(one)] + [overall])
        log_fade = self.transfer.log_fade(known)
        estimate = known.start_capacity_ah * np.exp(log_fade)
        return estimate, estimate * worst * (_FADE_FLOOR + np.abs(log_fade))


def learnt(rows: Rows, *, progress: Progress = silent) -> CapacityModel:
    """Learn from cells; rows without a capacity, or without a start before them, are left out.

    Args:
        rows: As documented there, regimes from 0. The same rows give the same bits.
        progress: Told how many steps of how many are done.

    Raises:
        Refused: ``capacity.few_cells``; ``capacity.no_library``.
    """
    usual = median(rows.features)
    usual = np.where(np.isnan(usual), 0.0, usual)
    whole, hidden = described(rows, usual), described(_half_hidden(rows), usual)
    able = np.flatnonzero(~np.isnan(rows.capacity_ah) & ~np.isnan(whole.start_capacity_ah))
    cells = len(np.unique(rows.cell[able]))
    _check_cells(cells)
    kept = _learnable(rows, able)
    known, hidden = whole.taken(kept), hidden.taken(kept)
    capacity_ah, cell = rows.capacity_ah[kept], rows.cell[kept]
    regimes = int(rows.regime.max()) + 1
    fold = folds(cell, known.regime)
    columns = known.columns(regimes), hidden.columns(regimes)
    parts = known.regime if len(np.unique(known.regime)) > 1 else fold
    steps = Steps(progress, len(np.unique(fold)) + len(np.unique(parts)))
    said, said_hidden = _left_out(columns, known.start_capacity_ah, capacity_ah, fold, steps)
    early = rows.place[kept] < START_ROWS
    contradiction = _by_cell(_relative(capacity_ah, said[0]), cell, early)
    doubt = doubt_limit(contradiction)
    trusted = (np.abs(contradiction) <= doubt)[np.unique(cell, return_inverse=True)[1]]
    errors = [np.abs(joined(one, trusted) - capacity_ah) for one in (said, said_hidden)]
    log_fade = np.log(capacity_ah / known.start_capacity_ah)
    return CapacityModel(
        usual=usual,
        regimes=regimes,
        doubt=doubt,
        experts=experts(columns[0], known.start_capacity_ah, capacity_ah),
        band=band(columns, (errors[0], errors[1]), cell, fold),
        domain=domain(known.recent, known.regime, cell),
        transfer=transfer(known, log_fade, cell),
        transfer_scores=(
            _transfer_scores(known, log_fade, cell, parts, steps),
            cell,
            known.regime,
        ),
        left_out=_root_mean_square(errors[0] / capacity_ah, cell),
    )


def _root_mean_square(errors: Floats, cell: NDArray[np.intp]) -> Floats:
    """Return that of the rows of each cell."""
    _, which = np.unique(cell, return_inverse=True)
    result: Floats = np.sqrt(np.bincount(which, errors * errors) / np.bincount(which))
    return result


def _check_cells(cells: int) -> None:
    if cells < CELLS_MIN:
        raise Refused(
            "capacity.few_cells",
            f"{cells} cells have charges with capacities; at least {CELLS_MIN} are needed",
            remedy="learn from more cells: rows of one cell resemble each other",
        )


def _learnable(rows: Rows, able: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the rows that are learnt: the start of each cell, and others spread over its life."""
    most = min(ROWS_OF_A_CELL_MOST, ROWS_MOST // len(np.unique(rows.cell[able])) + 1)
    early = able[rows.place[able] < START_ROWS]
    return np.union1d(early, able[spread(rows.cell[able], most)])


def _relative(capacity_ah: Floats, said_ah: Floats) -> Floats:
    return (capacity_ah - said_ah) / capacity_ah


def _by_cell(values: Floats, cell: NDArray[np.intp], early: NDArray[np.bool_]) -> Floats:
    """Return the median of the early rows of each cell; 0 of a cell that has none."""
    return np.array(
        [
            float(np.median(values[own])) if own.any() else 0.0
            for own in (early & (cell == one) for one in np.unique(cell))
        ]
    )


def _half_hidden(rows: Rows) -> Rows:
    """Hide half of the features of each cell, drawn for the cell, all its life long."""
    cells = int(np.count_nonzero(rows.place == 0))
    drawn = np.random.default_rng(0).random((cells, rows.features.shape[1])) < _HIDDEN
    return rows.without_features(drawn[rows.cell])


def _left_out(
    columns: tuple[Floats, Floats],
    start_ah: Floats,
    capacity_ah: Floats,
    fold: NDArray[np.intp],
    steps: Steps,
) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
    """Return what is said of each row by experts that have not seen its cell, both columns."""
    said = np.empty((2, 2, len(fold)))
    for one in steps.through(np.unique(fold)):
        out = fold == one
        found = experts(columns[0][~out], start_ah[~out], capacity_ah[~out])
        for at, seen in enumerate(columns):
            said[at, :, out] = np.transpose(found.said(seen[out], start_ah[out]))
    return (said[0, 0], said[0, 1]), (said[1, 0], said[1, 1])


def _transfer_scores(
    known: Described,
    log_fade: Floats,
    cell: NDArray[np.intp],
    parts: NDArray[np.intp],
    steps: Steps,
) -> Floats:
    """Return relative errors ÷ expected ones, of parts left out: regimes, or folds of one."""
    scores = np.empty(len(cell))
    for one in steps.through(np.unique(parts)):
        out = parts == one
        found = transfer(known.taken(~out), log_fade[~out], cell[~out])
        said = found.log_fade(known.taken(out))
        scores[out] = np.abs(np.expm1(log_fade[out] - said)) / (_FADE_FLOOR + np.abs(said))
    return scores
