"""What the gateway needs of the outside: a source, a store, a sender, a place for rejects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cellchain.contracts.telemetry import Window
    from cellchain.ledger.contract import Message
    from cellchain.services.gateway.rows import Rows
    from cellchain.services.gateway.window import SealedWindow, StreamName


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """How far a source was taken over, and what it looked like up to there."""

    row: int
    """The last row, from 1."""
    size_bytes: int
    """Bytes of the source up to the end of that row."""
    digest: str
    """SHA-256 of those bytes in hexadecimal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A row that could not be read."""

    row: int
    column: str
    """Where the reason lies; empty: the row as a whole."""
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Batch:
    """Some rows of a source: those that could be read and those that could not."""

    rows: Rows
    rejected: Sequence[Rejected]
    done_bytes: int
    """Bytes of the source read so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A window that is stored and not yet known to be anchored."""

    subject: str
    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptWindow:
    """A window that is kept, and where."""

    subject: str
    stream: StreamName
    first: int
    last: int
    count: int
    start_ms: int
    end_ms: int
    layout: str
    """Digest of its layout."""
    file: str | None
    """Where its rows lie; ``None`` where it is erased."""
    row_group: int | None


class Source(Protocol):
    """A table of readings, read from the front to the back."""

    total_bytes: int

    def batches(self, after: Mark | None) -> Iterator[Batch]:
        """Yield the rows behind ``after``.

        Raises:
            Refused: ``import.other_source``: the bytes up to the mark are not those of before.
        """
        ...

    def mark(self, row: int) -> Mark:
        """Return the mark at the end of ``row``: of the last batch, or the last good one before."""
        ...


class WindowStore(Protocol):
    """Keeps the rows and the secrets of windows. Every call is durable when it returns."""

    def next_sequence(self, stream: StreamName) -> int:
        """Return the first sequence of ``stream`` that no kept window has reached, from 1."""
        ...

    def mark(self, stream: StreamName) -> Mark | None:
        """Return how far the source behind ``stream`` was taken over."""
        ...

    def pending(self, stream: StreamName) -> Sequence[Pending]:
        """Return the windows of ``stream`` that are not known to be anchored, oldest first."""
        ...

    def write_rows(self, windows: Sequence[SealedWindow]) -> None:
        """Write the rows. Until `keep` nobody sees them; written again they replace themselves."""
        ...

    def keep(self, windows: Sequence[SealedWindow], mark: Mark | None) -> None:
        """Keep secrets, messages and mark of windows whose rows are written, all at once."""
        ...

    def mark_anchored(self, subjects: Sequence[str]) -> None:
        """Remember that these windows are on the ledger."""
        ...


class Ledger(Protocol):
    """Sends messages and says what is anchored."""

    def send(self, messages: Sequence[Message]) -> None:
        """Send ``messages`` as one transaction; return once its receipt is durable.

        Raises:
            Refused: A rule refused it; nothing happened.
            Unavailable: The ledger did not answer; it may have happened.
        """
        ...

    def window(self, subject: str) -> Window | None:
        """Return the window that is anchored under ``subject``."""
        ...


class Rejects(Protocol):
    """Where rejected rows are written down."""

    def write(self, rejected: Sequence[Rejected]) -> None:
        """Write down ``rejected``, durably."""
        ...
