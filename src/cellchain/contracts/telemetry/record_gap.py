"""Record a gap: readings that are missing and will never come, with the reason."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Literal

from msgspec.structs import replace

from cellchain.contracts.telemetry import ranges
from cellchain.contracts.telemetry.record import MISSING_MAX, Range, Stream, stream_key
from cellchain.contracts.telemetry.window import (
    check_missing,
    require_source,
    require_stream_battery,
)
from cellchain.core.errors import Refused
from cellchain.core.names import BatteryId, DeviceId
from cellchain.ledger.contract import Event, Message, present

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.ledger.contract import Book, Context

Reason = Literal["destroyed", "not_measured", "overwritten", "rejected"]
"""The carrier broke, the sensor was off, the buffer was full, the gateway could not read it."""


class RecordGap(Message, frozen=True, kw_only=True, tag="telemetry.record_gap/1"):
    """A device, or the party it belongs to, states that missing readings are lost."""

    device: DeviceId
    battery: BatteryId
    boot: str
    ranges: tuple[Range, ...]
    """In order, apart, each within what is missing."""
    reason: Reason

    def decide(self, book: Book, context: Context) -> Iterator[GapRecorded]:
        """Only what is missing can be lost, of the battery that the stream is about."""
        require_source(book, context, self.device, self.battery)
        key = stream_key(self.device, self.boot)
        stream = book.get(Stream, key)
        require_stream_battery(stream, self.battery)
        if not 1 <= len(self.ranges) <= MISSING_MAX:
            raise Refused("telemetry.ranges", f"{len(self.ranges)} ranges; 1 to {MISSING_MAX}")
        ranges.check_ranges(self.ranges, 1, stream.next - 1)
        for lost in self.ranges:
            if ranges.holding(stream.missing, lost) is None:
                raise Refused("telemetry.not_missing", f"{lost[0]} to {lost[1]} is not missing")
        missing = check_missing(reduce(ranges.without, self.ranges, stream.missing))
        yield GapRecorded(stream=key, ranges=self.ranges, reason=self.reason, missing=missing)


class GapRecorded(Event[Stream], frozen=True, kw_only=True, tag="telemetry.gap_recorded/1"):
    """Some readings will never come; the log keeps which and why."""

    subject_field = "stream"
    stream: str
    ranges: tuple[Range, ...]
    reason: Reason
    missing: tuple[Range, ...] = ()
    """What the stream misses now."""

    def evolve(self, record: Stream | None) -> Stream:
        """They are counted and no longer awaited."""
        before = present(record)
        lost = before.lost + ranges.size(self.ranges)
        return replace(before, missing=self.missing, lost=lost)
