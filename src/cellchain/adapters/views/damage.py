"""A file of tables that cannot be read makes room for a new one: tables are disposable."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

ASIDE = ".damaged"
"""What is put behind its name."""
_PARTS = ("", "-wal", "-shm")


def set_aside_damaged(path: Path, *, thorough: bool = False) -> bool:
    """Rename a file of tables that is no database, or a broken one; return whether it was.

    Args:
        path: Where it is.
        thorough: Whether to look at every page of it, which takes as long as reading it does.
    """
    if not path.exists() or _is_sound(path, thorough=thorough):
        return False
    for part in _PARTS:
        here = path.with_name(path.name + part)
        if here.exists():
            here.replace(path.with_name(path.name + ASIDE + part))
    return True


def _is_sound(path: Path, *, thorough: bool) -> bool:
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as db:
            if thorough:
                return bool(db.execute("PRAGMA quick_check(1)").fetchall() == [("ok",)])
            db.execute("SELECT count(*) FROM sqlite_master").fetchall()
    except sqlite3.OperationalError:
        return True  # somebody is at it, or it may not be read: whoever opens it will say so
    except sqlite3.DatabaseError:
        return False
    return True
