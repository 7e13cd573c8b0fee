"""Times of a table as instants: ISO 8601 with an offset, to the millisecond."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from cellchain.core.errors import Refused
from cellchain.services.analysis.table import EMPTY, shown

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cellchain.services.analysis.table import Table

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def instants_ms(table: Table, name: str) -> NDArray[np.int64]:
    """Return a column as milliseconds since 1970 in UTC, shape [rows].

    Raises:
        Refused: ``table.column``; ``footprint.time``: a row has no time, one of another form, one
            without an offset, or one between two milliseconds.
    """
    column = table.texts(name)
    empty = np.flatnonzero(column.codes == EMPTY)
    if len(empty):
        raise _malformed(name, f"no time in row {empty[0] + 1}")
    known = np.array([_instant_ms(name, label) for label in column.labels], np.int64)
    found: NDArray[np.int64] = known[column.codes]
    return found


def _instant_ms(name: str, text: str) -> int:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise _malformed(name, f"{shown(text)!a}") from error
    if moment.tzinfo is None:
        raise _malformed(name, f"{shown(text)!a} has no offset")
    whole, rest = divmod(moment - _EPOCH, _MILLISECOND)
    if rest:
        raise _malformed(name, f"{shown(text)!a} lies between two milliseconds")
    return whole


def _malformed(name: str, what: str) -> Refused:
    return Refused(
        "footprint.time",
        f"column {shown(name)!r}: {what}",
        remedy="write ISO 8601 with an offset, for example 2026-05-05T09:10:00+08:00",
    )
