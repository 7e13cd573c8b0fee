"""Windows: where a stream of readings is cut, and what the ledger is told of each piece.

A window never crosses a UTC day, holds at most so many readings, and leaves out at most so many
ranges. The cut depends on the readings since the last window alone, so that an import that was
interrupted cuts the same windows when it goes on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cellchain.contracts.telemetry import Anchor, RecordGap, window_key
from cellchain.core.canonical import canonical_bytes
from cellchain.core.names import BatteryId, DeviceId, Digest
from cellchain.core.time import DAY_MS
from cellchain.crypto.commitment import commit
from cellchain.crypto.window import (
    WindowTree,
    extremes_salt,
    split_leaves,
    window_leaf_hashes,
)
from cellchain.services.gateway.rows import Rows, extremes, joined, packed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cellchain.contracts.telemetry import Range

READINGS_MAX = 3600
"""Readings of a window, unless the caller says otherwise: an hour at one a second."""
MISSING_MAX = 32
"""Ranges that a window leaves out: half of what a stream may miss."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamName:
    """Which device measured which battery, since which boot."""

    device: DeviceId
    battery: BatteryId
    boot: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SealedWindow:
    """A window ready to be stored and anchored."""

    stream: StreamName
    rows: Rows
    secret: bytes
    leaf_hashes: tuple[bytes, ...]
    anchor: Anchor
    gaps: tuple[RecordGap, ...]

    @property
    def messages(self) -> tuple[Anchor | RecordGap, ...]:
        """What the ledger is told, all or nothing; the window itself comes first."""
        return (self.anchor, *self.gaps)

    @property
    def subject(self) -> str:
        """The subject of its record on the ledger."""
        return window_key(self.stream.device, self.stream.boot, int(self.rows.sequence[0]))


class Cutter:
    """Gathers rows and gives back whole windows.

    Args:
        readings_max: Most readings of a window.
    """

    def __init__(self, readings_max: int = READINGS_MAX) -> None:
        self._readings_max = readings_max
        self._waiting: list[Rows] = []

    def add(self, rows: Rows) -> Iterator[Rows]:
        """Yield the windows that are certainly complete; keep the rest."""
        if not len(rows):
            return
        whole = joined([*self._waiting, rows])
        start = 0
        for stop in self._cuts(whole):
            yield whole.part(slice(start, stop))
            start = stop
        self._waiting = [whole.part(slice(start, None))]

    def finish(self) -> Iterator[Rows]:
        """Yield what is left as the last window."""
        waiting, self._waiting = self._waiting, []
        if waiting and len(waiting[0]):
            yield waiting[0]

    def _cuts(self, rows: Rows) -> Iterator[int]:
        """Positions before which a window ends; the last window may still grow."""
        days = rows.time_ms // DAY_MS
        new_day = np.flatnonzero(np.diff(days)) + 1
        leaps = np.flatnonzero(np.diff(rows.sequence) > 1) + 1
        start, total = 0, len(rows)
        while True:
            later_days = new_day[np.searchsorted(new_day, start, side="right") :][:1]
            later_leaps = leaps[np.searchsorted(leaps, start, side="right") :]
            beyond = later_leaps[MISSING_MAX : MISSING_MAX + 1]
            stop = min([start + self._readings_max, *later_days.tolist(), *beyond.tolist()])
            if stop >= total:
                return
            yield stop
            start = stop


def seal(stream: StreamName, rows: Rows, secret: bytes, *, expected: int) -> SealedWindow:
    """Return the window of ``rows``, the next of its stream.

    Args:
        stream: Whose readings they are.
        rows: The readings, at least one.
        secret: 32 random bytes, known to nobody else.
        expected: The sequence at which the stream stands; what lies before the first row, and
            between the rows, was rejected and is recorded as lost.
    """
    hashes = window_leaf_hashes(secret, leaves_of(rows))
    missing = missing_in(rows)
    anchor = Anchor(
        device=stream.device,
        battery=stream.battery,
        boot=stream.boot,
        first=int(rows.sequence[0]),
        last=int(rows.sequence[-1]),
        missing=missing,
        count=len(rows),
        start_ms=int(rows.time_ms.min()),
        end_ms=int(rows.time_ms.max()),
        layout=Digest(rows.layout.digest),
        root=Digest(WindowTree(hashes).root.hex()),
        extremes=Digest(commit(extremes_salt(secret), extremes_bytes(rows)).hex()),
    )
    leapt = ((expected, anchor.first - 1),) if expected < anchor.first else ()
    return SealedWindow(
        stream=stream,
        rows=rows,
        secret=secret,
        leaf_hashes=tuple(hashes),
        anchor=anchor,
        gaps=_gaps(stream, leapt + missing),
    )


def leaves_of(rows: Rows) -> Sequence[memoryview]:
    """Return the leaves of a window of ``rows``."""
    layout = rows.layout
    return split_leaves(packed(rows), layout.readings_per_leaf * layout.reading_bytes)


def missing_in(rows: Rows) -> tuple[Range, ...]:
    """Return the ranges of sequences that ``rows`` leap over."""
    at = np.flatnonzero(np.diff(rows.sequence) > 1)
    return tuple((int(rows.sequence[i]) + 1, int(rows.sequence[i + 1]) - 1) for i in at)


def extremes_bytes(rows: Rows) -> bytes:
    """Return what the commitment to the extremes holds: canonical ``[[least, greatest], …]``."""
    return canonical_bytes([None if e is None else list(e) for e in extremes(rows)])


def _gaps(stream: StreamName, lost: tuple[Range, ...]) -> tuple[RecordGap, ...]:
    if not lost:
        return ()
    return (
        RecordGap(
            device=stream.device,
            battery=stream.battery,
            boot=stream.boot,
            ranges=lost,
            reason="rejected",
        ),
    )
