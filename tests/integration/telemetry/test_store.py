"""What is kept can be asked, proved, compacted and erased; what was changed is found."""

from dataclasses import replace

import pytest

from cellchain.adapters.telemetry import series
from cellchain.adapters.telemetry.query import readings
from cellchain.core.errors import CellchainError, Corrupt, Refused, Unavailable
from cellchain.crypto.window import AnchoredWindow, verify_reading
from cellchain.services.gateway.evidence import audit, find_readings, prove_reading
from tests.integration.telemetry.given import BATTERY, MIDNIGHT_MS, Home, line, table


@pytest.fixture
def home(tmp_path):
    home = Home(tmp_path / "home")
    for rows in (250, 400, 520):
        home.load(table(tmp_path / "table.csv", rows))
    return home


def anchored(home, subject):
    record = home.ledger.window(subject)
    return AnchoredWindow(
        window=subject, root=bytes.fromhex(record.root), layout_digest=record.layout,
        first=int(subject.rpartition("/")[2]), last=record.last, count=record.count,
        start_ms=record.start_ms, end_ms=record.end_ms,
    )  # fmt: skip


def at(store, row, span_ms=1000):
    time_ms = MIDNIGHT_MS + row * 1000
    return find_readings(store, BATTERY, from_ms=time_ms, until_ms=time_ms + span_ms)


@pytest.mark.parametrize("compacted", [False, True])
def test_every_reading_is_proved(home, compacted):
    store = home.store()
    if compacted:
        assert store.compact() == 2
    for row in (1, 100, 101, 399, 520):
        (found,) = at(store, row)
        proof = prove_reading(store, found)
        shown = verify_reading(proof, anchored(home, proof.window))
        (reading,) = [r for r in shown if r.sequence == found.sequence]
        assert reading.values == (3500 + row % 700, int(float(f"{row % 9 - 4}.25") * 1000))
        assert tuple(found.values.values()) == reading.values


def test_rows_of_one_second_are_all_found(tmp_path):
    home = Home(tmp_path / "home")
    home.load(table(tmp_path / "table.csv", 4, step_ms=400))
    assert [found.sequence for found in at(home.store(), 0)] == [1, 2]
    assert [found.sequence for found in at(home.store(), 1)] == [3, 4]
    assert at(home.store(), 5) == []


def test_readings_are_asked_by_time_and_channel(home):
    store = home.store()
    span = {"from_ms": MIDNIGHT_MS + 99_000, "until_ms": MIDNIGHT_MS + 303_000}
    found = readings(store, BATTERY, **span, channels=["current_ma"])
    assert found["sequence"].to_pylist() == list(range(99, 303))
    assert found.column_names == ["device", "boot", "sequence", "time_ms", "current_ma"]
    assert readings(store, BATTERY, **span).num_columns == 6


@pytest.mark.parametrize(
    ("battery", "channels", "code"),
    [
        (BATTERY, ["soc_ppm"], "telemetry.unknown_channel"),
        (BATTERY, ['x" FROM kept; --'], "telemetry.unknown_channel"),
        ("01/09506000134352/21/CAR2", [], "telemetry.no_readings"),
    ],
)
def test_what_is_not_kept_is_refused(home, battery, channels, code):
    with pytest.raises(Refused) as refusal:
        readings(home.store(), battery, from_ms=0, until_ms=2**50, channels=channels)
    assert refusal.value.code == code


@pytest.mark.parametrize("points", [1, 7, 240, 4000])
def test_many_readings_are_thinned_as_few_are(tmp_path, monkeypatch, points):
    home = Home(tmp_path / "home")
    lost = dict.fromkeys(range(100, 180), "not a row\n") | {300: line(300, volt="")}
    home.load(table(tmp_path / "table.csv", 520, change=lost))
    asked = {"from_ms": MIDNIGHT_MS + 3_000, "until_ms": MIDNIGHT_MS + 500_000, "channels": ()}
    few = series.thinned(home.store(), BATTERY, **asked, points=points)
    monkeypatch.setattr(series, "READ_MAX", 0)
    many = series.thinned(home.store(), BATTERY, **asked, points=points)
    assert (few.times_ms, few.low, few.high) == (many.times_ms, many.low, many.high)
    for ours, theirs in zip(few.values, many.values, strict=True):
        assert ours == pytest.approx(theirs)
    assert few.gaps_ms == many.gaps_ms == ((MIDNIGHT_MS + 99_000, MIDNIGHT_MS + 180_000),)
    assert (few.readings, few.channels) == (many.readings, many.channels)


