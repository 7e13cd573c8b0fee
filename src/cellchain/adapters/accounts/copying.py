"""The accounts as a file: looked at by the doctor, copied for a backup while others write."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from cellchain.core.errors import Corrupt, Unavailable
from cellchain.services.access.records import Challenge, Invitation, Session

if TYPE_CHECKING:
    from pathlib import Path

BUSY_S = 20
MOMENTARY = (Challenge, Invitation, Session)
"""Ways in that must not come back to life with a backup."""


def copy_accounts(source: Path, target: Path) -> None:
    """Write the accounts at ``source`` to a new file, without open ways in.

    Raises:
        Unavailable: ``accounts.database``.
    """
    try:
        with (
            closing(sqlite3.connect(source, timeout=BUSY_S)) as old,
            closing(sqlite3.connect(target, isolation_level=None)) as new,
        ):
            old.backup(new)
            new.execute("PRAGMA journal_mode = DELETE")
            for kind in MOMENTARY:
                new.execute("DELETE FROM kept WHERE kind = ?", (kind.__name__,))
            new.execute("VACUUM")  # what is deleted is not left between the pages
    except sqlite3.Error as error:
        raise Unavailable("accounts.database", f"the accounts: {error}") from error


def look_at_accounts(path: Path) -> str:
    """Return what is to be seen of the accounts.

    Raises:
        Corrupt: ``accounts.damaged``.
    """
    if not path.exists():
        return "none yet; `cellchain member invite` adds somebody"
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=BUSY_S)) as db:
            (whole,) = db.execute("PRAGMA quick_check(1)").fetchone()
            counted = dict(db.execute("SELECT kind, count(*) FROM kept GROUP BY kind"))
    except sqlite3.DatabaseError as error:
        whole, counted = str(error), {}
    if whole != "ok":
        raise Corrupt(
            "accounts.damaged",
            f"{path.name}: {whole}",
            remedy="restore it from a backup, or move it away and invite the members again",
        )
    return f"{counted.get('Member', 0)} members, {counted.get('ApiKey', 0)} API keys"
