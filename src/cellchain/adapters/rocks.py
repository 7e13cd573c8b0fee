"""The store: a journal that makes blocks durable, a RocksDB table that finds what is in them.

    write   one frame of the journal, synced                     the block is durable
            the table is told afterwards (`settle`), without a sync
    open    what the journal holds and the table was not told is told again

RocksDB alone takes several times the bare sync to make a block durable (`docs/adr/0003`). There
is one writer, and any number of reading processes: they open the table as it is, read the end of
the journal on top of it, and so see the last block of that moment without disturbing the writer.
"""

from __future__ import annotations

import heapq
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, cast

from rocksdict import (
    AccessType,
    BlockBasedOptions,
    DBCompressionType,
    Options,
    Rdict,
    ReadOptions,
    WriteBatch,
)

from cellchain.adapters.journal import Journal
from cellchain.core.errors import CellchainError, Corrupt, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cellchain.ledger.store import Row, Rows

MEMTABLE_BYTES = 64 << 20
OPEN_ATTEMPTS = 20
"""A reader may catch the writer between two of its files; the next look finds both."""


class RocksStore:
    """A `cellchain.ledger.store.Store` in a folder.

    Args:
        folder: Where it is; a writer creates it.
        read_only: Open beside a writer, as of now.
        durable: Whether a write is synced; without it the store is for throwing away.

    Raises:
        Unavailable: ``store.locked``: another process writes to it; ``store.read_only``,
            ``store.full``, ``store.io``.
        Corrupt: ``store.damaged``, ``store.behind``.
    """

    def __init__(self, folder: Path, *, read_only: bool = False, durable: bool = True) -> None:
        self._scratch: TemporaryDirectory[str] | None = None
        self._read_only = read_only
        self._failed = False
        self._dead: list[bytes] = []
        self._releasable = 0
        self._untold: dict[bytes, bytes | None] = {}
        self.writes = 0
        try:
            self._db = _open(folder, read_only=read_only)
        except Unavailable as error:
            if not read_only or error.code != "store.read_only":
                raise
            self._scratch = _linked(folder)
            self._db = _open(Path(self._scratch.name), read_only=True)
        path = folder / "journal"
        self._journal = Journal(path, read_only=read_only, durable=durable)
        self._catch_up(self._journal.size)
        self._tell()

    def get(self, key: bytes) -> bytes | None:
        """Return the value of ``key``, or ``None``."""
        stored = self._untold.get(key, _ELSEWHERE)
        if stored is _ELSEWHERE:
            try:
                stored = self._db.get(key)
            except _ERRORS as error:
                raise _translated(error) from error
        return None if stored is None else self._journal.value(cast("bytes", stored))

    def scan(self, low: bytes, high: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Yield the rows with ``low`` ≤ key < ``high``, in order."""
        untold = sorted(key for key in self._untold if low <= key < high)
        told = self._told(max(low, _FIRST_KEY), high)
        for key, stored in _merged(told, [(key, self._untold[key]) for key in untold]):
            if stored is not None:
                yield key, self._journal.value(stored)

    def view(self) -> Rows:
        """Return the rows as they are now, whatever is written later; for one thread at a time."""
        self._tell()
        return _View(self._db, self._journal)

    def write(self, rows: Iterable[Row]) -> None:
        """Write all rows or none; return when they are on the disk."""
        self._tell()
        listed = list(rows)
        dead = [self._db.get(key) or b"" for key, value in listed if value is None]
        try:
            self._untold.update(self._journal.append(listed))
        except Unavailable as error:
            raise Unavailable(
                error.code.replace("disk.", "store."), error.text, remedy=error.remedy
            ) from error
        self.writes += 1
        self._dead += filter(self._journal.holds, dead)

    def settle(self) -> None:
        """Tell the table what the last write left in the journal."""
        self._tell()

    def release(self) -> None:
        """Give the space back that the journal takes for what the table holds durably.

        Frames of since the last call stay: a reader that opens now may still look there.
        """
        self._tell()
        self._db.flush_wal(sync=True)
        until, self._releasable = self._releasable, self._journal.end
        dead, self._dead = self._dead, []
        for stored in dead:
            self._journal.drop(stored)
        start = int.from_bytes(self._db.get(_RELEASED) or b"", "big")
        end = self._journal.release(start, until, lambda k, stored: self._db.get(k) == stored)
        self._db.put(_RELEASED, end.to_bytes(8, "big"))

    def close(self) -> None:
        """Tell the table the rest and release the folder.

        Raises:
            Unavailable: The table could not take what is in the journal; the next writer tells it.
        """
        try:
            if not self._failed:
                self._tell()
            self._db.close()
        except _ERRORS as error:
            if not self._failed:  # else the failure was reported when it happened
                raise _translated(error) from error
        finally:
            self._journal.close()
            if self._scratch:
                self._scratch.cleanup()

    def _catch_up(self, size: int) -> None:
        """Find what is in the journal behind the place up to which the table was told."""
        stored = self._db.get(_TOLD)
        start = 0 if stored is None else int.from_bytes(stored, "big")
        if start > size:
            raise Corrupt(
                "store.behind",
                f"the journal has {size} bytes; {start} were taken from it",
                remedy="restore the newest backup, or replay an export",
            )
        for _, rows in self._journal.tail(start):
            self._untold.update(rows)

    def _tell(self) -> None:
        """Put the rows that only the journal has into the table; a reader keeps them in memory."""
        if not self._untold or self._read_only:
            return
        batch = WriteBatch(raw_mode=True)
        put, delete = batch.put, batch.delete
        for key, stored in sorted(self._untold.items()):  # neighbours are found faster in order
            if stored is None:
                delete(key)
            else:
                put(key, stored)
        put(_TOLD, self._journal.end.to_bytes(8, "big"))
        try:
            self._db.write(batch)
        except _ERRORS as error:
            self._failed = True
            raise _translated(error) from error
        self._untold.clear()

    def _told(self, low: bytes, high: bytes) -> Iterator[tuple[bytes, bytes]]:
        try:
            for key, stored in self._db.items(from_key=low):
                if not isinstance(key, bytes) or key >= high:
                    return
                yield key, stored
        except _ERRORS as error:
            raise _translated(error) from error


class _View:
    """The rows of a table as of one moment: an iterator of the library sees no later write.

    (Its `Snapshot` is none: what it iterates over changes with the table.)
    """

    def __init__(self, db: Rdict, journal: Journal) -> None:
        self._place = db.iter(ReadOptions())
        self._places = db.iter(ReadOptions())
        self._journal = journal

    def get(self, key: bytes) -> bytes | None:
        """Return the value of ``key``, or ``None``."""
        self._place.seek(key)
        if not self._place.valid() or self._place.key() != key:
            return None
        return self._journal.value(cast("bytes", self._place.value()))

    def scan(self, low: bytes, high: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Yield the rows with ``low`` ≤ key < ``high``, in order; one scan at a time."""
        places = self._places
        places.seek(max(low, _FIRST_KEY))
        while places.valid():
            key = cast("bytes", places.key())
            if key >= high:
                return
            yield key, self._journal.value(cast("bytes", places.value()))
            places.next()
        places.status()


def _merged(
    told: Iterator[tuple[bytes, bytes]], untold: list[Row]
) -> Iterator[tuple[bytes, bytes | None]]:
    """Yield both in order of their keys; what the table was not told yet counts."""
    if not untold:
        yield from told
        return
    newer = {key for key, _ in untold}
    yield from heapq.merge(
        untold, ((k, v) for k, v in told if k not in newer), key=lambda row: row[0]
    )


_TOLD = b"\x00told"
"""The table's own row: offset of the journal up to which it was told."""
_RELEASED = b"\x00released"
"""Another one: offset of the journal before which all that could be let go is."""
_FIRST_KEY = b"\x01"
_ELSEWHERE = object()
_ERRORS = (Exception,)
"""What the library raises: `DbClosedError`, `OSError`, and bare `Exception` for the rest."""


def _options(*, create: bool) -> Options:
    options = Options(raw_mode=True)
    options.create_if_missing(create)
    options.set_write_buffer_size(MEMTABLE_BYTES)
    options.set_max_total_wal_size(4 * MEMTABLE_BYTES)
    options.set_compression_type(DBCompressionType.lz4())
    options.set_paranoid_checks(True)
    options.set_keep_log_file_num(2)
    table = BlockBasedOptions()
    table.set_bloom_filter(10, block_based=False)
    options.set_block_based_table_factory(table)
    return options


def _linked(folder: Path) -> TemporaryDirectory[str]:
    """Return a scratch folder with links to the files of ``folder``.

    The library writes its own notes beside the data even when it only reads; on a file system that
    may not be written they go elsewhere.
    """
    scratch: TemporaryDirectory[str] = TemporaryDirectory(prefix="cellchain-reader")
    for path in folder.iterdir():
        if path.name not in ("LOCK", "LOG") and not path.name.startswith("rocksdict"):
            (Path(scratch.name) / path.name).symlink_to(path.resolve())
    return scratch


def _open(folder: Path, *, read_only: bool) -> Rdict:
    options = _options(create=not read_only)
    access = AccessType.read_only() if read_only else AccessType.read_write()
    for attempt in range(OPEN_ATTEMPTS):
        try:
            return Rdict(str(folder), options, access_type=access)
        except Exception as error:  # the library raises bare exceptions
            wrong = _translated(error)
            last = attempt == OPEN_ATTEMPTS - 1
            if not read_only or last or wrong.code == "store.missing":
                raise wrong from error
            time.sleep(0.05)
    raise AssertionError


def _translated(error: Exception) -> CellchainError:
    if isinstance(error, CellchainError):
        return error
    return _of_the_library(error)


def _of_the_library(error: Exception) -> CellchainError:
    """Return our error for one of the library's, which carry their sort in the text."""
    text = str(error)
    lowered = text.lower()
    if "lock" in lowered and ("hold" in lowered or "unavailable" in lowered):
        return Unavailable(
            "store.locked",
            "another process writes to this home",
            remedy="send through it (`cellchain send` does so by itself) or stop it first",
        )
    if "no space left" in lowered:
        return Unavailable("store.full", text, remedy="make room on the disk and start again")
    if "read-only file system" in lowered or "permission denied" in lowered:
        return Unavailable("store.read_only", text, remedy="make the home writable")
    if "does not exist" in lowered and "create_if_missing" in lowered:
        return Unavailable("store.missing", "there is no ledger here", remedy="run cellchain init")
    if lowered.startswith("corruption") or "checksum" in lowered or "truncat" in lowered:
        return Corrupt("store.damaged", text, remedy="restore a backup or replay an export")
    return Unavailable("store.io", text)
