"""A table that is still being written, in parts: each a file with the table's header."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, TYPE_CHECKING

from cellchain.adapters.telemetry.csv_source import LINE_BYTES_MAX
from cellchain.core.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator


def table_parts(stream: IO[bytes], rows: int) -> Iterator[Path]:
    """Yield files of at most ``rows`` rows each as they come; a file is gone at the next one.

    Raises:
        Refused: ``import.empty``, ``import.line``.
    """
    lines = _lines(stream)
    header = next(lines, b"")
    if not header:
        raise Refused("import.empty", "nothing came in")
    with TemporaryDirectory(prefix="cellchain-rows") as folder:
        path = Path(folder) / "rows.csv"
        while part := list(islice(lines, rows)):
            path.write_bytes(header + b"".join(part))
            yield path


def _lines(stream: IO[bytes]) -> Iterator[bytes]:
    while line := stream.readline(LINE_BYTES_MAX):
        if len(line) == LINE_BYTES_MAX:
            raise Refused("import.line", f"a line of more than {LINE_BYTES_MAX} bytes")
        yield line if line.endswith(b"\n") else line + b"\n"
