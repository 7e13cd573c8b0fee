"""Supplement a stream: late readings for a range that was missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from cellchain.contracts.telemetry import ranges
from cellchain.contracts.telemetry.anchor import Anchored, anchored
from cellchain.contracts.telemetry.record import Range, Stream, stream_key
from cellchain.contracts.telemetry.window import (
    check_missing,
    check_window,
    require_source,
    require_stream_battery,
)
from cellchain.core.errors import Refused
from cellchain.core.names import BatteryId, DeviceId, Digest
from cellchain.ledger.contract import Event, Message, present

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.ledger.contract import Book, Context


class Supplement(Message, frozen=True, kw_only=True, tag="telemetry.supplement/1"):
    """A device, or the party it belongs to, asks to fix readings that came late."""

    device: DeviceId
    battery: BatteryId
    boot: str
    first: int
    last: int
    missing: tuple[Range, ...] = ()
    """Ranges inside the window that are still not in it, in order, apart."""
    count: int
    start_ms: int
    end_ms: int
    layout: Digest
    root: Digest
    extremes: Digest

    def decide(self, book: Book, context: Context) -> Iterator[Anchored | Filled]:
        """Only within one missing range: what is anchored or lost is never written again."""
        require_source(book, context, self.device, self.battery)
        check_window(self, context)
        key = stream_key(self.device, self.boot)
        stream = book.get(Stream, key)
        require_stream_battery(stream, self.battery)
        if ranges.holding(stream.missing, (self.first, self.last)) is None:
            raise Refused(
                "telemetry.overlap",
                f"{self.first} to {self.last} of {key} is not missing; missing is "
                f"{[list(r) for r in stream.missing]}",
            )
        left = ranges.without(stream.missing, (self.first, self.last))
        missing = check_missing(tuple(sorted(left + self.missing)))
        yield anchored(self)
        yield Filled(stream=key, first=self.first, last=self.last, missing=missing)


class Filled(Event[Stream], frozen=True, kw_only=True, tag="telemetry.filled/1"):
    """Part of what was missing came."""

    subject_field = "stream"
    stream: str
    first: int
    last: int
    missing: tuple[Range, ...] = ()
    """What the stream misses now."""

    def evolve(self, record: Stream | None) -> Stream:
        """The stream stands where it stood and misses less."""
        return replace(present(record), missing=self.missing)
