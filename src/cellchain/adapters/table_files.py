"""Tables in files: CSV, CSV in a zip archive, Parquet, and arrays of NumPy, by suffix.

A CSV file has a header, in UTF-8, with commas, or with semicolons and then decimal commas. A column
whose cells are numbers or empty is one of numbers, unless it is said to be text: a serial number
keeps its zeros.
"""

from __future__ import annotations

import errno
import io
import os
import zipfile
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from cellchain.adapters.arrow_memory import arrow_memory
from cellchain.adapters.disk import disk_error, write_file
from cellchain.core.errors import Refused
from cellchain.services.analysis.broken_files import BROKEN
from cellchain.services.analysis.table import Table, Texts, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from cellchain.services.analysis.table import Column

BYTES_MAX = 2 << 30
"""Of a file, unpacked."""
CELLS_MAX = 1 << 28
"""Of a table: as many numbers take 2 GB; packed they may take next to nothing."""
COLUMNS_MAX = 10_000
WHY_MAX = 300
"""Characters of what a reader says of a broken file: it may quote all of it."""
_NUMBER = r"(?i)^[+-]?([\d.,]+(e[+-]?\d+)?|nan|inf|infinity)$"
_THOUSANDS = r"^[+-]?[1-9]\d{0,2}(\.\d{3})+$"
_NO_FILE = (errno.ENOENT, errno.EISDIR, errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP)
_BOM = b"\xef\xbb\xbf"
_SUFFIXES = ".csv, .csv.zip, .parquet or .npz"


def read_table(path: Path, *, texts: Collection[str] = ()) -> Table:
    """Return the table in a file.

    Args:
        path: Its suffix says what it is.
        texts: Columns that are text whatever they hold.

    Raises:
        Refused: ``table.suffix``, ``table.no_file``, ``table.unreadable``, ``table.too_large``,
            ``table.twice``, ``table.decimal``.
        Unavailable: ``disk.…``.
    """
    read: dict[str, Callable[[Path, Collection[str]], Table]]
    read = {".csv": _read_csv, ".zip": _read_zip, ".parquet": _read_parquet, ".npz": _read_arrays}
    if path.suffix not in read:
        raise _suffix(path)
    with _readable(path.name):
        _check_bytes(path, path.stat().st_size)
        if path.is_dir():  # of which readers say this and that
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        return read[path.suffix](path, texts)


@contextmanager
def _readable(name: str) -> Iterator[None]:
    """Turn whatever broken bytes make a reader raise into one refusal that names the file."""
    try:
        yield
    except (*BROKEN, _arrow_exception()) as error:
        raise _unreadable(name, str(error) or type(error).__name__) from error
    except PermissionError as error:
        raise Refused(
            "table.unreadable", f"{name} may not be read", remedy="let whoever asks read it"
        ) from error
    except OSError as error:
        if error.errno in _NO_FILE:
            raise Refused(
                "table.no_file", f"{name}: {error.strerror}", remedy="name a file that is there"
            ) from error
        if error.errno in (None, errno.EINVAL):  # of no disk: of the bytes, or a place before them
            raise _unreadable(name, str(error)) from error
        raise disk_error(error) from error


def _arrow_exception() -> type[Exception]:
    import pyarrow as pa  # noqa: PLC0415  # asked for where something was raised, and not before

    found: type[Exception] = pa.ArrowException
    return found


def check_writable(path: Path) -> None:
    """Refuse, before long work, a file that no table could be written to.

    Raises:
        Refused: ``table.suffix``; ``table.no_folder``.
    """
    if path.suffix not in _written():
        raise _suffix(path)
    if not path.parent.is_dir():
        raise Refused("table.no_folder", f"there is no folder {path.parent}", remedy="make it")


def write_table(path: Path, table: Table) -> None:
    """Write ``table`` to a file; it is whole or not there.

    Raises:
        Refused: ``table.suffix``. Unavailable: ``disk.…``.
    """
    write = _written()
    if path.suffix not in write:
        raise _suffix(path)
    write_file(path, write[path.suffix](table, path.stem))


def _written() -> dict[str, Callable[[Table, str], bytes]]:
    return {".csv": _csv_of, ".zip": _zip_of, ".parquet": _parquet_of, ".npz": _arrays_of}


def _read_csv(path: Path, texts: Collection[str]) -> Table:
    return _parsed_csv(path.read_bytes(), path.name, texts)


