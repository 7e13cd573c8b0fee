"""What learns: libraries that are an extra, slow to import, imported where they are asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from cellchain.core.errors import Refused

if TYPE_CHECKING:
    from types import ModuleType


def extra_part(name: str, code: str, *, extra: str = "science") -> ModuleType:
    """Return a module of an extra: ``scipy.stats``, ``sklearn.ensemble``, ``lightgbm``.

    Raises:
        Refused: ``code``: it is not installed, or what it stands on is not.
    """
    try:
        return import_module(name)
    except (ImportError, OSError) as error:  # LightGBM loads the system's libgomp
        library = name.partition(".")[0]
        libgomp = "; LightGBM also wants libgomp of the system" if extra == "science" else ""
        raise Refused(
            code,
            f"{library} is needed for this, and cannot be loaded: {error}",
            remedy=f"pip install 'cellchain[{extra}]'{libgomp}",
        ) from error
