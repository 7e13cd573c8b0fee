"""HTTP with an end to patience: heads come in time, and one address has so many connections.

uvicorn waits for the head of a request as long as it takes (Slowloris), and counts connections of
all addresses together.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if TYPE_CHECKING:
    import asyncio

HEAD_S = 15.0
"""From the connection, or from the first byte of a request, to the end of its head."""
ADDRESS_CONNECTIONS_MAX = 2_000
"""Of one address: a third of all, listeners behind one company's gateway included."""


class PatientProtocol(HttpToolsProtocol):
    """A connection; `for_server` gives the class for one server."""

    head_s: ClassVar[float] = HEAD_S
    proxies: ClassVar[frozenset[str]] = frozenset()
    """Addresses of proxies, behind which are many."""
    address_connections_max: ClassVar[int] = ADDRESS_CONNECTIONS_MAX
    _open: ClassVar[Counter[str]] = Counter()
    _patience: asyncio.TimerHandle | None = None
    _address = ""

    @classmethod
    def for_server(
        cls,
        *,
        proxies: tuple[str, ...] = (),
        address_connections_max: int = ADDRESS_CONNECTIONS_MAX,
    ) -> type[PatientProtocol]:
        """Return the class for one server, which counts its connections alone.

        Args:
            proxies: Those before it.
            address_connections_max: At once, of one address that is no proxy.
        """
        its_own = {
            "proxies": frozenset(proxies),
            "address_connections_max": address_connections_max,
            "_open": Counter(),
        }
        return type("PatientProtocol", (cls,), its_own)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a head; hang up on who has too many connections already."""
        super().connection_made(transport)
        self._address = self.client[0] if self.client else ""
        self._open[self._address] += 1
        if self._open[self._address] > self.address_connections_max and not self._is_proxy():
            transport.abort()
            return
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._stop_waiting()
        self._open[self._address] -= 1
        if not self._open[self._address]:
            del self._open[self._address]
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """Begin to wait for the rest of a head."""
        super().on_message_begin()
        if self._patience is None:
            self._wait()

    def on_headers_complete(self) -> None:
        """Wait no longer: the body has a patience of its own."""
        self._stop_waiting()
        super().on_headers_complete()

    def _wait(self) -> None:
        self._patience = self.loop.call_later(self.head_s, self._hang_up)

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _hang_up(self) -> None:
        self._patience = None
        self.transport.abort()

    def _is_proxy(self) -> bool:
        return self._address in self.proxies
