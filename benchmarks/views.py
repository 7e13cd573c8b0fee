"""How fast events become rows, beside the driver writing the same rows alone."""

from __future__ import annotations

import shutil
import sqlite3
import time
from functools import cache
from typing import TYPE_CHECKING, Any

from benchmarks.figure import Figure, interleaved, median_ratio, work_folder
from cellchain.adapters.views import discover_views, open_views
from cellchain.adapters.views.filling import Filling
from cellchain.contracts import discover
from cellchain.contracts.governance import GOVERNING
from cellchain.contracts.membership.members import MEMBERS
from cellchain.core.names import Digest
from cellchain.ledger.application import Application
from cellchain.ledger.engine.solo import Solo
from cellchain.ledger.store import MemoryStore
from cellchain.services.demo import HEADER_KEY, Dice, demo_genesis, tell

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

BATTERIES = 60
ROUNDS = 5
Statements = list[tuple[str, list[tuple[Any, ...]]]]


class _Windows:
    """Takes readings and keeps none."""

    def write_rows(self, windows: Sequence[object]) -> None:
        """Take them."""

    def keep(self, windows: Sequence[object], mark: object) -> None:
        """Take them."""

    def mark_anchored(self, subjects: Sequence[str]) -> None:
        """Take note."""


@cache
def _chain() -> Application:
    dice = Dice(1)
    contracts = discover()
    genesis = demo_genesis(dice, seed=1, batteries=BATTERIES, contracts=contracts)
    application = Application(genesis, contracts, MEMBERS, MemoryStore(), GOVERNING)
    tell(Solo(application, dice.key(HEADER_KEY)), _Windows(), dice, BATTERIES, lambda _: None)
    return application


def views_project() -> Figure:
    """Events projected per second ÷ the same statements and rows through bare sqlite3."""
    folder = work_folder() / "views"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    application = _chain()
    statements = _recorded(folder / "recorded.db", application)
    events = sum(len(rows) for text, rows in statements if 'INTO "ledger_event"' in text)

    def projected(number: int) -> float:
        return events / _seconds(lambda: _project(folder / f"ours{number}.db", application))

    def bare(number: int) -> float:
        place = folder / f"bare{number}.db"
        shutil.copy(folder / "recorded.db.empty", place)
        return events / _seconds(lambda: _replay(place, statements))

    ours, ceilings = interleaved(projected, bare, rounds=ROUNDS)
    middle = sorted(ours)[ROUNDS // 2]
    return Figure(
        name="views.project",
        value=middle,
        ceiling=sorted(ceilings)[ROUNDS // 2],
        ratio=median_ratio(ours, ceilings),
        unit="events/s",
        goal=">= 0.4",
        note=f"{events} events, {sum(len(rows) for _, rows in statements)} rows",
    )


def _seconds(work: Callable[[], object]) -> float:
    before = time.perf_counter()
    work()
    return time.perf_counter() - before


def _project(place: Path, application: Application) -> None:
    """Make the tables with their indexes, then catch up through all blocks."""
    contracts = tuple(discover().values())
    shutil.copy(place.with_name("recorded.db.empty"), place)
    views = open_views(place, contracts, discover_views(contracts))
    views.catch_up(application.state, Digest(application.genesis.hash.hex()))
    views.close()


def _recorded(place: Path, application: Application) -> Statements:
    """Return what is written in projecting the chain; leave a database of empty tables."""
    contracts = tuple(discover().values())
    views = open_views(place, contracts, discover_views(contracts))
    genesis = Digest(application.genesis.hash.hex())
    views.rebuild(_Nothing(application), genesis)  # type: ignore[arg-type]
    shutil.copy(place, place.with_name("recorded.db.empty"))
    statements: Statements = []
    many = Filling._many

    def noted(self: Filling, text: str, rows: Sequence[tuple[Any, ...]]) -> None:
        statements.append((text, list(rows)))
        many(self, text, rows)

    Filling._many = noted  # type: ignore[method-assign]
    try:
        views.catch_up(application.state, genesis)
    finally:
        Filling._many = many  # type: ignore[method-assign]
        views.close()
    return statements


class _Nothing:
    """The state before its first block."""

    def __init__(self, application: Application) -> None:
        self.records = application.state.records
        self.head = type("Head", (), {"height": 0})


def _replay(place: Path, statements: Statements) -> None:
    db = sqlite3.connect(place, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    db.execute("PRAGMA cache_size = -65536")
    db.execute("BEGIN IMMEDIATE")
    for text, rows in statements:
        db.executemany(text, rows)
    db.execute("COMMIT")
    db.close()


FIGURES: dict[str, Callable[[], Figure]] = {"views.project": views_project}
