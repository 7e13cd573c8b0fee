"""The journal: the file that makes a block durable, and that keeps its large values for good.

    frame   magic, sizes of values and index, CRC-32 of both     24 bytes, big-endian
            the large values, one after the other
            index: what each row of the block is to be in the table, MessagePack

One frame, one `fdatasync`: a block is durable when that returns. The table is told afterwards,
without a sync of its own; what it has not been told yet stands behind the offset that it keeps.
A crash can cut off the last frame only, and that one was never acknowledged: the writer writes
over it. A broken frame with a whole one behind it is damage, and is refused. Frames that the table
holds durably may be let go: they become holes in the file, which take no space.
"""

from __future__ import annotations

import os
from struct import Struct
from typing import TYPE_CHECKING
from zlib import crc32

import msgspec

from cellchain.adapters.disk import PAGE_BYTES, disk_error, punch, sync_folder
from cellchain.core.errors import Corrupt, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from cellchain.ledger.store import Row

LARGE_BYTES = 16_384
"""Values from this size on stay in the journal; the table holds their place."""

_HEADER = Struct(">IQQI")
_PLACE = Struct(">QI")
_MAGIC = 0xCE11B00C
_PARTS_MAX = 512
"""Pieces that one call may write on every system (IOV_MAX is 1024 on Linux)."""
_ELSEWHERE = b"\xce\x11in journal\x00"
"""What a stored place begins with; a value that happens to begin so goes to the journal itself."""
_HOLE = bytes(PAGE_BYTES)
"""What stands where something was let go; no block and no large record has so many zeros."""
_INDEX = msgspec.msgpack.Decoder(tuple[tuple[bytes, bytes | None], ...])


