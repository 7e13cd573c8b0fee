"""Requests over plain sockets, and what a server process spends on them."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FORM = "application/x-www-form-urlencoded"


class Connection:
    """One kept-alive connection.

    Args:
        url: Of the server.
        headers: Sent with each request, as lines.
    """

    def __init__(self, url: str, *headers: str) -> None:
        parts = urlsplit(url)
        self._host = f"{parts.hostname}:{parts.port}"
        self._headers = "".join(f"{line}\r\n" for line in headers)
        self._socket = socket.create_connection((parts.hostname or "", parts.port or 80))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = self._socket.makefile("rb")

    def ask(
        self, path: str, body: bytes | None = None, kind: str = "application/json"
    ) -> tuple[int, bytes, dict[bytes, bytes]]:
        """Send a request; return status, body and headers of the answer."""
        method = "GET" if body is None else "POST"
        length = "" if body is None else f"Content-Length: {len(body)}\r\n"
        typed = "" if body is None else f"Content-Type: {kind}\r\n"
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: {self._host}\r\n{self._headers}{length}{typed}\r\n"
        )
        self._socket.sendall(head.encode() + (body or b""))
        status = int(self._file.readline().split()[1])
        headers = {}
        while (line := self._file.readline()) != b"\r\n":
            name, _, value = line.partition(b":")
            headers[name.lower()] = value.strip()
        return status, self._file.read(int(headers.get(b"content-length", b"0"))), headers

    def close(self) -> None:
        """Hang up."""
        self._file.close()
        self._socket.close()


def cpu_s(process: int) -> float:
    """Return the CPU seconds that a process and its threads have spent."""
    return time.clock_gettime((~process << 3) | 2)  # as clock_getcpuclockid(3) does


def memory_bytes(process: int) -> int:
    """Return the resident memory of a process."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS"))


@contextmanager
def server(*command: str) -> Iterator[tuple[int, str]]:
    """Run a Python program that prints its URL last on its first line; give process and URL."""
    process = subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process.pid, process.stdout.readline().split()[-1]
    finally:
        process.terminate()
        process.wait(timeout=30)


def cpu_per_request(process: int, connection: Connection, paths: Sequence[str]) -> float:
    """Return the CPU seconds that the server spends on a request, over ``paths``."""
    before = cpu_s(process)
    for path in paths:
        status, _, _ = connection.ask(path)
        assert status == 200, f"{path}: {status}"  # noqa: PLR2004
    return (cpu_s(process) - before) / len(paths)


def wall_s(work: object) -> float:
    """Return the seconds that ``work`` takes."""
    began = time.perf_counter()
    work()  # type: ignore[operator]
    return time.perf_counter() - began
