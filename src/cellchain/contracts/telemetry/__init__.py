"""Telemetry: what a device measured is fixed once, and what is missing is said.

    anchor       the next window of a device: its range, its layout, the root of its readings
    supplement   late readings for a range that was missing
    record_gap   readings that will never come, with the reason

A stream is what one device measured since one boot, numbered from 1. Invariant: every number below
the stream's next is in exactly one anchored window, or missing, or recorded as lost; nothing that
was anchored is ever anchored again. The ledger holds roots and ranges, never a reading. A device
speaks of a battery only while its party owns, holds or answers for it (for the whole, where it is
a part), or acts for one who does. Whether what it states is to be believed is for the reader.
"""

from cellchain.contracts.telemetry.anchor import Advanced, Anchor, Anchored, anchored
from cellchain.contracts.telemetry.record import (
    BOOT_CHARACTERS_MAX,
    FUTURE_MS_MAX,
    MISSING_MAX,
    Range,
    Stream,
    Window,
    parse_boot,
    stream_key,
    window_key,
)
from cellchain.contracts.telemetry.record_gap import GapRecorded, RecordGap
from cellchain.contracts.telemetry.supplement import Filled, Supplement
from cellchain.ledger.contract import Contract

CONTRACT = Contract(
    name="telemetry",
    messages=(Anchor, Supplement, RecordGap),
    events=(Anchored, Advanced, Filled, GapRecorded),
    leans_on=("assembly", "custody", "membership"),
)

__all__ = [
    "BOOT_CHARACTERS_MAX",
    "CONTRACT",
    "FUTURE_MS_MAX",
    "MISSING_MAX",
    "Advanced",
    "Anchor",
    "Anchored",
    "Filled",
    "GapRecorded",
    "Range",
    "RecordGap",
    "Stream",
    "Supplement",
    "Window",
    "anchored",
    "parse_boot",
    "stream_key",
    "window_key",
]
