"""Tables in files: what was written is read back, and a file that is none says why."""

import errno
import io
import os
import warnings
import zipfile

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cellchain.adapters import table_files
from cellchain.adapters.table_files import read_arrays, read_table, write_table
from cellchain.core.errors import Refused, Unavailable
from cellchain.services.analysis.table import Table, Texts

SUFFIXES = (".csv", ".csv.zip", ".parquet", ".npz")
LABELS = st.none() | st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1
).filter(lambda one: one.strip() == one)
ROWS = st.lists(st.tuples(LABELS, st.floats(allow_infinity=False)), min_size=1)


@pytest.mark.parametrize("suffix", SUFFIXES)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(rows=ROWS)
def test_what_was_written_is_read_back(tmp_path, suffix, rows):
    cells, numbers = [cell for cell, _ in rows], np.array([number for _, number in rows])
    path = tmp_path / f"table{suffix}"
    write_table(path, Table({"cell": Texts.of(cells), "x": numbers}))
    read = read_table(path, texts=["cell"])
    assert read.texts("cell").cells() == cells
    assert np.array_equal(read.numbers("x"), numbers, equal_nan=True)


def test_a_serial_number_keeps_its_zeros_and_other_numbers_are_numbers(tmp_path):
    path = tmp_path / "cells.csv"
    path.write_text("cell,bad,lot\n007,1,A\n008,,12\n")
    table = read_table(path, texts=["cell"])
    assert table.texts("cell").cells() == ["007", "008"]
    assert np.array_equal(table.numbers("bad"), [1.0, np.nan], equal_nan=True)
    assert table.texts("lot").cells() == ["A", "12"]


def test_semicolons_bring_decimal_commas_and_a_mark_of_bytes_is_no_name(tmp_path):
    path = tmp_path / "zellen.csv"
    path.write_bytes("\ufeffSpannung;Größe\r\n3,70;1\r\n".encode())
    table = read_table(path)
    assert table.names == ("Spannung", "Größe")
    assert table.numbers("Spannung").tolist() == [3.7]


def test_parquet_gives_numbers_of_every_sort_and_text_of_the_rest(tmp_path):
    path = tmp_path / "t.parquet"
    columns = {
        "whole": pa.array([1, None], pa.int32()),
        "single": pa.array([0.5, 2.0], pa.float32()),
        "flag": pa.array([True, False]),
        "group": pa.array(["a", "b"]).dictionary_encode(),
        "day": pa.array([0, 1], pa.date32()),
    }
    pq.write_table(pa.table(columns), path)
    table = read_table(path)
    assert np.array_equal(table.numbers("whole"), [1.0, np.nan], equal_nan=True)
    assert table.numbers("single").tolist() == [0.5, 2.0]
    assert table.numbers("flag").tolist() == [1.0, 0.0]
    assert table.texts("group").cells() == ["a", "b"]
    assert table.texts("day").cells() == ["1970-01-01", "1970-01-02"]


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("t.csv", b"", "table.unreadable"),
        ("t.csv", b"a,b\n1\n", "table.unreadable"),
        ("t.csv", b"a,b\n1,2,3\n", "table.unreadable"),
        ("t.csv", b"a\n\xff\xfe\n", "table.unreadable"),
        ("t.csv", b"Gr\xf6\xdfe,b\n1,2\n", "table.unreadable"),
        ("t.csv", b"a,a\n1,2\n", "table.twice"),
        ("t.csv.zip", b"PK no archive", "table.unreadable"),
        ("t.parquet", b"PAR1", "table.unreadable"),
        ("t.npz", b"nothing", "table.unreadable"),
        ("t.xlsx", b"", "table.suffix"),
    ],
)
def test_a_file_that_is_no_table_is_refused(tmp_path, name, data, code):
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(Refused) as refused:
        read_table(path)
    assert refused.value.code == code
    assert refused.value.remedy


