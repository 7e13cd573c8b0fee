"""Backups: one tar file with what a home needs, taken beside a running writer.

    home.json genesis.json operator.pub checkpoint cellchain.toml        as they are
    node/node.toml node/network.json                                     as they are
    keys/lock.json keys/opening/class+public.… telemetry/… vault/objects/…  as they are
    keys/NAME.json keys/opening/…                                        as they are, if asked for
    vault/index.db accounts.db                                           copies as of one moment
    vault/journal                                                        where erasures are noted
    ledger.rows                                                         every row of the state

A row is the length of key and value, four bytes each, big-endian, then both. Private keys are left
out unless they are asked for, so that a copy that is carried off speaks for nobody and opens what
is public only: ``class+public`` is the key to that. ``lock.json`` holds no key of a party: it
wraps the others, the secrets of windows and those of webhooks. What a node votes with is never in
it: a copy that voted again would be evidence against its owner. The passphrase is never in it:
whoever has the backup has all of this encrypted. Nor are the views, which are projected anew, nor
sessions and invitations, which would let somebody in again. A restored home is made under
another name; it is opened, its root computed anew from its records and compared, and what was
erased since is erased again (`adapters.vault.restoring`), before it is given its place.
"""

from __future__ import annotations

import shutil
import tarfile
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, BinaryIO

from cellchain.adapters.accounts.copying import copy_accounts
from cellchain.adapters.disk import PRIVATE, disk_error, sync_folder, whole_file
from cellchain.adapters.vault.index import copy_index
from cellchain.adapters.vault.opening import configured_journal
from cellchain.adapters.vault.restoring import JOURNAL_NOTE
from cellchain.core.errors import Corrupt, Refused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from tarfile import TarFile, TarInfo

    from cellchain.ledger.store import Row, Store

ROWS_NAME = "ledger.rows"
INDEX, NOTE = Path("vault/index.db"), Path("vault") / JOURNAL_NOTE
ACCOUNTS = Path("accounts.db")
FILES = frozenset(
    ("home.json", "genesis.json", "operator.pub", "checkpoint", "cellchain.toml", "accounts.db")
)
NODE_FILES = frozenset(("network.json", "node.toml"))
COPIED = frozenset((INDEX, NOTE, ACCOUNTS))
"""Written from copies."""
EVERYBODYS = "class+public."
"""How the files begin that hold the key of `cellchain.services.vault.PUBLIC`."""
BATCH_ROWS = 20_000
BATCH_BYTES = 32 << 20
ROW_BYTES_MAX = 128 << 20
"""A row that is larger than a batch is written alone."""


def write_backup(folder: Path, store: Store, file: Path, *, with_keys: bool = False) -> None:
    """Write the home in ``folder`` and the rows of its ``store`` to ``file``.

    Args:
        folder: The home.
        store: Its state.
        file: Where to.
        with_keys: Whether private keys go in as well, encrypted as they lie.

    Raises:
        Unavailable: ``disk.…``; there is no file then.
    """
    with (
        whole_file(file, mode=PRIVATE) as stream,
        TemporaryDirectory(dir=file.parent, prefix=".backup") as scratch,
        tarfile.open(fileobj=stream, mode="w") as archive,
    ):
        rows = Path(scratch) / ROWS_NAME
        _write_rows(store, rows)
        if (folder / ACCOUNTS).exists():
            copy_accounts(folder / ACCOUNTS, Path(scratch) / ACCOUNTS)
            archive.add(Path(scratch) / ACCOUNTS, arcname=ACCOUNTS.as_posix())
        _add_vault(archive, folder, Path(scratch))
        for path in sorted(folder.rglob("*")):
            inside = path.relative_to(folder)
            wanted = with_keys or not _is_private_key(inside)
            if wanted and _belongs(inside) and inside not in COPIED:
                _add(archive, path, inside)
        archive.add(rows, arcname=ROWS_NAME)


@contextmanager
def restoring(file: Path, folder: Path) -> Iterator[Path]:
    """Unpack ``file`` beside ``folder``; what is there takes its place when the block ends well.

    Yields:
        The folder to check, with the rows in `ROWS_NAME`. It is gone if the block fails.

    Raises:
        Refused: ``backup.unreadable``, ``home.exists``; Unavailable: ``disk.…``.
    """
    folder = folder.absolute()
    if folder.exists() and any(folder.iterdir()):
        raise Refused("home.exists", f"{folder} is not empty", remedy="name a new folder")
    aside = folder.with_name(f".{folder.name}.restoring")
    with file.open("rb") as stream:
        try:
            shutil.rmtree(aside, ignore_errors=True)  # what a killed restore left
            aside.mkdir(mode=0o700, parents=True)
            _unpack(stream, aside)
            yield aside
            (aside / ROWS_NAME).unlink()
            aside.rename(folder)
            sync_folder(folder.parent)
        except OSError as error:
            raise disk_error(error) from error
        finally:
            shutil.rmtree(aside, ignore_errors=True)


