"""The clock of this machine."""

from __future__ import annotations

import os
import time


def clock_ms() -> int:
    """Return milliseconds since 1970-01-01T00:00:00Z."""
    return time.time_ns() // 1_000_000


def cpu_s() -> float:
    """Return the CPU seconds of this process, its threads, and its children that have ended."""
    used = os.times()
    return time.process_time() + used.children_user + used.children_system
