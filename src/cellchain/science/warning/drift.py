r"""Does a cell sink beside the crowd, since when, and how fast: a matched filter over onsets.

Of a healthy cell the daily residual at rest y is Gaussian, by what healthy cells of a pack differ:

$$ \Sigma_{ij} = s_c^2 \Big[ (\sigma^2 + e_i^2)\,\delta_{ij} + a^2 + q^2 \min(t_i, t_j)
   + m^2 t_i t_j + w^2 e^{-(v_i - v_j)^2 / 2 \ell^2} \Big] $$

a is a lasting offset, q a wandering (balancing, contacts, ageing), m the slope of unequal
self-discharge, w a smooth pattern over the pack's voltage v (unequal capacities, so that cells part
as the pack empties), e the standard error of the day, s_c ≥ 1 how much more than others the cell
scatters from day to day. Ends of charges observe the same: with an offset, a pattern and a noise of
their own, and with r² I_i I_j more, as unequal resistances part cells by the current I that charges
them; their σ² grows with I², as resistances follow the weather. A leak that begins at τ adds a ramp
−β max(0, t − τ) to both. Its likelihood ratio is that of the matched filter over all that was
observed, taken at the best τ:

$$ z = \max_\tau \frac{-g_\tau^\top \Sigma^{-1} y}{\sqrt{g_\tau^\top \Sigma^{-1} g_\tau}},
   \qquad \hat\beta = \frac{-g_\tau^\top \Sigma^{-1} y}{g_\tau^\top \Sigma^{-1} g_\tau} $$

Source: Basseville and Nikiforov, Detection of Abrupt Changes (1993), §2.4.3 (generalised likelihood
ratio), §7.2 (changes in linear models); Rasmussen and Williams, Gaussian Processes for Machine
Learning (2006), §2.7. Valid for slow change, from day to day.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cellchain.science.portable import Floats

SPARED = 32
"""Of so many cells one may be sick, and one more, before the crowd counts as sinking."""
MANY = 8
"""Fewer cells tell no deviation by their quantile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Healthy:
    """How residuals of healthy cells move: standard deviations."""

    noise_v: float = 1e-3
    """sigma, from day to day; the floor of the scatter."""
    offset_v: float = 0.05
    """a."""
    wander_v: float = 3e-4
    """q, per root of a day."""
    slope_v: float = 1.5e-4
    """m, per day."""
    pattern_v: float = 4e-3
    """w."""
    pattern_share: float = 0.5
    """w is at least this much of how far a cell stands from the others."""
    pattern_width_v: float = 0.1
    """l."""
    end_noise_v: float = 7e-4
    """sigma at ends of charges."""
    end_unsteady_ohm: float = 2e-5
    """What sigma grows by with the current there."""
    end_resistance_ohm: float = 1e-4
    """r."""


@dataclass(frozen=True, slots=True, eq=False)
class Observed:
    """Days at rest in order, at least three, and after them ends of charges since the first."""

    days: Floats
    """Shape [observed]."""
    pack_v: Floats
    error_v: Floats
    """Likewise each."""
    current_a: Floats
    """Likewise: 0 at rest, and above where a charge ends."""
    residual_v: Floats
    """Shape [observed, cells], no NaN."""


@dataclass(frozen=True, slots=True, eq=False)
class Drift:
    """What the last day of a window says of each cell, shape [cells] each; NaN where not read."""

    score: Floats
    """z."""
    slope_v: Floats
    """β, volt per day, positive where the cell sinks."""
    since: Floats
    """τ, in days as given."""
    scale: Floats
    """s_c."""


def drifting(seen: Observed, healthy: Healthy) -> Drift:
    """Return what is known on the last of some days.

    Args:
        seen: On them.
        healthy: What is not a drift.
    """
    days, rest = seen.days, int(np.count_nonzero(seen.current_a == 0.0))
    onsets, resting_v = days[: rest - 2], seen.residual_v[:rest]  # at least two days after
    ramps = np.maximum(days[:, None] - onsets, 0.0)
    shape = (len(onsets), resting_v.shape[1])
    matched, power, scale = np.empty(shape), np.empty(shape), np.empty(shape[1])
    for pattern_v, cells in _alike(resting_v, healthy):
        covariance = _covariance(seen, healthy, pattern_v)
        filters = np.linalg.solve(covariance, ramps)
        power[:, cells] = np.sum(ramps * filters, axis=0)[:, None]
        scale[cells] = _scale(resting_v[:, cells], covariance[:rest, :rest])
        matched[:, cells] = -(filters.T @ seen.residual_v[:, cells]) / scale[cells]
    scores = _beside_the_crowd(matched / np.sqrt(power))
    best = np.argmax(scores, axis=0)
    every = np.arange(shape[1])
    slope_v = matched[best, every] * scale / power[best, every]
    return Drift(scores[best, every], slope_v, onsets[best], scale)


def _alike(residual_v: Floats, healthy: Healthy) -> list[tuple[float, NDArray[np.intp]]]:
    """Return cells that share a pattern over the pack's voltage, and its size.

    A lasting difference of charge shows more where the open-circuit voltage is steeper, by a factor
    of two or three along its curve: the further a cell stands from the others, the more.
    """
    stands_v = np.abs(np.median(residual_v, axis=0)) * healthy.pattern_share
    apart = stands_v > healthy.pattern_v
    alone = [(float(stands_v[cell]), np.array([cell])) for cell in np.flatnonzero(apart)]
    return [(healthy.pattern_v, np.flatnonzero(~apart)), *alone]


def _beside_the_crowd(scores: Floats) -> Floats:
    """Return scores less the median cell's, over the deviation that the highest ones tell of.

    A short is the fault of one cell. Where many sink together, as when a charge is balanced after
    long, the scale is theirs.
    """
    apart = scores - np.median(scores, axis=1, keepdims=True)
    cells = scores.shape[1]
    spared = 1 + cells // SPARED
    beyond = (spared + 0.5) / (cells + 1.0)
    usual = NormalDist().inv_cdf(1.0 - beyond) if cells > MANY else 1.0
    highest = np.partition(apart, cells - 1 - spared, axis=1)[:, cells - 1 - spared]
    return apart / np.maximum(highest / usual, 1.0)[:, None]


def _covariance(seen: Observed, healthy: Healthy, pattern_v: float) -> Floats:
    t, current_a = seen.days - seen.days[0], seen.current_a
    charges = current_a > 0.0
    alike = charges[:, None] == charges
    apart = (seen.pack_v[:, None] - seen.pack_v) / healthy.pattern_width_v
    unsteady_v = healthy.end_unsteady_ohm * current_a
    noise_v2 = np.where(charges, healthy.end_noise_v**2 + unsteady_v**2, healthy.noise_v**2)
    covariance: Floats = (
        np.diag(noise_v2 + seen.error_v**2)
        + healthy.offset_v**2 * alike
        + healthy.wander_v**2 * np.minimum(t[:, None], t)
        + healthy.slope_v**2 * t[:, None] * t
        + pattern_v**2 * np.exp(-0.5 * apart * apart) * alike
        + healthy.end_resistance_ohm**2 * current_a[:, None] * current_a
    )
    return covariance


def _scale(residual_v: Floats, covariance: Floats) -> Floats:
    """Return by how much steps from day to day are larger than those of healthy cells."""
    own = np.diag(covariance)
    expected = own[1:] + own[:-1] - 2.0 * np.diag(covariance, 1)
    steps = np.abs(np.diff(residual_v, axis=0)) / np.sqrt(expected)[:, None]
    return np.maximum(np.median(steps, axis=0) / 0.6745, 1.0)
