"""Requests to addresses that members name: a real receiver, and every way into this network."""

from __future__ import annotations

import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from cellchain.adapters.poster import GuardedPoster, resolve
from cellchain.core.errors import Refused, Unavailable

LOOPBACK = ("127.0.0.0/8",)


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.got.append((self.path, dict(self.headers), body))
        self.send_response(self.server.answer)
        self.send_header("location", "http://127.0.0.1:1/")
        self.end_headers()
        self.wfile.write(b"x" * 100_000)

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def receiver():
    with HTTPServer(("127.0.0.1", 0), Receiver) as server:
        server.got, server.answer = [], 204
        server.url = f"http://127.0.0.1:{server.server_port}/hook?a=1"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def leads_to(*addresses):
    return lambda _host, _port: list(addresses)


def test_a_receiver_that_the_operator_allows_gets_it(receiver):
    assert GuardedPoster(LOOPBACK).post(receiver.url, {"webhook-id": "m"}, b"{}") == 204
    ((path, headers, body),) = receiver.got
    assert (path, headers["webhook-id"], body) == ("/hook?a=1", "m", b"{}")
    assert headers["host"] == f"127.0.0.1:{receiver.server_port}"


def test_a_redirect_is_an_answer_and_is_not_followed(receiver):
    receiver.answer = 302
    assert GuardedPoster(LOOPBACK).post(receiver.url, {}, b"{}") == 302


def test_the_address_that_was_looked_at_is_the_one_that_is_called(receiver):
    """A name that leads elsewhere a moment later is looked up once, and called by address."""
    looked = []

    def changing(host, port):
        looked.append(host)
        return ["127.0.0.1"] if len(looked) == 1 else ["127.0.0.2"]

    poster = GuardedPoster(LOOPBACK, changing)
    port = receiver.server_port
    assert poster.post(f"http://named.example:{port}/", {}, b"") == 204
    assert looked == ["named.example"]
    assert receiver.got[0][1]["host"] == f"named.example:{port}"


def test_a_name_that_was_good_when_it_was_kept_is_looked_at_again():
    answers = iter((["93.184.216.34"], ["10.0.0.1"]))
    poster = GuardedPoster((), lambda _host, _port: next(answers))
    poster.check("http://changing.example/")
    with pytest.raises(Refused, match="webhook.url"):
        poster.post("http://changing.example/", {}, b"")


INSIDE = [
    "127.0.0.1", "127.1.2.3", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255", "240.0.0.1", "192.0.2.1",
    "198.18.0.1", "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::",
    "2002:a00:1::1", "2001:db8::1",
]  # fmt: skip


@pytest.mark.parametrize("address", INSIDE)
def test_no_name_leads_inside(address):
    poster = GuardedPoster((), leads_to("93.184.216.34", address))
    with pytest.raises(Refused, match="webhook.url"):
        poster.check("https://name.example/")


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "::ffff:8.8.8.8"])
def test_what_is_public_may_be_reached(address):
    GuardedPoster((), leads_to(address)).check("https://name.example/")


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "[::1]", "[::ffff:7f00:1]"],
)
def test_no_spelling_of_an_address_leads_inside(host):
    with pytest.raises(Refused, match="webhook.url"):
        GuardedPoster().check(f"http://{host}/")


@pytest.mark.parametrize(
    "url",
    [
        "ftp://x.example/", "file:///etc/passwd", "gopher://x.example/", "//x.example/", "x", "",
        "http://", "http:///x", "http://user@x.example/", "http://user:secret@x.example/",
        "http://@x.example/", "http://x.example:0/", "http://x.example:99999/",
        "http://x.example:a/", "http://[::1/", "http://x.example/ y",
        "http://x.example/\r\nHost: y",
        "http://x\\@y.example/", "http://exämple.example/", "javascript:alert(1)",
    ],
)  # fmt: skip
def test_only_plain_addresses_are_taken(url):
    with pytest.raises(Refused, match="webhook.url"):
        GuardedPoster((), leads_to("93.184.216.34")).check(url)


def test_a_name_without_an_address_may_be_kept_and_does_not_answer():
    poster = GuardedPoster((), leads_to())
    poster.check("http://new.example/")
    with pytest.raises(Unavailable, match="webhook.no_answer"):
        poster.post("http://new.example/", {}, b"")


@pytest.mark.parametrize("host", ["a" * 64 + ".example", "a..b.invalid", "." * 300])
def test_a_name_that_is_none_has_no_address(host):
    with pytest.raises(Unavailable, match="webhook.no_answer"):
        resolve(host, 80)


def test_who_answers_byte_by_byte_gets_no_more_of_our_time():
    ended = threading.Event()

    def drip(listening):
        taken, _ = listening.accept()
        with taken:
            while not ended.wait(0.01):
                try:
                    taken.sendall(b"H")
                except OSError:
                    return

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=drip, args=(listening,))
        thread.start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        with pytest.raises(Unavailable, match="webhook.no_answer"):
            GuardedPoster(LOOPBACK, timeout_s=0.2).post(url, {}, b"{}")
        ended.set()
        thread.join()


def test_networks_that_are_none_are_told_to_the_operator():
    with pytest.raises(Refused, match="config.value"):
        GuardedPoster(("10.1.0.0/99",))
