"""A real server process: live events, webhooks to a real receiver, slow clients, a graceful end."""

from __future__ import annotations

import json
import queue
import signal
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
import pytest
from standardwebhooks.webhooks import Webhook as Verifier

from cellchain.app import Cellchain
from tests.web.site import CARS, PACKS, ana

API = "/api/v1"
PROGRAM = "from cellchain.app import main; main()"
BATTERY = "01/09506000134352/21/SERVED1"


class Server:
    """A served home, the lines it has logged, and its process."""

    def __init__(self, home):
        command = [sys.executable, "-c", PROGRAM, "serve", str(home), "--port", "0", "--json"]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.url = json.loads(self.process.stdout.readline())["url"]
        self.lines = []
        self.reading = threading.Thread(target=self._read)
        self.reading.start()

    def _read(self):
        self.lines.extend(self.process.stderr)

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        code = self.process.wait(60)
        self.reading.join()
        self.process.stdout.close()
        self.process.stderr.close()
        return code

    def client(self, member=""):
        cookies = None
        if member:
            cookies = httpx.post(f"{self.url}/sign-in", data={"as": member}).cookies
        headers = {"sec-fetch-site": "same-origin"}
        return httpx.Client(base_url=self.url, timeout=20, cookies=cookies, headers=headers)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("serve") / "demo"
    Cellchain().demo(folder, batteries=2, seed=3, listener=lambda _: None)
    (folder / "cellchain.toml").write_text('[webhooks]\nnetworks = ["127.0.0.0/8"]\n')
    return folder


@pytest.fixture(scope="module")
def server(home):
    server = Server(home)
    yield server
    if server.process.poll() is None:
        server.end()


@pytest.fixture(scope="module")
def client(server):
    with server.client(ana(CARS)) as client:
        registered = {"kind": "custody.register/1", "battery": BATTERY}
        assert client.post(f"{API}/custody/register", json=registered).status_code == 201
        yield client


def offer(client):
    """Make a block."""
    body = {"kind": "custody.offer/1", "battery": BATTERY, "receiver": PACKS}
    answer = client.post(f"{API}/custody/offer", json=body)
    assert answer.status_code == 201
    return answer.json()


def events(answer):
    """Yield the number and the data of each event."""
    number = None
    for line in answer.iter_lines():
        if line.startswith("id: "):
            number = int(line[4:])
        elif line.startswith("data: ") and number is not None:
            yield number, json.loads(line[6:])


def until(answer, height):
    """Return the number of the event that tells of ``height``, and all that was told till then.

    What was published in the same second before somebody began to listen is told as well.
    """
    heard = []
    for number, told in events(answer):
        heard += told
        if told[-1]["height"] >= height:
            return number, heard
    raise AssertionError(f"the stream ended before block {height}: {heard}")


def test_who_listens_hears_of_every_block_and_of_those_it_missed(server, client):
    with client.stream("GET", f"{API}/live") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        height = offer(client)["height"]
        _, told = until(answer, height)
        assert BATTERY in told[-1]["subjects"]
    with server.client() as visitor:
        with visitor.stream("GET", f"{API}/live") as answer:
            number, told = until(answer, offer(client)["height"])
            assert all(set(one) == {"height"} for one in told)
        missed = [offer(client)["height"] for _ in range(3)]
        with visitor.stream("GET", f"{API}/live", headers={"last-event-id": str(number)}) as answer:
            _, heard = until(answer, missed[-1])
        assert [one["height"] for one in heard] == missed


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.got.put((dict(self.headers), body))
        self.send_response(self.server.answers.pop(0) if self.server.answers else 204)
        self.end_headers()

    def log_message(self, *_):
        pass


@contextmanager
def receiver():
    with HTTPServer(("127.0.0.1", 0), Receiver) as made:
        made.got, made.answers = queue.Queue(), []
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield made
        finally:
            made.shutdown()
            thread.join()


def test_a_receiver_is_told_of_what_happens_and_again_on_request(server, client):
    with receiver() as made:
        url = f"http://127.0.0.1:{made.server_port}/hook"
        wanted = {"url": url, "kinds": ["custody.offered"]}
        hook = client.post(f"{API}/webhooks", json=wanted).json()
        height, told = offer(client)["height"], {"height": 0}
        while told["height"] < height:  # what happened a moment before it was made is told as well
            headers, body = made.got.get(timeout=30)
            told = Verifier(hook["secret"]).verify(body, headers)
            assert told["type"].partition("/")[0] == "custody.offered"
        path = f"{API}/webhooks/{hook['webhook']['id']}"
        replayed = client.post(f"{path}/deliveries/{headers['webhook-id']}/replay")
        assert replayed.status_code == 204
        again, same = made.got.get(timeout=30)
        assert (again["webhook-id"], same) == (headers["webhook-id"], body)
        assert client.delete(path).status_code == 204


def test_somebody_who_sends_nothing_slows_nobody_down(server, client):
    address = (httpx.URL(server.url).host, httpx.URL(server.url).port)
    silent = [socket.create_connection(address) for _ in range(50)]
    try:
        for one in silent:
            one.sendall(b"POST /api/v1/transactions HTTP/1.1\r\nHost: localhost\r\n")
        assert client.get("/healthz").text == "fine\n"
        offer(client)
    finally:
        for one in silent:
            one.close()


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
        b"GET /\x00 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nA: " + b"x" * 100_000 + b"\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: x\r\n\r\n0\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    ],
)
def test_what_is_no_request_gets_no_page(server, client, sent):
    address = (httpx.URL(server.url).host, httpx.URL(server.url).port)
    with socket.create_connection(address, timeout=10) as one:
        one.sendall(sent)
        one.shutdown(socket.SHUT_WR)
        try:
            answer = one.recv(1000)
        except ConnectionError:
            answer = b""
    assert not answer.startswith(b"HTTP/1.1 2")
    assert client.get("/healthz").is_success


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_when_it_is_told_to_even_while_somebody_listens(home, number, tmp_path):
    folder = tmp_path / "other"
    Cellchain().demo(folder, batteries=1, seed=4, listener=lambda _: None)
    server = Server(folder)
    with server.client() as visitor, visitor.stream("GET", f"{API}/live") as answer:
        assert next(answer.iter_lines()).startswith("retry")
        assert server.end(number) == 0
    told = [json.loads(line) for line in server.lines]
    assert {line["event"] for line in told} == {"request"}
    assert [line["path"] for line in told] == [f"{API}/live"]
