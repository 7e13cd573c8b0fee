r"""From voltages back to health: the posterior over what charge and health may be.

$$ p(s, h \mid x) \propto p(s)\, N(x \mid x(s, h), \Sigma(s))^{\tau} $$

on a grid; h is uniform, p(s) as the caller says. The exponent τ below 1 makes up for a surface and
a scatter learnt from few cells. What is told is the mean and the deviation of h, and the smallest
distance of x from the surface, which says whether anything on it resembles the test.

Sources: Kaipio and Somersalo, Statistical and Computational Inverse Problems (2005), chapter 3;
Grünwald and van Ommen, Bayesian Analysis 12 (2017) 1069, for τ.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cellchain.science.portable import Floats
    from cellchain.science.pulses.surface import Surface

HEALTH_STEP = 0.01
HEALTH_BEYOND = 0.1
"""How far below and above what was learnt a health may be."""


@dataclass(frozen=True, slots=True, eq=False)
class Inverted:
    """What tests say of the health of their cells, each test by itself."""

    health: Floats
    """Mean of the posterior for each exponent, shape [exponents, tests]."""
    deviation: Floats
    """Its standard deviation, likewise."""
    distance: Floats
    """Mahalanobis distance from the nearest point of the surface, shape [tests]."""


@dataclass(frozen=True, slots=True, eq=False)
class Inverse:
    """A surface on a grid, ready to be asked."""

    health: Floats
    """Shape [healths]."""
    expected: Floats
    """Whitened voltages, shape [charges, healths, corners]."""
    whitening: Floats
    """W with W W' the inverse of the scatter, shape [charges, corners, corners]."""
    log_density: Floats
    """Logarithm of the square root of the determinant of that, shape [charges, 1]."""
    shares: Floats
    """p(s), shape [charges, 1]."""


def inverse(surface: Surface, charges_percent: Floats, shares: Floats) -> Inverse:
    """Return the inverse of a surface.

    Args:
        surface: Where voltages lie.
        charges_percent: States of charge that are possible, shape [charges].
        shares: How likely each is, before a test is seen; 1 in all.
    """
    low, high = surface.health
    count = round((high - low + 2 * HEALTH_BEYOND) / HEALTH_STEP) + 1
    health = np.linspace(max(low - HEALTH_BEYOND, HEALTH_STEP), high + HEALTH_BEYOND, count)
    expected, whitening, log_density = [], [], []
    for charge in charges_percent.tolist():
        factor = np.linalg.cholesky(np.linalg.inv(surface.scatter_at(charge)))
        at = surface.voltages(np.full(count, charge), health)
        expected.append(at @ factor)
        whitening.append(factor)
        log_density.append(np.log(np.diag(factor)).sum())
    return Inverse(
        health,
        np.stack(expected),
        np.stack(whitening),
        np.array(log_density)[:, None],
        shares[:, None],
    )


def inverted(
    known: Inverse, x: Floats, exponents: Sequence[float], distance_max: float = float("inf")
) -> Inverted:
    """Return the posterior of health of each test.

    A test is asked alone, so that its answer has the same bits whatever stands beside it.

    Args:
        known: What to ask.
        x: Shape [tests, corners], volts; no NaN.
        exponents: τ, above 0.
        distance_max: Of a test that farther away lies, τ falls as the square of the distance: what
            the surface does not explain tells little of health, and health is open.
    """
    health = np.empty((len(exponents), len(x)))
    deviation, distance = np.empty_like(health), np.empty(len(x))
    for test, row in enumerate(x):
        white = np.einsum("j,cjk->ck", row, known.whitening)
        squared = np.sum((known.expected - white[:, None, :]) ** 2, axis=2)
        distance[test] = np.sqrt(squared.min())
        trust = min(1.0, distance_max / max(distance[test], 1e-12)) ** 2
        likelihood = known.log_density - 0.5 * squared
        for place, exponent in enumerate(exponents):
            raised = known.shares * np.exp(exponent * trust * (likelihood - likelihood.max()))
            weights = raised.sum(axis=0)
            weights /= weights.sum()
            mean = float((weights * known.health).sum())
            health[place, test] = mean
            deviation[place, test] = np.sqrt((weights * (known.health - mean) ** 2).sum())
    return Inverted(health, deviation, distance)
