"""A CSV file, or one in a zip archive, as a source of readings: read from the front, in blocks.

One line is one row; a quoted line break is not a line of telemetry and is rejected. Memory is
bounded by one block.
"""

from __future__ import annotations

import csv
import hashlib
import zipfile
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

import numpy as np

from cellchain.adapters.disk import disk_error
from cellchain.adapters.telemetry.block import Reader
from cellchain.adapters.telemetry.times import Times
from cellchain.contracts.telemetry import parse_boot
from cellchain.core.errors import Refused
from cellchain.services.gateway.plan import make_plan
from cellchain.services.gateway.ports import Batch, Mark

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cellchain.services.gateway.format import Format
    from cellchain.services.gateway.rows import Integers

BLOCK_BYTES = 8 << 20
LINE_BYTES_MAX = 1 << 20
_BOM = b"\xef\xbb\xbf"


class CsvSource:
    """The rows of ``path``, read as ``mapping`` says.

    Args:
        path: A CSV file, or a zip archive with exactly one.
        mapping: Which column is what.
        now_ms: Rows of a later time are rejected.
        zone: Time zone, in place of the mapping's; empty: the mapping's.
        block_bytes: How much is read at once.

    Raises:
        Refused: ``import.archive``, ``import.empty``, ``import.line``, or what `make_plan` and
            `Times` refuse.
        Unavailable: ``disk.…``: the file cannot be read.
    """

    def __init__(
        self,
        path: Path,
        mapping: Format,
        *,
        now_ms: int,
        zone: str = "",
        block_bytes: int = BLOCK_BYTES,
    ) -> None:
        self._path = path
        self._block_bytes = block_bytes
        with self._open() as (stream, self.total_bytes):
            self._header_bytes, header = _read_header(stream)
        self.plan = make_plan(mapping, header)
        times = Times(mapping.time.format, zone or mapping.time.zone, now_ms=now_ms)
        self._reader = Reader(self.plan, times, mapping.missing)
        self._seen = _Seen()

    def batches(self, after: Mark | None) -> Iterator[Batch]:
        """Yield the rows behind ``after``.

        Raises:
            Refused: ``import.other_source``: the bytes up to the mark are not those of before;
                ``import.line``: a line without end.
            Unavailable: ``disk.…``.
        """
        with self._open() as (stream, _):
            self._seen = _Seen()
            rest = self._skip(stream, after)
            while True:
                data = stream.read(self._block_bytes)
                block, rest = _whole_lines(rest + data, last=not data)
                if block:
                    yield self._batch(block)
                if not data:
                    return

    def mark(self, row: int) -> Mark:
        """Return the mark at the end of ``row``."""
        return self._seen.mark(row)

    def _batch(self, block: bytes) -> Batch:
        first_row = self._seen.rows + 1
        lines = self._seen.add(block)
        rows, rejected = self._reader.read(block, first_row, lines)
        if len(rows):
            self._seen.note_good(int(rows.sequence[-1]))
        return Batch(rows=rows, rejected=rejected, done_bytes=self._seen.size_bytes)

    def _skip(self, stream: IO[bytes], after: Mark | None) -> bytes:
        """Pass over header and known rows; return bytes that were read too many."""
        size_bytes = after.size_bytes if after else self._header_bytes
        ends_line = b"\n"
        while self._seen.size_bytes < size_bytes:
            data = stream.read(min(self._block_bytes, size_bytes - self._seen.size_bytes))
            if not data:
                raise self._other_source()
            self._seen.skip(data)
            ends_line = data[-1:]
        if after is None:
            return b""
        self._seen.rows = after.row
        if self._seen.hexdigest() != after.digest:
            raise self._other_source()
        return b"" if ends_line == b"\n" else self._finish_line(stream)

    def _finish_line(self, stream: IO[bytes]) -> bytes:
        """The last known row had no line end: it may have got one since, and nothing else."""
        more = stream.read(2)
        for line_end in (b"\r\n", b"\n"):
            if more.startswith(line_end):
                self._seen.skip(line_end)
                return more[len(line_end) :]
        if more:
            raise self._other_source()
        return b""

    def _other_source(self) -> Refused:
        return Refused(
            "import.other_source",
            f"{self._path.name} does not begin with the rows that were imported under its name",
            remedy="rename the file, or name another boot",
        )

    @contextmanager
    def _open(self) -> Iterator[tuple[IO[bytes], int]]:
        try:
            if not zipfile.is_zipfile(self._path):
                with self._path.open("rb") as stream:
                    yield stream, self._path.stat().st_size
                return
            with zipfile.ZipFile(self._path) as archive:
                member = _only_table(archive)
                with archive.open(member) as stream:
                    yield stream, member.file_size
        except zipfile.BadZipFile as error:
            raise Refused("import.archive", f"{self._path.name}: {error}") from error
        except OSError as error:
            raise disk_error(error) from error


