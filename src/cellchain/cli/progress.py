"""A progress bar on long work, on a terminal only."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.progress import Progress, TaskID

T = TypeVar("T")


class Step:
    """Moves a bar; without one it does nothing."""

    def __init__(self, bar: Progress | None = None, task: TaskID | None = None) -> None:
        self._bar = bar
        self._task = task

    def to(self, done: int) -> None:
        """Move the bar to ``done``."""
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=done)

    def of(self, done: int, total: int) -> None:
        """Move the bar to ``done`` of ``total``."""
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=done, total=total)

    def through(self, item: T) -> T:
        """Move the bar by one and return ``item``."""
        if self._bar is not None and self._task is not None:
            self._bar.advance(self._task)
        return item


@contextmanager
def progress(title: str, total: int | None, *, quiet: bool) -> Iterator[Step]:
    """Show a bar towards ``total`` on the error stream, if that is a terminal."""
    if quiet or not sys.stderr.isatty():
        yield Step()
        return
    from rich.console import Console  # noqa: PLC0415  # slow to import, rarely needed
    from rich.progress import Progress  # noqa: PLC0415

    with Progress(console=Console(stderr=True), transient=True) as bar:
        yield Step(bar, bar.add_task(title, total=total))
