"""The store on RocksDB: one writer with a synced log, any number of reading processes.

A block is one write batch, synced before `write` returns. Readers open the files as they are and
see the last block of that moment; they never disturb the writer. Why RocksDB: `docs/adr/0003`.
"""

from __future__ import annotations

import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from rocksdict import (
    AccessType,
    BlockBasedOptions,
    DBCompressionType,
    Options,
    Rdict,
    WriteBatch,
    WriteOptions,
)

from cellchain.core.errors import CellchainError, Corrupt, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cellchain.ledger.store import Row

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
        Corrupt: ``store.damaged``.
    """

    def __init__(self, folder: Path, *, read_only: bool = False, durable: bool = True) -> None:
        self._options = _options(create=not read_only)
        self._synced = WriteOptions()
        self._synced.sync = durable
        self._scratch: TemporaryDirectory[str] | None = None
        try:
            self._db = _open(folder, self._options, read_only=read_only)
        except Unavailable as error:
            if not read_only or error.code != "store.read_only":
                raise
            self._scratch = _linked(folder)
            self._db = _open(Path(self._scratch.name), self._options, read_only=True)
        self._failed = False
        self.writes = 0

    def get(self, key: bytes) -> bytes | None:
        """Return the value of ``key``, or ``None``."""
        try:
            value: bytes | None = self._db.get(key)
        except _ERRORS as error:
            raise _translated(error) from error
        return value

    def scan(self, low: bytes, high: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Yield the rows with ``low`` ≤ key < ``high``, in order."""
        try:
            for key, value in self._db.items(from_key=low):
                if not isinstance(key, bytes) or key >= high:
                    return
                yield key, value
        except _ERRORS as error:
            raise _translated(error) from error

    def write(self, rows: Iterable[Row]) -> None:
        """Write all rows or none; return when they are on the disk."""
        batch = WriteBatch(raw_mode=True)
        put, delete = batch.put, batch.delete
        for key, value in rows:
            if value is None:
                delete(key)
            else:
                put(key, value)
        try:
            self._db.write(batch, self._synced)
        except _ERRORS as error:
            self._failed = True
            raise _translated(error) from error
        self.writes += 1

    def close(self) -> None:
        """Release the folder.

        Raises:
            Unavailable: The last rows could not be moved out of the log; they are in the log.
        """
        try:
            self._db.close()
        except _ERRORS as error:
            if not self._failed:  # else the failure was reported when it happened
                raise _translated(error) from error
        finally:
            if self._scratch:
                self._scratch.cleanup()


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


def _open(folder: Path, options: Options, *, read_only: bool) -> Rdict:
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
