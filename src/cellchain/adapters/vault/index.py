"""The index of a vault: records, wraps and erasures in SQLite, synced at every commit.

Deleted bytes are overwritten, and the write-ahead log is emptied after an erasure, so that no wrap
or salt stays behind in the file.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any

from cellchain.adapters.write_ahead import shorten_journal
from cellchain.core.errors import Corrupt, Refused, Unavailable
from cellchain.core.names import Digest, PartyId
from cellchain.crypto.envelope import Label, Wrap
from cellchain.services.vault.record import Address, ErasureOrder, VaultRecord

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS record (
    commitment TEXT PRIMARY KEY, name TEXT NOT NULL, version INTEGER NOT NULL,
    access TEXT NOT NULL, owner TEXT NOT NULL, sealed BLOB NOT NULL, address TEXT,
    size_bytes INTEGER NOT NULL, kept_ms INTEGER NOT NULL, checked INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX IF NOT EXISTS record_address ON record (address) WHERE address IS NOT NULL;
CREATE TABLE IF NOT EXISTS wrap (
    commitment TEXT NOT NULL REFERENCES record, recipient TEXT NOT NULL, epoch INTEGER NOT NULL,
    wrapped_key BLOB NOT NULL, PRIMARY KEY (commitment, recipient)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS wrap_recipient ON wrap (recipient, epoch);
CREATE TABLE IF NOT EXISTS erasure (
    commitment TEXT NOT NULL, party TEXT NOT NULL, erased_ms INTEGER NOT NULL, address TEXT,
    PRIMARY KEY (commitment, party)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS upload (
    upload TEXT PRIMARY KEY, owner TEXT NOT NULL, size_bytes INTEGER NOT NULL,
    media_type TEXT NOT NULL, file_name TEXT NOT NULL, offset INTEGER NOT NULL,
    stored_bytes INTEGER NOT NULL, touched_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS erasing (
    commitment TEXT NOT NULL, party TEXT NOT NULL, PRIMARY KEY (commitment, party)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS damaged (
    commitment TEXT PRIMARY KEY REFERENCES record ON DELETE CASCADE, code TEXT NOT NULL
) STRICT, WITHOUT ROWID;
"""
_DAMAGED_MAX = 1000
"""So many damaged records are remembered: the rest are found out once these are gone."""
_BUSY_S = 20
_AT_ONCE = 500
"""Names in one question: SQLite allows 32 766."""
_RECORD = "commitment, name, version, access, owner, sealed, address, size_bytes, record.kept_ms"


