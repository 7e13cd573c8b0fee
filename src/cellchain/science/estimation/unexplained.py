"""What a circuit does not explain: an error that lasts, one that is rough, and noise.

A filter that took all of it for noise of a row would be far too sure: rows that are wrong together
do not average.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cellchain.science.portable import Floats

WINDOW_S = 300.0
"""An error that changes within is rough, else it lasts."""
ERROR_V_MIN, NOISE_V_MIN = 1e-3, 1e-3
"""No circuit is more exact, no sensor finer."""


@dataclass(frozen=True, slots=True)
class Unexplained:
    """Standard deviations, and the times after which 1/e of an error is left."""

    error_v: float
    error_s: float
    rough_v: float
    rough_s: float
    noise_v: float


def unexplained(times_s: Sequence[Floats], residuals_v: Sequence[Floats]) -> Unexplained:
    """Return what residuals are made of: means over minutes, what is about them, and noise.

    Args:
        times_s: Of the rows of each drive, rising.
        residuals_v: What was measured beside what the circuit says, likewise.
    """
    pairs = [_apart(*one) for one in zip(times_s, residuals_v, strict=True)]
    means, rough = [one for one, _ in pairs], [one for _, one in pairs]
    step_s = float(np.median(np.concatenate([np.diff(one) for one in times_s])))
    whole, next_to = _correlation(rough, 0), _correlation(rough, 1)
    return Unexplained(
        error_v=max(float(np.sqrt(_correlation(means, 0))), ERROR_V_MIN),
        error_s=_memory(means, WINDOW_S),
        rough_v=float(np.sqrt(max(next_to, 0.0))),
        rough_s=_memory(rough, step_s),
        noise_v=max(float(np.sqrt(max(whole - next_to, 0.0))), NOISE_V_MIN),
    )


def _apart(time_s: Floats, residual: Floats) -> tuple[Floats, Floats]:
    """Return the means over windows of time, and what each row differs from its window's."""
    _, window = np.unique(np.floor((time_s - time_s[0]) / WINDOW_S), return_inverse=True)
    means = np.bincount(window, residual) / np.bincount(window)
    return means, residual - means[window]


def _correlation(parts: Sequence[Floats], lag: int) -> float:
    """Return the mean product of values that are ``lag`` apart."""
    products = [part[lag:] * part[: len(part) - lag] for part in parts]
    return float(np.mean(np.concatenate(products)))


def _memory(parts: Sequence[Floats], step_s: float) -> float:
    """Return the time after which values that are ``step_s`` apart are forgotten to 1/e."""
    first = _correlation(parts, 1)
    if first <= 0.0:
        return step_s
    longest = max(len(part) for part in parts) // 2
    lag = next((n for n in range(2, longest) if _correlation(parts, n) < first / np.e), longest)
    return step_s * max(lag - 1, 1)
