"""Quantiles of the usual distributions, by SciPy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.science.extra import scipy_part

if TYPE_CHECKING:
    from types import ModuleType


def special() -> ModuleType:
    """Return `scipy.special`.

    Raises:
        Refused: ``control.scipy_missing``.
    """
    return scipy_part("special", "control.scipy_missing")
