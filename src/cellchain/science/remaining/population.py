r"""How long the cells of a population live and how they fade, whether they ended or still run.

A cell of which the prior expects the life $ L_0 $ has the life L and a shape of fade s (`law`).
What it deviates by, $ \theta = (\log L / L_0, s) $, is normal within its group, and the means of
groups are normal among each other:

$$ \theta \sim N(m_g, \Sigma), \qquad m_g \sim N(m, T) $$

What was seen of a cell weighs each $ \theta $ by how well the law follows its capacities so far,
and by its survival: a cell that came to its end has that life; one that did not lives longer than
it was seen. Means and spreads are those under which all of this is most likely (empirical Bayes by
expectation and maximisation: Dempster, Laird and Rubin, J. R. Statist. Soc. B 39 (1977) 1), beside
a stated guess that counts for a few cells. Cells that still run are what keeps lives from being
told too short.

Valid where how long a cell is seen says nothing of its state: a cell that was taken out because it
was about to end is not one that still runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cellchain.science.remaining.evidence import evidence
from cellchain.science.remaining.law import SHAPES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cellchain.science.portable import Floats
    from cellchain.science.remaining.evidence import Evidence

STEP = 0.05
"""Between lives that are looked at, as logarithms."""
SHORTEST = 12.0
"""Cycles: no life is shorter."""
LONGEST = 6.0
"""Of a life, in the longest that was seen of a cell."""
SPREADS = 6.0
"""Standard deviations from the mean within which a life is looked for: no answer lies further off,
unless the cell has lived longer."""
ROUNDS = 30
GUESSED = np.diag([0.15, 1.0, 1.0, 0.15]) ** 2
"""Covariance within a group: of the logarithm of life, and of shape."""
GUESSED_APART = np.array([0.3, 0.5, 0.5, 0.1]) ** 2
"""Variance between groups."""
COUNTS = 3.0
"""As many cells as the guess within a group stands for; between groups it is one group."""
ALIKE = 0.1
"""What a point counts for as evidence: neighbours stray from the law together. Of 0.03, 0.1 and 0.3
it is the one by which lives of simulated fleets were told best."""
NOISE, NOISE_MIN = 0.05, 0.005
"""Of u: how far a cell strays from the law, at first and at least."""


@dataclass(frozen=True, slots=True, eq=False)
class Watched:
    """What was seen of one cell until it ended, or until now."""

    group: str
    lives: Floats
    """Logarithms of those that it may have, shape [lives]; the one that it had where it ended."""
    misfit: Floats
    """Squared distance from the law by all that was seen, shape [lives, shapes]."""
    points: int
    """As many distances."""


def life_grid(longest: float) -> Floats:
    """Return logarithms of lives, far beyond the ``longest`` number of cycles that was seen."""
    return np.arange(np.log(SHORTEST), np.log(LONGEST * max(longest, SHORTEST)), STEP)


def watched(group: str, capacity_ah: Floats, life: float, end: float, grid: Floats) -> Watched:
    """Return what was seen of a cell.

    Args:
        group: Of the cell.
        capacity_ah: Shape [cycles]; NaN where it was not measured.
        life: Cycles to its end; NaN where it was not seen.
        end: Of the start, above 0, below 1.
        grid: Lives, as logarithms.
    """
    if np.isnan(life):
        seen, lives = evidence(capacity_ah, end), grid[grid > np.log(len(capacity_ah))]
    else:
        seen = evidence(capacity_ah[: int(life)], end)
        lives = np.log([max(life, SHORTEST)])
    return Watched(group, lives, seen.misfit(np.exp(lives))[-1], len(seen.cycles))


@dataclass(frozen=True, slots=True, eq=False)
class Population:
    """A normal distribution of deviation and shape in each group."""

    means: Mapping[str, Floats]
    """Of each group, shape [4]; under no name of one that was not seen."""
    spreads: Mapping[str, Floats]
    """Covariance of a cell of it, shape [4, 4]."""
    noise: float
    """Of u."""

    def survivors(self, group: str, bases: Floats, seen: Evidence) -> Floats:
        """Return the median life, as a logarithm, among those longer than the cycles so far.

        Args:
            group: Of the cell.
            bases: Logarithm of the life that the prior expects, by each cycle; it rests once the
                cell has begun, before anything of ``seen``. Shape [cycles].
            seen: Of the cell.

        Returns:
            Shape [cycles].
        """
        known = group if group in self.means else ""
        mean, spread = self.means[known], self.spreads[known]
        reach = int(SPREADS * np.sqrt(spread[0, 0]) / STEP) + 1
        away = mean[0] + STEP * np.arange(-reach, reach + 1)
        misfit = seen.misfit(np.maximum(np.exp(bases[-1] + away), SHORTEST))
        log = _log_normal(away, mean, spread) - 0.5 * ALIKE * misfit / self.noise**2
        mass = np.exp(log - log.max(axis=(1, 2), keepdims=True)).sum(axis=2)
        cycles = np.arange(1.0, len(bases) + 1.0)
        return bases + _median_beyond(mass[seen.points(cycles)], away, np.log(cycles) - bases)


def fit_population(cells: Sequence[Watched], bases: Floats) -> Population:
    """Return the population in which cells are most likely to have been seen as they were.

    Args:
        cells: Some of which came to their end.
        bases: Logarithm of the life that the prior expects of each, shape [cells].
    """
    groups = sorted({one.group for one in cells})
    of = np.array([groups.index(one.group) for one in cells])
    counts = np.bincount(of)[:, np.newaxis, np.newaxis]
    middle = np.array([0.0, *SHAPES.mean(axis=0)])
    means = np.tile(middle, (len(groups), 1))
    within, between, noise = GUESSED, GUESSED_APART, NOISE
    for _ in range(ROUNDS):
        moments = [
            _moments(one, base, means[g], within, noise)
            for one, base, g in zip(cells, bases.tolist(), of.tolist(), strict=True)
        ]
        centres, spreads, misfits = (np.array(one) for one in zip(*moments, strict=True))
        noise = max(np.sqrt(misfits.sum() / max(sum(one.points for one in cells), 1)), NOISE_MIN)
        inverse = np.linalg.inv(within)
        unsure = np.linalg.inv(counts * inverse + np.diag(1.0 / between))
        summed = np.array([centres[of == g].sum(axis=0) for g in range(len(groups))])
        pulls = summed @ inverse + middle / between
        means = np.einsum("gij,gj->gi", unsure, pulls)
        middle = means.mean(axis=0)
        off = centres - means[of]
        squares = spreads.sum(axis=0) + off.T @ off + (counts * unsure).sum(axis=0)
        within = (squares + COUNTS * GUESSED) / (len(cells) + COUNTS)
        apart = (means - middle) ** 2 + np.diagonal(unsure, axis1=1, axis2=2)
        between = (apart.sum(axis=0) + GUESSED_APART) / (len(groups) + 1.0)
    return Population(
        dict(zip(groups, means, strict=True)) | {"": middle},
        dict(zip(groups, within + unsure, strict=True)) | {"": within + np.diag(between)},
        float(noise),
    )


def _moments(
    one: Watched, base: float, mean: Floats, spread: Floats, noise: float
) -> tuple[Floats, Floats, float]:
    """Mean and covariance of what a cell deviates by, and how far it strays from the law."""
    away = one.lives - base
    log = _log_normal(away, mean, spread) - 0.5 * ALIKE * one.misfit / noise**2
    weights = np.exp(log - log.max())
    weights /= weights.sum()
    by_life, by_shape = weights.sum(axis=1), weights.sum(axis=0)
    centre = np.array([by_life @ away, *(by_shape @ SHAPES)])
    off, shapes = away - centre[0], SHAPES - centre[1:]
    covariance = np.empty((4, 4))
    covariance[0, 0] = by_life @ (off * off)
    covariance[0, 1:] = covariance[1:, 0] = off @ (weights @ shapes)
    covariance[1:, 1:] = (by_shape * shapes.T) @ shapes
    return centre, covariance, float((weights * one.misfit).sum())


def _log_normal(away: Floats, mean: Floats, spread: Floats) -> Floats:
    """Density at each life and shape but for a constant, shape [lives, shapes]."""
    inverse = np.linalg.inv(spread)
    off, shapes = (away - mean[0])[:, np.newaxis], SHAPES - mean[1:]
    cross = shapes @ inverse[0, 1:]
    within = ((shapes @ inverse[1:, 1:]) * shapes).sum(axis=1)
    density: Floats = -0.5 * (inverse[0, 0] * off * off + 2.0 * off * cross + within)
    return density


def _median_beyond(mass: Floats, lives: Floats, now: Floats) -> Floats:
    """Return the life that half of those beyond ``now`` exceed; now where none does.

    Args:
        mass: Of each life, spread evenly over its step, shape [rows, lives].
        lives: Rise by `STEP`, shape [lives].
        now: Shape [rows].
    """
    after = np.zeros((len(now), len(lives) + 1))
    after[:, -2::-1] = np.cumsum(mass[:, ::-1], axis=1)
    rows = np.arange(len(now))
    place = np.clip((now - lives[0]) / STEP + 0.5, 0.0, len(lives))
    low = np.minimum(place.astype(np.intp), len(lives) - 1)
    left = after[rows, low] - (place - low) * mass[rows, low]
    low = np.count_nonzero(after[:, :-1] > 0.5 * left[:, np.newaxis], axis=1) - 1
    low = np.maximum(low, 0)
    part = (after[rows, low] - 0.5 * left) / np.maximum(mass[rows, low], 1e-300)
    median = lives[0] + STEP * (low - 0.5 + part)
    return np.where(left > 0.0, np.maximum(median, now), now)
