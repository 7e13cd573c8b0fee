"""Rows and their recent past: what a dynamic chart looks at.

A process remembers. A chart that sees the last few rows at once knows how variables usually follow
each other, and notices when they do not (Ku, Storer and Georgakis, Chemometrics and Intelligent
Laboratory Systems 30 (1995) 179).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from cellchain.science.portable import Floats


def lagged(samples: Floats, lags: int) -> Floats:
    """Return each row with the ``lags`` rows before it, newest first, shape (n − lags, (lags+1)·v).

    Args:
        samples: A row each sample, in order of time, without a gap, shape (n, v).
        lags: Earlier rows beside each; the first ``lags`` rows have no such past and are left out.
    """
    count = max(len(samples) - lags, 0)
    return np.hstack([samples[lags - lag :][:count] for lag in range(lags + 1)])
