"""The thread that tells witnesses, and witnesses that answer all sorts of things."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import SimpleQueue
from threading import Event, Thread
from typing import TYPE_CHECKING

import pytest

from cellchain.adapters.log_client import ANSWER_BYTES_MAX, LogClient, WitnessClient
from cellchain.adapters.witness_pusher import WitnessPusher
from cellchain.core.errors import Refused, Unavailable
from tests.small_log import SmallLog

if TYPE_CHECKING:
    from collections.abc import Iterator

LOG = SmallLog(*range(9))
SIZE = "text/x.tlog.size"


@contextmanager
def answering(*answers: tuple[int, str, bytes]) -> Iterator[tuple[str, SimpleQueue[bytes]]]:
    """A server that gives these answers in turn, the last again and again; what it was sent."""
    heard: SimpleQueue[bytes] = SimpleQueue()
    left = list(answers)

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.put(self.rfile.read(int(self.headers["content-length"])))
            self._say()

        def do_GET(self) -> None:
            heard.put(self.path.encode())
            self._say()

        def _say(self) -> None:
            status, kind, content = left.pop(0) if left[1:] else left[0]
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", heard
        finally:
            server.shutdown()


class Home:
    """What is taken, and what is told."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.told: list[object] = []
        self.took = Event()

    def take(self, note: bytes) -> None:
        self.taken.append(note)
        self.took.set()

    def hear(self, _: str, about: dict[str, object]) -> None:
        self.told.append(about["error"])

    @contextmanager
    def pushing(self, *urls: str) -> Iterator[WitnessPusher]:
        pusher = WitnessPusher(
            urls,
            checkpoint=LOG.checkpoint,
            request=lambda _, old: LOG.asked(old).to_bytes(),
            take=self.take,
            told=self.hear,
            period_s=0.01,
        )
        try:
            yield pusher
        finally:
            pusher.close()


def test_a_witness_that_remembers_another_size_is_asked_from_there():
    home, line = Home(), "\u2014 w AAAA\n".encode()
    with answering((409, SIZE, b"4\n"), (200, "text/plain", line)) as (url, heard):
        with home.pushing(url):
            assert home.took.wait(10)
        assert [heard.get(timeout=10) for _ in range(2)] == [
            LOG.asked(0).to_bytes(),
            LOG.asked(4).to_bytes(),
        ]
        assert heard.empty(), "what was cosigned is not asked for again"
    assert home.taken == [LOG.checkpoint() + line]
    assert home.told == []


@pytest.mark.parametrize(
    "answer",
    [
        (409, SIZE, b"4\n"),
        (409, SIZE, b"-4\n"),
        (409, "text/plain", b"4\n"),
        (409, SIZE, b"9" * 30),
        (422, "text/plain", b"no"),
        (500, "text/html", b"<html>"),
        (302, "text/plain", b""),
        (200, "text/plain", b"A" * (ANSWER_BYTES_MAX + 1)),
    ],
)
def test_what_is_no_answer_is_told_once_and_tried_again(answer: tuple[int, str, bytes]):
    home = Home()
    with answering(answer) as (url, heard), home.pushing(url) as pusher:
        for _ in range(5):
            assert heard.get(timeout=10)
        assert list(pusher.problems) == [url]
    assert len(home.told) == 1
    assert home.taken == []


def test_one_witness_that_fails_holds_up_no_other():
    home = Home()
    with answering((200, "text/plain", b"")) as (url, _):
        with home.pushing("http://127.0.0.1:1", url):
            assert home.took.wait(10)
    assert len(home.told) == 1


@contextmanager
def dripping() -> Iterator[str]:
    """A witness that answers a byte now and then, and never ends."""
    over = Event()

    class Drip(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(200)
            self.end_headers()
            with suppress(OSError):
                while not over.wait(0.02):
                    self.wfile.write(b"A")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Drip) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            over.set()
            server.shutdown()


def test_one_witness_that_is_slow_holds_up_no_other(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("cellchain.adapters.witness_pusher.WITNESS_S", 0.1)
    home = Home()
    with dripping() as slow, answering((200, "text/plain", b"")) as (url, _):
        with home.pushing(slow, url):
            assert home.took.wait(5), "while the slow one still answers"
    assert home.taken == [LOG.checkpoint()], "and closing waits no longer for it"


def test_a_witness_is_waited_for_so_long_and_no_longer(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("cellchain.adapters.log_client.WITNESS_S", 0.2)
    with dripping() as url:
        client = WitnessClient(url)
        with pytest.raises(Unavailable, match="too slow"):
            client.add_checkpoint(b"")
        client.close()


@pytest.mark.parametrize(
    "answer",
    [
        (200, "application/json", b"[]"),
        (200, "application/json", b'{"old_root":"zz","proof":[]}'),
        (200, "application/json", b'{"old_root":"' + b"00" * 32 + b'","proof":' + b"[" * 9000),
        (
            200,
            "application/json",
            b'{"old_root":"' + b"00" * 32 + b'","proof":[' + b",".join([b'"00"'] * 64) + b"]}",
        ),
        (404, "text/html", b"<html>"),
        (503, "application/problem+json", b'{"code":"writer.busy","detail":"later"}'),
    ],
)
def test_a_log_that_answers_something_else(answer: tuple[int, str, bytes]):
    with answering(answer) as (url, _):
        client = LogClient(url)
        with pytest.raises((Unavailable, Refused)):
            client.consistency(3, 9)
        client.close()


@pytest.mark.parametrize("url", ["ftp://x", "x", "file:///etc/passwd", ""])
def test_an_address_is_of_the_web(url: str):
    for kind in (LogClient, WitnessClient):
        with pytest.raises(Refused, match=r"witness\.url"):
            kind(url)
