"""Rejected rows as a CSV file: row number, column, reason. Never a row silently dropped.

An import that goes on after an interruption reads some rows again: what the file says of rows
behind the last kept one is dropped first, so that nothing is in it twice.
"""

from __future__ import annotations

import csv
import io
import os
from typing import TYPE_CHECKING

from cellchain.adapters.disk import disk_error, write_file

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cellchain.services.gateway.ports import Rejected

_HEADER = "row,column,reason\n"


class RejectsFile:
    """Appends to ``path``; the file is made when the first row is rejected.

    Args:
        path: Where it is.
        kept_rows: Rows that earlier runs settled; what the file says of later ones is dropped.

    Raises:
        Unavailable: ``disk.…``.
    """

    def __init__(self, path: Path, *, kept_rows: int = 0) -> None:
        self.path = path
        if path.exists():
            lines = path.read_text("utf-8").splitlines(keepends=True)
            kept = [line for line in lines[1:] if int(line.partition(",")[0]) <= kept_rows]
            write_file(path, "".join([_HEADER, *kept]).encode())

    def write(self, rejected: Sequence[Rejected]) -> None:
        """Append ``rejected``; on the disk when this returns."""
        if not rejected:
            return
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerows((one.row, one.column, one.reason) for one in rejected)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if not self.path.exists():
                write_file(self.path, _HEADER.encode())
            with self.path.open("a", encoding="utf-8", newline="") as file:
                file.write(text.getvalue())
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise disk_error(error) from error
