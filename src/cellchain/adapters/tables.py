"""Rows as files for other programs: Parquet by pyarrow, sheets by XlsxWriter."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CELL_CHARACTERS_MAX = 32_767
"""Of a cell in a sheet (Excel specifications and limits)."""
EXACT_MAX = 2**53
"""Larger whole numbers lose digits in a sheet; they become text."""
_SHEET = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": True,
}


def parquet_of(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Return ``rows`` as a Parquet file."""
    import pyarrow as pa  # noqa: PLC0415  # 30 MB, wanted by few
    import pyarrow.parquet as pq  # noqa: PLC0415

    table = pa.Table.from_pylist(list(rows)) if rows else pa.table({})
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    data: bytes = sink.getvalue().to_pybytes()
    return data


def xlsx_of(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Return ``rows`` as a sheet; text is text, whatever it begins with."""
    from xlsxwriter import Workbook  # noqa: PLC0415

    names = list(dict.fromkeys(name for row in rows for name in row))
    out = io.BytesIO()
    with Workbook(out, _SHEET) as book:
        sheet = book.add_worksheet("cellchain")
        bold = book.add_format({"bold": True})
        sheet.freeze_panes(1, 0)
        for column, name in enumerate(names):
            sheet.write_string(0, column, name, bold)
        for line, row in enumerate(rows, start=1):
            for column, name in enumerate(names):
                _write(sheet, line, column, row.get(name))
    return out.getvalue()


def _write(sheet: Any, line: int, column: int, value: Any) -> None:
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_boolean(line, column, value)
    elif isinstance(value, float) or (isinstance(value, int) and abs(value) < EXACT_MAX):
        sheet.write_number(line, column, value)
    else:
        sheet.write_string(line, column, str(value)[:CELL_CHARACTERS_MAX])
