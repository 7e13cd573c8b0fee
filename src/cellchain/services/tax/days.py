"""The day of which the law is asked."""

from __future__ import annotations

from datetime import UTC, date, datetime

from cellchain.core.errors import Refused
from cellchain.services.analysis.table import shown


def day_asked(text: str, now_ms: int) -> date:
    """Return the day that a text names; that of a time, in UTC, where it is empty.

    Raises:
        Refused: ``tax.date``.
    """
    if not text:
        return datetime.fromtimestamp(now_ms / 1_000, UTC).date()
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.isoformat() != text:
        raise Refused("tax.date", f"{shown(text)!a} is no day", remedy="write YYYY-MM-DD")
    return found
