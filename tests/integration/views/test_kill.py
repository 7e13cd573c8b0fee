"""A process that is killed while it projects leaves tables that catch up to the same contents."""

from __future__ import annotations

import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest

from cellchain.adapters.views import discover_views, open_views, store
from cellchain.app import Cellchain
from cellchain.core.names import Digest
from tests.integration.views.given import contents

PROGRAM = """
import sys
from tests.integration.views.test_kill import projecting
from pathlib import Path
with projecting(Path(sys.argv[1]), Path(sys.argv[2])) as (views, state, genesis):
    said = lambda height, last: print(height, flush=True)
    getattr(views, sys.argv[3])(state, genesis, said)
    while True:
        views.rebuild(state, genesis, said)
"""


@contextmanager
def projecting(home, tables):
    """The tables in a file beside the ledger of a home, projected in small batches."""
    most, store.ENTRIES_MAX = store.ENTRIES_MAX, 50
    contracts = tuple(Cellchain().contracts().values())
    with Cellchain().reading(home) as (_, application):
        views = open_views(tables, contracts, discover_views(contracts))
        try:
            yield views, application.state, Digest(application.genesis.hash.hex())
        finally:
            views.close()
            store.ENTRIES_MAX = most


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kill") / "demo"
    Cellchain().demo(folder, batteries=2, seed=1, listener=lambda _: None)
    return folder


@pytest.fixture(scope="module")
def whole(home, tmp_path_factory):
    with projecting(home, tmp_path_factory.mktemp("kill") / "views.db") as (views, state, genesis):
        views.catch_up(state, genesis)
        return contents(views)


@pytest.mark.parametrize("begun", ["catch_up", "rebuild"])
@pytest.mark.parametrize("lines", [1, 4, 11, 30, 60])
def test_whatever_was_killed_catches_up_to_the_same(home, whole, tmp_path, begun, lines):
    tables = tmp_path / "views.db"
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(home), str(tables), begun],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        for _ in range(lines):
            assert process.stdout.readline()
        process.send_signal(signal.SIGKILL)
    with projecting(home, tables) as (views, state, genesis):
        views.catch_up(state, genesis)
        assert contents(views) == whole
