"""The ledger as of its last block, for many readers: opened again when a block has been added.

A store that a writer changes is never read from other threads; they share a read-only one, which
shows the state of one block and costs some milliseconds to open.
"""

from __future__ import annotations

from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from cellchain.ledger.application import Application
    from cellchain.ledger.state import State


class LedgerReader:
    """Shares one opened ledger among threads, one at a time.

    Args:
        opened: Opens the ledger as of now.
        stamp: Returns something that differs once a block has been added; cheap.
    """

    def __init__(
        self,
        opened: Callable[[], AbstractContextManager[Application]],
        stamp: Callable[[], object],
    ) -> None:
        self._opened = opened
        self._stamp = stamp
        self._turn = Lock()
        self._current: tuple[object, AbstractContextManager[Application], Application] | None = None

    @contextmanager
    def state(self) -> Iterator[State]:
        """Give the state of the last block; nobody else reads meanwhile."""
        with self._turn:
            yield self._application().state

    def close(self) -> None:
        """Close what is open."""
        with self._turn:
            self._close()

    def _application(self) -> Application:
        stamp = self._stamp()
        if self._current is not None and self._current[0] == stamp:
            return self._current[2]
        self._close()
        manager = self._opened()
        application = manager.__enter__()
        self._current = (stamp, manager, application)
        return application

    def _close(self) -> None:
        if self._current is not None:
            manager, self._current = self._current[1], None
            manager.__exit__(None, None, None)
