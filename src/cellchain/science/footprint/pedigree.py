r"""How uncertain a factor is, from what is known of its origin.

Five marks, 1 (best) to 5, for reliability, completeness, and how far time, place and technology
are from those asked for, each with a factor of uncertainty U; with the basic uncertainty
$ U_b = 1.05 $ of materials and energy the square of the geometric standard deviation is

$$ \sigma_g^2 = \exp \sqrt{\ln^2 U_b + \sum_i \ln^2 U_i} $$

Source: Frischknecht et al., ecoinvent report No. 1 (2007), section 7.2, table 7.2, after Weidema
and Wesnaes, J. Cleaner Prod. 4 (1996) 167. Valid for inventories of processes; it is a convention,
not a measurement. The sixth indicator of the source, the size of the sample, is left out.
"""

from __future__ import annotations

from math import log, sqrt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

MARKS = 5
BASIC = 1.05
RELIABILITY = (1.00, 1.05, 1.10, 1.20, 1.50)
COMPLETENESS = (1.00, 1.02, 1.05, 1.10, 1.20)
TIME = (1.00, 1.03, 1.10, 1.20, 1.50)
PLACE = (1.00, 1.01, 1.02, 1.05, 1.10)
"""The source leaves the fourth open; it stands between its neighbours here."""
TECHNOLOGY = (1.00, 1.10, 1.20, 1.50, 2.00)
"""The source leaves the second open; likewise."""
_TABLE = (RELIABILITY, COMPLETENESS, TIME, PLACE, TECHNOLOGY)


def log_deviation(marks: Sequence[int]) -> float:
    r"""Return $ \ln \sigma_g $, the standard deviation of the factor's logarithm.

    Args:
        marks: Five of them, 1 to 5, in the order above.
    """
    factors = [row[mark - 1] for row, mark in zip(_TABLE, marks, strict=True)]
    return sqrt(sum(log(one) ** 2 for one in (BASIC, *factors))) / 2