def test_an_archive_holds_one_table_no_larger_than_it_says(tmp_path, monkeypatch):
    path = tmp_path / "t.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", "x\n1\n")
        archive.writestr("__MACOSX/a.csv", "?")
    assert read_table(path).numbers("x").tolist() == [1.0]
    monkeypatch.setattr(table_files, "BYTES_MAX", 3)
    with pytest.raises(Refused, match="more than 3 bytes"):
        read_table(path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("b.csv", "x\n2\n")
    monkeypatch.undo()
    with pytest.raises(Refused, match="2 CSV files"):
        read_table(path)


def test_what_is_packed_small_and_unpacks_large_is_refused(tmp_path, monkeypatch):
    many = Table({"x": np.zeros(1000), "y": np.zeros(1000)})
    for suffix in SUFFIXES:
        path = tmp_path / f"t{suffix}"
        write_table(path, many)
        monkeypatch.setattr(table_files, "CELLS_MAX", 1999)
        with pytest.raises(Refused, match="more than 1999 cells"):
            read_table(path)
        monkeypatch.setattr(table_files, "CELLS_MAX", 2002)
        assert read_table(path).rows == 1000
    np.savez_compressed(tmp_path / "small.npz", x=np.zeros(10_000))
    assert (tmp_path / "small.npz").stat().st_size < 1000
    monkeypatch.setattr(table_files, "BYTES_MAX", 10_000)
    with pytest.raises(Refused, match="more than 10000 bytes"):
        read_table(tmp_path / "small.npz")


def test_more_columns_than_a_table_may_have_are_counted_once(tmp_path):
    (tmp_path / "t.csv").write_text(",".join(["x"] * 200_000) + "\n")
    with pytest.raises(Refused, match="200000 columns"):
        read_table(tmp_path / "t.csv")


def test_arrays_with_more_axes_and_objects_are_no_columns(tmp_path):
    np.savez(tmp_path / "t.npz", q=np.zeros((2, 2)))
    with pytest.raises(Refused, match="2 axes"):
        read_table(tmp_path / "t.npz")
    np.savez(tmp_path / "o.npz", q=np.array([{}], dtype=object))
    with pytest.raises(Refused) as refused:
        read_table(tmp_path / "o.npz")
    assert refused.value.code == "table.unreadable"


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_file_that_is_not_there_or_a_folder_is_named(tmp_path, suffix):
    (tmp_path / f"folder{suffix}").mkdir()
    (tmp_path / "file").write_bytes(b"")
    for name in ("none", "folder", "file/t", "x" * 300):
        with pytest.raises(Refused) as refused:
            read_table(tmp_path / f"{name}{suffix}")
        assert refused.value.code == "table.no_file"
        assert refused.value.text.startswith(f"{name.removeprefix('file/')}{suffix}: ")
        assert refused.value.remedy == "name a file that is there"
    if suffix == ".npz":
        with pytest.raises(Refused, match=r"none\.npz: No such file"):
            read_arrays(tmp_path / "none.npz")


@pytest.mark.parametrize(
    ("number", "sort", "code"),
    [(errno.EACCES, Refused, "table.unreadable"), (errno.EIO, Unavailable, "disk.io")],
)
def test_a_file_that_may_not_be_read_is_named_and_a_broken_disk_is_another_matter(
    tmp_path, monkeypatch, number, sort, code
):
    def fails(_path):
        raise OSError(number, os.strerror(number))

    (tmp_path / "t.csv").write_text("a\n1\n")
    monkeypatch.setattr("pathlib.Path.read_bytes", fails)
    with pytest.raises(sort) as failed:
        read_table(tmp_path / "t.csv")
    assert failed.value.code == code


def arrays_file(path, member, *, name="x.npy", packing=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", packing) as archive:
        archive.writestr(name, member)


def array_bytes(header):
    """A file of one array with any header."""
    text = header.ljust(117).encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + bytes(64)


HUGE = f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({10**30},), }}"
MEMBERS = {
    "no array": ("x.txt", b"text"),
    "huge shape": ("x.npy", array_bytes(HUGE)),
    "open bracket": ("x.npy", array_bytes("{'descr': '<f8', 'fortran_order': False, 'shape': (3,")),
    "no sort": ("x.npy", array_bytes("{'descr': 'Q9', 'fortran_order': False, 'shape': (3,), }")),
}


@pytest.mark.parametrize(("name", "member"), MEMBERS.values(), ids=MEMBERS)
def test_a_member_that_is_no_array_is_unreadable(tmp_path, name, member):
    arrays_file(tmp_path / "t.npz", member, name=name)
    with pytest.raises(Refused) as refused:
        read_table(tmp_path / "t.npz")
    assert refused.value.code == "table.unreadable"


@pytest.mark.parametrize(
    "column",
    [
        np.zeros(2, dtype=[("a", "f8"), ("b", "f8")]),
        np.zeros(2, dtype="V8"),
        np.array([1j, 2.0]),
        np.array(["2020-01-01"], dtype="datetime64[s]"),
        np.array([b"\xff"]),
    ],
    ids=lambda one: str(one.dtype),
)
def test_an_array_that_holds_no_numbers_or_text_is_unreadable(tmp_path, column):
    np.savez(tmp_path / "t.npz", x=column)
    with pytest.raises(Refused) as refused:
        read_table(tmp_path / "t.npz")
    assert refused.value.code == "table.unreadable"


def test_text_kept_as_bytes_is_text(tmp_path):
    np.savez(tmp_path / "t.npz", cell=np.array(["Größe".encode(), b""]))
    assert read_table(tmp_path / "t.npz").texts("cell").cells() == ["Größe", None]


