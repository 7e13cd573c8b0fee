"""Time on the ledger: whole milliseconds since 1970-01-01T00:00:00Z, leap seconds ignored."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from cellchain.core.errors import Refused

SECOND_MS = 1_000
MINUTE_MS = 60 * SECOND_MS
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RFC_3339 = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d{1,3})?(?:[Zz]|[+-]\d{2}:\d{2})"
)


def parse_time(text: str) -> int:
    """Return the milliseconds of an RFC 3339 time with its offset, at most three decimals.

    Raises:
        Refused: ``time.malformed``: another form, no offset, or no such day or hour.
    """
    if not _RFC_3339.fullmatch(text):
        raise _malformed(text)
    try:
        moment = datetime.fromisoformat(text.upper())
    except ValueError as error:
        raise _malformed(text) from error
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def format_time(time_ms: int) -> str:
    """Return ``time_ms`` as RFC 3339 in UTC, milliseconds only where there are any."""
    moment = _EPOCH + timedelta(milliseconds=time_ms)
    precision = "milliseconds" if time_ms % SECOND_MS else "seconds"
    return moment.isoformat(timespec=precision).replace("+00:00", "Z")


def _malformed(text: str) -> Refused:
    return Refused(
        "time.malformed",
        f"{ascii(text[:40])} is not a time",
        remedy="write RFC 3339 with an offset, for example 2021-05-05T09:10:00+08:00",
    )
