"""Tables of readings become windows: every good row once, every bad one with its reason."""

import zipfile

import pytest

from cellchain.adapters.telemetry.csv_source import boot_of
from cellchain.core.errors import Refused
from cellchain.core.time import DAY_MS
from cellchain.services.gateway.evidence import audit
from cellchain.services.gateway.importing import count_rows
from tests.integration.telemetry.given import (
    MIDNIGHT_MS,
    STREAM,
    Home,
    line,
    table,
)


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


def test_a_table_becomes_windows(home, tmp_path):
    summary = home.load(table(tmp_path / "table.csv", 250))
    assert (summary.rows, summary.rejected, summary.windows) == (250, 0, 3)
    assert home.ledger.stream().next == 251
    assert home.ledger.window("gw/table/201").count == 50
    assert list(audit(home.store(), home.ledger.window)) == []


def test_the_same_table_again_adds_nothing_and_a_longer_one_only_what_is_new(home, tmp_path):
    home.load(table(tmp_path / "table.csv", 250))
    before = home.ledger.windows()
    again = home.load(table(tmp_path / "table.csv", 250))
    assert (again.rows, again.windows, again.already) == (0, 0, 250)
    assert home.ledger.windows() == before
    longer = home.load(table(tmp_path / "table.csv", 330))
    assert (longer.rows, longer.windows, longer.already) == (80, 1, 250)
    assert home.ledger.windows().items() > before.items()


def test_a_last_line_without_end_may_get_one_and_nothing_else(home, tmp_path):
    path = table(tmp_path / "table.csv", 10)
    path.write_bytes(path.read_bytes().removesuffix(b"\n"))
    home.load(path)
    assert home.load(table(path, 12)).rows == 2
    path.write_bytes(path.read_bytes().removesuffix(b"x\n") + b"xy")
    with pytest.raises(Refused, match=r"import\.other_source"):
        home.load(path)


def test_zip_and_windows_line_ends_and_a_byte_order_mark_are_read(home, tmp_path):
    plain = table(tmp_path / "table.csv", 30)
    text = b"\xef\xbb\xbf" + plain.read_bytes().replace(b"\n", b"\r\n")
    with zipfile.ZipFile(tmp_path / "table.csv.zip", "w") as archive:
        archive.writestr("inner.csv", text)
    assert home.load(tmp_path / "table.csv.zip").rows == 30
    assert boot_of(tmp_path / "table.csv.zip") == "table"


def test_another_table_under_the_same_name_is_refused(home, tmp_path):
    home.load(table(tmp_path / "table.csv", 250))
    table(tmp_path / "table.csv", 300, change={7: line(7, volt="3.9")})
    with pytest.raises(Refused, match=r"import\.other_source"):
        home.load(tmp_path / "table.csv")
    table(tmp_path / "table.csv", 20)
    with pytest.raises(Refused, match=r"import\.other_source"):
        home.load(tmp_path / "table.csv")


BAD = {
    3: line(3, volt="nan"),
    4: line(4, volt="3.6585"),
    6: "nonsense\n",
    7: "\n",
    8: line(8).replace("x", '"x'),
    50: line(50, start_ms=-(10**9)),
    51: line(51, start_ms=10**14),
    101: line(101, volt="2147484"),
}


@pytest.mark.parametrize("block_bytes", [64, 1000, 1 << 20])
def test_rejected_rows_are_listed_with_their_reasons_and_recorded_as_lost(
    home, tmp_path, block_bytes
):
    path = table(tmp_path / "table.csv", 130, change=BAD)
    summary = home.load(path, block_bytes=block_bytes)
    assert (summary.rows, summary.rejected) == (122, 8)
    listed = [text.split(",", 2) for text in home.rejects(10**6).path.read_text().splitlines()]
    assert [row for row, *_ in listed] == ["row", *map(str, BAD)]
    assert listed[1][1:] == ["V_1", "'nan' is not a number"]
    assert "3.6585 V is not a whole number of mV" in listed[2][2]
    assert "1 cells; the header has 4" in listed[3][2]
    assert home.ledger.stream().lost == 8
    assert home.ledger.stream().missing == ()
    assert list(audit(home.store(), home.ledger.window)) == []


