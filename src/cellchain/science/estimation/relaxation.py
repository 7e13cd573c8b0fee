r"""What an RC pair does with a current that is constant from row to row: exact, all rows at once.

$$ u_n = a_n u_{n-1} + (1 - a_n) w_n, \qquad a_n = e^{-\Delta t_n / \tau} $$

with w the voltage at which the pair would settle. Divided by the product of all decays this is a
plain sum; the product may not become too small, so it is taken over stretches of rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from cellchain.science.portable import Floats

DECADES = 30.0
"""Time constants in a stretch: its smallest product is 1e-13."""


def relaxed(time_s: Floats, settled_v: Floats, tau_s: Floats) -> Floats:
    """Return the voltage over the pair at each row, from none before the first.

    Args:
        time_s: Of the rows, shape (rows,), seconds, rising.
        settled_v: Where the pair would settle between a row and the one before; shape
            (variants, rows).
        tau_s: Time constants, above 0, shape (variants,).

    Returns:
        Volt, shape (variants, rows); of the first row 0.
    """
    found = np.zeros_like(settled_v)
    rate = 1.0 / tau_s[:, None]
    span_s = DECADES * float(tau_s.min())
    decay = np.exp(-np.diff(time_s, prepend=time_s[:1]) * rate)
    driven = (1.0 - decay) * settled_v
    start = 1
    while start < len(time_s):
        stop = int(np.searchsorted(time_s, time_s[start] + span_s, side="right"))
        since = np.exp(-(time_s[start:stop] - time_s[start]) * rate)
        before = decay[:, start : start + 1] * found[:, start - 1 : start]
        found[:, start:stop] = since * (before + np.cumsum(driven[:, start:stop] / since, axis=1))
        start = stop
    return found
