"""Files that are whole or not there: written aside, synced, renamed."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

from cellchain.core.errors import CellchainError, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGE_BYTES = 4096
FALLOC_PUNCH_HOLE_KEEP_SIZE = 3
PRIVATE = 0o600
PUBLIC = 0o644


def write_file(path: Path, data: bytes, *, mode: int = PUBLIC, sync: bool = True) -> None:
    """Write ``data`` to ``path`` so that a crash leaves the old file or the new one.

    Raises:
        Unavailable: ``disk.full``, ``disk.read_only``, ``disk.io``.
    """
    aside = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        aside.unlink(missing_ok=True)
        file = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        try:
            try:
                _write_all(file, data)
                if sync:
                    os.fsync(file)
            finally:
                os.close(file)
            aside.replace(path)
        except BaseException:
            aside.unlink(missing_ok=True)
            raise
        if sync:
            sync_folder(path.parent)
    except OSError as error:
        raise disk_error(error) from error


@contextmanager
def whole_file(path: Path, *, mode: int = PUBLIC) -> Iterator[BinaryIO]:
    """Open a file that takes its name, synced, when the block ends well, and else vanishes.

    Raises:
        Unavailable: ``disk.full``, ``disk.read_only``, ``disk.io``.
    """
    aside = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        aside.unlink(missing_ok=True)
        handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        try:
            with os.fdopen(handle, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            aside.replace(path)
        except BaseException:
            aside.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)
    except OSError as error:
        raise disk_error(error) from error


def sync_folder(folder: Path) -> None:
    """Make the names in ``folder`` durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def punch(file: int, start: int, end: int) -> None:
    """Give the whole pages between two places of an open file back: they read as zeros (Linux).

    Elsewhere, and where the file system cannot, the space stays taken.
    """
    low, high = -(-start // PAGE_BYTES) * PAGE_BYTES, end // PAGE_BYTES * PAGE_BYTES
    if low < high and sys.platform == "linux":
        fallocate = ctypes.CDLL(None, use_errno=True).fallocate
        fallocate.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64)
        if fallocate(file, FALLOC_PUNCH_HOLE_KEEP_SIZE, low, high - low):
            number = ctypes.get_errno()
            if number != errno.EOPNOTSUPP:
                raise disk_error(OSError(number, os.strerror(number)))


def disk_error(error: OSError) -> CellchainError:
    """Return our error for one of the operating system's."""
    where = f" ({error.filename})" if error.filename else ""
    if error.errno == errno.ENOSPC:
        return Unavailable("disk.full", f"no space left{where}", remedy="make room and try again")
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return Unavailable(
            "disk.read_only", f"may not write here{where}", remedy="make the folder writable"
        )
    return Unavailable("disk.io", f"{error.strerror}{where}")


def _write_all(file: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(file, rest) :]
