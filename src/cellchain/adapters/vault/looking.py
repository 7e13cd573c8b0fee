"""A look at the index of a vault from outside, for people who wonder what is wrong."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from cellchain.core.errors import Corrupt

if TYPE_CHECKING:
    from pathlib import Path

_BUSY_S = 20
_DAMAGED_SHOWN = 5


def look_at_index(path: Path) -> str:
    """Return what is to be seen of the index at ``path``.

    Raises:
        Corrupt: ``vault.index_damaged``; ``vault.damaged``: records that cannot be used.
    """
    if not path.exists():
        return "nothing in it yet"
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=_BUSY_S)) as db:
            (whole,) = db.execute("PRAGMA quick_check(1)").fetchone()
            (records,) = db.execute("SELECT count(*) FROM record").fetchone()
            damaged = _damaged(db)
    except sqlite3.DatabaseError as error:
        whole, records, damaged = str(error), 0, []
    if whole != "ok":
        raise Corrupt(
            "vault.index_damaged",
            f"{path.name}: {whole}",
            remedy="restore the home from a backup: without its index no object opens",
        )
    if damaged:
        raise Corrupt(
            "vault.damaged",
            f"{len(damaged)} of {records} cannot be used and are shown as closed, among them "
            f"{', '.join(damaged[:_DAMAGED_SHOWN])}",
            remedy="let their owners erase them and state them anew",
        )
    return f"{records} documents and values"


def _damaged(db: sqlite3.Connection) -> list[str]:
    """Return what is noted as damaged; an index may be older than the table."""
    if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'damaged'").fetchone():
        return []
    rows = db.execute("SELECT commitment, name, code FROM damaged JOIN record USING (commitment)")
    return [f"{commitment} of {name!a} ({code})" for commitment, name, code in rows]
