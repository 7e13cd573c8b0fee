"""A thread that keeps the views at the head of the ledger, whoever writes it."""

from __future__ import annotations

from threading import Event, Thread
from typing import TYPE_CHECKING

from cellchain.core.errors import CellchainError, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from cellchain.adapters.views.store import Views
    from cellchain.core.names import Digest
    from cellchain.ledger.state import State


class Follower:
    """Catches up when it is woken, or when ``seen`` changes.

    Args:
        views: What is kept up.
        genesis: Hash of the genesis file.
        states: Opens the ledger as it stands; where this process writes, its own state.
        seen: Anything that changes with every block, where another process writes: it is looked
            at every ``every_s`` seconds. ``None``: `wake` is called after each block.
        every_s: Seconds.
    """

    def __init__(
        self,
        views: Views,
        genesis: Digest,
        states: Callable[[], AbstractContextManager[State]],
        *,
        seen: Callable[[], object] | None = None,
        every_s: float = 0.25,
    ) -> None:
        self._views = views
        self._genesis = genesis
        self._states = states
        self._seen = seen
        self._every_s = every_s
        self._woken = Event()
        self._closing = False
        self.problem: CellchainError | None = None
        """Why it stopped, or what it is waiting to be over."""
        self._thread = Thread(target=self._run, name="views", daemon=True)
        self._thread.start()
        self.wake()

    def wake(self) -> None:
        """There may be another block; returns at once."""
        self._woken.set()

    def close(self) -> None:
        """Stop after the step that is under way."""
        self._closing = True
        self._woken.set()
        self._thread.join()

    def _run(self) -> None:
        last: object = None
        waits = self._seen is not None
        while True:
            woken = self._woken.wait(self._every_s if waits or self.problem else None)
            self._woken.clear()
            if self._closing:
                return
            seen = self._seen() if self._seen is not None else None
            if not (woken or self.problem is not None or seen != last):
                continue
            try:
                with self._states() as state:
                    self._views.catch_up(state, self._genesis)
                last, self.problem = seen, None
            except Unavailable as problem:  # it is tried again; `doctor` and the pages show it
                self.problem = problem
            except CellchainError as problem:
                self.problem = problem
                return
