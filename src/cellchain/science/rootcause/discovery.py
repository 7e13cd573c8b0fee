"""False-discovery rates over everything that was tested."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from cellchain.science.portable import Floats


def false_discovery_rates(p: Floats, share: Floats) -> Floats:
    r"""Return q: the rate of false discoveries among those at least as significant.

    $$ q_{(i)} = \min_{j \ge i} \frac{p_{(j)}}{s_{(j)} \, j}, \quad
       p/s \text{ rising} $$

    Equal shares of 1/m give the procedure of Benjamini and Hochberg. Unequal ones, fixed before
    looking, spend the same rate otherwise: a column of thirty lots is one suspect, not thirty.

    Args:
        p: Of the tests, shape (m,), 0 to 1.
        share: Of the false discoveries that each test may have, shape (m,), above 0, sum at most 1.

    Source: Genovese, Roeder and Wasserman, Biometrika 93 (2006) 509. Holds for independent and
    positively dependent tests (Benjamini and Yekutieli, Ann. Stat. 29 (2001) 1165).
    """
    weighted = p / share
    order = np.argsort(weighted, kind="stable")
    steps = weighted[order] / np.arange(1, len(p) + 1)
    q = np.empty_like(weighted)
    q[order] = np.minimum(np.minimum.accumulate(steps[::-1])[::-1], 1.0)
    return q
