"""A throttle: so many in a span of time, for each name, in bounded memory."""

from __future__ import annotations

from threading import Lock

NAMES_MAX = 50_000


class Throttle:
    """A token bucket for each name (leaky bucket as a meter, ITU-T I.371).

    Args:
        burst: How many at once.
        span_ms: How long until the bucket is full again.
    """

    def __init__(self, burst: int, span_ms: int) -> None:
        self._burst = burst
        self._refill_ms = span_ms / burst
        self._full_ms: dict[str, float] = {}
        self._lock = Lock()

    def allows(self, name: str, now_ms: int) -> bool:
        """Whether ``name`` may go on."""
        return self.wait_ms(name, now_ms) == 0

    def wait_ms(self, name: str, now_ms: int) -> int:
        """Return after how many milliseconds ``name`` may go on."""
        full_ms = self._full_ms.get(name, 0.0)
        return max(0, round(full_ms - now_ms - (self._burst - 1) * self._refill_ms))

    def count(self, name: str, now_ms: int) -> None:
        """Count one for ``name``."""
        with self._lock:
            if len(self._full_ms) >= NAMES_MAX:
                self._full_ms = {n: t for n, t in self._full_ms.items() if t > now_ms}
                if len(self._full_ms) >= NAMES_MAX:  # an attack from everywhere at once
                    self._full_ms.clear()
            self._full_ms[name] = max(self._full_ms.get(name, 0.0), now_ms) + self._refill_ms

    def take(self, name: str, now_ms: int) -> int:
        """Count one for ``name`` if it may go on; return how long it must wait otherwise."""
        wait_ms = self.wait_ms(name, now_ms)
        if wait_ms == 0:
            self.count(name, now_ms)
        return wait_ms
