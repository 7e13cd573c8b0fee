"""The threads that tell webhooks of new events and try again what did not arrive."""

from __future__ import annotations

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cellchain.services.webhooks import Delivery, Webhooks

PERIOD_S = 2.0
GATHERED_S = 0.1
"""What happens within that time goes out in one round."""
AT_ONCE = 8
"""Webhooks that are told at the same time: one that does not answer holds up few others."""


class WebhookRunner:
    """Runs until it is closed.

    Args:
        webhooks: What is to be told.
        collect: Puts the events since the last time on their way.
        failed: Told of an error that held up a round, or one webhook in it; the next round tries
            again.
    """

    def __init__(
        self,
        webhooks: Webhooks,
        collect: Callable[[], None],
        failed: Callable[[Exception], None],
    ) -> None:
        self._webhooks = webhooks
        self._collect = collect
        self._failed = failed
        self.problem: Exception | None = None
        """Why the last round was not whole."""
        self._woken = Event()
        self._closing = Event()
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="webhook")
        self._thread = Thread(target=self._run, name="webhooks", daemon=True)
        self._thread.start()

    def wake(self, _: object = None) -> None:
        """Look at once: there is something new."""
        self._woken.set()

    def close(self) -> None:
        """Stop after the requests under way."""
        self._closing.set()
        self._woken.set()
        self._thread.join()
        self._pool.shutdown()

    def _run(self) -> None:
        while not self._closing.is_set():
            if self._woken.wait(PERIOD_S):
                self._closing.wait(GATHERED_S)
            self._woken.clear()
            try:
                problems = self._round()
            except Exception as error:  # noqa: BLE001  # the edge of a thread, which must go on
                problems = [error]
            self.problem = problems[0] if problems else None
            for problem in problems:
                self._failed(problem)

    def _round(self) -> list[Exception]:
        """Tell every webhook what is due; return what held some of them up."""
        self._collect()
        by_webhook: defaultdict[str, list[Delivery]] = defaultdict(list)
        for delivery in self._webhooks.due():
            by_webhook[delivery.webhook].append(delivery)
        told = self._pool.map(self._tell, by_webhook.values())
        return [problem for problem in told if problem is not None]

    def _tell(self, deliveries: Sequence[Delivery]) -> Exception | None:
        """Tell one webhook, in order; after one that did not arrive the others wait a round."""
        try:
            for delivery in deliveries:
                if self._closing.is_set() or not self._webhooks.attempt(delivery):
                    break
        except Exception as error:  # noqa: BLE001  # one webhook must not hold up the others
            return error
        return None
