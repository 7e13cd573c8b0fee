"""Parts of SciPy: an extra, slow to import, and imported where it is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from cellchain.core.errors import Refused

if TYPE_CHECKING:
    from types import ModuleType


def scipy_part(name: str, code: str) -> ModuleType:
    """Return a module of SciPy: ``special``, ``stats``.

    Raises:
        Refused: ``code``: SciPy is not installed.
    """
    try:
        return import_module(f"scipy.{name}")
    except ImportError as error:
        raise Refused(
            code,
            "SciPy is needed for this, and is not installed",
            remedy="pip install 'cellchain[science]'",
        ) from error
