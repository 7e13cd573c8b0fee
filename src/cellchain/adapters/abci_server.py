"""The sockets on which CometBFT speaks to the application: Unix, or TCP of this machine.

CometBFT opens four connections and nothing marks which is which. A thread serves each, one lock the
application. A connection that breaks the framing is closed. An error of the application itself is
told as an exception, which stops the node, and to who runs both.
"""

from __future__ import annotations

import socket
from pathlib import Path
from threading import Lock, Thread
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cellchain.adapters.clock import clock_ms
from cellchain.adapters.socket_path import short_path
from cellchain.core.errors import CellchainError, Refused, Unavailable
from cellchain.ledger.engine.comet.answering import exception
from cellchain.ledger.engine.comet.frames import Frames, framed

if TYPE_CHECKING:
    from collections.abc import Callable

    from cellchain.ledger.engine.comet.answering import Comet

UNIX = "unix://"
READ_BYTES = 1 << 20
CONNECTIONS_MAX = 8
"""CometBFT opens four; a node that starts again may not have closed its last ones yet."""


class AbciServer:
    """Serves an application to CometBFT until it is closed.

    Args:
        engine: Answers.
        address: ``unix://PATH`` or ``tcp://HOST:PORT``; port 0 takes any that is free.
        failed: Told of the error after which nothing more can be answered.
        clock: Milliseconds now.

    Raises:
        Unavailable: ``node.address``: nobody can listen there.
    """

    def __init__(
        self,
        engine: Comet,
        address: str,
        *,
        failed: Callable[[BaseException], None] = lambda _: None,
        clock: Callable[[], int] = clock_ms,
    ) -> None:
        self._engine = engine
        self._failed = failed
        self._clock = clock
        self._lock = Lock()
        self._open: set[socket.socket] = set()
        self._listening = _listening(address)
        self.address = _address_of(self._listening, address)
        self._thread = Thread(target=self._accept, name="abci", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Hang up on everybody; what is being answered is finished first."""
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join()
        with self._lock:
            for connection in tuple(self._open):
                _hang_up(connection)
        if self.address.startswith(UNIX):
            Path(self.address.removeprefix(UNIX)).unlink(missing_ok=True)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return  # closed
            if len(self._open) >= CONNECTIONS_MAX:
                connection.close()
                continue
            self._open.add(connection)
            Thread(target=self._serve, args=(connection,), name="abci", daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        frames = Frames()
        try:
            while data := connection.recv(READ_BYTES):
                answers = [framed(self._answered(request)) for request in frames.feed(data)]
                connection.sendall(b"".join(answers))
        except OSError:
            pass  # it went away
        except Refused as refusal:  # it is no node of ours
            _send_last(connection, framed(exception(f"{refusal.code}: {refusal.text}")))
        except _Failed as failure:
            _send_last(connection, framed(exception(failure.text)))
            self._failed(failure.error)
        finally:
            self._open.discard(connection)
            connection.close()

    def _answered(self, request: bytes) -> bytes:
        with self._lock:
            try:
                return self._engine.answer(request, now_ms=self._clock())
            except Refused:
                raise
            except Exception as error:
                raise _Failed(error) from error


class _Failed(Exception):
    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error
        told = f"{error.code}: " if isinstance(error, CellchainError) else ""
        self.text = f"{told}{error}"


def _listening(address: str) -> socket.socket:
    try:
        if address.startswith(UNIX):
            path = Path(address.removeprefix(UNIX))
            path.unlink(missing_ok=True)  # left behind by a node that was killed
            made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            with short_path(path) as short:
                made.bind(str(short))
            path.chmod(0o600)
        else:
            parts = urlsplit(address)
            made = socket.create_server((parts.hostname or "127.0.0.1", parts.port or 0))
        made.listen(CONNECTIONS_MAX)
    except OSError as error:
        raise Unavailable(
            "node.address",
            f"nobody can listen at {address}: {error}",
            remedy="name another address, or end what listens there",
        ) from error
    return made


def _address_of(listening: socket.socket, address: str) -> str:
    """Return ``address`` with the port that was taken."""
    if listening.family == socket.AF_UNIX:
        return address
    host, port = listening.getsockname()[:2]
    return f"tcp://{host}:{port}"


def _send_last(connection: socket.socket, data: bytes) -> None:
    try:
        connection.sendall(data)
    except OSError:
        return  # the other side is gone already


def _hang_up(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it is gone already
