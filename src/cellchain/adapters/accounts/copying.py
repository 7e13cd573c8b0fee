"""A copy of the accounts for a backup: as of one moment, whoever writes meanwhile."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from cellchain.core.errors import Unavailable
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
