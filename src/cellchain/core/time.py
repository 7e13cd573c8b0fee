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
TIME_MS_MIN = -62_135_596_800_000
"""The year 1."""
TIME_MS_MAX = 253_402_300_799_999
"""The end of the year 9999, the last that RFC 3339 can write."""
_RFC_3339 = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt ](?:[01]\d|2[0-3]):\d{2}:\d{2}(?:\.\d{1,3})?"
    r"(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)",
    re.ASCII,
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
    time_ms = (moment - _EPOCH) // timedelta(milliseconds=1)
    if not TIME_MS_MIN <= time_ms <= TIME_MS_MAX:  # its offset carries it out of the calendar
        raise _malformed(text)
    return time_ms


def format_time(time_ms: int) -> str:
    """Return ``time_ms`` as RFC 3339 in UTC, milliseconds only where there are any.

    Raises:
        Refused: ``time.range``: before the year 1 or after 9999.
    """
    if not TIME_MS_MIN <= time_ms <= TIME_MS_MAX:
        raise Refused("time.range", f"{time_ms} ms is outside the years 1 to 9999")
    moment = _EPOCH + timedelta(milliseconds=time_ms)
    precision = "milliseconds" if time_ms % SECOND_MS else "seconds"
    return moment.isoformat(timespec=precision).replace("+00:00", "Z")


def _malformed(text: str) -> Refused:
    return Refused(
        "time.malformed",
        f"{text[:40]!a} is not a time",
        remedy="write RFC 3339 with an offset, for example 2021-05-05T09:10:00+08:00",
    )
