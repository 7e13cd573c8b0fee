"""A witness on this machine, put together: its folder, the log it follows, the logs that push."""

from __future__ import annotations

import os
from contextlib import closing
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from cellchain.adapters.clock import clock_ms
from cellchain.adapters.log import request_log
from cellchain.adapters.log_client import LogClient
from cellchain.adapters.server import bound_socket, run_server
from cellchain.adapters.witness_folder import WitnessFolder
from cellchain.app.stopping import until_told
from cellchain.core.errors import CellchainError, Refused, Unavailable
from cellchain.services.witnessing import Witnessing, witness_once

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from cellchain.crypto.note import VerifierKey


class WitnessWork:
    """A witness that cosigns.

    Args:
        folder: Where it lives.
        passphrase_file: Where the passphrase of its key is, if not there.

    Raises:
        Refused: ``witness.missing``, ``key.…``; Unavailable: ``witness.busy``.
    """

    def __init__(self, folder: Path, passphrase_file: Path | None) -> None:
        self._witness = WitnessFolder(folder, clock=clock_ms, passphrase_file=passphrase_file)
        self._witness.open()

    def trust(self, keys: Sequence[VerifierKey]) -> None:
        """Watch the log that these keys sign, the one in force first."""
        self._witness.trust(keys)

    def once(self, url: str) -> Witnessing:
        """Look at the log at ``url`` once, cosign what continues, and hand the cosignature back."""
        with closing(LogClient(url)) as log:
            return self._looked(log)

    def run(
        self,
        url: str,
        every_s: float,
        listen: tuple[str, int] | None,
        told: Callable[[str, dict[str, Any]], None],
    ) -> None:
        """Follow the log at ``url`` and serve logs that push, whichever is asked, until stopped."""
        os.umask(0o077)
        if listen is None:
            self._follow(url, every_s, until_told(), told)
            return
        stop, failure = Event(), list[CellchainError]()

        def following() -> None:
            try:
                self._follow(url, every_s, stop, told)
            except CellchainError as error:  # raised when the server ends, which serves other logs
                failure.append(error)
                told("stopped", {"error": str(error)})

        follower = Thread(target=following, name="follower", daemon=True)
        if url:
            follower.start()
        try:
            self._serve(listen, told)
        finally:
            stop.set()
            if url:
                follower.join()
        if failure:
            raise failure[0]

    def close(self) -> None:
        """Let another process cosign."""
        self._witness.close()

    def _looked(self, log: LogClient) -> Witnessing:
        found = witness_once(log, self._witness)
        try:
            log.hand_back(found.note)
        except CellchainError as error:
            return replace(found, not_taken=str(error))
        return found

    def _follow(
        self,
        url: str,
        every_s: float,
        stop: Event,
        told: Callable[[str, dict[str, Any]], None],
    ) -> None:
        with closing(LogClient(url)) as log:
            while not stop.is_set():
                try:
                    found = self._looked(log)
                    told("cosigned", {"log": found.origin, "size": found.size})
                    if found.not_taken:
                        told("not taken", {"error": found.not_taken})
                except Unavailable as error:
                    told("waiting", {"error": str(error)})
                except Refused as refusal:
                    if refusal.code == "witness.split_view":
                        raise
                    told("refused", {"error": str(refusal)})
                stop.wait(every_s)

    def _serve(self, listen: tuple[str, int], told: Callable[[str, dict[str, Any]], None]) -> None:
        from cellchain.web.witness import witness_application  # noqa: PLC0415

        listening = bound_socket(*listen)
        url = f"http://{listen[0]}:{listening.getsockname()[1]}"
        run_server(
            witness_application(self._witness, request_log("problems", clock_ms)),
            listening,
            ready=lambda: told("listening", {"url": url}),
        )
