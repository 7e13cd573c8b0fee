"""What every window must hold to, whether it comes in turn or late."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.contracts.assembly import outermost
from cellchain.contracts.custody import Custody
from cellchain.contracts.membership import acts_for, require_device
from cellchain.contracts.telemetry import ranges
from cellchain.contracts.telemetry.record import FUTURE_MS_MAX, MISSING_MAX, Range, Stream
from cellchain.core.canonical import INTEGER_MAX
from cellchain.core.errors import Refused
from cellchain.core.names import parse_digest

if TYPE_CHECKING:
    from cellchain.contracts.telemetry.anchor import Anchor
    from cellchain.contracts.telemetry.supplement import Supplement
    from cellchain.core.names import BatteryId, DeviceId
    from cellchain.ledger.contract import Book, Context

SCOPE = "telemetry"
"""What a mandate must cover to let another's device speak of a battery."""


def require_source(book: Book, context: Context, device: DeviceId, battery: BatteryId) -> None:
    """Refuse who may not speak of ``battery`` for ``device``.

    Raises:
        Refused: ``membership.unknown_device``; ``telemetry.not_device``: neither the device's own
            key nor its party; ``telemetry.other_battery``: the device is built into another;
            ``custody.unknown_custody``; ``telemetry.no_right``: its party neither owns nor holds
            nor answers for the battery, and acts for nobody who does.
    """
    found = require_device(book, device)
    if context.sender != found.party or context.device not in (None, device):
        raise Refused(
            "telemetry.not_device",
            f"{context.device or context.sender} does not speak for {device} of {found.party}",
        )
    if found.battery not in (None, battery):
        raise Refused(
            "telemetry.other_battery", f"{device} is built into {found.battery}, not {battery}"
        )
    _require_right(book, context, battery)


def _require_right(book: Book, context: Context, battery: BatteryId) -> None:
    """Refuse a sender without a right to ``battery`` now, or to the whole that it is a part of."""
    hands = book.get(Custody, outermost(book, battery))
    bearers = dict.fromkeys((hands.holder, hands.owner, hands.responsible))
    if context.sender in bearers:
        return
    if not any(acts_for(book, context.sender, b, SCOPE, context.time_ms) for b in bearers):
        raise Refused(
            "telemetry.no_right",
            f"{context.sender} has no right to {battery}; {', '.join(bearers)} has",
            remedy="ask one who has for a mandate for telemetry",
        )


def require_stream_battery(stream: Stream, battery: BatteryId) -> None:
    """Refuse a window about another battery than the stream's: ``telemetry.other_battery``."""
    if stream.battery != battery:
        raise Refused(
            "telemetry.other_battery", f"this stream is about {stream.battery}, not {battery}"
        )


def check_window(window: Anchor | Supplement, context: Context) -> None:
    """Refuse a window that contradicts itself, or that comes from the future.

    Raises:
        Refused: ``telemetry.sequence``, ``.ranges``, ``.count``, ``.times``, ``.future``,
            ``name.digest``.
    """
    first, last = window.first, window.last
    if not 1 <= first <= last <= INTEGER_MAX - 1:
        raise Refused("telemetry.sequence", f"{first} to {last} is not a range from 1 up")
    ranges.check_ranges(window.missing, first + 1, last - 1)
    held = last - first + 1 - ranges.size(window.missing)
    if window.count != held:
        raise Refused("telemetry.count", f"{window.count} readings stated, {held} in the range")
    if not 0 <= window.start_ms <= window.end_ms:
        raise Refused(
            "telemetry.times", f"{window.start_ms} to {window.end_ms} ms is not a range from 0 up"
        )
    if window.end_ms > context.time_ms + FUTURE_MS_MAX:
        raise Refused("telemetry.future", f"ends at {window.end_ms} ms; it is {context.time_ms}")
    for digest in (window.layout, window.root, window.extremes):
        parse_digest(digest)


def check_missing(missing: tuple[Range, ...]) -> tuple[Range, ...]:
    """Return ``missing``; refuse more ranges than a stream may miss: ``telemetry.gaps``."""
    if len(missing) > MISSING_MAX:
        raise Refused(
            "telemetry.gaps",
            f"{len(missing)} ranges would be missing; at most {MISSING_MAX}",
            remedy="record as lost what will never come (telemetry.record_gap)",
        )
    return missing
