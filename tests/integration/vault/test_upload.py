"""A document arrives in pieces, is looked at, and is kept when it is whole."""

from __future__ import annotations

import os
import socket
import threading

import pytest

from cellchain.adapters.vault import uploads
from cellchain.adapters.vault.clamd import ClamdScanner
from cellchain.core.errors import Corrupt, Refused, Unavailable
from cellchain.services.vault import Limits
from tests.integration.vault.given import (
    MAKER,
    WORKSHOP,
    Clock,
    Table,
    content,
    label,
    new_home,
    opened,
)

DATA = b"0123456789" * 1000


@pytest.fixture
def members():
    return Table()


@pytest.fixture
def home(tmp_path):
    return new_home(tmp_path / "h")


@pytest.fixture
def clock():
    return Clock()


LIMITS = Limits(
    document_bytes_max=20_000, uploads_max=2, upload_bytes_max=30_000, piece_bytes_max=9_000
)


@pytest.fixture
def found(home, members, clock):
    with opened(home, members, [MAKER, WORKSHOP], now_ms=clock, limits=LIMITS) as opened_vault:
        yield opened_vault


def begin(found, size=10_000, owner=MAKER):
    return found.uploads.begin(owner, size=size, media_type="text/plain", file_name="n.txt")


def test_pieces_become_a_document_across_a_restart(found, home, members, clock):
    upload = begin(found)
    assert found.uploads.append(MAKER, upload, 0, DATA[:4000]) == 4000
    with opened(home, members, now_ms=clock) as again:
        assert again.uploads.offset(MAKER, upload) == 4000
        assert again.uploads.append(MAKER, upload, 4000, DATA[4000:]) == len(DATA)
        kept = again.uploads.finish(MAKER, upload, label(), [WORKSHOP])
        assert content(again.vault, kept.commitment, WORKSHOP) == DATA
    assert not list((home.folder / "vault" / "uploads").iterdir())
    with pytest.raises(Refused, match=r"vault\.unknown"):
        found.uploads.offset(MAKER, upload)


def test_the_name_of_a_file_is_as_durable_as_its_pieces(found, home, monkeypatch):
    synced = []
    monkeypatch.setattr(uploads, "sync_folder", synced.append)
    begin(found)
    folder = home.folder / "vault" / "uploads"
    assert synced == [folder, folder.parent]
    assert len(list(folder.iterdir())) == 1


class Killed(BaseException):
    """The process ends here."""


def test_the_row_goes_first_and_the_file_at_the_next_opening(
    found, home, members, clock, monkeypatch
):
    def killed(*_):
        raise Killed

    upload = begin(found)
    found.uploads.append(MAKER, upload, 0, DATA[:4000])
    with monkeypatch.context() as patch:
        patch.setattr(uploads.UploadFiles, "_unlink", killed)
        with pytest.raises(Killed):
            found.uploads.drop(MAKER, upload)
    with pytest.raises(Refused, match=r"vault\.unknown"):
        found.uploads.offset(MAKER, upload)
    other = begin(found)
    (left,) = [p for p in folder_of(home) if p.stat().st_size]
    os.utime(left, (0, 0))
    with opened(home, members, now_ms=clock) as again:
        assert again.uploads.offset(MAKER, other) == 0
    assert left not in folder_of(home)
    assert len(folder_of(home)) == 1


def folder_of(home):
    return list((home.folder / "vault" / "uploads").iterdir())


def test_what_a_crash_left_behind_the_count_is_cut_off(found, home):
    upload = begin(found)
    found.uploads.append(MAKER, upload, 0, DATA[:4000])
    (path,) = (home.folder / "vault" / "uploads").iterdir()
    assert DATA[:100] not in path.read_bytes()
    with path.open("ab") as file:
        file.write(b"written, not counted")
    found.uploads.append(MAKER, upload, 4000, DATA[4000:])
    kept = found.uploads.finish(MAKER, upload, label(), [])
    assert content(found.vault, kept.commitment, MAKER) == DATA


def test_an_empty_document_is_one(found):
    kept = found.uploads.finish(MAKER, begin(found, 0), label(), [])
    assert content(found.vault, kept.commitment, MAKER) == b""


def test_an_altered_piece_is_found_out(found, home):
    upload = begin(found, 10)
    found.uploads.append(MAKER, upload, 0, DATA[:10])
    (path,) = (home.folder / "vault" / "uploads").iterdir()
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(Corrupt, match=r"vault\.upload"):
        found.uploads.finish(MAKER, upload, label(), [])


