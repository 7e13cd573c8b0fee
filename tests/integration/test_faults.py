"""Homes in trouble: each fault has a name, and nothing is half written."""

import io
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from cellchain.adapters.backup import load_rows
from cellchain.adapters.rocks import RocksStore
from cellchain.app import Cellchain
from cellchain.contracts.custody import Custody, Register
from cellchain.core.errors import CellchainError, Corrupt, Refused, Unavailable
from cellchain.core.names import battery_id
from cellchain.crypto.signatures import SigningKey
from cellchain.ledger.replay import audit
from cellchain.ledger.store import BLOCK, BRANCH, HEAD, HEADER, PLACE, RECORD, TILE
from cellchain.services.desk import Desk
from tests.homes import found_home, replayed_head
from tests.machine import cannot

CLIENT = SigningKey(b"c" * 32)
B = [battery_id("09506000134352", f"B{n}") for n in range(80)]


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    folder = tmp_path_factory.mktemp("homes") / "home"
    found_home(folder, [CLIENT])
    with Cellchain().writing(folder) as (_, ledger):
        Desk(ledger, CLIENT).send_all([[Register(battery=b)] for b in B])
    return folder


@pytest.fixture
def home(template, tmp_path):
    return Path(shutil.copytree(template, tmp_path / "home"))


def test_what_is_written_is_there_for_the_next_process(home):
    with Cellchain().reading(home) as (_, application):
        assert application.state.records.lookup((Custody, B[-1])).holder == "client-0"
        head = application.state.head
    assert replayed_head(home) == head


def test_a_second_writer_is_refused_and_sends_through_the_first(home):
    with Cellchain().writing(home) as (_, first):
        with pytest.raises(Unavailable) as error, Cellchain()._engine(Cellchain().home(home)):
            pass
        assert error.value.code == "store.locked"
        with Cellchain().writing(home) as (_, second):
            assert type(second) is not type(first)
            more = battery_id("09506000134352", "through-the-socket")
            assert Desk(second, CLIENT).send(Register(battery=more)).code == ""
            with pytest.raises(Refused) as refusal:
                Desk(second, CLIENT).send(Register(battery=more))
            assert refusal.value.code == "custody.exists"
            assert second.find(Custody, more) == first.find(Custody, more) is not None


def test_readers_beside_a_writer_see_its_last_block(home):
    with Cellchain().writing(home) as (_, ledger):
        desk = Desk(ledger, CLIENT)
        for number in range(5):
            battery = battery_id("09506000134352", f"beside.{number}")
            height = desk.send(Register(battery=battery)).height
            with Cellchain().reading(home) as (_, application):
                draft = application.state.draft()
                assert draft.find(Custody, battery) is not None
                assert application.info().height == height
                assert len(list(application.state.records.scan(Custody))) == len(B) + number + 1


def test_a_rotation_that_a_crash_interrupted_is_finished(home):
    shop, following = Cellchain(), SigningKey(b"f" * 32)
    opened = shop.home(home)
    opened.keys.add("following", following)
    with shop._engine(opened) as solo:
        solo.seal([], time_ms=0, next_operator=following)  # and then the process dies
    assert opened.operator_key().key_id != following.key_id
    with shop.writing(home) as (_, ledger):
        battery = battery_id("09506000134352", "rotated")
        assert Desk(ledger, CLIENT).send(Register(battery=battery)).code == ""
    assert opened.operator_key().key_id == following.key_id


def test_a_socket_left_behind_does_not_stop_the_next_writer(home):
    script = (
        "import os,sys;from pathlib import Path;from cellchain.app import Cellchain\n"
        "with Cellchain().writing(Path(sys.argv[1])): os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", script, home], check=False).returncode == -9
    assert (home / "writer.sock").exists()
    with Cellchain().writing(home) as (_, ledger):
        assert ledger.find(Custody, B[0]) is not None


def flip(store, key, place):
    value = bytearray(store.get(key))
    value[place % len(value)] ^= 1
    store.write([(key, bytes(value))])


