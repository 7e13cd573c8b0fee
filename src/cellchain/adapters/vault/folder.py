"""Ciphertexts as files, named by their hash."""

from __future__ import annotations

import os
import secrets
from contextlib import contextmanager
from hashlib import sha256
from typing import TYPE_CHECKING, BinaryIO

from cellchain.adapters.disk import PRIVATE, disk_error, sync_folder
from cellchain.core.errors import Corrupt
from cellchain.services.vault.record import Address

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

PIECE_BYTES = 1 << 20


class FolderObjects:
    """Objects in ``folder/objects``, written whole in ``folder/incoming`` first.

    Args:
        folder: Of the vault; made if it is not there.
    """

    def __init__(self, folder: Path) -> None:
        self._objects = folder / "objects"
        self._incoming = folder / "incoming"
        try:
            self._objects.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise disk_error(error) from error

    def put(self, pieces: Iterable[bytes]) -> Address:
        """Keep the bytes of ``pieces``; see the port."""
        with incoming(self._incoming, pieces) as (aside, address):
            path = self._path(address)
            try:
                if not path.parent.exists():
                    path.parent.mkdir(mode=0o700, exist_ok=True)
                    sync_folder(self._objects)
                aside.replace(path)
                sync_folder(path.parent)
            except OSError as error:
                raise disk_error(error) from error
        return address

    def read(self, address: Address, start: int, end: int) -> Iterator[bytes]:
        """Yield a part of an object; see the port."""
        try:
            with self._path(address).open("rb") as file:
                file.seek(start)
                yield from _pieces(file, end - start)
        except FileNotFoundError as error:
            raise missing(address) from error
        except OSError as error:
            raise disk_error(error) from error

    def size_bytes(self, address: Address) -> int | None:
        """Return the size, or ``None`` where there is no such object."""
        try:
            return self._path(address).stat().st_size
        except FileNotFoundError:
            return None
        except OSError as error:
            raise disk_error(error) from error

    def remove(self, address: Address) -> None:
        """Destroy the object, if it is there."""
        path = self._path(address)
        try:
            path.unlink(missing_ok=True)
            if path.parent.exists():
                sync_folder(path.parent)
        except OSError as error:
            raise disk_error(error) from error

    def addresses(self) -> Iterator[tuple[Address, int]]:
        """Yield every address with the time in ms at which its object was put."""
        for path in self._objects.glob("??/*"):
            yield Address(path.parent.name + path.name), int(path.stat().st_mtime * 1000)

    def _path(self, address: Address) -> Path:
        return self._objects / address[:2] / address[2:]


@contextmanager
def incoming(folder: Path, pieces: Iterable[bytes]) -> Iterator[tuple[Path, Address]]:
    """Write ``pieces`` to a synced file that is gone after the block unless it was moved away.

    Yields:
        The file, and the address of what is in it.

    Raises:
        Unavailable: ``disk.…``; and whatever ``pieces`` raises.
    """
    aside = folder / secrets.token_hex(16)
    try:
        address = _write(aside, pieces)
        yield aside, address
    finally:
        aside.unlink(missing_ok=True)


def clear_incoming(folder: Path, *, before_ms: int) -> None:
    """Throw away what a killed process was writing before ``before_ms``."""
    for path in folder.glob("*"):
        try:
            if path.stat().st_mtime * 1000 < before_ms:
                path.unlink()
        except FileNotFoundError:
            continue  # finished meanwhile
        except OSError as error:
            raise disk_error(error) from error


def _write(aside: Path, pieces: Iterable[bytes]) -> Address:
    hasher = sha256()
    try:
        aside.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
    except OSError as error:
        raise disk_error(error) from error
    with os.fdopen(handle, "wb", buffering=0) as file:
        for piece in pieces:
            hasher.update(piece)
            _write_piece(file, piece)
        os.fsync(file.fileno())
    return Address(hasher.hexdigest())


def _write_piece(file: BinaryIO, piece: bytes) -> None:
    rest = memoryview(piece)
    try:
        while rest:
            rest = rest[file.write(rest) :]
    except OSError as error:
        raise disk_error(error) from error


def _pieces(file: BinaryIO, left: int) -> Iterator[bytes]:
    while left > 0 and (piece := file.read(min(PIECE_BYTES, left))):
        left -= len(piece)
        yield piece


def missing(address: Address) -> Corrupt:
    """Return the error for an object that the index names and that is not there."""
    return Corrupt(
        "vault.object_missing",
        f"the ciphertext {address} is gone",
        remedy="bring it back from a backup, or configure a home that has it",
    )
