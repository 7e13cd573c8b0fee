"""Unfinished uploads: ``vault/uploads/ID``, each piece in a box of its own, counted in the index.

A piece is its length in four bytes, big-endian, and its box. It is written and synced first and
counted then; what a crash left behind the counted bytes is cut off before the next piece. The file
comes before its row and goes after it: a crash leaves at most a file without one, which is cleared
away when the vault opens.
"""

from __future__ import annotations

import os
import time
from hashlib import blake2b
from typing import TYPE_CHECKING

from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

from cellchain.adapters.disk import PRIVATE, disk_error, sync_folder
from cellchain.core.errors import Corrupt
from cellchain.core.names import PartyId
from cellchain.services.vault.ports import Upload

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cellchain.adapters.vault.index import SqliteIndex

_COLUMNS = "upload, owner, size_bytes, media_type, file_name, offset, touched_ms"

_BEGINNING_S = 60.0
"""Longer than anybody takes from the file of an upload to its row."""


class UploadFiles:
    """Uploads in a folder.

    Args:
        folder: ``vault/uploads``.
        index: Counts what has arrived.
        secret: 32 bytes of the home, from which the key of each upload is drawn.
    """

    def __init__(self, folder: Path, index: SqliteIndex, secret: bytes) -> None:
        self._folder = folder
        self._index = index
        self._secret = secret

    def create(self, upload: Upload) -> None:
        """Begin an upload."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(self._path(upload.upload), os.O_WRONLY | os.O_CREAT, PRIVATE))
            sync_folder(self._folder)  # a piece is durable when it is told so, and so is its name
            sync_folder(self._folder.parent)
        except OSError as error:
            raise disk_error(error) from error
        with self._index.transaction() as db:
            db.execute(
                "INSERT INTO upload VALUES (?,?,?,?,?,?,0,?)",
                (
                    upload.upload, upload.owner, upload.size_bytes, upload.media_type,
                    upload.file_name, upload.offset, upload.touched_ms,
                ),
            )  # fmt: skip

    def find(self, upload: str) -> Upload | None:
        """Return an upload as it stands."""
        found = self._index.rows(f"SELECT {_COLUMNS} FROM upload WHERE upload = ?", (upload,))  # noqa: S608  # columns and marks only
        return _upload(found[0]) if found else None

    def append(self, upload: Upload, piece: bytes, now_ms: int) -> int:
        """Add ``piece``; return the offset after it."""
        box = bytes(self._box(upload.upload).encrypt(piece))
        data, offset = len(box).to_bytes(4, "big") + box, upload.offset + len(piece)
        with self._index.transaction() as db:  # no other piece comes between
            counted = db.execute(
                "SELECT stored_bytes FROM upload WHERE upload = ? AND offset = ?",
                (upload.upload, upload.offset),
            ).fetchone()
            if counted is None:
                return upload.offset  # another process was faster: the sender asks and goes on
            self._write(upload.upload, counted[0], data)
            db.execute(
                "UPDATE upload SET offset = ?, stored_bytes = ?, touched_ms = ? WHERE upload = ?",
                (offset, counted[0] + len(data), now_ms, upload.upload),
            )
        return offset

    def read(self, upload: Upload) -> Iterator[bytes]:
        """Yield what has arrived."""
        if upload.offset == 0:
            return
        box, left = self._box(upload.upload), upload.offset
        try:
            with self._path(upload.upload).open("rb") as file:
                while left > 0:
                    size = int.from_bytes(file.read(4), "big")
                    piece = box.decrypt(file.read(size))
                    left -= len(piece)
                    yield piece
        except OSError as error:
            raise disk_error(error) from error
        except (CryptoError, ValueError) as error:
            raise Corrupt("vault.upload", "an unfinished upload was altered") from error

    def remove(self, upload: str) -> None:
        """Destroy an upload, if it is there."""
        with self._index.transaction() as db:
            db.execute("DELETE FROM upload WHERE upload = ?", (upload,))
        self._unlink(self._path(upload))

    def clear(self) -> None:
        """Remove the files of uploads that are not there any more: a crash left them."""
        if not self._folder.exists():
            return
        before = list(self._folder.iterdir())  # first: an upload may begin meanwhile
        known = {self._path(upload.upload) for upload in self.all()}
        for path in before:
            if path not in known and self._is_old(path):
                self._unlink(path)

    def all(self) -> list[Upload]:
        """Return every unfinished upload."""
        return [_upload(row) for row in self._index.rows(f"SELECT {_COLUMNS} FROM upload")]  # noqa: S608  # columns and marks only

    def _write(self, upload: str, at: int, data: bytes) -> None:
        try:
            handle = os.open(self._path(upload), os.O_RDWR | os.O_CREAT, PRIVATE)
            with os.fdopen(handle, "r+b") as file:
                file.truncate(at)
                file.seek(at)
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise disk_error(error) from error

    def _unlink(self, path: Path) -> None:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise disk_error(error) from error

    def _is_old(self, path: Path) -> bool:
        """Whether nobody can be about to enter the upload of a file."""
        try:
            return path.stat().st_mtime < time.time() - _BEGINNING_S
        except FileNotFoundError:
            return False

    def _path(self, upload: str) -> Path:
        return self._folder / blake2b(upload.encode(), digest_size=16).hexdigest()

    def _box(self, upload: str) -> SecretBox:
        return SecretBox(blake2b(upload.encode(), key=self._secret, digest_size=32).digest())


def _upload(row: tuple[str, str, int, str, str, int, int]) -> Upload:
    upload, owner, size_bytes, media_type, file_name, offset, touched_ms = row
    return Upload(
        upload=upload,
        owner=PartyId(owner),
        size_bytes=size_bytes,
        media_type=media_type,
        file_name=file_name,
        offset=offset,
        touched_ms=touched_ms,
    )
