"""Sheets that people send, and sheets that they are sent."""

from __future__ import annotations

import io
import zipfile
from contextlib import suppress

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from xlsxwriter import Workbook

from cellchain.adapters import workbook
from cellchain.adapters.sheets import COLUMNS_MAX, ROWS_MAX, read_sheet
from cellchain.adapters.tables import parquet_of, xlsx_of
from cellchain.core.errors import Refused
from cellchain.web.api.table import csv_of

TOLD = (["a", "b"], [{"a": "1", "b": "ü"}, {"a": "2", "b": "x"}])
FORMULAS = ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "\nx", '=cmd|"/c calc"!A1']


def xlsx(*lines):
    out = io.BytesIO()
    with Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for row, line in enumerate(lines):
            for column, cell in enumerate(line):
                if cell is not None:
                    sheet.write(row, column, cell)
    return out.getvalue()


def altered(data, **changes):
    """An xlsx with other parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old:
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
            for name in old.namelist():
                part = old.read(name)
                new.writestr(
                    name, changes.get(name.rpartition("/")[2].partition(".")[0], lambda p: p)(part)
                )
    return out.getvalue()


def cells(text):
    """Another content of the first sheet."""
    head = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    )
    return altered(xlsx(["a"]), sheet1=lambda _: head + text + b"</sheetData></worksheet>")


@pytest.mark.parametrize(
    "data",
    [
        b"a,b\n1,\xc3\xbc\n2,x\n",
        b"\xef\xbb\xbfa,b\r\n1,\xc3\xbc\r\n2,x\r\n\r\n",
        "a;b\n1;ü\n2;x\n".encode(),
        "a\tb\n1\tü\n2\tx".encode(),
        "a,b\n1,ü\n2,x\n".encode("utf-16"),
        b"\xfe\xff" + "a,b\n1,ü\n2,x\n".encode("utf-16-be"),
        '" a ","b",,\n1,"ü"\n2,x,\n'.encode(),
        xlsx(["a", "b"], [1, "ü"], [2.0, "x"]),
        xlsx(["a", "b"], ["1", "ü"], ["2", "x"], ["", ""]),
    ],
)
def test_a_sheet_in_every_usual_form_is_the_same(data):
    assert read_sheet(data) == TOLD


def test_lines_keep_their_numbers():
    columns, rows = read_sheet(b"a,b\n1,2\n,\n\n3,4\n\n")
    assert [row["a"] for row in rows] == ["1", "", "", "3"]
    assert columns == ["a", "b"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "job.unreadable"),
        (b",,\n1,2,3", "job.unreadable"),
        (b"a,b\n1,2,3\n", "job.unreadable"),
        (b"a\n\xff\xfe\x00", "job.unreadable"),
        ("a\nü\n".encode("latin-1"), "job.unreadable"),
        (b"a\n\x00\n", "job.unreadable"),
        (b'a\n"x', "job.unreadable"),
        (b"a\n" + b"x" * 40_000, "job.unreadable"),
        (b"a\n" * (ROWS_MAX + 1), "job.rows"),
        (b",".join([b"a"] * (COLUMNS_MAX + 1)), "job.unreadable"),
        (b"a" * (17 << 20), "job.too_large"),
        (b"PK\x03\x04", "job.unreadable"),
        (xlsx(["a"])[:-200], "job.unreadable"),
        (xlsx(*[["a"]] * (ROWS_MAX + 1)), "job.rows"),
        (xlsx(["a"] * (COLUMNS_MAX + 1)), "job.rows"),
        (cells(b'<row r="1"><c r="A1"/></row><row r="1048576"><c/></row>'), "job.rows"),
        (cells(b'<row r="1"><c r="A1"><v>1</v></c><c r="XFD1"><v>1</v></c></row>'), "job.rows"),
        (cells(b"<row>" + b"<c><v>1</v></c>" * 200 + b"</row>"), "job.rows"),
        (cells(b"<row><c/></row>" * 20_000), "job.rows"),
        (cells(b'<row r="1"><c r="&#88;FD1"><v>1</v></c></row>'), "job.rows"),
        (cells(b'<row r="1"><c r="a1"><v>1</v></c></row>'), "job.unreadable"),
        (cells(b"<row><c>"), "job.unreadable"),
        (altered(xlsx(["a"]), workbook=lambda _: b"<x/>"), "job.unreadable"),
        (altered(xlsx(["a"]), styles=lambda p: b"<!DOCTYPE x []>" + p), "job.unreadable"),
    ],
)  # fmt: skip
def test_a_sheet_that_is_refused(data, code):
    with pytest.raises(Refused) as refused:
        read_sheet(data)
    assert refused.value.code == code


def test_two_cells_far_apart_are_not_laid_out():
    """A reader that did would take 500 GB, and end the server."""
    far = xlsx(["a"])
    out = io.BytesIO()
    with Workbook(out, {"in_memory": True}) as book:
        book.add_worksheet().write(1_048_575, 16_383, "x")
    assert len(out.getvalue()) < 2 * len(far)
    with pytest.raises(Refused, match="job.rows"):
        read_sheet(out.getvalue())


@pytest.mark.parametrize("told", ["truly", "falsely"])
def test_a_bomb_is_not_unfolded(monkeypatch, told):
    monkeypatch.setattr(workbook, "UNFOLDED_BYTES_MAX", 100_000)
    bomb = altered(xlsx(["a"]), sheet1=lambda _: b"<x>" + b" " * 1_000_000 + b"</x>")
    if told == "falsely":  # its own table says that it is small
        size = (1_000_007).to_bytes(4, "little")
        assert bomb.count(size) == 2
        bomb = bomb.replace(size, (50).to_bytes(4, "little"))
    assert len(bomb) < 20_000
    with pytest.raises(Refused) as refused:
        read_sheet(bomb)
    assert refused.value.code == {"truly": "job.too_large", "falsely": "job.unreadable"}[told]


def test_other_sheets_in_a_zip_are_no_xlsx():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        made.writestr("content.xml", "<x/>")
    with pytest.raises(Refused, match="job.unreadable"):
        read_sheet(out.getvalue())


@pytest.mark.parametrize("text", FORMULAS)
def test_no_text_becomes_a_formula(text):
    (cell,) = csv_of([{"a": text}]).decode().partition("\r\n")[2].splitlines()[:1] or [""]
    assert cell.lstrip('"').startswith("'")
    with zipfile.ZipFile(io.BytesIO(xlsx_of([{"a": text}]))) as folded:
        assert b"<f>" not in folded.read("xl/worksheets/sheet1.xml")


@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20), min_size=1))
def test_what_we_write_as_csv_we_read_back(texts):
    rows = [{"a": "x", "b": text.strip()} for text in texts]
    assert read_sheet(csv_of(rows))[1] == rows


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_comes_back_as_the_text_that_it_was(text):
    assert read_sheet(csv_of([{"a": text, "b": "x"}]))[1] == [{"a": text, "b": "x"}]


def test_tables_keep_numbers_and_their_digits():
    rows = [{"n": 1, "f": 0.5, "t": True, "s": "x", "none": None}, {"n": 2**62, "f": None}]
    columns, read = read_sheet(xlsx_of(rows))
    assert columns == ["n", "f", "t", "s", "none"]
    assert (read[0]["n"], read[0]["f"], read[1]["n"]) == ("1", "0.5", str(2**62))
    assert pq.read_table(io.BytesIO(parquet_of(rows))).to_pylist()[1]["n"] == 2**62
    assert pq.read_table(io.BytesIO(parquet_of([]))).num_rows == 0


@given(st.binary(max_size=200))
def test_whatever_is_sent_is_read_or_refused(data):
    for sheet in (data, b"PK" + data):
        with suppress(Refused):
            read_sheet(sheet)