@pytest.mark.parametrize(
    "table", [RECORD, BRANCH, TILE, BLOCK, PLACE, HEADER, HEAD], ids=lambda t: t.decode()
)
@pytest.mark.parametrize("place", [0, 33, 101, -1])
def test_audit_finds_a_flipped_byte(home, table, place):
    store = RocksStore(home / "ledger")
    rows = [key for key, _ in store.scan(table, bytes([table[0] + 1]))]
    flip(store, rows[len(rows) // 2], place)
    store.close()
    shop = Cellchain()
    with pytest.raises(Corrupt), shop.reading(home) as (opened, application):
        with shop.replica(opened.genesis) as shadow:
            audit(application, shadow)


@pytest.mark.parametrize("table", [RECORD, BRANCH, TILE, PLACE], ids=lambda t: t.decode())
def test_audit_finds_a_missing_and_an_extra_row(home, table):
    store = RocksStore(home / "ledger")
    (key, value), *_ = store.scan(table, bytes([table[0] + 1]))
    shop = Cellchain()
    for rows, code in (
        ([(key, None)], "audit.missing"),
        ([(key, value), (key + b"x", value)], "audit.extra"),
    ):
        store = RocksStore(home / "ledger") if rows[-1][1] is not None else store
        store.write(rows)
        store.close()
        with pytest.raises(Corrupt) as error, shop.reading(home) as (opened, application):
            with shop.replica(opened.genesis) as shadow:
                audit(application, shadow)
        assert error.value.code == code


def test_a_journal_cut_in_its_last_frame_is_found_out(home, tmp_path):
    with Cellchain().writing(home) as (_, ledger):
        Desk(ledger, CLIENT).send(Register(battery=battery_id("09506000134352", "last")))
        killed = Path(_as_a_kill_would_leave_it(home, tmp_path))
    os.truncate(killed / "ledger/journal", (killed / "ledger/journal").stat().st_size - 40)
    with pytest.raises(Corrupt) as error, Cellchain().writing(killed):
        pass
    assert error.value.code == "store.behind"


def test_a_journal_cut_further_back_is_found_out(home):
    os.truncate(home / "ledger/journal", 1_000)
    with pytest.raises(Corrupt) as error, Cellchain().reading(home):
        pass
    assert error.value.code == "store.behind"


def test_a_table_that_lost_its_end_is_told_again(home, tmp_path):
    with Cellchain().writing(home) as (_, ledger):
        for name in ("one", "two"):
            Desk(ledger, CLIENT).send(Register(battery=battery_id("09506000134352", name)))
        killed = Path(_as_a_kill_would_leave_it(home, tmp_path))
        height = ledger._solo.application.info().height
    log = max((killed / "ledger").glob("*.log"), key=lambda path: path.stat().st_size)
    os.truncate(log, 0)  # as after a power loss: the table's own log is not synced
    with Cellchain().reading(killed) as (_, application):
        assert application.info().height == height
    assert replayed_head(killed).height == height


def _as_a_kill_would_leave_it(home, tmp_path):
    ignore = shutil.ignore_patterns("writer.sock")
    return shutil.copytree(home, tmp_path / "killed", ignore=ignore)


def test_a_truncated_table_is_found_out(home):
    table = max((home / "ledger").glob("*.sst"), key=lambda path: path.stat().st_size)
    os.truncate(table, table.stat().st_size - 40)
    with pytest.raises(CellchainError) as error, Cellchain().reading(home):
        pass
    assert error.value.code == "store.damaged"


def test_a_full_disk_is_a_named_error_and_the_ledger_goes_on_afterwards(template, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", disk], check=False, capture_output=True
    )
    if made.returncode:
        cannot("mounting a small disk needs root")
    try:
        home = Path(shutil.copytree(template, disk / "home"))
        filler = disk / "filler"
        with Cellchain().writing(home) as (_, ledger):
            desk = Desk(ledger, CLIENT)
            file = os.open(filler, os.O_WRONLY | os.O_CREAT)
            with pytest.raises(OSError, match="No space"):
                while True:
                    os.write(file, bytes(4096))
            os.close(file)
            with pytest.raises(Unavailable) as error:
                for n in range(10**4):
                    desk.send(Register(battery=battery_id("09506000134352", f"F{n}")))
            assert error.value.code in ("store.full", "store.io", "disk.full")
        filler.unlink()
        with Cellchain().writing(home) as (_, ledger):
            again = battery_id("09506000134352", "afterwards")
            assert Desk(ledger, CLIENT).send(Register(battery=again)).code == ""
        replayed_head(home)
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


def test_a_read_only_home_can_be_read_and_not_written(template, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    bind = ["mount", "--bind", str(template.parent), str(disk)]
    if subprocess.run(bind, check=False, capture_output=True).returncode:
        cannot("mounting a folder read-only needs root")
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", str(disk)], check=True)
        home = disk / template.name
        with Cellchain().reading(home) as (_, application):
            assert application.info().height > 1
        with pytest.raises(Unavailable) as error, Cellchain().writing(home):
            pass
        assert error.value.code in ("store.read_only", "disk.read_only", "store.io")
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def test_a_demo_key_is_refused_in_a_real_home(home):
    with pytest.raises(Refused) as refusal:
        Cellchain().home(home).keys.add("demo", SigningKey(b"d" * 32), demo=True)
    assert refusal.value.code == "key.demo"


def test_another_passphrase_opens_nothing(home, monkeypatch):
    monkeypatch.setenv("CELLCHAIN_PASSPHRASE", "not the passphrase")
    with pytest.raises(Refused) as refusal:
        Cellchain().home(home).keys.load("operator")
    assert refusal.value.code == "key.passphrase"


def test_an_existing_home_is_not_overwritten(home):
    with pytest.raises(Refused) as refusal:
        Cellchain().create(home, chain="new", party="operator", passphrase_file=None)
    assert refusal.value.code == "home.exists"


def test_a_newer_layout_says_what_to_do(home):
    (home / "home.json").write_bytes(b'{"version":99}')
    with pytest.raises(Refused) as refusal:
        Cellchain().home(home)
    assert refusal.value.code == "home.version"
    assert "export" in refusal.value.remedy


def test_a_backup_restores_to_the_same_head(home, tmp_path):
    shop = Cellchain()
    height = shop.backup(home, tmp_path / "b.tar")
    assert shop.restore(tmp_path / "b.tar", tmp_path / "restored") == height
    assert replayed_head(tmp_path / "restored") == replayed_head(home)


def test_a_damaged_backup_is_not_restored(home, tmp_path):
    shop = Cellchain()
    shop.backup(home, tmp_path / "b.tar")
    data = bytearray((tmp_path / "b.tar").read_bytes())
    place = data.rindex(b'"holder":"client-0"')
    data[place + 11] ^= 1
    (tmp_path / "b.tar").write_bytes(data)
    with pytest.raises(CellchainError):
        shop.restore(tmp_path / "b.tar", tmp_path / "restored")
    assert not list(tmp_path.glob("*restor*"))
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("with_keys", [False, True])
def test_a_backup_is_private_and_holds_no_passphrase(home, tmp_path, with_keys):
    (home / "notes.txt").write_text("mine")
    Cellchain().backup(home, tmp_path / "b.tar", with_keys=with_keys)
    assert (tmp_path / "b.tar").stat().st_mode & 0o777 == 0o600
    passphrase = (home / "keys/passphrase").read_bytes()
    assert passphrase not in (tmp_path / "b.tar").read_bytes()
    with tarfile.open(tmp_path / "b.tar") as archive:
        names = archive.getnames()
    assert {"keys/lock.json", "ledger.rows"} <= set(names)
    assert ("keys/operator.json" in names) == ("keys/headers.json" in names) == with_keys
    assert not {"keys/passphrase", "notes.txt", "ledger"} & set(names)


def member(name, data=b"x", **how):
    made = tarfile.TarInfo(name)
    made.size = len(data)
    for field, value in how.items():
        setattr(made, field, value)
    return made, io.BytesIO(data)


@pytest.mark.parametrize(
    "members",
    [
        pytest.param([member("../escaped")], id="above"),
        pytest.param([member("/tmp/escaped")], id="absolute"),
        pytest.param([member("telemetry/../../escaped")], id="above-inside"),
        pytest.param([member("notes.txt")], id="stranger"),
        pytest.param([member("keys/passphrase")], id="passphrase"),
        pytest.param([member("keys/deep/a.json")], id="deep-key"),
        pytest.param([member("genesis.json"), member("genesis.json")], id="twice"),
        pytest.param([member("telemetry/a"), member("telemetry/a/b")], id="file-as-folder"),
        pytest.param([member("telemetry/l", b"", type=tarfile.SYMTYPE, linkname="/")], id="link"),
        pytest.param([member("telemetry/p", b"", type=tarfile.FIFOTYPE)], id="pipe"),
        pytest.param([member("home.json")], id="no-rows"),
        pytest.param([], id="empty"),
    ],
)
def test_a_crafted_backup_is_refused_and_leaves_nothing(tmp_path, members):
    with tarfile.open(tmp_path / "b.tar", "w") as archive:
        for made, data in members:
            data.seek(0)
            archive.addfile(made, data)
    with pytest.raises(Refused) as refusal:
        Cellchain().restore(tmp_path / "b.tar", tmp_path / "in" / "restored")
    assert refusal.value.code == "backup.unreadable"
    assert [path.name for path in tmp_path.iterdir() if path.name != "in"] == ["b.tar"]
    assert list((tmp_path / "in").iterdir()) == []


def test_rows_are_written_in_batches_of_bounded_size(tmp_path, monkeypatch):
    monkeypatch.setattr("cellchain.adapters.backup.BATCH_BYTES", 100)
    rows = {bytes([n]): bytes(40) for n in range(1, 7)} | {b"\x09": bytes(500)}
    with (tmp_path / "rows").open("wb") as file:
        for key, value in rows.items():
            file.write(len(key).to_bytes(4, "big") + len(value).to_bytes(4, "big") + key + value)
    store = RocksStore(tmp_path / "ledger")
    load_rows(tmp_path / "rows", store)
    assert dict(store.scan(b"", b"\xff")) == rows
    assert store.writes == 4
    store.close()


@pytest.mark.parametrize("lost", ["ledger/CURRENT", "ledger"])
def test_a_home_that_lost_its_ledger_is_damaged(home, lost):
    path = home / lost
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    with pytest.raises(Corrupt) as error, Cellchain().reading(home):
        pass
    assert error.value.code == "store.damaged"


@pytest.mark.parametrize("content", [b"", b"\n", b"test+00000000+AAAA\n", b"\xff", None])
def test_a_home_without_its_operator_key_is_damaged(home, content):
    path = home / "operator.pub"
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(Corrupt) as error, Cellchain().writing(home):
        pass
    assert error.value.code == "home.damaged"
    assert "operator.pub" in error.value.remedy


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", None])
def test_a_damaged_lock_is_named(home, content):
    path = home / "keys/lock.json"
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(Corrupt) as error:
        Cellchain().home(home).keys.load("operator")
    assert error.value.code == "key.damaged"
