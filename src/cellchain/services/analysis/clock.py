"""Local times of a table as seconds: what a vehicle writes, with or without an offset."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from cellchain.core.errors import Refused
from cellchain.services.analysis.table import shown

if TYPE_CHECKING:
    from cellchain.services.analysis.table import Floats, Texts

_PLAIN = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d{1,6})?)?")


def local_seconds(name: str, times: Texts) -> tuple[Floats, Floats]:
    """Return of each row the local time, and the instant by which rows are put in order.

    Without offsets they are the same, and the hour that is repeated when summer ends is one; with
    offsets it is two.

    Args:
        name: Of the column.
        times: ``2019-07-15 09:08:30``, ``T`` for the space, perhaps an offset, ``Z`` or ``+08:00``.

    Returns:
        Seconds, shape [rows] each.

    Raises:
        Refused: ``watch.time``: a row has no time, or one of another form; some have an offset and
            others not.
    """
    empty = np.flatnonzero(times.codes < 0)
    if len(empty):
        raise _malformed(name, f"no time in row {empty[0] + 1}")
    known = np.array([_seconds(name, label) for label in times.labels]).reshape(-1, 2)
    with_offset = ~np.isnan(known[:, 1])
    if with_offset.any() and not with_offset.all():
        raise _malformed(name, "an offset in some rows and none in others")
    local, instant = known[times.codes].T
    return local, instant if with_offset.any() else local


def _seconds(name: str, label: str) -> tuple[float, float]:
    """Return the local seconds, and those of the instant; NaN without an offset."""
    text = label.strip()
    try:
        if _PLAIN.match(text) is None:
            raise ValueError(text)
        read = datetime.fromisoformat(text)
    except ValueError as error:
        raise _malformed(name, f"{shown(label)!a}") from error
    local = (read.replace(tzinfo=None) - _BEGIN).total_seconds()
    return local, np.nan if read.tzinfo is None else read.timestamp()


_BEGIN = datetime(1970, 1, 1)  # noqa: DTZ001  # local, as the times are


def _malformed(name: str, what: str) -> Refused:
    return Refused(
        "watch.time",
        f"column {shown(name)!r}: {what}",
        remedy="write times like 2019-07-15 09:08:30, all with an offset such as +08:00 or none",
    )
