"""One folder per page: what it shows, its template, what its forms do."""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.web.page import Action, Page


def discover_pages() -> tuple[Page, ...]:
    """Return every page whose folder is here, in name order of the folders."""
    return tuple(page for room in _rooms() for page in getattr(room, "PAGES", ()))


def discover_actions() -> tuple[Action, ...]:
    """Return every action of the pages."""
    return tuple(action for room in _rooms() for action in getattr(room, "ACTIONS", ()))


def _rooms() -> Iterator[Any]:
    for room in sorted(pkgutil.iter_modules(__path__, prefix=f"{__name__}.")):
        if room.ispkg:
            yield importlib.import_module(room.name)
