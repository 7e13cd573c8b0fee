"""What is wrong with samples, in the names of their columns and rows counted from 1."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from cellchain.core.errors import Refused
from cellchain.science.control.checked import LARGEST, Constant
from cellchain.services.analysis.table import SHOWN_MAX, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cellchain.services.analysis.table import Floats


def check_finite(name: str, values: Floats, *, gaps: bool = False) -> None:
    """Refuse what is no measurement.

    Args:
        name: Of the column.
        values: Shape [rows].
        gaps: NaN is allowed.

    Raises:
        Refused: ``control.not_finite``.
    """
    wrong = np.flatnonzero(~((np.abs(values) <= LARGEST) | (gaps & np.isnan(values))))
    if len(wrong):
        raise Refused(
            "control.not_finite",
            f"{shown(name)!r} is {values[wrong[0]]:g} in row {wrong[0] + 1}, not a number within "
            f"{LARGEST:g}",
            remedy="fill or leave out what was not measured",
        )


@contextmanager
def named(names: Sequence[str]) -> Iterator[None]:
    """Say by their names which columns do not vary.

    Raises:
        Refused: ``control.constant``.
    """
    try:
        yield
    except Constant as error:
        still = ", ".join(repr(shown(names[column])) for column in error.columns[:SHOWN_MAX])
        others = len(error.columns) - SHOWN_MAX
        more = f" and {others} more" if others > 0 else ""
        raise Refused(
            error.code,
            f"{still}{more} do not vary over {error.rows} rows",
            remedy=error.remedy,
        ) from error
