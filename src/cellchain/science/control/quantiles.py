"""Quantiles of the usual distributions, by SciPy: an extra, imported where it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.core.errors import Refused

if TYPE_CHECKING:
    from types import ModuleType


def special() -> ModuleType:
    """Return `scipy.special`.

    Raises:
        Refused: ``control.scipy_missing``.
    """
    try:
        import scipy.special  # noqa: PLC0415  an extra, slow to import
    except ImportError:
        raise Refused(
            "control.scipy_missing",
            "limits of control charts need SciPy, which is not installed",
            remedy="install cellchain[science]",
        ) from None
    module: ModuleType = scipy.special
    return module