@pytest.mark.parametrize(("place", "change"), [(6, 1), (8, 99)])
@pytest.mark.parametrize("suffix", [".npz", ".csv.zip"])
def test_an_archive_encrypted_or_packed_in_an_unknown_way_is_unreadable(
    tmp_path, suffix, place, change
):
    path = tmp_path / f"t{suffix}"
    write_table(path, Table({"x": np.arange(3.0)}))
    data = bytearray(path.read_bytes())
    data[place] = change
    data[data.index(b"PK\x01\x02") + place + 2] = change
    path.write_bytes(data)
    with pytest.raises(Refused) as refused:
        read_table(path)
    assert refused.value.code == "table.unreadable"


def small_files():
    columns = {"cell": pa.array(["a", "b", None] * 3), "x": pa.array([1.5, None, -2.0] * 3)}
    parquet, arrays = io.BytesIO(), io.BytesIO()
    pq.write_table(pa.table(columns), parquet, compression="zstd")
    np.savez_compressed(
        arrays, cell=np.array(["a", "b"]), x=np.arange(2.0), raw=np.array([b"a"] * 2)
    )
    files = {
        ".csv": b"cell;x\na;1,5\nb;-2\n",
        ".parquet": parquet.getvalue(),
        ".npz": arrays.getvalue(),
    }
    for name in ("STORED", "DEFLATED", "BZIP2", "LZMA"):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", getattr(zipfile, f"ZIP_{name}")) as archive:
            archive.writestr("t.csv", "cell,x\n" + "a,1\n" * 50)
        files[f".{name}.zip"] = packed.getvalue()
    return files


SMALL = small_files()


@pytest.mark.parametrize("suffix", SMALL)
def test_a_damaged_file_is_read_or_refused_by_name(tmp_path, suffix):
    path, dice, refused = tmp_path / f"t{suffix}", np.random.default_rng(7), 0
    for _ in range(300):
        data = np.frombuffer(SMALL[suffix], np.uint8).copy()
        places = dice.integers(len(data), size=dice.integers(1, 4))
        data[places] = dice.integers(256, size=len(places))
        path.write_bytes(data[: len(data) if dice.random() < 0.8 else dice.integers(len(data))])
        try:
            with warnings.catch_warnings():  # numpy warns of headers; that is no answer
                warnings.simplefilter("ignore")
                read_table(path)
        except Refused as error:
            assert error.code.startswith("table.")
            assert len(error.text) < 500
            refused += 1
    assert refused > 30


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (["1.234,5", "2,5"], "'1.234,5'"),
        (["1,234.5"], "'1,234.5'"),
        (["3.7", "3,8"], "'3.7' and '3,8'"),
        (["1.234", "12.345.678"], "'1.234', and no decimal comma"),
    ],
)
def test_dots_that_may_part_thousands_are_refused(tmp_path, cells, said):
    path = tmp_path / "t.csv"
    path.write_text("cell;x\n" + "".join(f"a;{one}\n" for one in cells))
    with pytest.raises(Refused, match="column 'x'") as refused:
        read_table(path, texts=["cell"])
    assert refused.value.code == "table.decimal"
    assert said in refused.value.text
    assert read_table(path, texts=["x"]).texts("x").cells() == cells


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        (["3.7", "3.812"], [3.7, 3.812]),
        (["0.838", ""], [0.838, np.nan]),
        (["3,7", "4"], [3.7, 4.0]),
    ],
)
def test_dots_that_part_no_thousands_are_decimal_points(tmp_path, cells, numbers):
    path = tmp_path / "t.csv"
    path.write_text("cell;x\n" + "".join(f"a;{one}\n" for one in cells))
    assert np.array_equal(read_table(path).numbers("x"), numbers, equal_nan=True)


def test_text_with_dots_and_commas_is_text(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("who;day\nMüller, A. B.;01.02.2024\n")
    assert read_table(path).texts("day").cells() == ["01.02.2024"]


def test_a_name_of_any_length_is_cut_in_errors(tmp_path):
    long = "x" * 3_000_000
    files = {"a.csv": f"{long},b\nq,1\n", "b.csv": f"{long},{long}\n1,2\n", "c.csv": f"a\n{long}\n"}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    asked = [
        lambda: read_table(tmp_path / "a.csv").column("y"),
        lambda: read_table(tmp_path / "a.csv").numbers(long),
        lambda: read_table(tmp_path / "b.csv"),
        lambda: read_table(tmp_path / "c.csv").numbers("a"),
        lambda: Table({long: np.zeros(1), "b": np.zeros(2)}),
    ]
    for ask in asked:
        with pytest.raises(Refused) as refused:
            ask()
        assert len(refused.value.text) < 300
