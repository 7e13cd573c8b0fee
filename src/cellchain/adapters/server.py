"""The web server of this process: uvicorn, stopped gracefully, speaking through one log."""

from __future__ import annotations

import asyncio
import signal
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import uvicorn

from cellchain.adapters.patient_protocol import PatientProtocol
from cellchain.core.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

GRACE_S = 10
"""How long requests under way are waited for when the server is told to stop."""
CONCURRENT_MAX = 6_000
"""Connections at once, listeners included."""


def bound_socket(host: str, port: int) -> socket.socket:
    """Return a socket that listens; port 0 takes any that is free.

    Raises:
        Unavailable: ``serve.port``: somebody else listens there.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # named as TCP: only then does the event loop send small packets at once (TCP_NODELAY)
    made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((host, port))
    except OSError as error:
        made.close()
        raise Unavailable(
            "serve.port",
            f"{host}:{port} is not to be had: {error.strerror}",
            remedy="name another with --port",
        ) from error
    return made


def run_server(
    application: Any,
    listening: socket.socket,
    *,
    ready: Callable[[], None],
    trusted_proxies: tuple[str, ...] = (),
) -> None:
    """Serve ``application`` until SIGINT or SIGTERM; what is under way is finished first."""
    config = uvicorn.Config(
        application,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(trusted_proxies),
        forwarded_allow_ips=list(trusted_proxies),
        timeout_graceful_shutdown=GRACE_S,
        timeout_keep_alive=30,
        limit_concurrency=CONCURRENT_MAX,
        http=PatientProtocol.for_server(proxies=trusted_proxies),
        lifespan="on",
    )
    server = _Server(config, ready)
    asyncio.run(server.serve(sockets=[listening]))


class _Server(uvicorn.Server):
    """Says when it is ready, and stops at the first signal without raising it again."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen, and say so."""
        await super().startup(sockets=sockets)
        if self.started:
            self._ready()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Let signals end the serving, and nothing else."""
        before = {
            number: signal.signal(number, self.handle_exit)
            for number in (signal.SIGINT, signal.SIGTERM)
        }
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
