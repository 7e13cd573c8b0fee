"""The views of a home: opened, caught up after a crash, projected anew, made to forget.

The height is remembered in the transaction that writes the rows. What is made for another set of
tables, for another chain, or for blocks that this ledger does not have, is projected anew: by
itself on SQLite, on demand on a server that others may share.
"""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import select

from cellchain.adapters.clock import clock_ms
from cellchain.adapters.views.database import Database
from cellchain.adapters.views.filling import Filling
from cellchain.adapters.views.schema import (
    ASIDE,
    HEAD,
    fingerprint,
    index_aside,
    is_made,
    make_aside,
    put_in_place,
    tables_of,
)
from cellchain.contracts.membership import Key
from cellchain.core.errors import Unavailable
from cellchain.core.names import Digest, PartyId
from cellchain.ledger.projection import Batch, BlockReader, Closed, Insert, Upsert
from cellchain.ledger.question import Question
from cellchain.ledger.view import MENTION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sqlalchemy import Connection

    from cellchain.core.names import KeyId
    from cellchain.ledger.contract import Contract
    from cellchain.ledger.projection import Change, Opener, ReadBlock, View
    from cellchain.ledger.state import State

ENTRIES_MAX = 20_000
"""Log entries after which a batch ends."""
COMMITMENTS_AT_ONCE = 1000
"""Commitments in one question."""


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """Where the views stand."""

    height: int
    """Of the last block that they show; -1 where they show nothing yet."""
    time_ms: int
    app_hash: str
    projected_ms: int
    """When that block was projected."""
    ledger_height: int
    """Of the last block that the ledger was seen to have."""


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """What a step of the views changed."""

    height: int
    time_ms: int
    subjects: frozenset[str]
    """Every name that an event of these blocks mentions."""
    everything: bool = False
    """Whether anything may look different: values were forgotten, or opened."""


_HEAD = Question(
    select(
        HEAD.c.height,
        HEAD.c.time_ms,
        HEAD.c.app_hash,
        HEAD.c.projected_ms,
        HEAD.c.height.label("ledger_height"),
    ),
    Head,
)


def open_views(
    url: str | Path,
    contracts: Sequence[Contract],
    views: Sequence[View],
    *,
    opener: Opener | None = None,
) -> Views:
    """Open the views in a file, or in the database that a URL names.

    Raises:
        Refused: ``views.url``; Unavailable: ``views.driver``.
    """
    text = f"sqlite:///{url}" if isinstance(url, Path) else url
    return Views(Database(text), contracts, views, opener=opener or Closed())


