"""The write-ahead log of an SQLite file: emptied after an erasure, so that nothing stays in it.

A reader that still looks at the state before keeps it from being emptied. It is asked again for a
short time; then whoever erased owes it, and does it later.
"""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

WAIT_S = 2.0
_LOOK_S = 0.05
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def shorten_journal(path: Path, wait_s: float | None = None) -> bool:
    """Empty the write-ahead log of the database at ``path``; return whether that came off.

    It is done by a connection of its own: its patience is no other thread's.

    Args:
        path: The database.
        wait_s: How long a reader is waited for; ``None``: `WAIT_S`.

    Raises:
        sqlite3.Error: The file is damaged, or not to be opened.
    """
    until_s = time.monotonic() + (WAIT_S if wait_s is None else wait_s)
    with closing(sqlite3.connect(path, timeout=_LOOK_S, isolation_level=None)) as db:
        while not _emptied(db):
            if time.monotonic() >= until_s:
                return False
            time.sleep(_LOOK_S)
    return True


def _emptied(db: sqlite3.Connection) -> bool:
    try:
        (busy, _, _) = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF in _BUSY:
            return False
        raise
    return not busy
