"""Homes fetch ciphertexts from each other by address, and believe nothing but the hash."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from cellchain.adapters.vault.remote import HttpObjects
from cellchain.core.errors import Corrupt, Refused, Unavailable
from cellchain.services.vault.parcel import pack
from tests.integration.vault.given import MAKER, Table, content, keep, new_home, opened, take_in

DATA = bytes(range(256)) * 20_000


class Home(BaseHTTPRequestHandler):
    """Serves ``objects``; breaks off every answer after ``most`` bytes."""

    def do_GET(self):
        self.server.asked.append((self.path, self.headers.get("Range")))
        data = self.server.objects.get(self.path.rpartition("/")[2])
        if self.server.elsewhere:
            self.send_response(302)
            self.send_header("Location", self.server.elsewhere)
            self.end_headers()
        elif data is None:
            self.send_error(404)
        else:
            start = int((self.headers.get("Range") or "bytes=0-")[6:-1])
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(data) - start))
            self.end_headers()
            self.wfile.write(data[start : start + self.server.most])

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    made = ThreadingHTTPServer(("127.0.0.1", 0), Home)
    made.objects, made.asked, made.most, made.elsewhere = {}, [], 10**9, ""
    thread = threading.Thread(target=made.serve_forever)
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


@pytest.fixture
def base(server):
    return f"http://127.0.0.1:{server.server_port}"


@pytest.fixture
def far(server, base, tmp_path):
    """A vault whose party was granted a document, its ciphertext at ``server``, and the parcel."""
    members = Table()
    there = opened(new_home(tmp_path / "far"), members, ["far"], homes=[base])
    with opened(new_home(tmp_path / "here"), members, [MAKER]) as here, there as other:
        kept = keep(here.vault, DATA, readers=("far",))
        parcel = pack(here.vault, kept.commitment, "far")
        size, read = here.vault.read_object(kept.address)
        server.objects[kept.address] = b"".join(read(0, size))
        yield other.vault, kept, parcel


def test_a_ciphertext_is_fetched_when_its_parcel_is_taken_in(far, server):
    vault, kept, parcel = far
    take_in(vault, parcel)
    for _ in range(2):
        assert content(vault, kept.commitment, "far") == DATA
    assert server.asked == [(f"/vault/{kept.address}", None)]


def test_an_answer_that_breaks_off_is_taken_up_again(far, server):
    vault, kept, parcel = far
    server.most = 2_000_000
    take_in(vault, parcel)
    assert content(vault, kept.commitment, "far") == DATA
    assert [asked for _, asked in server.asked] == [None, "bytes=2000000-", "bytes=4000000-"]


@pytest.mark.parametrize(
    ("change", "error", "code"),
    [
        (lambda _: None, Unavailable, "vault.not_fetched"),
        (lambda data: data + b"more", Unavailable, "vault.not_fetched"),
        (lambda data: data[:-9], Unavailable, "vault.not_fetched"),
        (lambda data: data[:-1] + b"\0", Corrupt, "vault.object_altered"),
    ],
    ids=["none", "longer", "shorter", "altered"],
)
def test_only_the_very_bytes_are_taken(far, server, change, error, code):
    vault, kept, parcel = far
    server.objects[kept.address] = change(server.objects[kept.address])
    with pytest.raises(error) as caught:
        take_in(vault, parcel)
    assert caught.value.code == code
    assert list(vault.objects.addresses()) == []
    assert vault.index.listed(["far"]) == []


def test_a_redirect_is_not_followed(far, server, base):
    vault, kept, parcel = far
    server.elsewhere = f"{base}/secret"
    with pytest.raises(Unavailable, match=r"vault\.not_fetched"):
        take_in(vault, parcel)
    assert {path for path, _ in server.asked} == {f"/vault/{kept.address}"}


def test_a_ciphertext_that_was_lost_is_fetched_again(far, server):
    vault, kept, parcel = far
    take_in(vault, parcel)
    vault.objects.remove(kept.address)
    assert content(vault, kept.commitment, "far") == DATA


@pytest.mark.parametrize("url", ["file:///etc", "ftp://x", "http://", "https://x/?q", "x"])
def test_a_home_is_named_by_a_plain_address(url):
    with pytest.raises(Refused, match=r"vault\.url"):
        HttpObjects([url])
