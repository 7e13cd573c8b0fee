"""A progress bar on long work: on a terminal, or told to who listens."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol, TypeVar

from cellchain.cli.output import LISTENER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.cli.output import Listener

T = TypeVar("T")


class _Bar(Protocol):
    def to(self, done: int, total: int | None) -> None: ...


class Step:
    """Moves a bar; without one it does nothing."""

    def __init__(self, bar: _Bar | None = None, total: int | None = None) -> None:
        self._bar = bar
        self._done = 0
        self._total = total

    def to(self, done: int) -> None:
        """Move the bar to ``done``."""
        self._done = done
        if self._bar is not None:
            self._bar.to(done, self._total)

    def of(self, done: int, total: int) -> None:
        """Move the bar to ``done`` of ``total``."""
        self._total = total
        self.to(done)

    def through(self, item: T) -> T:
        """Move the bar by one and return ``item``."""
        self.to(self._done + 1)
        return item


class _Told:
    """A bar that somebody else draws."""

    def __init__(self, listener: Listener, title: str) -> None:
        self._listener = listener
        self._title = title

    def to(self, done: int, total: int | None) -> None:
        self._listener.moved(self._title, done, total)


@contextmanager
def progress(title: str, total: int | None, *, quiet: bool) -> Iterator[Step]:
    """Show a bar towards ``total`` on the error stream, if that is a terminal."""
    listener = LISTENER.get()
    if listener is not None:
        yield Step(_Told(listener, title), total)
        return
    if quiet or not sys.stderr.isatty():
        yield Step()
        return
    from rich.console import Console  # noqa: PLC0415  # slow to import, rarely needed
    from rich.progress import Progress  # noqa: PLC0415

    with Progress(console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(title, total=total)

        class Shown:
            def to(self, done: int, total: int | None) -> None:
                bars.update(task, completed=done, total=total)

        yield Step(Shown(), total)
