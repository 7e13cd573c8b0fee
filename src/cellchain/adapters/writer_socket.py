"""The door of a home's writer: a Unix socket through which other processes hand transactions over.

    frame = length in four bytes, big-endian, and MessagePack
    ask   = [verb, arguments]      submit [transactions] · sequence [key] · info []
    reply = [value, null] or [null, [family, code, text, remedy]]

The socket file has mode 0600: whoever may use it may read the home. What it takes is checked like
anything else; there is no trust in the sender beyond its signatures.
"""

from __future__ import annotations

import select
import socket
from contextlib import suppress
from socketserver import StreamRequestHandler, ThreadingMixIn, UnixStreamServer
from threading import Thread
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from cellchain.adapters.socket_path import short_path
from cellchain.core.errors import CellchainError, Corrupt, Refused, Unavailable
from cellchain.core.names import KeyId
from cellchain.ledger.entry import Result

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from cellchain.ledger.contract import R
    from cellchain.ledger.parameters import Genesis
    from cellchain.ledger.port import Ledger

FRAME_BYTES_MAX = 16 << 20
IDLE_S = 600

_FAMILIES = {family.__name__: family for family in (Refused, Unavailable, Corrupt)}


class WriterDoor:
    """Serves a writer to other processes until it is closed."""

    def __init__(self, path: Path, writer: Ledger) -> None:
        self._path = path
        path.unlink(missing_ok=True)  # left behind by a writer that was killed
        with short_path(path) as short:
            self._server = _Server(str(short), _handler(writer))
        path.chmod(0o600)
        self._thread = Thread(target=self._server.serve_forever, name="door", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Let nobody in any more."""
        self._server.shutdown()
        self._server.server_close()
        self._path.unlink(missing_ok=True)


class RemoteWriter:
    """A `cellchain.ledger.port.Ledger` whose writer runs in another process.

    Many threads may ask at once, each over a connection of its own. After the writer has gone, and
    come back, the next one who asks finds it.

    Args:
        path: The socket.
        genesis: The beginning of the chain.
        find: Reads a record, as of the last block.
        gone: What is raised where nobody answers; a node may come up later than who asks it.

    Raises:
        Unavailable: ``writer.gone``: nobody answers there, and nothing else is said of that.
    """

    def __init__(
        self,
        path: Path,
        genesis: Genesis,
        find: Callable[[type[Any], str], Any],
        *,
        gone: Unavailable | None = None,
    ) -> None:
        self.genesis = genesis
        self._path = path
        self._find = find
        self._gone = gone
        self._idle = [] if gone else [_Line(path)]

    def submit(self, transactions: Sequence[bytes]) -> list[Result]:
        """Hand over transactions in order; return when each is durable or refused."""
        return msgspec.convert(self._ask("submit", list(transactions)), list[Result])

    def next_sequence(self, key: KeyId) -> int:
        """Return the sequence that the next transaction of ``key`` must have."""
        return msgspec.convert(self._ask("sequence", key), int)

    def find(self, record: type[R], subject: str) -> R | None:
        """Return a record as of the last block, or ``None``."""
        found: R | None = self._find(record, subject)
        return found

    def now_ms(self) -> int:
        """Return the time that the next block would have."""
        return msgspec.convert(self._ask("now"), int)

    def close(self) -> None:
        """Hang up."""
        while self._idle:
            self._idle.pop().close()

    def _ask(self, verb: str, *arguments: object) -> object:
        line = self._line()
        try:
            value, error_parts = line.ask([verb, *arguments])
        except BaseException:  # what is left in it would answer the next one who asks
            line.close()
            raise
        self._idle.append(line)
        if error_parts is not None:
            family, code, text, remedy = error_parts
            raise _FAMILIES[family](code, text, remedy=remedy)
        return value

    def _line(self) -> _Line:
        """Return a connection that nobody uses, and that the writer has not hung up on."""
        while True:
            try:
                line = self._idle.pop()
            except IndexError:
                return self._new_line()
            if line.open:
                return line
            line.close()

    def _new_line(self) -> _Line:
        try:
            return _Line(self._path)
        except Unavailable as error:
            raise self._gone or error from error


class _Line:
    """One connection to a writer."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(IDLE_S)
        try:
            with short_path(path) as short:
                self._socket.connect(str(short))
        except OSError as error:
            self._socket.close()
            raise Unavailable("writer.gone", "the writer of this home does not answer") from error
        self._file = self._socket.makefile("rwb")

    @property
    def open(self) -> bool:
        """Whether the other side is still there: nothing comes unasked but the end."""
        asked = select.poll()  # `select.select` knows no socket beyond the thousandth
        asked.register(self._socket, select.POLLIN)
        return not asked.poll(0)

    def ask(self, question: list[object]) -> tuple[Any, list[str] | None]:
        """Return a value, or the parts of an error."""
        try:
            _send(self._file, question)
            return msgspec.convert(_receive(self._file), tuple[Any, list[str] | None])
        except (OSError, EOFError) as error:
            raise Unavailable("writer.gone", "the writer of this home hung up") from error

    def close(self) -> None:
        """Hang up."""
        with suppress(OSError):  # what was not sent goes nowhere any more
            self._file.close()
        self._socket.close()


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class _Writable(Protocol):
    def write(self, data: bytes, /) -> object: ...
    def flush(self) -> object: ...


class _Server(ThreadingMixIn, UnixStreamServer):
    daemon_threads = True
    request_queue_size = 128


def _handler(writer: Ledger) -> type[StreamRequestHandler]:
    class Handler(StreamRequestHandler):
        timeout = IDLE_S

        def handle(self) -> None:
            while True:
                try:
                    ask = _receive(self.rfile)
                    _send(self.wfile, _answer(writer, ask))
                except (OSError, EOFError, ValueError, RecursionError, msgspec.MsgspecError):
                    return

    return Handler


def _answer(writer: Ledger, ask: object) -> list[object]:
    try:
        match ask:
            case ["submit", list(transactions)]:
                results = writer.submit(msgspec.convert(transactions, list[bytes]))
                return [msgspec.to_builtins(results), None]
            case ["sequence", str(key)]:
                return [writer.next_sequence(KeyId(key)), None]
            case ["now"]:
                return [writer.now_ms(), None]
            case _:
                raise Refused("writer.unknown_verb", "the writer does not know this request")
    except CellchainError as error:
        family = next(name for name, sort in _FAMILIES.items() if isinstance(error, sort))
        return [None, [family, error.code, error.text, error.remedy]]


def _send(file: _Writable, value: object) -> None:
    data = msgspec.msgpack.encode(value)
    file.write(len(data).to_bytes(4, "big") + data)
    file.flush()


def _receive(file: _Readable) -> object:
    prefix = file.read(4)
    size = int.from_bytes(prefix, "big")
    if len(prefix) < 4 or size > FRAME_BYTES_MAX:  # noqa: PLR2004
        raise EOFError
    data = file.read(size)
    if len(data) < size:
        raise EOFError
    return msgspec.msgpack.decode(data)