class SqliteIndex:
    """The index in one file; every thread may use it.

    Args:
        path: The file, made if it is not there.

    Raises:
        Corrupt: ``vault.index_damaged``; Unavailable: ``vault.index``.
    """

    def __init__(self, path: Path) -> None:
        self._lock = Lock()
        self._path = path
        self.owes_journal = False
        """Whether erased bytes may still be in the write-ahead log: a reader was in the way."""
        with _told():
            self._db = sqlite3.connect(
                path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False
            )
            path.chmod(0o600)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.execute("PRAGMA secure_delete = ON")
            self._db.execute("PRAGMA foreign_keys = ON")
            self._db.executescript(SCHEMA)
        self._add_column()

    def _add_column(self) -> None:
        """Give an index from before records were checked the column that says so."""
        with self.transaction() as db:
            if all(column[1] != "checked" for column in db.execute("PRAGMA table_info(record)")):
                db.execute("ALTER TABLE record ADD COLUMN checked INTEGER NOT NULL DEFAULT 0")

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Run a block as one transaction, durable after it."""
        with self._lock, _told():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Return what a question finds."""
        with self._lock, _told():
            return self._db.execute(sql, values).fetchall()

    def add(self, rows: Iterable[tuple[VaultRecord, tuple[Wrap, ...]]]) -> None:
        """Enter records with their wraps; see the port."""
        wanted = list(rows)
        records = [_row(record) for record, _ in wanted]
        wraps = [(r.commitment, w) for r, ws in wanted for w in ws]
        with self.transaction() as db:
            for record, _ in wanted:
                _refuse_erased(db, record)
                _refuse_address(db, record)
                _make_room(db, record.commitment)
            try:
                db.executemany("INSERT INTO record VALUES (?,?,?,?,?,?,?,?,?,1)", records)
            except sqlite3.IntegrityError as error:
                raise Refused("vault.exists", "this commitment is in the vault already") from error
            db.executemany("INSERT INTO wrap VALUES (?,?,?,?)", map(_wrap_row, wraps))

    def remove(self, commitment: Digest) -> Address | None:
        """Drop a record with its wraps; see the port."""
        with self.transaction() as db:
            db.execute("DELETE FROM wrap WHERE commitment = ?", (commitment,))
            gone = db.execute(
                "DELETE FROM record WHERE commitment = ? RETURNING address", (commitment,)
            ).fetchone()
        return gone[0] if gone else None

    def find(
        self, commitment: Digest, recipients: Collection[str]
    ) -> tuple[VaultRecord, tuple[Wrap, ...]] | None:
        """Return a record with its wraps for ``recipients``; see the port."""
        found = self.rows(
            f"SELECT {_RECORD}, recipient, epoch, wrapped_key FROM record JOIN wrap "  # noqa: S608  # columns and marks only
            f"USING (commitment) WHERE commitment = ? AND recipient IN ({_marks(recipients)}) "
            "ORDER BY recipient",
            (commitment, *recipients),
        )
        wraps = tuple(_record_and_wrap(row)[1] for row in found)
        return (_record(found[0]), wraps) if found else None

    def put_wraps(self, wraps: Iterable[tuple[Digest, Wrap]]) -> None:
        """Enter wraps; see the port."""
        with self.transaction() as db:
            db.executemany("INSERT OR REPLACE INTO wrap VALUES (?,?,?,?)", map(_wrap_row, wraps))

    def drop_wrap(self, commitment: Digest, recipient: str) -> bool:
        """Drop a wrap; return whether there was one."""
        with self.transaction() as db:
            done = db.execute(
                "DELETE FROM wrap WHERE commitment = ? AND recipient = ?", (commitment, recipient)
            )
        return done.rowcount > 0

    def wraps_before(
        self, recipient: str, epoch: int, limit: int
    ) -> list[tuple[VaultRecord, Wrap]]:
        """Return records whose wrap is of an earlier epoch; see the port."""
        found = self.rows(
            f"SELECT {_RECORD}, recipient, epoch, wrapped_key FROM record JOIN wrap "  # noqa: S608  # columns and marks only
            "USING (commitment) WHERE recipient = ? AND epoch < ? LIMIT ?",
            (recipient, epoch, limit),
        )
        return [_record_and_wrap(row) for row in found]

    def listed(self, recipients: Collection[str]) -> list[tuple[VaultRecord, tuple[str, ...]]]:
        """Return the records that ``recipients`` may open, each with all its recipients."""
        found = self.rows(
            f"SELECT {_RECORD}, (SELECT group_concat(recipient, ' ') FROM wrap AS w "  # noqa: S608  # columns and marks only
            "WHERE w.commitment = record.commitment) FROM record WHERE commitment IN "
            f"(SELECT commitment FROM wrap WHERE recipient IN ({_marks(recipients)})) "
            "ORDER BY name, version, kept_ms",
            tuple(recipients),
        )
        return [(_record(row), tuple(sorted(row[-1].split()))) for row in found]

    def opened_by(self, commitments: Sequence[Digest], recipients: Collection[str]) -> set[Digest]:
        """Return those of ``commitments`` with a wrap for one of ``recipients``."""
        found: set[Digest] = set()
        for at in range(0, len(commitments), _AT_ONCE):
            part = commitments[at : at + _AT_ONCE]
            rows = self.rows(
                f"SELECT DISTINCT commitment FROM wrap WHERE commitment IN ({_marks(part)}) "  # noqa: S608  # columns and marks only
                f"AND recipient IN ({_marks(recipients)})",
                (*part, *recipients),
            )
            found.update(row[0] for row in rows)
        return found

    def erase(self, orders: Iterable[ErasureOrder]) -> None:
        """Destroy wraps and salts of what its owner erased; see the port."""
        with self.transaction() as db:
            for order in orders:
                owned = (order.commitment, order.party)
                found = db.execute(
                    "SELECT address FROM record WHERE commitment = ? AND owner = ?", owned
                ).fetchone()
                if found is not None:
                    db.execute("DELETE FROM wrap WHERE commitment = ?", owned[:1])
                    db.execute("DELETE FROM record WHERE commitment = ?", owned[:1])
                address = found[0] if found else None
                db.execute(
                    "INSERT OR IGNORE INTO erasure VALUES (?,?,?,?)",
                    (*owned, order.erased_ms, address),
                )
                db.execute("DELETE FROM erasing WHERE commitment = ? AND party = ?", owned)
        self.owes_journal = True
        self.shorten_journal()

    def shorten_journal(self) -> int:
        """Empty the write-ahead log, if that is owed; return whether it came off."""
        if not self.owes_journal:
            return 0
        with _told():
            self.owes_journal = not shorten_journal(self._path)
        return int(not self.owes_journal)

    def not_yet(self, orders: Iterable[ErasureOrder]) -> list[ErasureOrder]:
        """Return those of ``orders`` that are not remembered, each once."""
        done = {tuple(row) for row in self.rows("SELECT commitment, party FROM erasure")}
        new = {(o.commitment, o.party): o for o in orders if (o.commitment, o.party) not in done}
        return list(new.values())

    def doomed(self) -> list[Address]:
        """Return addresses of erased records whose objects may still be there."""
        return [row[0] for row in self.rows("SELECT address FROM erasure WHERE address NOT NULL")]

    def gone(self, address: Address) -> None:
        """Note that the object of an erased record is destroyed."""
        with self.transaction() as db:
            db.execute("UPDATE erasure SET address = NULL WHERE address = ?", (address,))

    def names(self, address: Address) -> bool:
        """Whether a record has its ciphertext at ``address``."""
        return bool(self.rows("SELECT 1 FROM record WHERE address = ?", (address,)))

    def checked(self, commitment: Digest) -> bool:
        """Whether a record is here whose content was held against its commitment."""
        found = self.rows("SELECT checked FROM record WHERE commitment = ?", (commitment,))
        return bool(found and found[0][0])

    def note_checked(self, commitment: Digest) -> None:
        """Remember that the content of a record was held against its commitment."""
        with self.transaction() as db:
            db.execute("UPDATE record SET checked = 1 WHERE commitment = ?", (commitment,))

    def note_damaged(self, commitment: Digest, code: str) -> None:
        """Remember that a record cannot be used; see the port."""
        if self.rows("SELECT 1 FROM damaged WHERE commitment = ?", (commitment,)):
            return
        with self.transaction() as db:
            db.execute(
                "INSERT OR IGNORE INTO damaged SELECT commitment, ? FROM record "
                "WHERE commitment = ? AND (SELECT count(*) FROM damaged) < ?",
                (code, commitment, _DAMAGED_MAX),
            )

    def intend(self, commitments: Iterable[Digest], party: PartyId) -> None:
        """Note that ``party`` is about to erase; see the port."""
        with self.transaction() as db:
            rows = [(commitment, party) for commitment in commitments]
            db.executemany("INSERT OR IGNORE INTO erasing VALUES (?,?)", rows)

    def intended(self) -> list[tuple[Digest, PartyId]]:
        """Return what was noted with `intend` and has not been erased."""
        rows = self.rows("SELECT commitment, party FROM erasing")
        return [(Digest(commitment), PartyId(party)) for commitment, party in rows]

    def drop_intent(self, commitment: Digest, party: PartyId) -> None:
        """Forget an intent that the ledger refused."""
        with self.transaction() as db:
            db.execute(
                "DELETE FROM erasing WHERE commitment = ? AND party = ?", (commitment, party)
            )