def _read_zip(path: Path, texts: Collection[str]) -> Table:
    with zipfile.ZipFile(path) as archive:
        members = [one for one in archive.infolist() if _is_table(one.filename)]
        if len(members) != 1:
            raise _unreadable(path.name, f"{len(members)} CSV files in the archive, not one")
        _check_bytes(path, members[0].file_size)
        with archive.open(members[0]) as stream:
            data = stream.read(members[0].file_size)  # no more, whatever comes
    return _parsed_csv(data, members[0].filename, texts)


def _is_table(name: str) -> bool:
    return name.endswith(".csv") and not name.startswith("__MACOSX/")


def _parsed_csv(data: bytes, name: str, texts: Collection[str]) -> Table:
    import pyarrow as pa  # noqa: PLC0415  # 30 MB, wanted by few
    from pyarrow import csv  # noqa: PLC0415

    head = data[:65_536].removeprefix(_BOM).partition(b"\n")[0]
    semicolons = b";" in head and b"," not in head
    delimiter = ";" if semicolons else ","
    _check_cells(name, data.count(delimiter.encode()) + data.count(b"\n"))
    parsing = csv.ParseOptions(delimiter=delimiter, newlines_in_values=True)
    memory = arrow_memory(data)
    names = csv.open_csv(pa.BufferReader(memory), parse_options=parsing).schema.names
    _check_names(names, name)
    table = csv.read_csv(
        pa.BufferReader(memory),
        parse_options=parsing,
        convert_options=csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            null_values=[""],
            strings_can_be_null=True,
        ),
    )
    if semicolons:
        for one in names:
            if one not in texts:
                _check_decimals(table[one], one)
    columns = {one: _column(table[one], one in texts, comma=semicolons) for one in names}
    return Table(columns)


def _check_decimals(found: Any, name: str) -> None:
    """Refuse a column of numbers whose dots may be decimal points or part thousands."""
    import pyarrow.compute as pc  # noqa: PLC0415

    cells = pc.utf8_trim_whitespace(found.drop_null())
    dotted = cells.filter(pc.match_substring(cells, "."))
    if not len(dotted) or not pc.all(pc.match_substring_regex(cells, _NUMBER)).as_py():
        return
    commas = cells.filter(pc.match_substring(cells, ","))
    if len(commas):
        clash = f"{shown(dotted[0].as_py())!r} and {shown(commas[0].as_py())!r}"
    elif pc.all(pc.match_substring_regex(dotted, _THOUSANDS)).as_py():
        clash = f"{shown(dotted[0].as_py())!r}, and no decimal comma"
    else:
        return
    raise Refused(
        "table.decimal",
        f"column {shown(name)!r} of a file with semicolons holds {clash}",
        remedy="write decimal commas, and nothing between thousands",
    )


def _column(found: Any, text: bool, *, comma: bool) -> Column:
    """Return a column of strings as numbers where all of it is that, else as text."""
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.compute as pc  # noqa: PLC0415

    if text:
        return _texts(found)
    stripped = pc.utf8_trim_whitespace(found)
    dotted = pc.replace_substring(stripped, ",", ".") if comma else stripped
    try:
        return _floats(pc.cast(dotted, pa.float64()))
    except pa.ArrowInvalid:
        return _texts(found)


def _floats(found: Any) -> Column:
    numbers: Column = found.to_numpy().astype(np.float64)
    return numbers


def _texts(found: Any) -> Column:
    encoded = found.combine_chunks().dictionary_encode()
    codes = encoded.indices.fill_null(-1).to_numpy().astype(np.int32)
    return Texts(codes, tuple(encoded.dictionary.to_pylist()))


def _read_parquet(path: Path, texts: Collection[str]) -> Table:
    import pyarrow.parquet as pq  # noqa: PLC0415

    with pq.ParquetFile(path) as file:
        found = file.metadata
        groups = map(found.row_group, range(file.num_row_groups))
        _check_bytes(path, sum(group.total_byte_size for group in groups))
        _check_cells(path.name, found.num_rows * found.num_columns)
        table = file.read()
    _check_names(table.column_names, path.name)
    return Table({one: _typed(table[one], one, path, texts) for one in table.column_names})


def _typed(found: Any, name: str, path: Path, texts: Collection[str]) -> Column:
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.compute as pc  # noqa: PLC0415
    from pyarrow import types  # noqa: PLC0415

    sort = found.type
    with _readable(f"{path.name}: column {shown(name)!r}"):
        if types.is_dictionary(sort):
            found, sort = pc.cast(found, sort.value_type), sort.value_type
        is_number = types.is_integer(sort) or types.is_floating(sort) or types.is_boolean(sort)
        if (is_number or types.is_decimal(sort)) and name not in texts:
            return _floats(pc.cast(found, pa.float64(), safe=False))
        return _texts(pc.cast(found, pa.string()))


