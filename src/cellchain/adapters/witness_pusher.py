"""The threads that tell the witnesses who want to be told of each new checkpoint.

Each witness has its own, so that one that is slow holds up no other.
"""

from __future__ import annotations

import time
from threading import Event, Thread
from typing import TYPE_CHECKING

from cellchain.adapters.log_client import WITNESS_S, WitnessClient
from cellchain.core.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PERIOD_S = 5.0
"""Between two looks at the checkpoint: many blocks share a cosignature."""


class WitnessPusher:
    """Runs until it is closed. What it is given is called from a thread for each witness.

    Args:
        urls: Submission prefixes of the witnesses.
        checkpoint: Returns the newest checkpoint.
        request: Returns the body that asks for a cosignature of a checkpoint, from an old size.
        take: Takes a cosigned checkpoint.
        told: Hears of what fails, once until it is something else; every round tries again.
        period_s: Between two rounds.
    """

    def __init__(
        self,
        urls: Sequence[str],
        *,
        checkpoint: Callable[[], bytes],
        request: Callable[[bytes, int], bytes],
        take: Callable[[bytes], None],
        told: Callable[[str, dict[str, object]], None],
        period_s: float = PERIOD_S,
    ) -> None:
        self._clients = {url: WitnessClient(url) for url in urls}
        self._sizes = dict.fromkeys(urls, 0)
        self._done = dict.fromkeys(urls, b"")
        self._checkpoint = checkpoint
        self._request = request
        self._take = take
        self._told = told
        self._period_s = period_s
        self.problems: dict[str, Exception] = {}
        """What failed the last time, by address."""
        self._closing = Event()
        self._threads = [
            Thread(target=self._run, args=(url,), name="witness", daemon=True)
            for url in self._clients
        ]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Stop after the requests under way, those that take too long left to themselves."""
        self._closing.set()
        until_s = time.monotonic() + WITNESS_S
        for thread in self._threads:
            thread.join(max(0.0, until_s - time.monotonic()))

    def _run(self, url: str) -> None:
        while not self._closing.is_set():
            self._try(url)
            self._closing.wait(self._period_s)
        self._clients[url].close()

    def _try(self, url: str) -> None:
        try:
            self._tell(url, self._checkpoint())
        except Exception as error:  # noqa: BLE001  # the edge of a thread, which must go on
            if str(error) != str(self.problems.get(url)):
                self._told("witnesses", {"witness": url, "error": str(error)})
            self.problems[url] = error
        else:
            self.problems.pop(url, None)

    def _tell(self, url: str, note: bytes) -> None:
        """Ask for a cosignature; a witness that remembers another size is asked from there."""
        if note == self._done[url]:
            return
        client = self._clients[url]
        lines, size = client.add_checkpoint(self._request(note, self._sizes[url]))
        if size is not None:
            self._sizes[url] = size
            lines, size = client.add_checkpoint(self._request(note, size))
        if self._closing.is_set():
            return  # who takes it may be closed already; it comes again
        if size is not None:
            raise Unavailable("witness.answer", f"{url} cannot settle on a size")
        self._take(note + lines)
        self._sizes[url], self._done[url] = _size(note), note


def _size(note: bytes) -> int:
    return int(note.split(b"\n", 2)[1])