def test_compaction_changes_no_window(home):
    store = home.store()
    before = [(w.subject, store.rows(w).values[0].tolist()) for w in store.kept()]
    assert store.compact() == 2
    assert store.compact() == 0
    assert [(w.subject, store.rows(w).values[0].tolist()) for w in store.kept()] == before
    assert list(audit(store, home.ledger.window)) == []
    assert home.load(home.folder.parent / "table.csv", store=store).rows == 0


def test_erasure_destroys_secret_and_rows_of_one_window_only(home):
    store = home.store()
    (found,) = at(store, 150)
    secret = store.secret(found.window.subject)
    store.erase(found.window.subject)
    assert store.secret(found.window.subject) is None
    assert at(store, 150) == []
    with pytest.raises(Refused, match=r"telemetry\.erased"):
        prove_reading(store, found)
    with pytest.raises(Refused, match=r"telemetry\.erased"):
        store.rows(found.window)
    assert len(at(store, 100)) == len(at(store, 201)) == 1
    assert list(audit(store, home.ledger.window)) == []
    store.close()
    everything = b"".join(p.read_bytes() for p in home.folder.rglob("*") if p.is_file())
    assert secret not in everything
    assert home.load(home.folder.parent / "table.csv").rows == 0


def test_erasing_all_leaves_no_file(home):
    store = home.store()
    for window in store.kept():
        store.erase(window.subject)
    assert list(store.folder.glob("*/*/*")) == []
    with pytest.raises(Refused, match=r"telemetry\.unknown_window"):
        store.erase("gw/table/7")


def test_secrets_are_closed_under_the_key_of_the_home(home):
    subject = home.store().kept()[0].subject
    secret = home.store().secret(subject)
    assert secret not in (home.folder / "telemetry" / "secrets.db").read_bytes()
    folder = home.folder / "telemetry"
    with pytest.raises(Corrupt, match=r"telemetry\.secret"):
        type(home.store())(folder, b"x" * 32, read_only=True).secret(subject)
    with pytest.raises(Unavailable, match=r"telemetry\.locked"):
        type(home.store())(folder, read_only=True).secret(subject)


def findings(home):
    return list(audit(home.store(read_only=True), home.ledger.window))


def test_a_changed_value_is_found_with_its_leaf(home, monkeypatch):
    store = home.store()
    window = store.kept()[3]
    rows = store.rows(window)
    column = rows.values[1].copy()
    column[7] += 1
    rows = replace(rows, values=(rows.values[0], column))
    monkeypatch.setattr(
        store, "rows", lambda w: rows if w == window else type(store).rows(store, w)
    )
    (finding,) = audit(store, home.ledger.window)
    assert (finding.window, finding.leaf) == (window.subject, 0)
    found = at(store, int(rows.sequence[7]))[0]
    with pytest.raises(Corrupt, match=r"telemetry\.leaf"):
        prove_reading(store, found)


def test_any_flipped_byte_of_a_file_is_found(home):
    store = home.store()
    path = store.folder / store.kept()[0].file
    whole = path.read_bytes()
    for place in range(0, len(whole), 97):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert findings(home), place
    path.write_bytes(whole)
    assert findings(home) == []
    path.unlink()
    assert {finding.window for finding in findings(home)} == {
        "",
        *map("gw/table/{}".format, (1, 101, 201)),
    }


@pytest.mark.parametrize("column", ["secret", "leaf_hashes", "row_group", "battery", "first"])
def test_a_changed_index_is_found(home, column):
    store = home.store()
    other = {"secret": b"x" * 72, "leaf_hashes": b"y" * 32, "row_group": 1, "battery": "b"}
    store.index._db.execute(
        f"UPDATE window SET {column} = ? WHERE subject = 'gw/table/1'", (other.get(column, 9),)
    )
    try:
        assert [finding.window for finding in audit(store, home.ledger.window)] == ["gw/table/1"]
    except CellchainError as error:
        pytest.fail(f"the audit stops: {error}")


def test_a_window_that_the_ledger_does_not_know_is_found(home):
    known = home.ledger.windows()
    del known["gw/table/101"]
    (finding,) = audit(home.store(), known.get)
    assert finding.reason == "not on the ledger"
