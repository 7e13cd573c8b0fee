r"""Principal components: T² of what usually varies, SPE of what usually does not.

Directions P of the largest variances Λ of fault-free rows keep a share of the variance; a row x has
scores t = Pᵀ x:

$$ T^2 = \sum_i t_i^2 / \lambda_i, \qquad SPE = \lVert x - P P^T x \rVert^2 $$

T² grows when the process goes further than usual in its usual ways, SPE when variables stop to move
together. Over lagged rows this is dynamic principal component analysis.

Sources: Jackson and Mudholkar, Technometrics 21 (1979) 341; Ku, Storer and Georgakis, Chemometrics
and Intelligent Laboratory Systems 30 (1995) 179, for lagged rows.
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


def principal(
    stretches: Sequence[Floats], *, variance: float, lags: int = 0, prefix: str = "pca"
) -> tuple[Form, Form]:
    """Return the forms of T² and of SPE.

    Args:
        stretches: Standardised fault-free rows, without a gap inside, shapes (n, v).
        variance: Share of the variance to keep in the components, between 0 and 1.
        lags: Earlier rows beside each.
        prefix: Of the two names.

    Raises:
        Refused: ``control.few_rows``: fewer than two rows have so long a past.
    """
    rows = np.vstack([lagged(stretch, lags) for stretch in stretches])
    refuse_unless(
        len(rows) > 1,
        "control.few_rows",
        f"{len(rows)} rows with {lags} rows before them",
        remedy="give more fault-free rows, or fewer lags",
    )
    variances, directions = eigen(rows.T @ rows / (len(rows) - 1))
    shares = np.cumsum(variances) / variances.sum()
    # SPE needs a direction of its own.
    kept = min(int(np.searchsorted(shares, variance)) + 1, len(shares) - 1)
    usual, rest = directions[:, :kept], directions[:, kept:]
    return (
        Form(f"{prefix}_t2", lags, root(usual.T / np.sqrt(variances[:kept, None]))),
        Form(f"{prefix}_spe", lags, rest @ rest.T),
    )
