"""Windows of readings and the streams that they belong to, as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from cellchain.ledger.view import Listed

if TYPE_CHECKING:
    from sqlalchemy import Connection


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
    raise NotImplementedError


def window(db: Connection, identity: str) -> WindowRow | None:
    """Return a window."""
    raise NotImplementedError


def streams(
    db: Connection,
    *,
    device: str | None = None,
    battery: str | None = None,
    party: str | None = None,
    limit: int = 1000,
) -> tuple[StreamRow, ...]:
    """Return streams, those with the latest readings first; ``party`` is whose the device is."""
    raise NotImplementedError


def gaps(db: Connection, battery: str, *, limit: int = 1000) -> tuple[GapRow, ...]:
    """Return what was recorded as lost, the first first."""
    raise NotImplementedError
