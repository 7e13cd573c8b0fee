"""Arrays as the charts must have them: right shape, all finite, something that varies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cellchain.core.errors import Refused, refuse_unless

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cellchain.science.portable import Floats

LARGEST = 1e75
"""Of a measurement: far beyond any unit, and its score is still a number."""
_LEAST_SPREAD = 1e-50


class Constant(Refused):
    """Columns hardly vary: ``control.constant``.

    Args:
        columns: Which, counted from 0.
        rows: Over how many.
    """

    def __init__(self, columns: list[int], rows: int) -> None:
        super().__init__(
            "control.constant",
            f"columns {columns} do not vary over {rows} rows",
            remedy="leave constant columns out",
        )
        self.columns, self.rows = columns, rows


def series(values: Floats, *, least: int = 1) -> Floats:
    """Return measurements of one quantity as float64, shape (n,).

    Raises:
        Refused: ``control.shape``, ``control.few_rows`` below ``least`` values, or
            ``control.not_finite``.
    """
    return _checked(values, dimensions=1, least=least)


def table(samples: Floats, *, least: int = 1, gaps: bool = False) -> Floats:
    """Return measurements of several quantities as float64, a row each sample, shape (n, v).

    Args:
        samples: A row each sample.
        least: Rows.
        gaps: NaN is allowed: not measured.

    Raises:
        Refused: As `series`.
    """
    return _checked(samples, dimensions=2, least=least, gaps=gaps)


def varying(samples: Floats) -> Floats:
    """Return the standard deviation of each column, shape (v,), all above 0.

    Raises:
        Constant: A column does not.
    """
    spread: Floats = samples.std(axis=0, ddof=1)
    still = np.flatnonzero(~varies(spread, samples.mean(axis=0)))
    if still.size:
        raise Constant(still.tolist(), len(samples))
    return spread


def varies(deviation: Floats, mean: Floats) -> NDArray[np.bool_]:
    """Return which quantities vary by more than rounding, a part in 10¹² of their mean."""
    beyond: NDArray[np.bool_] = deviation > 1e-12 * np.abs(mean) + _LEAST_SPREAD
    return beyond


def within(name: str, value: float, low: float, high: float) -> float:
    """Return a setting that lies strictly between two bounds.

    Raises:
        Refused: ``control.setting``.
    """
    refuse_unless(
        low < value < high,
        "control.setting",
        f"{name} is {value}, not between {low} and {high}",
    )
    return value


def _checked(values: Floats, *, dimensions: int, least: int, gaps: bool = False) -> Floats:
    try:
        found = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise Refused("control.shape", f"not an array of numbers: {error}") from None
    refuse_unless(
        found.ndim == dimensions and found.shape[-1] > 0,
        "control.shape",
        f"an array of shape {found.shape} where {dimensions} dimensions were due",
    )
    refuse_unless(
        len(found) >= least,
        "control.few_rows",
        f"{len(found)} rows where at least {least} are needed",
        remedy="give more rows",
    )
    gone = np.argwhere(~((np.abs(found) <= LARGEST) | (gaps & np.isnan(found))))
    if gone.size:
        place = tuple(gone[0].tolist())
        raise Refused(
            "control.not_finite",
            f"the value at {place} is {found[place]}, not a number within {LARGEST}",
            remedy="fill or leave out what was not measured",
        )
    return found
