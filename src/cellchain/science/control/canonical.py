r"""Canonical variates: T² of the states that carry the past into the future, T² of the rest.

The past p of a sample is its row and the l − 1 before, the future f the l rows after. The singular
values of

$$ \Sigma_{pp}^{-1/2} \Sigma_{pf} \Sigma_{ff}^{-1/2} = U S V^T $$

are the correlations between the two, at their largest; the first k of U are the states of the
process, the rest is what the past does not pass on:

$$ T_s^2 = \lVert U_k^T \Sigma_{pp}^{-1/2} p \rVert^2, \qquad
   T_r^2 = \lVert U_{rest}^T \Sigma_{pp}^{-1/2} p \rVert^2 $$

The future serves to find the states; a score needs the past alone.

Sources: Larimore, American Control Conference (1983) 445; Russell, Chiang and Braatz, Chemometrics
and Intelligent Laboratory Systems 51 (2000) 81, who take l = 2 for the Tennessee Eastman process.
The number of states is that of the least Akaike criterion of Fujikoshi and Veitch, Biometrika 66
(1979) 345, with Bartlett's factor for few rows:

$$ A(k) = -(n - 1 - \tfrac{p + q + 1}{2}) \sum_{i>k} \ln(1 - s_i^2) - 2 (p - k)(q - k) $$
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cellchain.core.errors import refuse_unless
from cellchain.science.control.dynamic import lagged
from cellchain.science.control.quadratic import Form, eigen, root

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cellchain.science.portable import Floats


def canonical(stretches: Sequence[Floats], *, length: int) -> tuple[Form, Form]:
    """Return the forms of T² of the states and of T² of the residuals.

    Args:
        stretches: Standardised fault-free rows, without a gap inside, shapes (n, v).
        length: l, rows in the past and in the future, at least 1.

    Raises:
        Refused: ``control.few_rows``: no more rows than variables of past and future, where any
            past predicts any future.
    """
    windows = np.vstack([lagged(stretch, 2 * length - 1) for stretch in stretches])
    count, width = len(windows), windows.shape[1] // 2
    refuse_unless(
        count > 2 * width + 1,
        "control.few_rows",
        f"{count} rows for canonical variates of {width} variables and lags",
        remedy=f"give more than {2 * width + 1} fault-free rows, fewer variables, or fewer lags",
    )
    future, past = windows[:, :width], windows[:, width:]
    whitened, foreseen = _whitening(past), _whitening(future)
    variates, correlations, _ = np.linalg.svd(whitened @ (past.T @ future / count) @ foreseen.T)
    states = _states(correlations, count)
    factor = variates.T @ whitened
    return (
        Form("cva_states", length - 1, root(factor[:states])),
        Form("cva_residuals", length - 1, root(factor[states:])),
    )


def _whitening(rows: Floats) -> Floats:
    variances, directions = eigen(rows.T @ rows / len(rows))
    found: Floats = (directions / np.sqrt(variances)).T
    return found


def _states(correlations: Floats, count: int) -> int:
    """Return how many correlations are more than chance, at least one and not all."""
    width = len(correlations)
    unexplained = np.log1p(-(np.minimum(correlations, 1.0 - 1e-9) ** 2))
    left = np.cumsum(unexplained[::-1])[::-1]
    kept = np.arange(width)
    criterion = -(count - 1 - (2 * width + 1) / 2) * left - 2.0 * (width - kept) ** 2
    return max(int(np.argmin(criterion)), 1)
