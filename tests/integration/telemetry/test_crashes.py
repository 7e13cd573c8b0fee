"""A crash before or after any step of an import loses nothing and repeats nothing."""

import pytest

from cellchain.adapters.telemetry.store import TelemetryStore
from cellchain.services.gateway.evidence import audit
from tests.integration.telemetry.given import Home, line, table


class Crash(BaseException):
    """The process dies here."""


class Crashing:
    """Passes every call on; dies before or after the call with a certain number."""

    def __init__(self, inner, fuse):
        self.inner, self.fuse = inner, fuse

    def __getattr__(self, name):
        found = getattr(self.inner, name)
        return lambda *args: self.fuse.run(found, *args)


class Fuse:
    """Counts calls over all ports."""

    def __init__(self, at, *, after):
        self.at, self.after, self.calls = at, after, 0

    def run(self, call, *args):
        self.calls += 1
        burns = self.calls == self.at
        if burns and not self.after:
            raise Crash
        result = call(*args)
        if burns:
            raise Crash
        return result


BAD = {row: line(row, volt="?") for row in (3, 4, 150, 1650)}


def run(home, path, fuse):
    inner = home.store()
    try:
        return home.load(
            path, store=Crashing(inner, fuse), ledger=Crashing(home.ledger, fuse), block_bytes=9000
        )
    finally:
        inner.close()


def calls_of_a_whole_run(tmp_path):
    fuse = Fuse(-1, after=False)
    home = Home(tmp_path / "whole")
    run(home, table(tmp_path / "table.csv", 1700, change=BAD), fuse)
    return home, fuse.calls


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_every_step(tmp_path, after):
    whole, calls = calls_of_a_whole_run(tmp_path)
    assert calls >= 15
    for at in range(1, calls + 1):
        home = Home(tmp_path / f"home-{at}")
        path = table(tmp_path / "table.csv", 1700, change=BAD)
        with pytest.raises(Crash):
            run(home, path, Fuse(at, after=after))
        home.load(path)
        assert home.ledger.windows() == whole.ledger.windows()
        assert home.ledger.stream() == whole.ledger.stream()
        rejected = (home.folder / "rejects.csv").read_text()
        assert rejected == (whole.folder / "rejects.csv").read_text()
        store = home.store()
        assert list(audit(store, home.ledger.window)) == []
        named = {file.name for file in store.index.files()}
        on_disk = store.folder.glob("*/*/*")
        assert {str(path.relative_to(store.folder)) for path in on_disk} == named
        store.close()


@pytest.mark.parametrize("job", ["compact", "erase"])
@pytest.mark.parametrize("step", ["write_merged", "move", "remove", "destroy_secret"])
def test_a_crash_while_files_are_replaced(tmp_path, monkeypatch, job, step):
    home = Home(tmp_path / "home")
    for rows in (950, 1700):
        home.load(table(tmp_path / "table.csv", rows))
    store = home.store()
    owner = store.index if step in ("move", "destroy_secret") else store
    name = step if owner is store.index else f"_{step}"
    monkeypatch.setattr(owner, name, lambda *_: (_ for _ in ()).throw(Crash))
    work = {"compact": lambda s: s.compact(), "erase": lambda s: s.erase("gw/table/101")}[job]
    if (job, step) != ("compact", "destroy_secret"):
        with pytest.raises(Crash):
            work(store)
    store.close()
    again = TelemetryStore(home.folder / "telemetry", b"k" * 32)
    work(again)
    assert list(audit(again, home.ledger.window)) == []
    assert len(again.kept()) == 18
    named = {file.name for file in again.index.files()}
    assert {str(p.relative_to(again.folder)) for p in again.folder.glob("*/*/*")} == named
    if job == "compact":
        assert len(named) == 1
