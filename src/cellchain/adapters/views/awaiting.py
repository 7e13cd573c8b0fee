"""Waiting until the views show a block: who has sent something sees it on the next page."""

from __future__ import annotations

from threading import Condition
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cellchain.adapters.views.store import Changed, Views

PATIENCE_S = 2.0


class Awaiting:
    """Waits for heights of the views.

    Args:
        views: What is waited for.
    """

    def __init__(self, views: Views) -> None:
        self._views = views
        self._changed = Condition()
        self._listening = False
        self._shown = -1

    def height(self, height: int, patience_s: float = PATIENCE_S) -> bool:
        """Return once the views show ``height``, or when patience ends; whether they do."""
        with self._changed:
            if not self._listening:  # after all others: they are told before whoever waits
                self._views.subscribe(self._told)
                self._listening = True
                self._shown = self._views.head().height
            return self._changed.wait_for(lambda: self._shown >= height, patience_s)

    def _told(self, changed: Changed) -> None:
        with self._changed:
            self._shown = max(self._shown, changed.height)
            self._changed.notify_all()
