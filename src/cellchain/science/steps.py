"""How far long work is: told after each of its steps, whoever does them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    Progress: TypeAlias = "Callable[[int, int], None]"

T = TypeVar("T")


def silent(_done: int, _total: int) -> None:
    """Hear of a step, and do nothing."""


class Steps:
    """Counts steps, and tells how many of how many are done.

    Args:
        progress: Is told.
        total: How many there will be.
    """

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress = progress
        self._done, self._total = 0, total

    def through(self, items: Iterable[T]) -> Iterator[T]:
        """Yield ``items``; each is a step, done when the next one is asked for."""
        for item in items:
            yield item
            self._done += 1
            self._progress(self._done, self._total)
