"""Two processes with the same readings: nobody clears away what another is writing."""

import pytest

from cellchain.adapters.telemetry import store as stores
from cellchain.adapters.telemetry import turn
from cellchain.core.errors import Unavailable
from tests.integration.telemetry.given import Home, table


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setattr(stores, "RECOVER_WAIT_S", 0.05)
    monkeypatch.setattr(turn, "WAIT_S", 0.05)
    return Home(tmp_path / "home")


class Between:
    """A store that lets something happen between the files and the index."""

    def __init__(self, inner, happening):
        self._inner, self._happening = inner, happening

    def __getattr__(self, name):
        return getattr(self._inner, name)

    def keep(self, windows, mark):
        self._happening()
        self._inner.keep(windows, mark)


def files(home):
    return sorted(path.name for path in (home.folder / "telemetry" / "lake").rglob("*.parquet"))


def test_what_is_being_written_is_not_cleared_away(home, tmp_path):
    seen = []

    def opened_elsewhere():
        before = files(home)
        home.store().close()
        seen.append(before == files(home) and len(before) > 0)

    store = home.store()
    home.load(table(tmp_path / "t.csv", 250), store=Between(store, opened_elsewhere))
    assert seen
    assert all(seen)
    assert store.damaged_files() == []


def test_another_writer_waits_and_then_gives_up(home, tmp_path):
    def written_elsewhere():
        with pytest.raises(Unavailable, match=r"telemetry\.busy"):
            home.store().compact()

    home.load(table(tmp_path / "t.csv", 50), store=Between(home.store(), written_elsewhere))


def test_who_fails_holds_up_nobody(home, tmp_path, monkeypatch):
    def full(*_):
        raise Unavailable("disk.full", "no space")

    store, path = home.store(), table(tmp_path / "t.csv", 50)
    for failing in ("keep", "write_tables"):
        with monkeypatch.context() as patch:
            patch.setattr(store.index if failing == "keep" else stores.lake, failing, full)
            with pytest.raises(Unavailable, match=r"disk\.full"):
                home.load(path, store=store)
        assert files(home) == [] or failing == "keep"
        home.store().close()
        assert files(home) == []
    home.load(path, store=store)
    assert len(files(home)) == 1
