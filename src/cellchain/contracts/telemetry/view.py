"""Windows of readings and the streams that they belong to, as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import BigInteger, Column, Index, MetaData, Table, bindparam, func, select

from cellchain.contracts.membership.view import DEVICE
from cellchain.contracts.telemetry.anchor import Anchored
from cellchain.contracts.telemetry.record import Stream
from cellchain.contracts.telemetry.record_gap import GapRecorded
from cellchain.ledger.projection import Insert, Upsert, View
from cellchain.ledger.question import Question
from cellchain.ledger.table import NAME, Listed, Packed, all_of, clamped, first_of, packed, page_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Select

    from cellchain.ledger.projection import Batch, Change, Happening, RowTuple


METADATA = MetaData()
WINDOW = Table(
    "telemetry_window",
    METADATA,
    Column("window", NAME, primary_key=True),
    Column("stream", NAME, nullable=False),
    Column("device", NAME, nullable=False),
    Column("boot", NAME, nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("battery", NAME, nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("start_ms", BigInteger, nullable=False),
    Column("end_ms", BigInteger, nullable=False),
    Column("layout", NAME, nullable=False),
    Column("root", NAME, nullable=False),
    Column("extremes", NAME, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("anchored_ms", BigInteger, nullable=False),
    Index("telemetry_window_battery", "battery", "start_ms", "window"),
    Index("telemetry_window_stream", "stream", "count", "start_ms", "end_ms", "anchored_ms"),
)
STREAM = Table(
    "telemetry_stream",
    METADATA,
    Column("stream", NAME, primary_key=True),
    Column("device", NAME, nullable=False, index=True),
    Column("boot", NAME, nullable=False),
    Column("battery", NAME, nullable=False, index=True),
    Column("next", BigInteger, nullable=False),
    Column("missing", Packed(tuple[tuple[int, int], ...]), nullable=False),
    Column("lost", BigInteger, nullable=False),
)
GAP = Table(
    "telemetry_gap",
    METADATA,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("stream", NAME, nullable=False, index=True),
    Column("ranges", Packed(tuple[tuple[int, int], ...]), nullable=False),
    Column("reason", NAME, nullable=False),
    Column("time_ms", BigInteger, nullable=False),
)


class WindowRow(msgspec.Struct, frozen=True, kw_only=True):
    """A range of readings under one root."""

    window: str
    """``DEVICE/BOOT/FIRST``."""
    device: str
    boot: str
    first: int
    last: int
    battery: str
    count: int
    start_ms: int
    end_ms: int
    layout: str
    root: str
    extremes: str
    position: int
    """Position of the event that anchored it."""
    anchored_ms: int
    """Time of the block that anchored it."""


class StreamRow(msgspec.Struct, frozen=True, kw_only=True):
    """The readings of one boot of a device."""

    stream: str
    device: str
    boot: str
    battery: str
    next: int
    """The first sequence that no window has reached."""
    missing: tuple[tuple[int, int], ...]
    """Ranges that are in no window and may still come."""
    lost: int
    """How many readings are recorded as never to come."""
    windows: int
    count: int
    """Readings in windows."""
    start_ms: int | None
    """Earliest time of its readings."""
    end_ms: int | None
    """Latest time of its readings."""
    anchored_ms: int | None
    """Block time of the last window."""


class GapRow(msgspec.Struct, frozen=True, kw_only=True):
    """Readings that will never come."""

    stream: str
    ranges: tuple[tuple[int, int], ...]
    reason: str
    position: int
    time_ms: int
    """When it was recorded."""


def project(batch: Batch) -> Iterator[Change]:
    """Yield the windows and gaps that happened, and the streams that were touched."""
    yield Insert(WINDOW, [_window(happening, event) for happening, event in batch.of(Anchored)])
    streams = batch.touched(Stream)
    yield Upsert(STREAM, [_stream(subject, found) for subject, found in streams.items() if found])
    gaps = [
        (h.position, e.stream, packed(e.ranges), e.reason, h.time_ms)
        for h, e in batch.of(GapRecorded)
    ]
    yield Insert(GAP, gaps)


VIEW = View(name="telemetry", tables=(WINDOW, STREAM, GAP), project=project)


def _window(happening: Happening, event: Anchored) -> RowTuple:
    stream, _, first = event.window.rpartition("/")
    device, _, boot = stream.partition("/")
    return (
        event.window,
        stream,
        device,
        boot,
        int(first),
        event.last,
        event.battery,
        event.count,
        event.start_ms,
        event.end_ms,
        event.layout,
        event.root,
        event.extremes,
        happening.position,
        happening.time_ms,
    )


def _stream(subject: str, found: Stream) -> RowTuple:
    device, _, boot = subject.partition("/")
    return (subject, device, boot, found.battery, found.next, packed(found.missing), found.lost)


def windows(
    db: Connection,
    battery: str,
    *,
    from_ms: int | None = None,
    until_ms: int | None = None,
    after: str | None = None,
    limit: int = 1000,
) -> Listed[WindowRow]:
    """Return the windows of a battery that overlap a span of time, the earliest first."""
    wanted = select(*[c for c in WINDOW.c if c.key != "stream"]).where(WINDOW.c.battery == battery)
    if from_ms is not None:
        wanted = wanted.where(WINDOW.c.end_ms >= from_ms)
    if until_ms is not None:
        wanted = wanted.where(WINDOW.c.start_ms < until_ms)
    by = [WINDOW.c.start_ms, WINDOW.c.window]
    return page_of(db, wanted, WindowRow, by=by, after=after, limit=limit)


def window(db: Connection, identity: str) -> WindowRow | None:
    """Return a window."""
    wanted = select(*[c for c in WINDOW.c if c.key != "stream"])
    return first_of(db, wanted.where(WINDOW.c.window == identity), WindowRow)


def streams(
    db: Connection,
    *,
    device: str | None = None,
    battery: str | None = None,
    party: str | None = None,
    limit: int = 1000,
) -> tuple[StreamRow, ...]:
    """Return streams, those with the latest readings first; ``party`` is whose the device is."""
    most = clamped(limit)
    if battery is not None and device is None and party is None:
        rows = _STREAMS_OF_BATTERY.all(db, battery=battery, most=most)
    else:
        wanted = select(STREAM).limit(most)
        if device is not None:
            wanted = wanted.where(STREAM.c.device == device)
        if battery is not None:
            wanted = wanted.where(STREAM.c.battery == battery)
        if party is not None:
            theirs = select(DEVICE.c.device).where(DEVICE.c.party == party)
            wanted = wanted.where(STREAM.c.device.in_(theirs))
        rows = list(all_of(db, _summed(wanted), StreamRow))
    return tuple(sorted(rows, key=lambda row: (-(row.end_ms or 0), row.stream)))


def _summed(wanted: Select[Any]) -> Select[Any]:
    """Return streams with what is known of their windows."""
    chosen = wanted.order_by(STREAM.c.stream.desc()).subquery()
    seen = (
        func.count(WINDOW.c.window).label("windows"),
        func.coalesce(func.sum(WINDOW.c.count), 0).cast(BigInteger).label("count"),
        func.min(WINDOW.c.start_ms).label("start_ms"),
        func.max(WINDOW.c.end_ms).label("end_ms"),
        func.max(WINDOW.c.anchored_ms).label("anchored_ms"),
    )
    joined = chosen.outerjoin(WINDOW, WINDOW.c.stream == chosen.c.stream)
    return select(chosen, *seen).select_from(joined).group_by(*chosen.c)


_STREAMS_OF_BATTERY = Question(
    _summed(
        select(STREAM).where(STREAM.c.battery == bindparam("battery")).limit(bindparam("most"))
    ),
    StreamRow,
)


def gaps(db: Connection, battery: str, *, limit: int = 1000) -> tuple[GapRow, ...]:
    """Return what was recorded as lost, the first first."""
    return tuple(_GAPS.all(db, battery=battery, limit=clamped(limit)))


_GAPS = Question(
    select(GAP)
    .select_from(GAP.join(STREAM, STREAM.c.stream == GAP.c.stream))
    .where(STREAM.c.battery == bindparam("battery"))
    .order_by(GAP.c.position)
    .limit(bindparam("limit")),
    GapRow,
)
