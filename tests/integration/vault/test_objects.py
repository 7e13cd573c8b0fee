"""The same object store three ways: a folder, a real S3 server, and a stand-in that speaks S3."""

from __future__ import annotations

import socket
import subprocess
import time
from hashlib import sha256

import pytest

from cellchain.adapters.vault.folder import FolderObjects, clear_incoming
from cellchain.adapters.vault.s3 import S3Objects
from cellchain.core.errors import Corrupt, Refused, Unavailable
from tests.integration.vault.given import MAKER, Table, content, keep, new_home, opened
from tests.machine import require

KEY = {"AWS_ACCESS_KEY_ID": "vault-test", "AWS_SECRET_ACCESS_KEY": "vault-test-secret"}
DATA = bytes(range(256)) * 30_000
"""More than one part of an upload."""


@pytest.fixture(scope="module")
def real_server(tmp_path_factory):
    """s3s-fs, an S3 server over a folder (`cargo install s3s-fs --features binary`)."""
    program = require("s3s-fs", purpose="to be an S3 server: the stand-in is asked instead")
    folder = tmp_path_factory.mktemp("s3")
    (folder / "vault").mkdir()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    words = ("--host", "127.0.0.1", "--port", str(port), str(folder))
    keys = ("--access-key", KEY["AWS_ACCESS_KEY_ID"], "--secret-key", KEY["AWS_SECRET_ACCESS_KEY"])
    with subprocess.Popen(
        [program, *keys, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        _wait_for(port)
        yield f"http://127.0.0.1:{port}"
        server.terminate()


def _wait_for(port: int) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except ConnectionRefusedError:
            continue
        return
    raise TimeoutError(port)


@pytest.fixture(scope="module")
def stand_in():
    server = pytest.importorskip("moto.server").ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    import httpx

    httpx.put(f"http://{host}:{port}/vault").raise_for_status()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(params=["folder", "real_server", "stand_in"])
def where(request, tmp_path, monkeypatch):
    if request.param == "folder":
        return ""
    pytest.importorskip("obstore")
    for name, value in KEY.items():
        monkeypatch.setenv(name, value)
    endpoint = request.getfixturevalue(request.param)
    return f"s3://vault/{tmp_path.name}?endpoint={endpoint}"


@pytest.fixture
def objects(where, tmp_path):
    return S3Objects(where, tmp_path) if where else FolderObjects(tmp_path)


def pieces(data=DATA, size=700_001):
    return (data[at : at + size] for at in range(0, len(data), size))


def test_what_is_put_is_read_by_its_hash(objects):
    address = objects.put(pieces())
    assert address == sha256(DATA).hexdigest()
    assert objects.size_bytes(address) == len(DATA)
    assert b"".join(objects.read(address, 0, len(DATA))) == DATA
    assert b"".join(objects.read(address, 5, 2_500_000)) == DATA[5:2_500_000]
    assert b"".join(objects.read(address, len(DATA) - 3, len(DATA) + 9)) == DATA[-3:]
    assert objects.put(pieces()) == address
    assert [found for found, _ in objects.addresses()] == [address]


def test_what_is_removed_is_gone(objects):
    address = objects.put([b"a"])
    objects.remove(address)
    objects.remove(address)
    assert objects.size_bytes(address) is None
    assert list(objects.addresses()) == []
    with pytest.raises(Corrupt, match=r"vault\.object_missing"):
        list(objects.read(address, 0, 1))


def test_what_breaks_off_leaves_nothing(objects, tmp_path):
    def breaks():
        yield b"half"
        raise Unavailable("test.broken", "the sender hung up")

    with pytest.raises(Unavailable, match=r"test\.broken"):
        objects.put(breaks())
    assert list(objects.addresses()) == []
    assert list((tmp_path / "incoming").iterdir()) == []


def test_a_vault_over_it_keeps_opens_and_erases(where, tmp_path):
    members = Table()
    from tests.integration.vault.test_erasure import order

    with opened(new_home(tmp_path / "h"), members, [MAKER], objects_url=where) as found:
        kept = keep(found.vault, DATA)
        assert content(found.vault, kept.commitment, MAKER) == DATA
        found.eraser.apply_erasures([order(kept.commitment)])
        assert found.vault.objects.size_bytes(kept.address) is None


@pytest.mark.parametrize(
    "url",
    ["http://x/y", "s3://", "s3://user:secret@bucket/x", "s3://bucket/x?secret=1", "bucket"],
)
def test_a_url_that_is_none_is_refused_and_not_repeated(url, tmp_path):
    pytest.importorskip("obstore")
    with pytest.raises(Refused, match=r"vault\.url") as caught:
        S3Objects(url, tmp_path)
    assert "secret" not in str(caught.value)


def test_a_bucket_that_does_not_answer_is_unavailable(tmp_path, monkeypatch):
    pytest.importorskip("obstore")
    for name, value in KEY.items():
        monkeypatch.setenv(name, value)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    store = S3Objects(f"s3://b/x?endpoint=http://127.0.0.1:{port}", tmp_path)
    with pytest.raises(Unavailable, match=r"vault\.objects") as caught:
        store.size_bytes("ab" * 32)
    assert KEY["AWS_SECRET_ACCESS_KEY"] not in str(caught.value)


def test_what_a_killed_process_left_goes_after_a_day(tmp_path):
    (tmp_path / "left").write_bytes(b"half")
    clear_incoming(tmp_path, before_ms=1)
    assert (tmp_path / "left").exists()
    clear_incoming(tmp_path, before_ms=2**50)
    assert not (tmp_path / "left").exists()
