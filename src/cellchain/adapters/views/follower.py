"""A thread that keeps the views at the head of the ledger, whoever writes it."""

from __future__ import annotations

from threading import Event, Thread
from typing import TYPE_CHECKING

from cellchain.core.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from cellchain.adapters.views.store import Views
    from cellchain.core.names import Digest
    from cellchain.ledger.state import State

PAUSE_S = 5.0
"""Until the next try after what will hardly be over by then."""


class Follower:
    """Catches up when it is woken, or when ``seen`` changes; what fails is tried again.

    Args:
        views: What is kept up.
        genesis: Hash of the genesis file.
        states: Opens the ledger as it stands; where this process writes, its own state.
        seen: Anything that changes with every block, where another process writes: it is looked
            at every ``every_s`` seconds. ``None``: `wake` is called after each block.
        every_s: Seconds.
        told: Hears of a problem when it begins.
    """

    def __init__(
        self,
        views: Views,
        genesis: Digest,
        states: Callable[[], AbstractContextManager[State]],
        *,
        seen: Callable[[], object] | None = None,
        every_s: float = 0.25,
        told: Callable[[str, dict[str, object]], object] = lambda _, __: None,
    ) -> None:
        self._views = views
        self._genesis = genesis
        self._states = states
        self._seen = seen
        self._every_s = every_s
        self._told = told
        self._woken = Event()
        self._closing = False
        self.problem: Exception | None = None
        """Why it is behind, or what it is waiting to be over."""
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
        while True:
            woken = self._woken.wait(self._pause_s())
            self._woken.clear()
            if self._closing:
                return
            try:
                seen = self._seen() if self._seen is not None else None
                if not (woken or self.problem is not None or seen != last):
                    continue
                with self._states() as state:
                    self._views.catch_up(state, self._genesis)
                last, self.problem = seen, None
            except Exception as problem:  # noqa: BLE001  # the edge of a thread: pages would stay old
                self._met(problem)

    def _pause_s(self) -> float | None:
        if self.problem is not None and not isinstance(self.problem, Unavailable):
            return PAUSE_S
        return self._every_s if self._seen is not None or self.problem is not None else None

    def _met(self, problem: Exception) -> None:
        """Remember a problem, which the pages show until it is over; tell of it once."""
        if repr(problem) != repr(self.problem):
            self._told("views", {"error": f"{type(problem).__name__}: {problem}"})
        self.problem = problem