def load_rows(rows: Path, store: Store) -> None:
    """Write the rows of a backup into an empty ``store``.

    Raises:
        Corrupt: ``backup.truncated``.
    """
    with rows.open("rb") as stream:
        batch: list[Row] = []
        size_bytes = 0
        for key, value in _read(stream):
            size_bytes += len(key) + len(value)
            if batch and (size_bytes > BATCH_BYTES or len(batch) >= BATCH_ROWS):
                store.write(batch)
                batch, size_bytes = [], len(key) + len(value)
            batch.append((key, value))
        store.write(batch)


def _belongs(inside: Path | PurePosixPath) -> bool:
    """Whether a path inside a home is part of a backup; the passphrase is not."""
    first, *rest = inside.parts
    if first == "keys":
        if rest[:1] == ["opening"]:
            return len(rest) <= 2 and not rest[-1].startswith(".")  # noqa: PLR2004
        return not rest or (len(rest) == 1 and inside.suffix == ".json")
    if first == "vault":
        return not rest or rest[0] == "objects" or Path(inside) in (INDEX, NOTE)
    if first == "node":
        return not rest or (len(rest) == 1 and rest[0] in NODE_FILES)
    return (first in FILES and not rest) or first == "telemetry"


def _is_private_key(inside: Path) -> bool:
    """Whether a path inside a home is a key that signs or opens for somebody."""
    if inside.parts[:2] == ("keys", "opening"):
        return len(inside.parts) > 2 and not inside.name.startswith(EVERYBODYS)  # noqa: PLR2004
    return inside.parts[0] == "keys" and inside.suffix == ".json" and inside.name != "lock.json"


def _add_vault(archive: TarFile, folder: Path, scratch: Path) -> None:
    """Add the index before the objects: what it names is there unless it is erased meanwhile."""
    if (folder / INDEX).exists():
        copy_index(folder / INDEX, scratch / INDEX.name)
        archive.add(scratch / INDEX.name, arcname=INDEX.as_posix())
        (scratch / NOTE.name).write_text(str(configured_journal(folder)), encoding="utf-8")
        archive.add(scratch / NOTE.name, arcname=NOTE.as_posix())


def _add(archive: TarFile, path: Path, inside: Path) -> None:
    try:
        archive.add(path, arcname=inside.as_posix(), recursive=False)
    except FileNotFoundError:
        if inside.parts[0] != "vault":  # an object that was erased a moment ago
            raise


def _write_rows(store: Store, path: Path) -> None:
    with path.open("wb") as stream:
        for key, value in store.scan(b"", b"\xff"):
            stream.write(len(key).to_bytes(4, "big") + len(value).to_bytes(4, "big"))
            stream.write(key + value)


def _unpack(stream: BinaryIO, folder: Path) -> None:
    seen: set[PurePosixPath] = set()
    try:
        with tarfile.open(fileobj=stream, mode="r:") as archive:
            for member in archive:
                inside = PurePosixPath(member.name)
                if inside in seen:
                    raise Refused("backup.unreadable", f"{member.name!a} is in it twice")
                seen.add(inside)
                _unpack_member(archive, member, folder)
    except (tarfile.TarError, EOFError, ValueError, FileExistsError, NotADirectoryError) as error:
        raise Refused("backup.unreadable", f"this is no backup: {error}") from error
    if PurePosixPath(ROWS_NAME) not in seen:
        raise Refused("backup.unreadable", "the rows of the ledger are not in it")


def _unpack_member(archive: TarFile, member: TarInfo, folder: Path) -> None:
    """Write one member where it belongs; the filters of `tarfile` came only with Python 3.11.4."""
    inside = PurePosixPath(member.name)
    known = inside.parts and ".." not in inside.parts and "\0" not in member.name
    if not (known and (_belongs(inside) or member.name == ROWS_NAME)):
        raise Refused("backup.unreadable", f"{member.name!a} does not belong in a home")
    data = archive.extractfile(member) if member.isreg() else None
    path = folder / inside
    if data is not None:
        path.parent.mkdir(mode=0o700, exist_ok=True, parents=True)
        with path.open("xb") as file:
            shutil.copyfileobj(data, file)
        path.chmod(PRIVATE)
    elif member.isdir():
        path.mkdir(mode=0o700, exist_ok=True, parents=True)
    else:
        raise Refused("backup.unreadable", f"{member.name!a} is no file or folder")


def _read(stream: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    while prefix := stream.read(8):
        key_size, value_size = int.from_bytes(prefix[:4], "big"), int.from_bytes(prefix[4:], "big")
        if value_size > ROW_BYTES_MAX or not 0 < key_size <= ROW_BYTES_MAX:
            raise Corrupt("backup.truncated", "a row of impossible size")
        data = stream.read(key_size + value_size)
        if len(prefix) < 8 or len(data) < key_size + value_size:  # noqa: PLR2004
            raise Corrupt("backup.truncated", "the backup ends in the middle of a row")
        yield data[:key_size], data[key_size:]
