"""Where a page is made: at once in the event loop, or in a thread.

Handing a page to a thread and taking it back costs as much as making a short one: two cores pass
every object that both touch to and fro, and one interpreter runs one of them at a time anyway. So
what is brief is made at once. What turns out not to be, on a cold disk for example, goes to threads
for a while, and nobody waits behind it a second time.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

BRIEF_S = 0.02
"""What others may have to wait for a page of somebody else; a thread may hold the interpreter for
5 ms at a time, again and again."""
REST_S = 10.0
"""How long a sort of page goes to threads after one took longer."""


class Pace:
    """Remembers which sorts of pages took longer than is brief.

    Args:
        clock_s: Tells seconds, from any beginning.
    """

    def __init__(self, clock_s: Callable[[], float] = time.perf_counter) -> None:
        self._clock_s = clock_s
        self._resting: dict[str, float] = {}

    def quick(self, sort: str) -> bool:
        """Whether pages of ``sort`` have been brief of late."""
        return self._resting.get(sort, 0.0) <= self._clock_s()

    def timed(self, sort: str, make: Callable[[], T]) -> T:
        """Make a page of ``sort`` here and now, and remember whether that was brief."""
        began = self._clock_s()
        try:
            return make()
        finally:
            ended = self._clock_s()
            if ended - began > BRIEF_S:
                self._resting[sort] = ended + REST_S
