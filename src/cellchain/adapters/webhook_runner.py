"""The thread that tells webhooks of new events and tries again what did not arrive."""

from __future__ import annotations

from threading import Event, Thread
from typing import TYPE_CHECKING

from cellchain.core.errors import CellchainError

if TYPE_CHECKING:
    from collections.abc import Callable

    from cellchain.services.webhooks import Webhooks

PERIOD_S = 2.0
TRIED_AT_ONCE = 100


class WebhookRunner:
    """Runs until it is closed.

    Args:
        webhooks: What is to be told.
        collect: Puts the events since the last time on their way.
        failed: Told of an error that ended a round; the next round tries again.
    """

    def __init__(
        self,
        webhooks: Webhooks,
        collect: Callable[[], None],
        failed: Callable[[CellchainError], None],
    ) -> None:
        self._webhooks = webhooks
        self._collect = collect
        self._failed = failed
        self._woken = Event()
        self._closing = False
        self._thread = Thread(target=self._run, name="webhooks", daemon=True)
        self._thread.start()

    def wake(self, _: object = None) -> None:
        """Look at once: there is something new."""
        self._woken.set()

    def close(self) -> None:
        """Stop after the request under way."""
        self._closing = True
        self._woken.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._closing:
            self._woken.wait(PERIOD_S)
            self._woken.clear()
            try:
                self._round()
            except CellchainError as error:
                self._failed(error)

    def _round(self) -> None:
        self._collect()
        for delivery in self._webhooks.due()[:TRIED_AT_ONCE]:
            if self._closing:
                return
            self._webhooks.attempt(delivery)
