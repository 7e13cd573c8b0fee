r"""A Gaussian process of few cells: fitted by scikit-learn, kept and evaluated as a few numbers.

$$ k(x, x') = a\, e^{-|x - x'|^2 / 2 \ell^2} + b\, x \cdot x' + \sigma^2 \delta(x, x') $$

on features of mean 0 and deviation 1: a straight line with a smooth correction, to which the
process returns, with growing variance, where no cell was seen.

Source: Rasmussen and Williams, Gaussian Processes for Machine Learning (2006), algorithm 2.1;
parameters by the marginal likelihood, section 5.4.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np

from cellchain.science.extra import extra_part
from cellchain.science.portable import Floats  # noqa: TC001  # read from files by its type

_JITTER = 1e-10
"""As scikit-learn adds to the diagonal."""


@dataclass(frozen=True, slots=True)
class Kernel:
    """The parameters of k."""

    amplitude: float
    length: float
    slope: float
    noise: float


@dataclass(frozen=True, slots=True, eq=False)
class Process:
    """A process with the cells that it knows."""

    kernel: Kernel
    mean: Floats
    """Of each feature."""
    scale: Floats
    """Standard deviation of each feature."""
    known: Floats
    """Scaled features, shape [cells, features]."""
    factor: Floats
    """Inverse of the lower Cholesky factor of the kernel matrix, shape [cells, cells]."""
    weights: Floats
    """Shape [cells]."""
    centre: float
    """Mean of the answers."""
    unit: float
    """Standard deviation of the answers."""

    def at(self, features: Floats) -> tuple[float, float]:
        """Return mean and standard deviation of the answer of one cell, noise included."""
        x = (features - self.mean) / self.scale
        kernel = self.kernel
        across = _kernel(kernel, self.known, x)
        seen = (self.factor * across).sum(axis=1)
        own = kernel.amplitude + kernel.slope * float((x * x).sum()) + kernel.noise
        variance = max(own - float((seen * seen).sum()), 0.0)
        mean = float((across * self.weights).sum()) * self.unit + self.centre
        return mean, float(np.sqrt(variance)) * self.unit


def process(kernel: Kernel, features: Floats, answers: Floats) -> Process:
    """Return the process that knows some cells.

    Args:
        kernel: From `fitted_kernel`.
        features: Shape [cells, features].
        answers: Shape [cells].
    """
    mean, scale, centre, unit = _standards(features, answers)
    known = (features - mean) / scale
    matrix = np.stack([_kernel(kernel, known, one) for one in known])
    matrix += (kernel.noise + _JITTER) * np.eye(len(known))
    factor = np.linalg.inv(np.linalg.cholesky(matrix))
    weights = factor.T @ (factor @ ((answers - centre) / unit))
    return Process(kernel, mean, scale, known, factor, weights, centre, unit)


def fitted_kernel(features: Floats, answers: Floats) -> Kernel:
    """Return the kernel that makes the answers likeliest.

    Args:
        features: Shape [cells, features]; a constant one says nothing.
        answers: Shape [cells].

    Raises:
        Refused: ``life.no_sklearn``: the extra is not installed.
    """
    gaussian = extra_part("sklearn.gaussian_process", "life.no_sklearn")
    kernels = extra_part("sklearn.gaussian_process.kernels", "life.no_sklearn")
    mean, scale, centre, unit = _standards(features, answers)
    start = (
        kernels.ConstantKernel(1.0, (1e-3, 1e2)) * kernels.RBF(3.0, (0.3, 100.0))
        + kernels.ConstantKernel(0.5, (1e-3, 1e2)) * kernels.DotProduct(0.0, "fixed")
        + kernels.WhiteKernel(0.05, (1e-3, 1.0))
    )
    exceptions = extra_part("sklearn.exceptions", "life.no_sklearn")
    with warnings.catch_warnings():  # a parameter at its bound is meant: bounds keep it sane
        warnings.simplefilter("ignore", exceptions.ConvergenceWarning)
        fit = gaussian.GaussianProcessRegressor(start).fit(
            (features - mean) / scale, (answers - centre) / unit
        )
    amplitude, length, slope, noise = np.exp(fit.kernel_.theta).tolist()
    return Kernel(amplitude, length, slope, noise)


def _standards(features: Floats, answers: Floats) -> tuple[Floats, Floats, float, float]:
    scale = features.std(axis=0)
    unit = float(answers.std())
    return (
        features.mean(axis=0),
        np.where(scale > 0.0, scale, 1.0),
        float(answers.mean()),
        unit if unit > 0.0 else 1.0,
    )


def _kernel(kernel: Kernel, known: Floats, x: Floats) -> Floats:
    apart = ((known - x) ** 2).sum(axis=1)
    bend = kernel.amplitude * np.exp(-0.5 * apart / kernel.length**2)
    result: Floats = bend + kernel.slope * (known * x).sum(axis=1)
    return result
