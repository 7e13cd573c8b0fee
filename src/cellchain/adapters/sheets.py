"""Sheets that people send: CSV in any usual encoding, and xlsx, with bounds on both."""

from __future__ import annotations

import csv
import io
from itertools import islice, zip_longest

from cellchain.adapters.workbook import bounded_workbook
from cellchain.core.errors import Refused

BYTES_MAX = 16 << 20
ROWS_MAX = 10_001
"""With the line that names the columns."""
COLUMNS_MAX = 100
CELL_CHARACTERS_MAX = 32_767

Sheet = tuple[list[str], list[dict[str, str]]]


def read_sheet(data: bytes) -> Sheet:
    """Return the columns and the rows of a sheet; empty ones at the end are left out.

    Raises:
        Refused: ``job.too_large``, ``job.unreadable``, ``job.rows``.
    """
    if len(data) > BYTES_MAX:
        raise Refused("job.too_large", f"{len(data)} bytes; at most {BYTES_MAX}")
    lines = _xlsx(data) if data.startswith(b"PK") else _csv(data)
    if not lines or not any(lines[0]):
        raise Refused("job.unreadable", "the first line must name the columns")
    columns = [name.strip() for name in lines[0]]
    while columns and not columns[-1]:
        columns.pop()
    while lines and not any(lines[-1]):
        lines.pop()
    return columns, [_row(columns, line) for line in lines[1:]]


def _row(columns: list[str], line: list[str]) -> dict[str, str]:
    if any(line[len(columns) :]):
        raise Refused(
            "job.unreadable",
            f"a line has more than {len(columns)} cells: {line[len(columns)][:40]!a}",
            remedy="put cells with a comma in quotes",
        )
    return dict(zip_longest(columns, line[: len(columns)], fillvalue=""))


def _csv(data: bytes) -> list[list[str]]:
    text = _decoded(data)
    if "\x00" in text:
        raise Refused("job.unreadable", "this is neither CSV nor xlsx")
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    csv.field_size_limit(CELL_CHARACTERS_MAX)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        lines = islice(reader, ROWS_MAX + 1)
        return _bounded([[_plain(cell) for cell in line] for line in lines])
    except csv.Error as error:
        raise Refused("job.unreadable", f"this is no CSV: {error}") from error


def _decoded(data: bytes) -> str:
    """UTF-8 with or without its mark, UTF-16 with it; nothing is guessed beyond that."""
    encoding = "utf-16" if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise Refused(
            "job.unreadable",
            f"byte {error.start} is not {encoding}",
            remedy="save the sheet as CSV UTF-8, or as xlsx",
        ) from error


def _plain(cell: str) -> str:
    """Take back the mark with which our own sheets keep a text from being computed."""
    return (
        cell[1:]
        if cell[:1] == "'" and cell[1:2] in {"=", "+", "-", "@", "\t", "\r", "\n"}
        else cell
    )


def _xlsx(data: bytes) -> list[list[str]]:
    import python_calamine  # noqa: PLC0415  # only where somebody sends an xlsx

    bounded = bounded_workbook(data, rows_max=ROWS_MAX, columns_max=COLUMNS_MAX)
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(bounded))
        lines = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
        return _bounded([[_text(cell) for cell in line] for line in lines])
    except (python_calamine.CalamineError, IndexError) as error:
        raise Refused("job.unreadable", f"this is no xlsx: {error}") from error


def _text(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))  # sheets know no whole numbers
    return str(cell)


def _bounded(lines: list[list[str]]) -> list[list[str]]:
    if len(lines) > ROWS_MAX:
        raise Refused("job.rows", f"more than {ROWS_MAX} lines")
    if any(len(line) > COLUMNS_MAX for line in lines):
        raise Refused("job.unreadable", f"a line has more than {COLUMNS_MAX} columns")
    return lines