def test_an_upload_that_nobody_adds_to_expires(found, home, clock):
    upload = begin(found)
    found.uploads.append(MAKER, upload, 0, DATA[:10])
    clock.now += LIMITS.upload_lives_ms
    assert found.uploads.offset(MAKER, upload) == 10
    clock.now += 1
    with pytest.raises(Refused, match=r"vault\.unknown"):
        found.uploads.append(MAKER, upload, 10, b"x")
    assert found.uploads.expire() == 1
    assert not list((home.folder / "vault" / "uploads").iterdir())


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (lambda f, _u: begin(f, 20_001), "vault.too_large"),
        (lambda f, _u: begin(f, -1), "vault.too_large"),
        (lambda f, _u: (begin(f, 1), begin(f, 1)), "vault.quota"),
        (lambda f, _u: begin(f, 20_000) and begin(f, 20_000), "vault.quota"),
        (lambda f, u: f.uploads.append(MAKER, u, 1, b"x"), "vault.offset"),
        (lambda f, u: f.uploads.append(MAKER, u, 0, bytes(9_001)), "vault.too_large"),
        (lambda f, _u: f.uploads.append(MAKER, begin(f, 3), 0, b"four"), "vault.too_large"),
        (lambda f, u: f.uploads.append(WORKSHOP, u, 0, b"x"), "vault.unknown"),
        (lambda f, _u: f.uploads.append(MAKER, "../x", 0, b"x"), "vault.unknown"),
        (lambda f, u: f.uploads.drop(WORKSHOP, u), "vault.unknown"),
        (lambda f, u: f.uploads.finish(MAKER, u, label(), []), "vault.unfinished"),
    ],
)
def test_refusals(found, act, code):
    upload = begin(found)
    with pytest.raises(Refused) as caught:
        act(found, upload)
    assert caught.value.code == code


def test_a_dropped_upload_is_gone(found):
    upload = begin(found)
    found.uploads.drop(MAKER, upload)
    with pytest.raises(Refused, match=r"vault\.unknown"):
        found.uploads.offset(MAKER, upload)


class Clamd(threading.Thread):
    """Speaks INSTREAM: finds the word EICAR."""

    def __init__(self, path, answer=b""):
        super().__init__()
        self.answer = answer
        self.door = socket.socket(socket.AF_UNIX)
        self.door.bind(str(path))
        self.door.listen()

    def run(self):
        link, _ = self.door.accept()
        with link, link.makefile("rb") as stream:
            assert stream.read(10) == b"zINSTREAM\0"
            seen = b""
            while size := int.from_bytes(stream.read(4), "big"):
                seen += stream.read(size)
            bad = b"EICAR" in seen
            found = b"stream: Eicar-Signature FOUND\0" if bad else b"stream: OK\0"
            link.sendall(self.answer or found)
        self.door.close()


def scanned(tmp_path, data, answer=b""):
    daemon = Clamd(tmp_path / "c", answer)
    daemon.start()
    try:
        return b"".join(ClamdScanner(str(tmp_path / "c")).passing([data[:3], b"", data[3:]]))
    finally:
        daemon.join()


def test_a_clean_document_passes_the_scanner(tmp_path):
    assert scanned(tmp_path, DATA) == DATA


@pytest.mark.parametrize(
    ("data", "answer", "code"),
    [
        (b"an EICAR here", b"", "vault.infected"),
        (DATA, b"INSTREAM size limit exceeded. ERROR\0", "vault.scanner"),
        (DATA, b"\0", "vault.scanner"),
    ],
)
def test_what_the_scanner_finds_is_not_kept(tmp_path, data, answer, code):
    with pytest.raises((Refused, Unavailable)) as caught:
        scanned(tmp_path, data, answer)
    assert caught.value.code == code


def test_an_infected_document_leaves_nothing_and_no_scanner_keeps_nothing(home, members, tmp_path):
    daemon = Clamd(tmp_path / "c")
    daemon.start()
    how = {"media_type": "text/plain", "file_name": "x"}
    with opened(home, members, [MAKER], clamd=str(tmp_path / "c")) as found:
        with pytest.raises(Refused, match=r"vault\.infected"):
            found.vault.keep([b"EICAR"], label(), owner=MAKER, **how)
        daemon.join()
        with pytest.raises(Unavailable, match=r"vault\.scanner"):
            found.vault.keep([b"fine"], label(), owner=MAKER, **how)
        assert list(found.vault.objects.addresses()) == []
        assert found.index.listed([MAKER]) == []
