"""ClamAV's daemon as the scanner: content streams to it on its way into the vault (INSTREAM)."""

from __future__ import annotations

import socket
from contextlib import closing
from typing import TYPE_CHECKING

from cellchain.core.errors import Refused, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_TIMEOUT_S = 60.0
_ANSWER_BYTES_MAX = 4096


class ClamdScanner:
    """Asks one clamd.

    Args:
        where: ``/path/of/socket`` or ``HOST:PORT``, as its operator configured it.
    """

    def __init__(self, where: str) -> None:
        self._where = where

    def passing(self, content: Iterable[bytes]) -> Iterator[bytes]:
        """Yield ``content``; refuse it at its end if something was found in it."""
        with closing(self._connect()) as link:
            self._send(link, b"zINSTREAM\0")
            for piece in content:
                self._send(link, len(piece).to_bytes(4, "big") + piece if piece else b"")
                yield piece
            self._send(link, bytes(4))
            self._judge(self._answer(link))

    def _connect(self) -> socket.socket:
        try:
            if self._where.startswith("/"):
                link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
                link.settimeout(_TIMEOUT_S)
                try:
                    link.connect(self._where)
                except OSError:
                    link.close()
                    raise
                return link
            host, _, port = self._where.rpartition(":")
            return socket.create_connection((host, int(port)), timeout=_TIMEOUT_S)
        except (OSError, ValueError) as error:
            raise _unavailable("it is not there") from error

    def _send(self, link: socket.socket, data: bytes) -> None:
        try:
            link.sendall(data)
        except OSError as error:
            raise _unavailable("it hung up: its StreamMaxLength may be too small") from error

    def _answer(self, link: socket.socket) -> bytes:
        answer = b""
        try:
            while not answer.endswith(b"\0") and len(answer) < _ANSWER_BYTES_MAX:
                more = link.recv(_ANSWER_BYTES_MAX)
                if not more:
                    break
                answer += more
        except OSError as error:
            raise _unavailable("it did not answer") from error
        return answer.rstrip(b"\0").strip()

    @staticmethod
    def _judge(answer: bytes) -> None:
        if answer == b"stream: OK":
            return
        if answer.startswith(b"stream: ") and answer.endswith(b" FOUND"):
            name = answer[len(b"stream: ") : -len(b" FOUND")].decode(errors="replace")
            raise Refused("vault.infected", f"the virus scanner found {name[:80]!a} in it")
        raise _unavailable(f"it said {answer[:80].decode(errors='replace')!a}")


def _unavailable(why: str) -> Unavailable:
    return Unavailable("vault.scanner", f"the virus scanner: {why}", remedy="start clamd")
