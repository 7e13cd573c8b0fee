"""The vault at the command line, with a ledger: from keeping to erasing, and a restore."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing

import pytest

from cellchain.adapters import write_ahead
from cellchain.app import Cellchain
from cellchain.app.notebook import open_project
from cellchain.cli.root import run
from cellchain.contracts.document import Erase
from cellchain.crypto.signatures import SigningKey
from cellchain.services.desk import Desk
from cellchain.services.vault import Eraser
from tests.homes import found_home, replayed_head

CLIENTS = [SigningKey(bytes([n]) * 32) for n in (1, 2)]
REPORT = b"Cycle life test: 1 000 cycles\n" * 100


@pytest.fixture
def home(tmp_path):
    return found_home(tmp_path / "h", CLIENTS).folder


@pytest.fixture
def cellchain(home, capfd):
    def act(*arguments, at=home, expect=0):
        capfd.readouterr()
        words = [str(word) for word in arguments]
        code = run(Cellchain(), [*words, *(["--home", str(at)] if at else []), "--json"])
        out, err = capfd.readouterr()
        assert code == expect, err
        return json.loads(out or err)

    return act


@pytest.fixture
def report(tmp_path):
    path = tmp_path / "report.md"
    path.write_bytes(REPORT)
    return path


def kept(cellchain, report, name="R-1", *more):
    return cellchain("vault", "keep", report, "--document", name, "--as", "client-0", *more)


def read(cellchain, tmp_path, reader, name="R-1", **how):
    out = tmp_path / "out"
    out.unlink(missing_ok=True)
    answer = cellchain(
        "vault", "open", name, "--out", out, *(["--as", reader] if reader else []), **how
    )
    if "error" in answer:
        assert not out.exists()
        return answer["error"]["code"]
    return out.read_bytes()


def test_from_keeping_to_erasing(cellchain, report, home, tmp_path):
    cellchain("vault", "rotate", "--as", "client-1")
    assert kept(cellchain, report)["size_bytes"] == len(REPORT)
    assert read(cellchain, tmp_path, "client-0") == REPORT
    assert read(cellchain, tmp_path, "client-1", expect=1) == "vault.unknown"
    assert read(cellchain, tmp_path, "", expect=1) == "vault.unknown"
    cellchain("vault", "grant", "R-1", "--party", "client-1", "--as", "client-0")
    assert read(cellchain, tmp_path, "client-1") == REPORT
    assert cellchain("vault", "rotate", "--as", "client-1")["wraps"] == 1
    assert read(cellchain, tmp_path, "client-1") == REPORT
    cellchain("vault", "revoke", "R-1", "--party", "client-1", "--as", "client-0")
    assert read(cellchain, tmp_path, "client-1", expect=1) == "vault.unknown"
    cellchain("vault", "erase", "R-1", "--as", "client-0")
    assert read(cellchain, tmp_path, "client-0", expect=1) == "vault.unknown"
    assert cellchain("vault", "list")["records"] == []
    replayed_head(home)


def test_leave_and_erasure_that_are_sent_are_followed(cellchain, report, home, tmp_path):
    cellchain("vault", "rotate", "--as", "client-1")
    kept(cellchain, report)
    leave = ("--document", "R-1", "--reader", "client-1", "--as", "client-0")
    cellchain("send", "document.grant", *leave, "--purpose", "a test")
    assert read(cellchain, tmp_path, "client-1") == REPORT
    cellchain("send", "document.revoke", *leave)
    assert cellchain("vault", "list")["records"][0]["recipients"] == ["client-0"]
    cellchain("send", "document.erase", "--documents", "R-1", "--as", "client-0")
    assert destroyed(home)


def test_what_another_process_erased_is_destroyed_at_the_next_opening(cellchain, report, home):
    kept(cellchain, report)
    with Cellchain().writing(home) as (opened, ledger):  # nothing follows
        Desk(ledger, opened.keys.load("client-0")).send(Erase(documents=("R-1",)))
    assert not destroyed(home)
    again = cellchain("vault", "erase", "R-1", "--as", "client-0", expect=1)
    assert again["error"]["code"] == "document.erased"
    assert destroyed(home)


def test_a_notebook_lets_the_vault_follow(cellchain, report, home):
    kept(cellchain, report)
    with open_project(home, party="client-0") as project:
        project.send(Erase(documents=("R-1",)))
    assert destroyed(home)


def test_it_is_said_where_a_reader_keeps_erased_bytes(cellchain, report, home, monkeypatch, capfd):
    monkeypatch.setattr(write_ahead, "WAIT_S", 0.1)
    kept(cellchain, report)
    with closing(sqlite3.connect(home / "vault" / "index.db")) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM record").fetchall()
        words = ["vault", "erase", "R-1", "--as", "client-0", "--home", str(home)]
        assert run(Cellchain(), words) == 0
    assert "a reader keeps the journal" in capfd.readouterr().err


def destroyed(home):
    """Whether nothing is left of what was kept, and the journal has it."""
    journal = home.with_name("h.erasures")
    return not list((home / "vault" / "objects").glob("??/*")) and journal.exists()


def test_who_is_named_while_keeping_may_open(cellchain, report, tmp_path):
    cellchain("vault", "rotate", "--as", "client-1")
    kept(cellchain, report, "R-1", "--for", "client-1")
    kept(cellchain, report, "R-2", "--access", "public")
    assert read(cellchain, tmp_path, "client-1") == REPORT
    assert read(cellchain, tmp_path, "", "R-2") == REPORT
    names = [(r["name"], r["recipients"]) for r in cellchain("vault", "list")["records"]]
    assert names == [("R-1", ["client-0", "client-1"]), ("R-2", ["class:public", "client-0"])]


@pytest.mark.parametrize(
    ("words", "code", "status"),
    [
        (("erase", "R-1", "--as", "client-1"), "document.not_owner", 1),
        (("grant", "R-1", "--party", "client-1", "--as", "client-1"), "vault.unknown", 1),
        (("revoke", "R-1", "--party", "client-0", "--as", "client-0"), "vault.owner", 1),
        (("grant", "R-1", "--party", "client-1", "--as", "client-0"), "vault.no_opening_key", 1),
        (("open", "R-9", "--out", "x"), "vault.unknown", 1),
    ],
)
def test_refusals(cellchain, report, tmp_path, words, code, status):
    kept(cellchain, report)
    assert cellchain("vault", *words, expect=status)["error"]["code"] == code
    assert read(cellchain, tmp_path, "client-0") == REPORT


def test_a_name_that_is_taken_keeps_nothing(cellchain, report):
    kept(cellchain, report)
    again = ("vault", "keep", report, "--document", "R-1", "--as", "client-0")
    assert cellchain(*again, expect=1)["error"]["code"] == "vault.registered"
    wrong = ("vault", "keep", report, "--document", "R-2", "--as", "client-0", "--access", "mine")
    assert cellchain(*wrong, expect=2)["error"]["code"] == "cli.access"
    assert len(cellchain("vault", "list")["records"]) == 1


def test_what_the_book_refuses_keeps_nothing(cellchain, report):
    kept(cellchain, report)
    words = ("keep", report, "--document", "R-2", "--as", "client-0", "--for", "client-0")
    assert cellchain("vault", *words, expect=1)["error"]["code"] == "document.to_self"
    assert [r["name"] for r in cellchain("vault", "list")["records"]] == ["R-1"]


@pytest.mark.parametrize(
    ("setting", "code"),
    [("document_bytes_max = 10", "vault.too_large"), ('url = "ftp://x"', "vault.url")],
)
def test_the_settings_of_a_home_hold_at_the_command_line(cellchain, report, home, setting, code):
    (home / "cellchain.toml").write_text(f"[vault]\n{setting}\n")
    words = ("vault", "keep", report, "--document", "R-1", "--as", "client-0")
    assert cellchain(*words, expect=1)["error"]["code"] == code


def test_a_party_that_is_at_home_elsewhere_gets_a_parcel(cellchain, report, home, tmp_path):
    cellchain("vault", "rotate", "--as", "client-1")
    kept(cellchain, report)
    parcel = tmp_path / "r-1.parcel"
    packed = ("vault", "pack", "R-1", "--party", "client-1", "--out", parcel, "--as")
    assert cellchain(*packed, "client-0", expect=1)["error"]["code"] == "vault.unknown"
    cellchain("vault", "grant", "R-1", "--party", "client-1", "--as", "client-0")
    assert cellchain(*packed, "operator", expect=1)["error"]["code"] == "vault.unknown"
    cellchain(*packed, "client-0")
    assert REPORT[:20] not in parcel.read_bytes()
    there = tmp_path / "there"  # the same book without what the first home keeps
    cellchain("backup", "--out", tmp_path / "b.tar")
    cellchain("restore", tmp_path / "b.tar", there, at=None)
    objects = (there / "vault").rename(tmp_path / "objects-of-h") / "objects"
    for name in ("passphrase", "opening/client-1.1"):
        (there / "keys" / name).write_bytes((home / "keys" / name).read_bytes())
    assert read(cellchain, tmp_path, "client-1", at=there, expect=1) == "vault.unknown"
    early = cellchain("vault", "take-in", parcel, at=there, expect=3)
    assert early["error"]["code"] == "vault.not_fetched"
    shutil.copytree(objects, there / "vault" / "objects", dirs_exist_ok=True)
    taken = cellchain("vault", "take-in", parcel, at=there)
    assert (taken["document"], taken["owner"]) == ("R-1", "client-0")
    assert read(cellchain, tmp_path, "client-1", at=there) == REPORT
    again = cellchain("vault", "take-in", parcel, at=there, expect=1)
    assert again["error"]["code"] == "vault.exists"


def test_who_may_open_no_longer_gets_no_parcel(cellchain, report, tmp_path):
    cellchain("vault", "rotate", "--as", "client-1")
    kept(cellchain, report, "R-1", "--for", "client-1")
    cellchain("vault", "revoke", "R-1", "--party", "client-1", "--as", "client-0")
    out = tmp_path / "p"
    packed = cellchain(
        "vault", "pack", "R-1", "--party", "client-1", "--out", out, "--as", "client-0", expect=1
    )
    assert packed["error"]["code"] == "vault.unknown"
    assert not out.exists()


@pytest.mark.parametrize("journal", ["beside", "noted", "file", "ledger"])
def test_a_backup_brings_nothing_erased_back(
    cellchain, report, home, tmp_path, journal, monkeypatch
):
    kept(cellchain, report)
    kept(cellchain, report, "R-2")
    if journal != "ledger":
        cellchain("backup", "--with-keys", "--out", tmp_path / "b.tar")
    with monkeypatch.context() as patch:
        if journal == "ledger":  # killed between the word on the ledger and the deed
            patch.setattr(Eraser, "settle", lambda *_: [])
        cellchain("vault", "erase", "R-1", "--as", "client-0")
    beside, more = home.with_name("h.erasures"), []
    if journal == "ledger":
        cellchain("backup", "--with-keys", "--out", tmp_path / "b.tar")
        assert not beside.exists()
    if journal == "file":
        more = ["--erasures", beside.rename(tmp_path / "kept-elsewhere")]
    there = tmp_path / "restored"
    if journal == "beside":
        beside.rename(tmp_path / "restored.erasures")
    cellchain("restore", tmp_path / "b.tar", there, *more, at=None)
    (there / "keys" / "passphrase").write_bytes((home / "keys" / "passphrase").read_bytes())
    assert read(cellchain, tmp_path, "client-0", at=there, expect=1) == "vault.unknown"
    assert read(cellchain, tmp_path, "client-0", "R-2", at=there) == REPORT
    assert len(list((there / "vault" / "objects").glob("??/*"))) == 1
    assert [r["name"] for r in cellchain("vault", "list", at=there)["records"]] == ["R-2"]
    assert (tmp_path / "restored.erasures").exists()
