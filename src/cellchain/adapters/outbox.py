"""The outbox of a device in SQLite: synced at every commit, nothing replaced, nothing skipped."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from cellchain.core.errors import Corrupt, Refused, Unavailable
from cellchain.services.edge.outbox import OutboxEntry

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS bundle (
    device TEXT NOT NULL, boot TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
    digest TEXT NOT NULL, signed BLOB, receipt BLOB,
    PRIMARY KEY (device, boot, first),
    CHECK (first >= 1 AND last >= first), CHECK (signed IS NOT NULL OR receipt IS NOT NULL)
) STRICT
"""
_COLUMNS = "first, last, digest, signed, receipt"


class SqliteOutbox:
    """A `cellchain.services.edge.outbox.Outbox` in the file ``path``.

    Raises:
        Unavailable: ``edge.outbox``: it cannot be opened or written.
        Corrupt: ``edge.outbox``: it is damaged.
    """

    def __init__(self, path: Path) -> None:
        with _translated():
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.execute(_SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def put(self, device: str, boot: str, first: int, last: int, signed: bytes) -> None:
        """Keep a bundle that begins where the last one ended.

        Raises:
            Refused: ``edge.exists``: another writer of the same outbox was faster.
        """
        digest = hashlib.sha256(signed).hexdigest()
        with _translated():
            cursor = self._db.execute(
                "INSERT INTO bundle SELECT ?1, ?2, ?3, ?4, ?5, ?6, NULL WHERE ?3 ="
                " (SELECT coalesce(max(last), 0) + 1 FROM bundle WHERE device = ?1 AND boot = ?2)",
                (device, boot, first, last, digest, signed),
            )
        if cursor.rowcount != 1:
            expected = self.next_sequence(device, boot)
            raise Refused("edge.exists", f"the bundle begins at {first}; {expected} is next")

    def next_sequence(self, device: str, boot: str) -> int:
        """Return the number of the next reading, from 1."""
        (found,) = self._all(
            "SELECT coalesce(max(last), 0) + 1 FROM bundle WHERE device = ? AND boot = ?",
            device,
            boot,
        )
        return int(found[0])

    def waiting(self, device: str, boot: str) -> list[OutboxEntry]:
        """Return the bundles without a receipt, oldest first."""
        return self._entries("device = ? AND boot = ? AND receipt IS NULL", device, boot)

    def acknowledge(self, device: str, boot: str, first: int, receipt: bytes) -> None:
        """Keep the receipt in place of the bundle."""
        self._all(
            "UPDATE bundle SET signed = NULL, receipt = ?"
            " WHERE device = ? AND boot = ? AND first = ? AND receipt IS NULL",
            receipt,
            device,
            boot,
            first,
        )

    def entries(self, device: str, boot: str) -> list[OutboxEntry]:
        """Return every bundle, in order."""
        return self._entries("device = ? AND boot = ?", device, boot)

    def boots(self, device: str) -> list[str]:
        """Return every boot of a device, the oldest first."""
        found = self._all(
            "SELECT boot FROM bundle WHERE device = ? GROUP BY boot ORDER BY min(rowid)", device
        )
        return [boot for (boot,) in found]

    def _entries(self, where: str, *values: object) -> list[OutboxEntry]:
        rows = self._all(
            f"SELECT {_COLUMNS} FROM bundle WHERE {where} ORDER BY first",  # noqa: S608
            *values,
        )
        names = _COLUMNS.split(", ")
        return [OutboxEntry(**dict(zip(names, row, strict=True))) for row in rows]

    def _all(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with _translated():
            return self._db.execute(statement, values).fetchall()


@contextmanager
def _translated() -> Iterator[None]:
    """SQLite's errors in our words."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise Unavailable("edge.outbox", f"the outbox: {error}") from error
    except sqlite3.DatabaseError as error:
        raise Corrupt("edge.outbox", f"the outbox: {error}") from error