def read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """Return the arrays in a file of NumPy, of any number of axes.

    Raises:
        Refused: ``table.no_file``, ``table.unreadable``, ``table.too_large``, ``table.twice``.
        Unavailable: ``disk.…``.
    """
    with _readable(path.name):
        with zipfile.ZipFile(path) as archive:
            _check_bytes(path, sum(one.file_size for one in archive.infolist()))
        with np.load(path, allow_pickle=False) as file:
            _check_names(file.files, path.name)
            arrays = {name: file[name] for name in file.files}
        _check_cells(path.name, sum(array.size for array in arrays.values()))
    return arrays


def _read_arrays(path: Path, texts: Collection[str]) -> Table:
    columns: dict[str, Column] = {}
    for name, array in read_arrays(path).items():
        if array.ndim != 1:
            raise _unreadable(path.name, f"{shown(name)!r} has {array.ndim} axes; a column has one")
        if array.dtype.kind not in "biufUS":
            raise _unreadable(path.name, f"{shown(name)!r} holds {array.dtype}, no numbers or text")
        if array.dtype.kind in "US" or name in texts:
            decoded = np.char.decode(array, "utf-8") if array.dtype.kind == "S" else array
            columns[name] = Texts.of(str(one) or None for one in decoded.tolist())
        else:
            columns[name] = array.astype(np.float64)
    return Table(columns)


def _arrow(table: Table) -> Any:
    import pyarrow as pa  # noqa: PLC0415

    columns = {
        name: pa.array(one.cells(), pa.string())
        if isinstance(one, Texts)
        else pa.array(one, pa.float64(), from_pandas=True)  # NaN becomes an empty cell
        for name, one in table.columns.items()
    }
    return pa.table(columns)


def _csv_of(table: Table, _: str = "") -> bytes:
    from pyarrow import csv  # noqa: PLC0415

    sink = io.BytesIO()
    csv.write_csv(_arrow(table), sink, csv.WriteOptions(quoting_style="needed"))
    return sink.getvalue()


def _zip_of(table: Table, stem: str) -> bytes:
    sink = io.BytesIO()
    inside = zipfile.ZipInfo(stem if stem.endswith(".csv") else f"{stem}.csv")
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(inside, _csv_of(table), zipfile.ZIP_DEFLATED)
    return sink.getvalue()


def _parquet_of(table: Table, _: str) -> bytes:
    import pyarrow.parquet as pq  # noqa: PLC0415

    sink = io.BytesIO()
    pq.write_table(_arrow(table), sink, compression="zstd")
    return sink.getvalue()


def _arrays_of(table: Table, _: str) -> bytes:
    sink = io.BytesIO()
    arrays: dict[str, Any] = {
        name: np.array([cell or "" for cell in one.cells()]) if isinstance(one, Texts) else one
        for name, one in table.columns.items()
    }
    np.savez(sink, **arrays)
    return sink.getvalue()


def _check_names(names: list[str], file: str) -> None:
    if len(names) > COLUMNS_MAX:
        raise _unreadable(file, f"{len(names)} columns; at most {COLUMNS_MAX}")
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    if twice:
        raise Refused(
            "table.twice",
            f"{file} has the column {shown(twice[0])!r} twice",
            remedy="drop one of them",
        )


def _check_bytes(path: Path, size: int) -> None:
    if size > BYTES_MAX:
        raise Refused(
            "table.too_large", f"{path.name} has more than {BYTES_MAX} bytes", remedy="cut it"
        )


def _check_cells(name: str, cells: int) -> None:
    if cells > CELLS_MAX:
        raise Refused("table.too_large", f"{name} has more than {CELLS_MAX} cells", remedy="cut it")


def _suffix(path: Path) -> Refused:
    return Refused(
        "table.suffix", f"{path.name}: no table is known by {path.suffix!r}",
        remedy=f"name it {_SUFFIXES}",
    )  # fmt: skip


def _unreadable(name: str, why: str) -> Refused:
    return Refused(
        "table.unreadable",
        f"{name}: {shown(why, WHY_MAX)}",
        remedy=f"give a whole file in {_SUFFIXES}, with text in UTF-8",
    )
