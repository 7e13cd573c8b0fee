"""A piece of a table, whole lines only, to rows: fast where all is well, line by line where not."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv

from cellchain.adapters.arrow_memory import arrow_memory
from cellchain.adapters.telemetry.cells import (
    CellError,
    counts_of,
    fast_type,
    has_exponent,
    is_fast,
    slow_counts,
)
from cellchain.services.gateway.ports import Rejected
from cellchain.services.gateway.rows import Rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cellchain.adapters.telemetry.times import Times
    from cellchain.services.gateway.plan import Plan

ARROW_BLOCK_BYTES = 1 << 20


class Reader:
    """Reads the blocks of one table.

    Args:
        plan: Which column is which channel.
        times: Reads the time column.
        missing: What a cell without a measurement holds.
    """

    def __init__(self, plan: Plan, times: Times, missing: Sequence[str]) -> None:
        self._plan = plan
        self._times = times
        self._missing = frozenset(missing)
        kinds = {found.column: fast_type(found) for found in plan.columns}
        self._all_fast = all(is_fast(found) for found in plan.columns)
        self._read = arrow_csv.ReadOptions(
            column_names=list(plan.header), block_size=ARROW_BLOCK_BYTES
        )
        self._parse = arrow_csv.ParseOptions(ignore_empty_lines=False)
        self._convert = arrow_csv.ConvertOptions(
            include_columns=[plan.time_column, *kinds],
            column_types={plan.time_column: pa.string(), **kinds},
            null_values=sorted(self._missing),
            strings_can_be_null=True,
        )

    def read(self, data: bytes, first_row: int, lines: int) -> tuple[Rows, list[Rejected]]:
        """Return the rows of ``data``, which holds ``lines`` lines, and those that are none."""
        try:
            return self._fast(data, first_row, lines), []
        except (pa.ArrowInvalid, CellError):
            return self._slow(data, first_row)

    def _fast(self, data: bytes, first_row: int, lines: int) -> Rows:
        if not self._all_fast or has_exponent(data):
            raise CellError("a column that has to be looked at cell by cell")
        table = arrow_csv.read_csv(
            pa.BufferReader(arrow_memory(data)), self._read, self._parse, self._convert
        ).combine_chunks()
        if table.num_rows != lines:
            raise CellError("a quoted line break")
        times_ms, reasons = self._times.read(_whole(table[self._plan.time_column]))
        if reasons:
            raise CellError("a time that has to be looked at")
        columns = [counts_of(found, _whole(table[found.column])) for found in self._plan.columns]
        sequence = np.arange(first_row, first_row + lines, dtype=np.int64)
        return self._rows(sequence, times_ms, columns)

    def _slow(self, data: bytes, first_row: int) -> tuple[Rows, list[Rejected]]:
        width = len(self._plan.header)
        lines = [_cells(line) for line in data.removesuffix(b"\n").split(b"\n")]
        rejected = [
            Rejected(row=first_row + i, column="", reason=_line_reason(cells, width))
            for i, cells in enumerate(lines)
            if cells is None or len(cells) != width
        ]
        whole = [(i, cells) for i, cells in enumerate(lines) if cells and len(cells) == width]
        sequence = np.array([first_row + i for i, _ in whole], dtype=np.int64)
        by_column = list(zip(*(cells for _, cells in whole), strict=True)) or [()] * width
        place = {name: by_column[i] for i, name in enumerate(self._plan.header)}
        cells = pa.array(place[self._plan.time_column], pa.string())
        times_ms, reasons = self._times.read(cells)
        bad = {i: (self._plan.time_column, reason) for i, reason in reasons.items()}
        columns = []
        for found in self._plan.columns:
            missing = tuple(self._missing)
            counts, present, reasons = slow_counts(found, place[found.column], missing)
            columns.append((counts, present))
            bad |= {i: (found.column, reason) for i, reason in reasons.items() if i not in bad}
        rejected += [
            Rejected(row=int(sequence[i]), column=column, reason=reason)
            for i, (column, reason) in bad.items()
        ]
        good = np.ones(len(sequence), dtype=np.bool_)
        good[list(bad)] = False
        rows = self._rows(sequence, times_ms, columns).part(good)
        return rows, sorted(rejected, key=lambda one: one.row)

    def _rows(self, sequence: Any, times_ms: Any, columns: Sequence[tuple[Any, Any]]) -> Rows:
        return Rows(
            layout=self._plan.layout,
            sequence=sequence,
            time_ms=times_ms,
            values=tuple(counts for counts, _ in columns),
            present=tuple(present for _, present in columns),
        )


def _whole(column: pa.ChunkedArray) -> pa.Array:
    if column.num_chunks == 1:
        return column.chunk(0)
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)


def _cells(line: bytes) -> list[str] | None:
    """The cells of one line; ``None`` where it is no line of a table."""
    try:
        return next(csv.reader([line.removesuffix(b"\r").decode()], strict=True), [])
    except (UnicodeDecodeError, csv.Error):
        return None


def _line_reason(cells: list[str] | None, width: int) -> str:
    if cells is None:
        return "broken text or quotes"
    return f"{len(cells)} cells; the header has {width}"
