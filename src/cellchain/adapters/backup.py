"""Backups: one tar file with everything a home needs, taken beside a running writer.

    home.json genesis.json operator.pub checkpoint keys/… telemetry/…    as they are
    ledger.rows                                                         every row of the state

A row is the length of key and value, four bytes each, big-endian, then both. A restored home is
opened, its root computed anew from its records and compared, before it is given its place.
"""

from __future__ import annotations

import tarfile
from pathlib import Path, PurePosixPath
from shutil import copyfileobj
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, BinaryIO

from cellchain.core.errors import Corrupt, Refused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from tarfile import TarFile, TarInfo

    from cellchain.ledger.store import Row, Store

ROWS_NAME = "ledger.rows"
SKIPPED = {"ledger", "writer.sock"}
BATCH_ROWS = 20_000
ROW_BYTES_MAX = 128 << 20


def write_backup(folder: Path, store: Store, file: Path) -> None:
    """Write the home in ``folder`` and the rows of its ``store`` to ``file``."""
    aside = file.with_name(file.name + ".part")
    with TemporaryDirectory(dir=file.parent, prefix=".backup") as scratch:
        rows = Path(scratch) / ROWS_NAME
        with rows.open("wb") as stream:
            for key, value in store.scan(b"", b"\xff"):
                stream.write(len(key).to_bytes(4, "big") + len(value).to_bytes(4, "big"))
                stream.write(key + value)
        with tarfile.open(aside, "w") as archive:
            for path in sorted(folder.iterdir()):
                if path.name not in SKIPPED and not path.name.startswith("."):
                    archive.add(path, arcname=path.name)
            archive.add(rows, arcname=ROWS_NAME)
    aside.replace(file)


def unpack_backup(file: Path, folder: Path) -> Path:
    """Unpack ``file`` into ``folder``; return the path of the rows.

    Raises:
        Refused: ``backup.unreadable``, ``home.exists``.
    """
    if folder.exists() and any(folder.iterdir()):
        raise Refused("home.exists", f"{folder} is not empty", remedy="name a new folder")
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with tarfile.open(file, "r:") as archive:
            for member in archive:
                _unpack(archive, member, folder)
    except (tarfile.TarError, EOFError) as error:
        raise Refused("backup.unreadable", f"{file.name}: {error}") from error
    rows = folder / ROWS_NAME
    if not rows.exists():
        raise Refused("backup.unreadable", f"{file.name} is no backup of a home")
    return rows


def _unpack(archive: TarFile, member: TarInfo, folder: Path) -> None:
    """Write one member where it belongs; the filters of `tarfile` came only with Python 3.11.4."""
    inside = PurePosixPath(member.name)
    data = archive.extractfile(member) if member.isreg() else None
    if inside.is_absolute() or ".." in inside.parts or not (data or member.isdir()):
        raise Refused("backup.unreadable", f"{member.name!a} does not belong in a home")
    path = folder / inside
    if data is None:
        path.mkdir(parents=True, exist_ok=True)
    else:
        with path.open("wb") as file:
            copyfileobj(data, file)
    path.chmod(member.mode & 0o700)


def load_rows(rows: Path, store: Store) -> None:
    """Write the rows of a backup into an empty ``store``.

    Raises:
        Corrupt: ``backup.truncated``.
    """
    with rows.open("rb") as stream:
        batch: list[Row] = []
        for row in _read(stream):
            batch.append(row)
            if len(batch) >= BATCH_ROWS:
                store.write(batch)
                batch = []
        store.write(batch)


def _read(stream: BinaryIO) -> Iterator[Row]:
    while prefix := stream.read(8):
        key_size, value_size = int.from_bytes(prefix[:4], "big"), int.from_bytes(prefix[4:], "big")
        if value_size > ROW_BYTES_MAX or key_size > ROW_BYTES_MAX:
            raise Corrupt("backup.truncated", "a row of impossible size")
        data = stream.read(key_size + value_size)
        if len(prefix) < 8 or len(data) < key_size + value_size:  # noqa: PLR2004
            raise Corrupt("backup.truncated", "the backup ends in the middle of a row")
        yield data[:key_size], data[key_size:]
