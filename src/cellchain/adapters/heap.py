"""The memory of a process that is to run for long."""

from __future__ import annotations

import ctypes
import gc
import sys

GENERATION_OBJECTS = 20_000
"""New containers after which the collector looks at them: a page makes thousands, and no cycles."""


def settle() -> None:
    """Give back what a start has freed, and let the collector pass over what stays.

    What was loaded and projected by now lives as long as the process; the C library keeps freed
    memory for itself unless it is asked (`malloc_trim`, glibc alone).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(GENERATION_OBJECTS, 10, 10)
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
