"""Quantiles of the usual distributions, by SciPy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.science.extra import extra_part

if TYPE_CHECKING:
    from types import ModuleType


def special() -> ModuleType:
    """Return `scipy.special`.

    Raises:
        Refused: ``control.scipy_missing``.
    """
    return extra_part("scipy.special", "control.scipy_missing")
