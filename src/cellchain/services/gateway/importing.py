"""Import: a table of readings becomes rows in the store and windows on the ledger.

    source → rejects → cut → write rows → keep secrets and messages → send → mark anchored

Each step is durable before the next begins, so a crash anywhere loses nothing and repeats
nothing: rows without a secret are written again, and a window without its mark is sent again
unless the ledger holds it already. The source is taken up behind the last kept window.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from cellchain.contracts.telemetry import Anchor, Supplement, Window, anchored, window_key
from cellchain.core.errors import Refused
from cellchain.services.gateway.window import READINGS_MAX, Cutter, SealedWindow, StreamName, seal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cellchain.ledger.contract import Message
    from cellchain.services.gateway.ports import (
        Ledger,
        Mark,
        Rejects,
        Source,
        WindowStore,
    )
    from cellchain.services.gateway.rows import Rows

WINDOWS_PER_TRANSACTION = 8

Cut: TypeAlias = "tuple[Rows, Mark]"
"""The rows of a window, and how far the source was read at their end."""


@dataclass(slots=True)
class Summary:
    """What an import did."""

    rows: int = 0
    """New rows that were taken over."""
    rejected: int = 0
    windows: int = 0
    """New windows on the ledger."""
    resumed: int = 0
    """Windows that an earlier run had kept and not anchored."""
    already: int = 0
    """Rows that earlier runs had taken over."""


def count_rows(source: Source, progress: Callable[[int, int], None]) -> Summary:
    """Read the whole of ``source`` and change nothing: the dry run of an import."""
    summary = Summary()
    for batch in source.batches(None):
        summary.rows += len(batch.rows)
        summary.rejected += len(batch.rejected)
        progress(batch.done_bytes, source.total_bytes)
    return summary


@dataclass(slots=True, kw_only=True)
class Importer:
    """Takes over the new rows of one source.

    Args:
        stream: Whose readings they are.
        store: Where rows and secrets go.
        ledger: Where windows are anchored.
        rejects: Where rejected rows are written down.
        draw_secret: Gives 32 bytes that nobody can guess for the window of a subject.
        readings_max: Most readings of a window.
    """

    stream: StreamName
    store: WindowStore
    ledger: Ledger
    rejects: Rejects
    draw_secret: Callable[[str], bytes]
    readings_max: int = READINGS_MAX
    _summary: Summary = field(default_factory=Summary, init=False)
    _next: int = field(default=1, init=False)

    def run(self, source: Source, progress: Callable[[int, int], None]) -> Summary:
        """Take over the rows of ``source`` behind those that were taken over before.

        Args:
            source: The table.
            progress: Called with the bytes done and the bytes in all.

        Raises:
            Refused: ``import.other_source``; ``import.other_stream``: the stream was filled
                otherwise than from a table; or what the ledger refuses.
        """
        self._summary = Summary(resumed=anchor_pending(self.stream, self.store, self.ledger))
        after = self._resume()
        cutter = Cutter(self.readings_max)
        ready: list[Cut] = []
        for batch in source.batches(after):
            self.rejects.write(batch.rejected)
            self._summary.rejected += len(batch.rejected)
            ready += [(cut, source.mark(int(cut.sequence[-1]))) for cut in cutter.add(batch.rows)]
            while len(ready) >= WINDOWS_PER_TRANSACTION:
                self._take(ready[:WINDOWS_PER_TRANSACTION])
                del ready[:WINDOWS_PER_TRANSACTION]
            progress(batch.done_bytes, source.total_bytes)
        ready += [(cut, source.mark(int(cut.sequence[-1]))) for cut in cutter.finish()]
        for at in range(0, len(ready), WINDOWS_PER_TRANSACTION):
            self._take(ready[at : at + WINDOWS_PER_TRANSACTION])
        return self._summary

    def _resume(self) -> Mark | None:
        self._next = self.store.next_sequence(self.stream)
        after = self.store.mark(self.stream)
        if (after.row if after else 0) != self._next - 1:
            raise Refused(
                "import.other_stream",
                f"{self.stream.device}/{self.stream.boot} was not filled from a table",
                remedy="name another boot",
            )
        self._summary.already = self._next - 1
        return after

    def _take(self, cuts: Sequence[Cut]) -> None:
        windows = []
        for rows, _ in cuts:
            subject = window_key(self.stream.device, self.stream.boot, int(rows.sequence[0]))
            secret = self.draw_secret(subject)
            windows.append(seal(self.stream, rows, secret, expected=self._next))
            self._next = int(rows.sequence[-1]) + 1
        take_over(windows, cuts[-1][1], self.store, self.ledger)
        self._summary.rows += sum(len(window.rows) for window in windows)
        self._summary.windows += len(windows)


def take_over(
    windows: Sequence[SealedWindow], mark: Mark | None, store: WindowStore, ledger: Ledger
) -> None:
    """Store ``windows``, then anchor them in one transaction, each step durable before the next."""
    store.write_rows(windows)
    store.keep(windows, mark)
    ledger.send([message for window in windows for message in window.messages])
    store.mark_anchored([window.subject for window in windows])


def anchor_pending(stream: StreamName, store: WindowStore, ledger: Ledger) -> int:
    """Anchor what an interrupted run has kept; return how many windows that were.

    Raises:
        Refused: The ledger refuses a window, and holds another one, or none, in its place.
    """
    waiting = store.pending(stream)
    for window in waiting:
        if ledger.window(window.subject) != stated(window.messages):
            ledger.send(window.messages)
        store.mark_anchored([window.subject])
    return len(waiting)


def stated(messages: Sequence[Message]) -> Window | None:
    """Return the record that the first of a window's messages asks for."""
    match messages[0]:
        case Anchor() | Supplement() as asked:
            return anchored(asked).evolve(None)
    return None