def copy_index(source: Path, target: Path) -> None:
    """Write the index at ``source``, as of now and whoever writes to it, to a new file.

    Raises:
        Corrupt: ``vault.index_damaged``; Unavailable: ``vault.index``.
    """
    with _told():
        old = sqlite3.connect(source, timeout=_BUSY_S)
        new = sqlite3.connect(target)
        try:
            old.backup(new)
        finally:
            new.close()
            old.close()


def _refuse_erased(db: sqlite3.Connection, record: VaultRecord) -> None:
    erased = db.execute(
        "SELECT 1 FROM erasure WHERE commitment = ? AND party = ?",
        (record.commitment, record.owner),
    )
    if erased.fetchone() is not None:
        raise Refused("vault.erased", f"{record.owner} has erased this; it is not kept again")


def _refuse_address(db: sqlite3.Connection, record: VaultRecord) -> None:
    if record.address is None:
        return
    other = db.execute(
        "SELECT 1 FROM record WHERE address = ? AND commitment <> ?",
        (record.address, record.commitment),
    )
    if other.fetchone() is not None:
        raise Refused("vault.address", "another record has its ciphertext there")


def _make_room(db: sqlite3.Connection, commitment: Digest) -> None:
    """Drop a record that was never held against its commitment."""
    unchecked = "SELECT commitment FROM record WHERE commitment = ? AND checked = 0"
    db.execute(f"DELETE FROM wrap WHERE commitment IN ({unchecked})", (commitment,))  # noqa: S608  # our own text
    db.execute("DELETE FROM record WHERE commitment = ? AND checked = 0", (commitment,))


def _row(record: VaultRecord) -> tuple[object, ...]:
    label = record.label
    return (
        record.commitment, label.record, label.version, label.access_class, record.owner,
        record.sealed, record.address, record.size_bytes, record.kept_ms,
    )  # fmt: skip


def _wrap_row(row: tuple[Digest, Wrap]) -> tuple[object, ...]:
    commitment, wrap = row
    return commitment, wrap.recipient, wrap.epoch, wrap.wrapped_key


def _record(row: tuple[Any, ...]) -> VaultRecord:
    commitment, name, version, access, owner, sealed, address, size_bytes, kept_ms = row[:9]
    return VaultRecord(
        commitment=commitment,
        label=Label(record=name, version=version, access_class=access),
        owner=owner,
        sealed=sealed,
        address=address,
        size_bytes=size_bytes,
        kept_ms=kept_ms,
    )


def _record_and_wrap(row: tuple[Any, ...]) -> tuple[VaultRecord, Wrap]:
    recipient, epoch, wrapped_key = row[9:]
    return _record(row), Wrap(recipient=recipient, epoch=epoch, wrapped_key=wrapped_key)


def _marks(values: Collection[object]) -> str:
    return ",".join("?" * len(values))


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        raise Unavailable("vault.index", f"the index of the vault: {error}") from error
    except sqlite3.DatabaseError as error:
        raise Corrupt(
            "vault.index_damaged",
            f"the index of the vault is damaged: {error}",
            remedy="bring vault/index.db back from a backup",
        ) from error
