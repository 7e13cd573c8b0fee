"""Figures that hold from a year until the next is told, in a table, for each of several keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cellchain.services.analysis.table import Floats


def held(
    keys: NDArray[np.intp],
    years: NDArray[np.int64],
    values: Floats,
    shape: tuple[int, int],
    first_year: int,
) -> Floats:
    """Return the value that holds in each year for each key.

    Args:
        keys: Of each row, from 0.
        years: From which each row holds.
        values: Of each row.
        shape: How many years there are, and how many keys.
        first_year: The first of these years.

    Returns:
        Shape [years, keys]; NaN before a key's first row.
    """
    found = np.full(shape, np.nan)
    order = np.argsort(years, kind="stable")
    order = order[years[order] < first_year + shape[0]]
    place = np.maximum(years[order] - first_year, 0)
    found[place, keys[order]] = values[order]  # of rows before the first year the last one holds
    for year in range(1, shape[0]):
        found[year] = np.where(np.isnan(found[year]), found[year - 1], found[year])
    return found