def test_the_size_of_blocks_changes_nothing(home, tmp_path):
    path = table(tmp_path / "table.csv", 130, change=BAD)
    other = Home(tmp_path / "other")
    home.load(path, block_bytes=64)
    other.load(path)
    assert home.ledger.windows() == other.ledger.windows()


def test_more_rejected_rows_than_a_stream_may_miss(home, tmp_path):
    bad = {row: line(row, volt="?") for row in range(2, 400, 2)}
    summary = home.load(table(tmp_path / "table.csv", 400, change=bad))
    assert (summary.rows, summary.rejected) == (201, 199)
    assert home.ledger.stream().lost == 199


def test_missing_values_stay_missing(home, tmp_path):
    path = table(tmp_path / "table.csv", 3, change={2: f"{MIDNIGHT_MS + 1},,0.5,x\n"})
    home.load(path)
    store = home.store()
    rows = store.rows(store.kept()[0])
    assert rows.present[0].tolist() == [True, False, True]
    assert rows.present[1] is None


def test_a_window_never_crosses_a_day(home, tmp_path):
    path = table(tmp_path / "table.csv", 100, start_ms=MIDNIGHT_MS + DAY_MS - 50_000)
    home.load(path)
    assert sorted(home.ledger.windows()) == ["gw/table/1", "gw/table/50"]
    days = {path.parent.name for path in home.store().folder.glob("*/*/*.parquet")}
    assert len(days) == 2


def test_rows_of_one_time_are_all_kept(home, tmp_path):
    home.load(table(tmp_path / "table.csv", 5, step_ms=0))
    assert home.ledger.window("gw/table/1").count == 5


def test_a_dry_run_counts_and_writes_nothing(home, tmp_path):
    path = table(tmp_path / "table.csv", 130, change=BAD)
    seen = []
    summary = count_rows(home.source(path), lambda done, total: seen.append((done, total)))
    assert (summary.rows, summary.rejected) == (122, 8)
    assert seen[-1] == (path.stat().st_size,) * 2
    assert not home.folder.exists()


def test_a_table_without_rows(home, tmp_path):
    assert home.load(table(tmp_path / "table.csv", 0)).windows == 0
    assert home.ledger.stream() is None


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        pytest.param("t.csv", b"", "import.empty", id="empty"),
        pytest.param("t.csv", b"\xff\xfe\n", "import.empty", id="no-text"),
        pytest.param("t.csv", b"a,b\n1,2\n", "format.column_missing", id="other-columns"),
        pytest.param(
            "t.csv", b"time,V_1,I,x\n" + b"1" * (3 << 20), "import.line", id="no-line-end"
        ),
    ],
)
def test_what_is_no_table_is_refused(home, tmp_path, name, content, code):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(Refused) as refusal:
        home.load(tmp_path / name)
    assert refusal.value.code == code


@pytest.mark.parametrize("names", [[], ["a.csv", "b.csv"]], ids=["none", "two"])
def test_an_archive_holds_one_table(home, tmp_path, names):
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as archive:
        for name in ["readme.txt", *names]:
            archive.writestr(name, "x")
    with pytest.raises(Refused, match=r"import\.archive"):
        home.load(tmp_path / "t.zip")


def test_a_boot_needs_a_plain_name(tmp_path):
    with pytest.raises(Refused, match=r"telemetry\.boot"):
        boot_of(tmp_path / "my table (2).csv")


def test_what_the_ledger_refuses_is_not_lost(home, tmp_path):
    home.ledger.book.time_ms = MIDNIGHT_MS - DAY_MS
    path = table(tmp_path / "table.csv", 20)
    home.ledger.book.time_ms = MIDNIGHT_MS + DAY_MS
    source = home.source(path)
    home.ledger.book.time_ms = MIDNIGHT_MS - DAY_MS
    store = home.store()
    home.source = lambda *_, **__: source
    with pytest.raises(Refused, match=r"telemetry\.future"):
        home.load(path, store=store)
    home.ledger.book.time_ms = MIDNIGHT_MS + DAY_MS
    assert home.load(path, store=store).resumed == 1
    assert store.pending(STREAM) == []
