"""What of an answer is shown: its first rows and its pictures, small enough for a server to read.

The process that ran the question writes it. A server never unpacks a table that somebody's file
became: a few kilobytes of Parquet may be gigabytes of numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from cellchain.core.errors import Refused
from cellchain.services.analysis.picture import picture_of
from cellchain.services.analysis.shapes import Picture

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cellchain.services.analysis.table import Table

ROWS_MAX = 1_000
CELLS_MAX = 20_000
COLUMNS_MAX = 100
LETTERS_MAX = 1_000
"""Of a cell; the file has it whole."""
BYTES_MAX = 32 << 20
Cell = str | float | None


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """The beginning of an answer."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    rows_in_all: int
    pictures: tuple[Picture, ...] = ()

    def some(self, start: int, stop: int) -> list[dict[str, Cell]]:
        """Return some rows by column.

        Raises:
            Refused: ``lab.no_table``: it has none.
        """
        if not self.columns:
            raise Refused(
                "lab.no_table", "this run has no table that is shown here",
                remedy="get the files that it made",
            )  # fmt: skip
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows[start:stop]]


def shown_of(answer: Table | None, also: Sequence[Picture] = ()) -> Shown:
    """Return what is shown of an answer, and what else it looks like."""
    if answer is None:
        return Shown(columns=(), rows=(), rows_in_all=0, pictures=tuple(also))
    first = picture_of(answer)
    columns = answer.names[:COLUMNS_MAX]
    count = min(ROWS_MAX, CELLS_MAX // max(len(columns), 1))
    rows = answer.plain(0, count)
    return Shown(
        columns=columns,
        rows=tuple(tuple(_cut(row[name]) for name in columns) for row in rows),
        rows_in_all=answer.rows,
        pictures=(*also, *(() if first is None else (first,))),
    )


def encode_shown(shown: Shown) -> bytes:
    """Return a file that `parse_shown` reads."""
    return msgspec.msgpack.encode(shown)


def parse_shown(data: bytes) -> Shown:
    """Return what is shown.

    Raises:
        Refused: ``lab.no_table``.
    """
    try:
        return msgspec.msgpack.decode(data, type=Shown)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise Refused("lab.no_table", f"nothing can be shown: {error}") from error


def _cut(cell: Cell) -> Cell:
    if isinstance(cell, str) and len(cell) > LETTERS_MAX:
        return cell[: LETTERS_MAX - 1] + "…"
    return cell
