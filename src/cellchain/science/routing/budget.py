"""How much computing time a search may still use; the clock is handed in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Budget:
    """Seconds of a clock."""

    clock: Callable[[], float]
    """CPU seconds of this process and its threads, as a rule; only differences count."""
    begun_s: float
    """What the clock showed when the budget began."""
    ends_s: float

    @classmethod
    def of(cls, clock: Callable[[], float], seconds: float) -> Budget:
        """Return a budget of ``seconds`` from now."""
        now = clock()
        return cls(clock, now, now + seconds)

    @property
    def left_s(self) -> float:
        """Seconds that are left; 0 or less when it is used up."""
        return self.ends_s - self.clock()

    @property
    def spent_s(self) -> float:
        """Seconds since it began."""
        return self.clock() - self.begun_s

    @property
    def is_over(self) -> bool:
        """Whether nothing is left."""
        return self.clock() >= self.ends_s

    def part(self, seconds: float) -> Budget:
        """Return a budget of ``seconds`` from now, or of what is left, where that is less."""
        now = self.clock()
        return Budget(self.clock, now, min(now + seconds, self.ends_s))
