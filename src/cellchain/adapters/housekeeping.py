"""The thread that throws away, once an hour, what nobody needs any more."""

from __future__ import annotations

from threading import Event, Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PERIOD_S = 3600.0


class Housekeeping:
    """Runs until it is closed; the first round is at the start.

    Args:
        chores: What is done in each round, by name; each returns how much it threw away.
        told: Hears of a chore that threw something away, or failed and is tried again next time.
    """

    def __init__(
        self,
        chores: Mapping[str, Callable[[], int]],
        told: Callable[[str, dict[str, object]], None],
    ) -> None:
        self._chores = chores
        self._told = told
        self.problems: dict[str, Exception] = {}
        """Why a chore failed the last time, by name."""
        self._closing = Event()
        self._thread = Thread(target=self._run, name="housekeeping", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop after the chore under way."""
        self._closing.set()
        self._thread.join()

    def tidy(self) -> None:
        """Do every chore once; one that fails holds up no other."""
        for name, chore in self._chores.items():
            if self._closing.is_set():
                return
            try:
                count = chore()
            except Exception as error:  # noqa: BLE001  # the edge of a thread, which must go on
                self.problems[name] = error
                self._told(
                    "housekeeping", {"chore": name, "error": f"{type(error).__name__}: {error}"}
                )
                continue
            self.problems.pop(name, None)
            if count:
                self._told("housekeeping", {"chore": name, "thrown_away": count})

    def _run(self) -> None:
        while not self._closing.is_set():
            self.tidy()
            self._closing.wait(PERIOD_S)
