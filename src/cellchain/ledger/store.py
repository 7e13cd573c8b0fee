"""The port behind which state is kept, and the layout of its keys.

    m                      the head: height, app hash, the edge of the log, the root of the map
    r <key hash>           a record: its name, a newline, its canonical bytes
    n <digits>             a branch of the map
    l <level> <index>      a tile of the log: up to 256 neighbouring hashes of one level
    b <height>             a block: time, transactions, log entries
    h <height>             a signed header
    o <height>             a signed header that names the next operator
    x <height>             the ids of the transactions of a block, 32 bytes each
    d <height>             how validators decided a block
    p <height>             hash of the parameters up to a block that changed them
    f                      the first block that is kept here; without it: all since the genesis

Everything that a block changes goes into one `write`; after it returns the block is durable.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

HEAD = b"m"
RECORD = b"r"
BRANCH = b"n"
TILE = b"l"
BLOCK = b"b"
HEADER = b"h"
ROTATION = b"o"
PLACE = b"x"
DECIDED = b"d"
PARAMETERS = b"p"
FIRST_KEPT = b"f"

Row = tuple[bytes, bytes | None]
"""A key and its value; ``None`` deletes."""


class Rows(Protocol):
    """Ordered keys and values to read."""

    def get(self, key: bytes) -> bytes | None:
        """Return the value of ``key``, or ``None``."""
        ...

    def scan(self, low: bytes, high: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Yield the rows with ``low`` ≤ key < ``high``, in order."""
        ...


class Store(Rows, Protocol):
    """Ordered keys and values with an atomic, durable write."""

    def view(self) -> Rows:
        """Return the rows as they are now, whatever is written later; for one thread at a time."""
        ...

    def write(self, rows: Iterable[Row]) -> None:
        """Write all rows or none; return when they are on the disk.

        Raises:
            Unavailable: ``store.full``, ``store.read_only``, ``store.io``.
        """
        ...

    def settle(self) -> None:
        """Do what the last write has left for later, so that the next one need not wait for it."""
        ...

    def release(self) -> None:
        """Give back space that was needed to write, or for what has been deleted; some of it."""
        ...


def at(table: bytes, number: int) -> bytes:
    """Return the key of ``number`` in a table counted from 0."""
    return table + number.to_bytes(8, "big")


def after(table: bytes) -> bytes:
    """Return the first key behind a table."""
    return bytes([table[0] + 1])


class MemoryStore:
    """A store in memory, for tests and for replaying a file without a home."""

    def __init__(self, rows: Mapping[bytes, bytes] | None = None) -> None:
        self._rows: dict[bytes, bytes] = dict(rows or {})

    def get(self, key: bytes) -> bytes | None:
        """Return the value of ``key``, or ``None``."""
        return self._rows.get(key)

    def scan(self, low: bytes, high: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Yield the rows with ``low`` ≤ key < ``high``, in order."""
        yield from sorted(row for row in self._rows.items() if low <= row[0] < high)

    def view(self) -> Rows:
        """Return the rows as they are now."""
        return MemoryStore(self._rows)

    def write(self, rows: Iterable[Row]) -> None:
        """Write all rows."""
        for key, value in rows:
            if value is None:
                self._rows.pop(key, None)
            else:
                self._rows[key] = value

    def settle(self) -> None:
        """Nothing is left for later."""

    def release(self) -> None:
        """Nothing is left to give back."""


class HeldStore:
    """An empty store whose first rows are held in memory until something else is written.

    The genesis changes state before block 1, yet must leave no trace until block 1 is committed.
    """

    def __init__(self, base: Store, rows: Iterable[Row]) -> None:
        self._base = base
        self._held: MemoryStore | None = MemoryStore()
        self._rows = list(rows)
        self._held.write(self._rows)

    def get(self, key: bytes) -> bytes | None:
        """Return the value of ``key``, or ``None``."""
        return (self._held or self._base).get(key)

    def scan(self, low: bytes, high: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Yield the rows with ``low`` ≤ key < ``high``, in order."""
        return (self._held or self._base).scan(low, high)

    def view(self) -> Rows:
        """Return the rows as they are now."""
        return (self._held or self._base).view()

    def write(self, rows: Iterable[Row]) -> None:
        """Write all rows, those held until now before them."""
        self._base.write([*self._rows, *rows])
        self._held, self._rows = None, []

    def settle(self) -> None:
        """Do what the last write has left for later."""
        self._base.settle()

    def release(self) -> None:
        """Give back space."""
        self._base.release()
