"""The journal of erasures: one line each, beside the home, only ever added to.

It is the one thing about a vault that a backup must never be newer than: keep it where it is not
restored together with the home, on another disk for example (``CELLCHAIN_ERASURES``).
"""

from __future__ import annotations

import fcntl
import os
from typing import TYPE_CHECKING

import msgspec

from cellchain.adapters.disk import PRIVATE, disk_error, sync_folder
from cellchain.core.errors import Corrupt
from cellchain.core.names import parse_digest
from cellchain.services.vault.record import ErasureOrder

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_LINE = msgspec.json.Encoder(order="sorted")


def journal_path(home: Path) -> Path:
    """Return where the journal of the home in folder ``home`` is unless it is said otherwise."""
    home = home.absolute()
    return home.with_name(f"{home.name}.erasures")


class ErasureFile:
    """A journal in a file; without the file there is nothing in it.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def append(self, orders: Iterable[ErasureOrder]) -> None:
        """Add ``orders``, durable when this returns."""
        lines = b"".join(_LINE.encode(order) + b"\n" for order in orders)
        try:
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT, PRIVATE)
            with os.fdopen(handle, "r+b") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                file.seek(_whole_lines(file.read()))
                file.truncate()  # half a line of a crash: what it ordered has not begun
                file.write(lines)
                file.flush()
                os.fsync(file.fileno())
            sync_folder(self._path.parent)
        except OSError as error:
            raise disk_error(error) from error

    def read(self) -> list[ErasureOrder]:
        """Return every order.

        Raises:
            Corrupt: ``vault.journal``: a line that is none.
        """
        try:
            data = self._path.read_bytes()
        except FileNotFoundError:
            return []
        except OSError as error:
            raise disk_error(error) from error
        return read_orders(data[: _whole_lines(data)])


def read_orders(data: bytes) -> list[ErasureOrder]:
    """Return the orders in the lines of a journal.

    Raises:
        Corrupt: ``vault.journal``.
    """
    try:
        orders = [msgspec.json.decode(line, type=ErasureOrder) for line in data.splitlines()]
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Corrupt(
            "vault.journal",
            "a line of the journal of erasures is damaged",
            remedy="bring the file back from a copy: what is missing in it may come back to life",
        ) from error
    for order in orders:
        parse_digest(order.commitment)
    return orders


def _whole_lines(data: bytes) -> int:
    return data.rfind(b"\n") + 1