class _Seen:
    """What was read so far, as a hash; of the bytes only the last block is kept.

    A mark is asked for at the end of a window: a row of the last block, or the last good row
    before it, whose mark is kept.
    """

    def __init__(self) -> None:
        self.rows = 0
        self.size_bytes = 0
        self._hash = hashlib.sha256()  # of all bytes before the last block
        self._block = b""
        self._first_row = 1
        self._ends: Integers = np.zeros(0, dtype=np.int64)
        self._last_good = 0
        self._kept: Mark | None = None

    def skip(self, data: bytes) -> None:
        """Pass over bytes in front of the first block."""
        self._hash.update(data)
        self.size_bytes += len(data)

    def add(self, block: bytes) -> int:
        """Go on to a block of whole lines; return how many there are."""
        if self._last_good >= self._first_row and self._block:
            self._kept = self.mark(self._last_good)
        self._hash.update(self._block)
        ends = np.flatnonzero(np.frombuffer(block, dtype=np.uint8) == ord("\n")) + 1
        if not block.endswith(b"\n"):
            ends = np.append(ends, len(block))
        self._block, self._ends, self._first_row = block, ends, self.rows + 1
        self.rows += len(ends)
        self.size_bytes += len(block)
        return len(ends)

    def note_good(self, row: int) -> None:
        """Remember the last row of the block that could be read."""
        self._last_good = row

    def mark(self, row: int) -> Mark:
        """Return the mark at the end of ``row``."""
        if self._kept and self._kept.row == row:
            return self._kept
        end = int(self._ends[row - self._first_row])
        upto = self._hash.copy()
        upto.update(memoryview(self._block)[:end])
        size_bytes = self.size_bytes - len(self._block) + end
        return Mark(row=row, size_bytes=size_bytes, digest=upto.hexdigest())

    def hexdigest(self) -> str:
        """The hash of the bytes that were passed over."""
        return self._hash.hexdigest()


def boot_of(path: Path) -> str:
    """Return the boot that the rows of ``path`` belong to: its name without ``.zip`` and ``.csv``.

    Raises:
        Refused: ``telemetry.boot``.
    """
    name = path.name
    for ending in (".zip", ".csv"):
        if name.lower().endswith(ending):
            name = name[: -len(ending)]
    return parse_boot(name)


def _read_header(stream: IO[bytes]) -> tuple[int, list[str]]:
    line = stream.readline(LINE_BYTES_MAX)
    if not line.endswith(b"\n"):
        raise Refused("import.empty", "the first line is not the header of a table with rows")
    try:
        text = line.removeprefix(_BOM).decode().rstrip("\r\n")
        return len(line), next(csv.reader([text], strict=True), [])
    except (UnicodeDecodeError, csv.Error) as error:
        raise Refused(
            "import.empty", f"the first line is not the header of a table: {error}"
        ) from error


def _whole_lines(data: bytes, *, last: bool) -> tuple[bytes, bytes]:
    """Split ``data`` behind its last line end."""
    if last:
        return data, b""
    at = data.rfind(b"\n") + 1
    if len(data) - at > LINE_BYTES_MAX:
        raise Refused("import.line", f"a line is longer than {LINE_BYTES_MAX} bytes")
    return data[:at], data[at:]


def _only_table(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    tables = [one for one in archive.infolist() if one.filename.lower().endswith(".csv")]
    if len(tables) != 1:
        raise Refused("import.archive", f"{len(tables)} CSV files in the archive; one is needed")
    return tables[0]
