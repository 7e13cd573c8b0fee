"""Series that many look at, kept within a number of bytes."""

from __future__ import annotations

from collections import OrderedDict
from hashlib import blake2b
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cellchain.services.gateway.ports import KeptWindow
    from cellchain.services.gateway.series import Series

BYTES_MAX = 8 << 20
_NUMBER_BYTES = 32
"""A number of its own and its place in a tuple."""
_SERIES_BYTES = 2048
"""The rest of a series: names, units, the tuples themselves."""
_DIGEST_BYTES = 32


class SeriesCache:
    """Series by what was asked, the least asked for being dropped first; for any number of threads.

    Args:
        bytes_max: How much they may take together; one that takes more is not kept.
    """

    def __init__(self, bytes_max: int = BYTES_MAX) -> None:
        self._bytes_max = bytes_max
        self._kept: OrderedDict[bytes, tuple[Series, int]] = OrderedDict()
        self._lock = Lock()
        self.size_bytes = 0
        """What they take, as `size_of` reckons."""

    def find(self, key: bytes) -> Series | None:
        """Return what is kept under ``key``."""
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                return None
            self._kept.move_to_end(key)
            return found[0]

    def put(self, key: bytes, series: Series) -> None:
        """Keep ``series`` under ``key``, which ends the keeping of others."""
        size = size_of(series)
        if size > self._bytes_max:
            return
        with self._lock:
            _, former = self._kept.pop(key, (None, 0))
            self._kept[key] = (series, size)
            self.size_bytes += size - former
            while self.size_bytes > self._bytes_max:
                _, (_, gone) = self._kept.popitem(last=False)
                self.size_bytes -= gone


def key_of(windows: Iterable[KeptWindow], *asked: object) -> bytes:
    """Return a digest of the windows that a series is of, and of what else was asked.

    A window never changes; where its rows lie does, and is left out, but not whether it has any.
    """
    digest = blake2b(repr(asked).encode(), digest_size=_DIGEST_BYTES)
    for window in windows:
        digest.update(f"\0{window.subject} {window.count} {window.file is None}".encode())
    return digest.digest()


def size_of(series: Series) -> int:
    """Return about how many bytes of memory a series takes."""
    rows = (*series.values, *series.low, *series.high)
    numbers = len(series.times_ms) + sum(map(len, rows)) + 2 * len(series.gaps_ms)
    return _SERIES_BYTES + _NUMBER_BYTES * numbers
