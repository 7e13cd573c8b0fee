"""Cells of a table to milliseconds since 1970 UTC.

Local times are turned by the rules of their zone from the `tzdata` package, the same on every
machine. An hour that a clock change repeats or leaps over has no certain place: its rows are
rejected rather than guessed.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from importlib import resources
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cellchain.adapters.telemetry.cells import CellError, Reasons
from cellchain.contracts.telemetry import FUTURE_MS_MAX
from cellchain.core.errors import Refused
from cellchain.core.time import MINUTE_MS, TIME_MS_MAX, parse_time

if TYPE_CHECKING:
    from cellchain.services.gateway.rows import Integers

_LOCAL = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,3})?$"
_LOCAL_CELL = re.compile(_LOCAL)
_UNIX_MS = re.compile(r"[0-9]{1,15}")
_UNIX_S = re.compile(r"([0-9]{1,12})(?:\.([0-9]{1,3}))?")
_ZONE = re.compile(r"[A-Za-z0-9_+-]+(?:/[A-Za-z0-9_+-]+){0,2}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_LOCAL = datetime(1970, 1, 1)  # noqa: DTZ001  # a local time has no offset yet


def load_zone(name: str) -> ZoneInfo:
    """Return the time zone ``name``.

    Raises:
        Refused: ``format.zone``.
    """
    file = resources.files("tzdata.zoneinfo").joinpath(*name.split("/"))
    if not _ZONE.fullmatch(name) or not file.is_file():
        raise Refused(
            "format.zone",
            f"{name[:40]!a} is not a time zone",
            remedy="name one of the IANA data base, for example Europe/Berlin",
        )
    with file.open("rb") as stream:
        return ZoneInfo.from_file(stream, key=name)


class Times:
    """Reads the time cells of one table.

    Args:
        form: How times are written, as in `cellchain.services.gateway.format.TimeRule`.
        zone: The zone of times without an offset.
        now_ms: Times more than five minutes later, and those before 1970, are none.

    Raises:
        Refused: ``format.zone``: times without an offset need one.
    """

    def __init__(self, form: str, zone: str, *, now_ms: int) -> None:
        self._form = form
        self._latest_ms = now_ms + FUTURE_MS_MAX
        self._is_local = form == "local" or "%" in form
        if self._is_local and not zone:
            raise Refused(
                "format.zone",
                "these times have no offset and the mapping names no zone",
                remedy="name the zone of the clock that wrote them",
            )
        self._zone: tzinfo = load_zone(zone) if zone else UTC

    def read(self, cells: pa.Array) -> tuple[Integers, Reasons]:
        """Return the times of ``cells`` (strings), and what cannot be read."""
        stated, reasons = self._stated(cells)
        times_ms, uncertain = _to_utc(stated, self._zone) if self._is_local else (stated, {})
        late = np.flatnonzero(times_ms > self._latest_ms)
        early = np.flatnonzero(times_ms < 0)
        return times_ms, {
            **{int(i): "the time is in the future" for i in late},
            **{int(i): "the time is before 1970" for i in early},
            **uncertain,
            **reasons,
        }

    def _stated(self, cells: pa.Array) -> tuple[Integers, Reasons]:
        if self._form == "local" and cells.null_count == 0:
            try:
                return _arrow_local(cells), {}
            except (pa.ArrowInvalid, CellError):
                pass  # some cell is no time: find out which
        times_ms = np.zeros(len(cells), dtype=np.int64)
        reasons: Reasons = {}
        for i, cell in enumerate(cells.to_pylist()):
            try:
                times_ms[i] = self._cell(cell or "")
            except (ValueError, Refused):
                reasons[i] = f"{(cell or '')[:40]!a} is not a time"
        return times_ms, reasons

    def _cell(self, cell: str) -> int:
        match self._form:
            case "rfc3339":
                return parse_time(cell)
            case "unix_ms" if _UNIX_MS.fullmatch(cell) and int(cell) <= TIME_MS_MAX:
                return int(cell)
            case "unix_s" if (found := _UNIX_S.fullmatch(cell)) and int(
                found[1]
            ) < TIME_MS_MAX // 1000:
                return int(found[1]) * 1000 + int((found[2] or "").ljust(3, "0"))
            case "local" if _LOCAL_CELL.fullmatch(cell):
                moment = datetime.fromisoformat(cell)
            case pattern if "%" in pattern:
                moment = datetime.strptime(cell, pattern)  # noqa: DTZ007  # the zone follows
            case _:
                raise CellError
        return (moment.replace(tzinfo=None) - _EPOCH_LOCAL) // timedelta(milliseconds=1)


def _arrow_local(cells: pa.Array) -> Integers:
    if not pc.all(pc.match_substring_regex(cells, _LOCAL), min_count=0).as_py():
        raise CellError
    times: Integers = cells.cast(pa.timestamp("ms")).cast(pa.int64()).to_numpy()
    return times


def _to_utc(local_ms: Integers, zone: tzinfo) -> tuple[Integers, Reasons]:
    """Subtract the offset of each minute; say which minutes are uncertain."""
    minutes, place = np.unique(local_ms // MINUTE_MS, return_inverse=True)
    offsets = [_offsets_ms(int(minute), zone) for minute in minutes]
    early = np.array([first for first, _ in offsets], dtype=np.int64)
    late = np.array([second for _, second in offsets], dtype=np.int64)
    uncertain = np.flatnonzero((early != late)[place])
    reasons = {int(i): "a clock change makes this local time uncertain" for i in uncertain}
    return local_ms - early[place], reasons


def _offsets_ms(minute: int, zone: tzinfo) -> tuple[int, int]:
    """Offsets of a local minute before and after a clock change; equal if there is none."""
    moment = _EPOCH_LOCAL + timedelta(minutes=minute)
    both = [moment.replace(tzinfo=zone, fold=fold).utcoffset() or timedelta() for fold in (0, 1)]
    first, second = (offset // timedelta(milliseconds=1) for offset in both)
    return first, second