class Journal:
    """The journal in ``path``.

    Args:
        path: The file; a writer creates it.
        read_only: Only read what is there.
        durable: Whether `append` waits for the disk.

    Raises:
        Unavailable: ``disk.…``; Corrupt: ``store.damaged``: a reader finds no file.
    """

    def __init__(self, path: Path, *, read_only: bool, durable: bool) -> None:
        self._durable = durable
        new = not path.exists()
        try:
            flags = os.O_RDONLY if read_only else os.O_RDWR | os.O_CREAT
            self._file = os.open(path, flags, 0o644)
            if new and durable:
                sync_folder(path.parent)
        except FileNotFoundError as error:
            raise Corrupt(
                "store.damaged",
                "the journal is missing",
                remedy="restore a backup or replay an export",
            ) from error
        except OSError as error:
            raise disk_error(error) from error
        self.end = 0
        self._poisoned = False

    def append(self, rows: Iterable[Row]) -> list[Row]:
        """Write ``rows`` durably as one frame; return them as the table is to hold them.

        Raises:
            Unavailable: ``disk.full``, ``disk.io``: nothing was appended.
        """
        values: list[bytes] = []
        place = self.end + _HEADER.size
        stored: list[Row] = []
        for row in rows:
            value = row[1]
            if value is None or (len(value) < LARGE_BYTES and not value.startswith(_ELSEWHERE)):
                stored.append(row)
            else:
                stored.append((row[0], _ELSEWHERE + _PLACE.pack(place, len(value))))
                values.append(value)
                place += len(value)
        self._write([*values, msgspec.msgpack.encode(stored)])
        return stored

    def _write(self, parts: list[bytes]) -> None:
        checksum = 0
        for part in parts:
            checksum = crc32(part, checksum)
        sizes = [len(part) for part in parts]
        header = _HEADER.pack(_MAGIC, sum(sizes[:-1]), sizes[-1], checksum)
        if self._poisoned:
            raise Unavailable(
                "disk.io", "an earlier write failed and could not be undone", remedy="start again"
            )
        try:
            self._put([header, *parts] if len(parts) < _PARTS_MAX else [header + b"".join(parts)])
        except OSError as error:
            self._undo()
            raise disk_error(error) from error
        self.end += len(header) + sum(sizes)

    def _put(self, pieces: list[bytes]) -> None:
        size = sum(map(len, pieces))
        written = os.pwritev(self._file, pieces, self.end)
        if written < size:  # a full disk takes a part
            data = b"".join(pieces)
            while written < size:
                written += os.pwrite(self._file, data[written:], self.end + written)
        if self._durable:
            os.fdatasync(self._file)

    def _undo(self) -> None:
        """Take back what a failed write left, so that nobody ever reads it as a block."""
        try:
            os.ftruncate(self._file, self.end)
            os.fsync(self._file)
        except OSError:
            self._poisoned = True  # what stands behind the end is unknown: nothing may follow it

    def tail(self, start: int) -> Iterator[tuple[int, tuple[Row, ...]]]:
        """Yield the frames from offset ``start`` on: the end of each, and its rows as stored.

        Raises:
            Corrupt: ``store.damaged``: a frame is broken, and a whole one follows it.
        """
        self.end = start
        while (frame := self._frame(self.end)) is not None:
            self.end, rows = frame
            yield self.end, rows
        rest = os.pread(self._file, self.size - self.end, self.end)
        magic = _MAGIC.to_bytes(4, "big")
        place = rest.find(magic, 1)
        while place >= 0:
            if self._frame(self.end + place) is not None:
                raise Corrupt(
                    "store.damaged",
                    f"the journal is broken at byte {self.end}, before its last block",
                    remedy="restore a backup or replay an export",
                )
            place = rest.find(magic, place + 1)

    def release(self, start: int, end: int, live: Callable[[bytes, bytes], bool]) -> int:
        """Give the space of the frames from ``start`` to ``end`` back to the file system.

        Their indexes go, and the values that the table no longer points at; the file keeps its
        length, and every other value its place.

        Args:
            start: Where a frame begins.
            end: Before which the frames end that are let go; the table holds them durably.
            live: Whether the table still holds a key as stored.

        Returns:
            Where the first frame begins that was not let go.
        """
        while (header := self._header(start)) is not None:
            body, values, index, _ = header
            after = body + values + index
            if (
                after > end or after == self.end
            ):  # the last one stays: without its table it is damage
                break
            rows = _INDEX.decode(os.pread(self._file, index, body + values))
            for key, stored in rows:
                if stored is not None and self.holds(stored) and not live(key, stored):
                    self.drop(stored)
            punch(self._file, body + values, after)
            start = after
        return start

    def holds(self, stored: bytes) -> bool:
        """Whether the value that the table holds as ``stored`` is here."""
        return stored.startswith(_ELSEWHERE)

    def drop(self, stored: bytes) -> None:
        """Give the space of a value back that is here, and that the table no longer points at."""
        place, size = _PLACE.unpack(stored[len(_ELSEWHERE) :])
        punch(self._file, place, place + size)

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return os.fstat(self._file).st_size

    def _frame(self, start: int) -> tuple[int, tuple[Row, ...]] | None:
        """Return end and rows of the frame at ``start``; ``None`` where there is no whole one."""
        header = self._header(start)
        if header is None:
            return None
        body_start, values, index, checksum = header
        body = os.pread(self._file, values + index, body_start)
        if crc32(body) != checksum:
            return None
        return body_start + values + index, _INDEX.decode(body[values:])

    def _header(self, start: int) -> tuple[int, int, int, int] | None:
        """Return where the body of a frame begins, the sizes of its two parts, its checksum."""
        header = os.pread(self._file, _HEADER.size, start)
        if len(header) < _HEADER.size:
            return None
        magic, values, index, checksum = _HEADER.unpack(header)
        body_start = start + _HEADER.size
        if magic != _MAGIC or body_start + values + index > self.size:
            return None
        return body_start, values, index, checksum

    def value(self, stored: bytes) -> bytes:
        """Return the value that the table holds as ``stored``.

        Raises:
            Corrupt: ``store.damaged``: its place is not in the journal.
            Unavailable: ``store.released``: a reader of before asks for what is let go by now.
        """
        if not stored.startswith(_ELSEWHERE):
            return stored
        place, size = _PLACE.unpack(stored[len(_ELSEWHERE) :])
        value = os.pread(self._file, size, place)
        if len(value) != size:
            raise Corrupt("store.damaged", "the journal is shorter than the table says")
        if _HOLE in value:
            raise Unavailable(
                "store.released", "it was forgotten while it was read", remedy="look again"
            )
        return value

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)
