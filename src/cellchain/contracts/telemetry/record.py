"""What the ledger remembers about telemetry: where each stream stands, and every window."""

from __future__ import annotations

import re
from typing import TypeAlias

from cellchain.core.errors import Refused
from cellchain.core.names import BatteryId, DeviceId, Digest
from cellchain.core.time import MINUTE_MS
from cellchain.ledger.contract import Record

Range: TypeAlias = tuple[int, int]
"""First and last sequence, both included."""

MISSING_MAX = 64
"""Missing ranges that one stream may have: its record stays small whatever a device does."""
FUTURE_MS_MAX = 5 * MINUTE_MS
"""How far a device's clock may run ahead of the block's time."""
BOOT_CHARACTERS_MAX = 64

_BOOT = re.compile(r"[A-Za-z0-9]+(?:[-._][A-Za-z0-9]+)*")


class Stream(Record, frozen=True, kw_only=True, tag="telemetry.stream/1"):
    """Where the readings of one boot of a device stand. Subject: `stream_key`."""

    battery: BatteryId
    next: int
    """The first sequence that no window has reached."""
    missing: tuple[Range, ...] = ()
    """Ranges below ``next`` that are in no window and may still come, in order."""
    lost: int = 0
    """How many readings are recorded as never to come."""


class Window(Record, frozen=True, kw_only=True, tag="telemetry.window/1"):
    """A range of readings under one root. Subject: `window_key`."""

    battery: BatteryId
    last: int
    """Its last sequence; its first is in the subject."""
    count: int
    start_ms: int
    """Earliest time of its readings."""
    end_ms: int
    """Latest time of its readings."""
    layout: Digest
    root: Digest
    extremes: Digest
    """Salted commitment to the least and greatest value of each channel."""


def stream_key(device: DeviceId, boot: str) -> str:
    """Return the subject of the stream of one boot of ``device``."""
    return f"{device}/{boot}"


def window_key(device: DeviceId, boot: str, first: int) -> str:
    """Return the subject of the window that begins with sequence ``first``."""
    return f"{device}/{boot}/{first}"


def parse_boot(text: str) -> str:
    """Return ``text`` as the name of a boot.

    Raises:
        Refused: ``telemetry.boot``.
    """
    if len(text) > BOOT_CHARACTERS_MAX or not _BOOT.fullmatch(text):
        raise Refused(
            "telemetry.boot",
            f"{text[:80]!a} is not letters and digits joined by single - . _, 1 to 64",
            remedy="name the boot, or rename the file",
        )
    return text
