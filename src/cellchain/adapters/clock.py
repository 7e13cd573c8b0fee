"""The clock of this machine."""

from __future__ import annotations

import time


def clock_ms() -> int:
    """Return milliseconds since 1970-01-01T00:00:00Z."""
    return time.time_ns() // 1_000_000
