"""The sockets on which CometBFT speaks to the application: Unix, or TCP of this machine.

CometBFT opens four connections and nothing marks which is which. One thread serves them all, so
that nothing is asked of the application at once. It reads what is there between a few answers and
the next: CometBFT sets a timer of 20 ns to flush what it sends, which spins for as long as a write
blocks, and took a quarter of its CPU where transactions came quicker than they were checked. A
connection that checks transactions waits for the others: a flood does not hold up blocks.

A connection that breaks the framing is closed. An error of the application itself is told as an
exception, which stops the node, and to who runs both.
"""

from __future__ import annotations

import socket
from collections import deque
from contextlib import contextmanager, suppress
from pathlib import Path
from select import POLLIN, poll
from threading import Thread
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cellchain.adapters.clock import clock_ms
from cellchain.adapters.socket_path import short_path
from cellchain.core.errors import CellchainError, Refused, Unavailable
from cellchain.ledger.engine.comet import abci_pb2 as abci
from cellchain.ledger.engine.comet.answering import exception
from cellchain.ledger.engine.comet.frames import Frames, framed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cellchain.ledger.engine.comet.answering import Comet

UNIX = "unix://"
READ_BYTES = 1 << 20
CONNECTIONS_MAX = 8
"""CometBFT opens four; a node that starts again may not have closed its last ones yet."""
UNANSWERED_BYTES_MAX = 1 << 20
"""Of one connection, before no more is read: CometBFT commits once all of it is answered."""
CHECKS_AT_ONCE = 32
"""Checks between two looks at the other connections: some milliseconds."""
SEND_S = 30
"""How long a caller may leave its answers unread."""
FLUSH = abci.Request(flush={}).SerializeToString()
FLUSHED = abci.Response(flush={}).SerializeToString()
CHECK = abci.Request(check_tx={}).SerializeToString()[:1]
"""How a request to check a transaction begins: with the number of its field."""


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
        self._callers: dict[int, _Caller] = {}
        self._listening = _listening(address)
        self.address = _address_of(self._listening, address)
        self._told, self._closing = socket.socketpair()
        self._poll = poll()
        for opened in (self._listening, self._told):
            self._poll.register(opened, POLLIN)
        self._thread = Thread(target=self._serve, name="abci", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Hang up on everybody; what is being answered is finished first."""
        self._closing.close()
        self._thread.join()
        if self.address.startswith(UNIX):
            Path(self.address.removeprefix(UNIX)).unlink(missing_ok=True)

    def _serve(self) -> None:
        with self._listening, self._told:
            try:
                while self._read_all():
                    if caller := self._next():
                        self._answer(caller)
            except Exception as error:  # noqa: BLE001  # nobody would answer any more
                self._failed(error)
            for caller in tuple(self._callers.values()):
                self._hang_up(caller)

    def _next(self) -> _Caller | None:
        """Return whose requests are answered next."""
        asking = [caller for caller in self._callers.values() if caller.requests]
        return min(asking, key=lambda caller: caller.checks, default=None)

    def _read_all(self) -> bool:
        """Take in what has come, or wait for it if there is nothing to answer; false at the end."""
        for place, _ in self._poll.poll(0 if self._next() else None):
            if place == self._told.fileno():
                return False
            if place == self._listening.fileno():
                self._accept()
            else:
                caller = self._callers[place]
                with self._hanging_up(caller):
                    caller.read()
                    self._poll.modify(caller.connection, POLLIN if caller.has_room else 0)
        return True

    def _accept(self) -> None:
        connection, _ = self._listening.accept()
        if len(self._callers) >= CONNECTIONS_MAX:
            connection.close()
            return
        connection.settimeout(SEND_S)
        self._callers[connection.fileno()] = _Caller(connection)
        self._poll.register(connection, POLLIN)

    def _answer(self, caller: _Caller) -> None:
        with self._hanging_up(caller):
            caller.connection.sendall(
                b"".join([framed(self._answered(request)) for request in caller.taken()])
            )
            self._poll.modify(caller.connection, POLLIN if caller.has_room else 0)

    def _answered(self, request: bytes) -> bytes:
        if request == FLUSH:  # one behind nearly every check
            return FLUSHED
        try:
            return self._engine.answer(request, now_ms=self._clock())
        except Refused:
            raise
        except Exception as error:
            raise _Failed(error) from error

    @contextmanager
    def _hanging_up(self, caller: _Caller) -> Iterator[None]:
        """Hang up on ``caller`` where it goes away, is no node of ours, or cannot be answered."""
        try:
            yield
        except OSError:
            self._hang_up(caller)
        except Refused as refusal:
            caller.tell(f"{refusal.code}: {refusal.text}")
            self._hang_up(caller)
        except _Failed as failure:
            caller.tell(failure.text)
            self._failed(failure.error)
            self._hang_up(caller)

    def _hang_up(self, caller: _Caller) -> None:
        self._poll.unregister(caller.connection)
        del self._callers[caller.connection.fileno()]
        caller.connection.close()


class _Caller:
    """One connection, and what came on it that is not answered yet."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.requests: deque[bytes] = deque()
        self.checks = False
        """Whether it is the one on which transactions are checked."""
        self._bytes = 0
        self._frames = Frames()

    @property
    def has_room(self) -> bool:
        """Whether more is read before some of it is answered."""
        return self._bytes < UNANSWERED_BYTES_MAX

    def read(self) -> None:
        """Take in what has come.

        Raises:
            OSError: It went away. Refused: ``comet.frame``.
        """
        data = self.connection.recv(READ_BYTES)
        if not data:
            raise ConnectionResetError
        new = list(self._frames.feed(data))
        self.requests.extend(new)
        self._bytes += sum(map(len, new))
        self.checks = self.checks or any(request.startswith(CHECK) for request in new)

    def tell(self, why: str) -> None:
        """Say why it is hung up on."""
        with suppress(OSError):  # it is gone already
            self.connection.sendall(framed(exception(why)))

    def taken(self) -> list[bytes]:
        """Return what is answered at once: one request, or a few checks."""
        count = min(len(self.requests), CHECKS_AT_ONCE if self.checks else 1)
        taken = [self.requests.popleft() for _ in range(count)]
        self._bytes -= sum(map(len, taken))
        return taken


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
