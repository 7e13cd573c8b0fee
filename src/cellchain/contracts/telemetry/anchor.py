"""Anchor a window: the next readings of a stream are fixed under one root."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.contracts.telemetry import ranges
from cellchain.contracts.telemetry.record import (
    Range,
    Stream,
    Window,
    parse_boot,
    stream_key,
    window_key,
)
from cellchain.contracts.telemetry.window import (
    check_missing,
    check_window,
    require_source,
    require_stream_battery,
)
from cellchain.core.errors import Refused
from cellchain.core.names import BatteryId, DeviceId, Digest
from cellchain.ledger.contract import Event, Message, absent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.contracts.telemetry.supplement import Supplement
    from cellchain.ledger.contract import Book, Context


class Anchor(Message, frozen=True, kw_only=True, tag="telemetry.anchor/1"):
    """A device, or the party it belongs to, asks to fix a window of readings."""

    device: DeviceId
    battery: BatteryId
    boot: str
    first: int
    last: int
    missing: tuple[Range, ...] = ()
    """Ranges inside the window that are not in it, in order, apart."""
    count: int
    start_ms: int
    end_ms: int
    layout: Digest
    root: Digest
    extremes: Digest

    def decide(self, book: Book, context: Context) -> Iterator[Anchored | Advanced]:
        """A window begins where the stream stands or later; what it leaps over is missing."""
        require_source(book, context, self.device, self.battery)
        check_window(self, context)
        stream = book.find(Stream, stream_key(self.device, parse_boot(self.boot)))
        if stream is None:
            stream = Stream(battery=self.battery, next=1)
        require_stream_battery(stream, self.battery)
        if self.first < stream.next:
            raise Refused(
                "telemetry.overlap",
                f"the window begins at {self.first}; {self.device}/{self.boot} expects "
                f"{stream.next}",
            )
        leapt = ((stream.next, self.first - 1),) if stream.next < self.first else ()
        behind = ranges.joined(stream.missing, leapt)
        missing = check_missing(ranges.joined(behind, self.missing))
        yield anchored(self)
        yield Advanced(
            stream=stream_key(self.device, self.boot),
            battery=self.battery,
            next=self.last + 1,
            missing=missing,
        )


def anchored(window: Anchor | Supplement) -> Anchored:
    """Return the event that a window, in turn or late, now stands."""
    return Anchored(
        window=window_key(window.device, window.boot, window.first),
        battery=window.battery,
        last=window.last,
        count=window.count,
        start_ms=window.start_ms,
        end_ms=window.end_ms,
        layout=window.layout,
        root=window.root,
        extremes=window.extremes,
    )


class Anchored(Event[Window], frozen=True, kw_only=True, tag="telemetry.anchored/1"):
    """A window stands under its root for good."""

    subject_field = "window"
    window: str
    battery: BatteryId
    last: int
    count: int
    start_ms: int
    end_ms: int
    layout: Digest
    root: Digest
    extremes: Digest

    def evolve(self, record: Window | None) -> Window:
        """A window is written once."""
        absent(record)
        return Window(
            battery=self.battery,
            last=self.last,
            count=self.count,
            start_ms=self.start_ms,
            end_ms=self.end_ms,
            layout=self.layout,
            root=self.root,
            extremes=self.extremes,
        )


class Advanced(Event[Stream], frozen=True, kw_only=True, tag="telemetry.advanced/1"):
    """A stream reached a later sequence."""

    subject_field = "stream"
    stream: str
    battery: BatteryId
    next: int
    missing: tuple[Range, ...] = ()

    def evolve(self, record: Stream | None) -> Stream:
        """What is missing now, and where the next window begins."""
        lost = 0 if record is None else record.lost
        return Stream(battery=self.battery, next=self.next, missing=self.missing, lost=lost)