class Views:
    """The tables projected from a ledger.

    Args:
        database: Where they are.
        contracts: Those whose events are in the log.
        views: Their views.
        opener: Opens values, as far as this home may.
    """

    def __init__(
        self,
        database: Database,
        contracts: Sequence[Contract],
        views: Sequence[View],
        *,
        opener: Opener,
    ) -> None:
        self._database = database
        self._contracts = contracts
        self._views = views
        self._opener = opener
        self._tables = tables_of(views)
        self._facets = [facets for view in views for facets in view.facets]
        self._fingerprint = fingerprint(views)
        self._writing = Lock()
        self._listeners: list[Callable[[Changed], None]] = []
        self._ledger_height = -1
        self._checked = False
        self._made = False
        self.owes_journal = False
        """Whether what was forgotten may still be in the journal: a reader was in the way."""

    # -- readers --------------------------------------------------------------------------------

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a reading transaction: everything read in it is of one height.

        Raises:
            Unavailable: ``views.unreachable``.
        """
        with self._database.reading() as db:
            yield db

    def head(self, db: Connection | None = None) -> Head:
        """Return where they stand; in the reading transaction ``db``, where they stood then."""
        if db is None:
            with self._database.reading() as opened:
                return self.head(opened)
        self._made = self._made or is_made(db)
        found = _HEAD.first(db) if self._made else None
        if found is None:
            return Head(height=-1, time_ms=0, app_hash="", projected_ms=0, ledger_height=-1)
        return msgspec.structs.replace(
            found, ledger_height=max(self._ledger_height, found.ledger_height)
        )

    @property
    def ledger_height(self) -> int:
        """Height of the last block that the ledger was seen to have; asks no database."""
        return self._ledger_height

    @property
    def at_hand(self) -> bool:
        """Whether they are on this machine: a row by its key takes microseconds."""
        return self._database.sqlite

    def subscribe(self, told: Callable[[Changed], None]) -> Callable[[], None]:
        """Let ``told`` know of every step, in the thread that made it; return what ends that."""
        self._listeners.append(told)
        return lambda: self._listeners.remove(told)

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    # -- the writer -----------------------------------------------------------------------------

    def catch_up(
        self, state: State, genesis: Digest, progress: Callable[[int, int], None] = lambda *_: None
    ) -> None:
        """Project what the ledger has more than the views.

        Args:
            state: The ledger as it stands.
            genesis: Hash of the genesis file.
            progress: Told of the height reached and that of the ledger.

        Raises:
            Refused: ``ledger.not_kept``: this home does not have the events that are missing.
            Unavailable: ``views.outdated``: the tables on a server are of another release or
                chain; ``views.unreachable``.
        """
        with self._writing:
            self._ledger_height = state.head.height
            if not self._checked:
                self._check(state, genesis)
            height = self._height()
            self._project(state, height, progress, prefix="")

    def rebuild(
        self, state: State, genesis: Digest, progress: Callable[[int, int], None] = lambda *_: None
    ) -> None:
        """Project everything anew beside the old tables, then let the new ones take their place.

        Raises:
            Refused: ``ledger.not_kept``: this home does not have all events.
            Unavailable: ``views.unreachable``.
        """
        with self._writing:
            self._ledger_height = state.head.height
            self._rebuild(state, genesis, progress)
            self._checked = True

    def forget(self, state: State, commitments: Sequence[Digest]) -> None:
        """Drop the values behind ``commitments`` and all that was made of them, for good."""
        self._reopen(state, commitments, Closed())

    def shorten_journal(self) -> int:
        """Let go of what was overwritten, if that is owed; return whether it came off."""
        if not self.owes_journal:
            return 0
        self.owes_journal = not self._database.shorten_journal()
        return int(not self.owes_journal)

    def reopen(self, state: State, commitments: Sequence[Digest]) -> None:
        """Look again at ``commitments``: this home may have got a value, or lost one for good."""
        self._reopen(state, commitments, self._opener)

    def _reopen(self, state: State, commitments: Sequence[Digest], opener: Opener) -> None:
        for at in range(0, len(commitments), COMMITMENTS_AT_ONCE):
            part = list(commitments[at : at + COMMITMENTS_AT_ONCE])
            batch = Batch([], state.records, _Except(opener, self._opener, set(commitments)))
            with self._writing, self._database.writing() as db:
                filling = Filling(db, self._facets)
                for view in self._views:
                    if view.reopen is not None:
                        filling.apply(view.reopen(db, part, batch))
        self.owes_journal = True
        self.shorten_journal()
        head = self.head()
        self._notify(
            Changed(height=head.height, time_ms=head.time_ms, subjects=frozenset(), everything=True)
        )

    def _check(self, state: State, genesis: Digest) -> None:
        """Make sure that the tables are ours and belong to this ledger."""
        with self._database.reading() as db:
            row = db.execute(select(HEAD)).first() if is_made(db) else None
        fits = row is not None and (row.fingerprint, row.genesis) == (self._fingerprint, genesis)
        if fits and row is not None and row.height >= 0:
            known = row.height <= state.head.height
            fits = known and state.block(row.height).app_hash.hex() == row.app_hash
        if not fits:
            if row is not None and not self._database.sqlite:
                raise Unavailable(
                    "views.outdated",
                    "the tables are of another release, or of another ledger",
                    remedy="project them anew with: cellchain rebuild --views URL",
                )
            self._rebuild(state, genesis, lambda *_: None)
        self._checked = True

    def _height(self) -> int:
        with self._database.reading() as db:
            height: int = db.execute(select(HEAD.c.height)).scalar_one()
        return height

    def _rebuild(self, state: State, genesis: Digest, progress: Callable[[int, int], None]) -> None:
        if state.head.height > 0:
            state.block(0)  # refused before anything is made: what is there stays as it is
        with self._database.writing() as db:
            row = db.execute(select(HEAD)).first() if is_made(db) else None
            generation = row.generation + 1 if row is not None else 1
            make_aside(db, self._tables)
            empty = (1, self._fingerprint, generation, genesis, -1, 0, "", clock_ms())
            Filling(db, (), prefix=ASIDE).apply([Insert(HEAD, [empty])])
        self._project(state, -1, progress, prefix=ASIDE)
        with self._database.writing() as db:
            index_aside(db, self._tables, generation)
            put_in_place(db, self._tables)

    def _project(
        self, state: State, height: int, progress: Callable[[int, int], None], *, prefix: str
    ) -> None:
        until = state.head.height
        for read in self._batches(state, height + 1, until):
            batch = Batch(read, state.records, self._opener)
            changes = [change for view in self._views for change in view.project(batch)]
            self._write(changes, height, read[-1], prefix)
            height = read[-1].block.height
            progress(read[-1].block.height, until)
            if not prefix:
                self._tell(changes, read[-1])

    def _batches(self, state: State, first: int, last: int) -> Iterator[list[ReadBlock]]:
        """Yield the blocks from ``first`` to ``last``; there is no genesis before block 1."""
        reader = BlockReader(self._contracts, _parties(state))
        read: list[ReadBlock] = []
        entries = 0
        for height in range(first, last + 1) if last > 0 else ():
            block = state.block(height)
            read.append(reader.read(block))
            entries += len(block.entries) + 1
            if entries >= ENTRIES_MAX:
                yield read
                read, entries = [], 0
        if read:
            yield read

    def _write(self, changes: Sequence[Change], before: int, last: ReadBlock, prefix: str) -> None:
        """Write a step and its height, or nothing where somebody else has moved the tables."""
        block = last.block
        after = (block.height, block.time_ms, block.app_hash.hex(), clock_ms())
        with self._database.writing() as db:
            filling = Filling(db, self._facets, prefix=prefix)
            filling.apply(changes)
            if not filling.move_head(before, *after):
                raise Unavailable(
                    "views.moved",
                    f"another process projects the same tables, which no longer show {before}",
                    remedy="it is tried again; one process should keep them",
                )

    def _tell(self, changes: Sequence[Change], last: ReadBlock) -> None:
        subjects = frozenset(
            row[0]
            for change in changes
            if isinstance(change, Insert | Upsert) and change.table is MENTION
            for row in change.rows
        )
        changed = Changed(height=last.block.height, time_ms=last.block.time_ms, subjects=subjects)
        self._notify(changed)

    def _notify(self, changed: Changed) -> None:
        for told in tuple(self._listeners):
            told(changed)


class _Except:
    """Opens what one opener opens, but some commitments by another."""

    def __init__(self, some: Opener, others: Opener, commitments: set[Digest]) -> None:
        self._some = some
        self._others = others
        self._commitments = commitments

    def value(self, commitment: Digest) -> object | None:
        opener = self._some if commitment in self._commitments else self._others
        return opener.value(commitment)


def _parties(state: State) -> Callable[[KeyId], PartyId]:
    """Return whose a key is: once in the book, it belongs to nobody else ever."""
    known: dict[KeyId, PartyId] = {}

    def party_of(key: KeyId) -> PartyId:
        if key not in known:
            record = state.records.peek((Key, key))
            known[key] = record.party if isinstance(record, Key) else PartyId("")
        return known[key]

    return party_of
