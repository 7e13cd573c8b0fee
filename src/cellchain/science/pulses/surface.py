r"""Corner voltages as smooth functions of state of charge and health, and how cells scatter there.

With x = (U₁, U₂ − U₁, …) of a test at state of charge s and health h,

$$ x = \sum_{i \le 6,\ j \le q} c_{ij} P_i(s') P_j(h') + e(s), \qquad e(s) \sim N(0, \Sigma(s)) $$

P are Legendre polynomials of s and h scaled to ±1. Σ(s) is the second moment of residuals of cells
that the surface has not seen, so it holds how one cell differs from the next, weighted by a Gauss
curve in s and shrunk towards its diagonal.

Sources: Bishop, Pattern Recognition and Machine Learning (2006), section 3.1, for linear models of
fixed basis functions; Ledoit and Wolf, J. Multivariate Anal. 88 (2004) 365, for why to shrink.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.polynomial.legendre import legvander

from cellchain.science.portable import Floats  # noqa: TC001  # read from files by its type

if TYPE_CHECKING:
    from numpy.typing import NDArray

CHARGE_DEGREE = 6


@dataclass(frozen=True, slots=True)
class Form:
    """How supple a surface is, and how its scatter is shrunk."""

    health_degree: int
    """Of the polynomial in health; that in charge has six."""
    neighbour_percent: float
    """Width of the Gauss curve by which residuals at other states of charge count."""
    shrinkage: float
    """Share of the diagonal, 0 to 1."""


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """Voltages at any charge and health, and their scatter at some states of charge."""

    form: Form
    charge_percent: tuple[float, float]
    """Lowest and highest state of charge that was learnt."""
    health: tuple[float, float]
    """Lowest and highest state of health, fractions."""
    coefficients: Floats
    """c, shape [terms, corners], volts."""
    levels_percent: Floats
    """States of charge of the scatter, rising, shape [levels]."""
    scatter: Floats
    """Σ, shape [levels, corners, corners], volts squared."""

    def voltages(self, charge_percent: Floats, health: Floats) -> Floats:
        """Return x at each pair of charge and health, shape [pairs, corners], volts."""
        degrees = (
            len(self.coefficients) // (self.form.health_degree + 1) - 1,
            self.form.health_degree,
        )
        basis = _basis(charge_percent, health, self.charge_percent, self.health, degrees)
        result: Floats = np.einsum("ij,jk->ik", basis, self.coefficients)
        return result

    def scatter_at(self, charge_percent: float) -> Floats:
        """Return Σ at a state of charge, between levels on a straight line."""
        levels = self.levels_percent
        place = float(np.interp(charge_percent, levels, np.arange(len(levels))))
        left = min(int(place), len(levels) - 1)
        right = min(left + 1, len(levels) - 1)
        share = place - left
        result: Floats = (1.0 - share) * self.scatter[left] + share * self.scatter[right]
        return result


def steps(voltages: Floats) -> Floats:
    """Return x: the first voltage of each row, and the step to each next one."""
    return np.column_stack([voltages[:, 0], np.diff(voltages, axis=1)])


def fitted_surface(
    x: Floats,
    charge_percent: Floats,
    health: Floats,
    cells: NDArray[np.intp],
    *,
    levels_percent: Floats,
    form: Form,
) -> Surface:
    """Return the surface of tests at known charge and health.

    Args:
        x: Shape [tests, corners], volts, from `steps`.
        charge_percent: Of each test.
        health: Of each test, a fraction.
        cells: Number of the physical cell of each test; two at least.
        levels_percent: Where the scatter is kept, rising.
        form: How supple it is.
    """
    charges = (float(charge_percent.min()), float(charge_percent.max()))
    healths = (float(health.min()), float(health.max()))
    degrees = (min(CHARGE_DEGREE, len(np.unique(charge_percent)) - 1), form.health_degree)
    basis = _basis(charge_percent, health, charges, healths, degrees)
    residuals: Floats = np.empty_like(x)
    for cell in np.unique(cells):
        out = cells == cell
        residuals[out] = x[out] - basis[out] @ _solved(basis[~out], x[~out])
    levels = levels_percent.tolist()
    scatter = np.stack([_scatter(residuals, charge_percent - level, form) for level in levels])
    return Surface(form, charges, healths, _solved(basis, x), levels_percent, scatter)


def _basis(
    charge: Floats,
    health: Floats,
    charges: tuple[float, float],
    healths: tuple[float, float],
    degrees: tuple[int, int],
) -> Floats:
    first = legvander(_scaled(charge, charges), degrees[0])
    second = legvander(_scaled(health, healths), degrees[1])
    result: Floats = (first[:, :, None] * second[:, None, :]).reshape(len(first), -1)
    return result


def _scaled(values: Floats, ends: tuple[float, float]) -> Floats:
    low, high = ends
    scaled: Floats = 2.0 * (values - low) / max(high - low, 1e-9) - 1.0
    return scaled


def _solved(basis: Floats, x: Floats) -> Floats:
    """Least squares; what the data leave open is as small as can be."""
    return np.asarray(np.linalg.lstsq(basis, x, rcond=1e-6)[0], dtype=np.float64)


def _scatter(residuals: Floats, apart_percent: Floats, form: Form) -> Floats:
    weights: Floats = np.exp(-0.5 * (apart_percent / form.neighbour_percent) ** 2)
    moment: Floats = (residuals * weights[:, None]).T @ residuals / weights.sum()
    noise = np.diag(np.diag(moment) + 1e-8)  # 0.1 mV: voltages are told to that
    result: Floats = (1.0 - form.shrinkage) * moment + form.shrinkage * noise
    return result
