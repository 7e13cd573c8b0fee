"""Parquet files of readings: one folder per battery and UTC day, one row group per window.

    BATTERY/day=2021-05-05/DEVICE~BOOT~FIRST.parquet       integers, zstd, the layout's text inside

A file is written aside, synced and renamed; its SHA-256 is returned, so that a flipped byte
anywhere in it is found. A file is never changed, only replaced by another.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING
from urllib.parse import quote

import numpy as np

from cellchain.adapters.disk import disk_error, write_file
from cellchain.core.errors import Corrupt, Refused
from cellchain.core.readings import parse_layout
from cellchain.core.time import DAY_MS, format_time
from cellchain.services.gateway.rows import Rows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pyarrow as pa

    from cellchain.core.readings import Layout
    from cellchain.services.gateway.window import StreamName

LAYOUT_KEY = b"cellchain.layout"


def day_of(time_ms: int) -> str:
    """Return the UTC day of ``time_ms`` as ``YYYY-MM-DD``."""
    return format_time(time_ms // DAY_MS * DAY_MS)[:10]


def file_of(stream: StreamName, day: str, first: int) -> str:
    """Return where the window beginning with ``first`` is written, below the lake's folder."""
    battery = quote(stream.battery, safe="")
    return f"{battery}/day={day}/{stream.device}~{stream.boot}~{first:012d}.parquet"


def table_of(stream: StreamName, rows: Rows) -> pa.Table:
    """Return ``rows`` as they lie in a file."""
    import pyarrow as pa  # noqa: PLC0415  # 30 MB, and many a server only looks at charts

    names = pa.DictionaryArray.from_arrays
    zeros = pa.array(np.zeros(len(rows), dtype=np.int8))
    columns = [
        pa.array(column, mask=None if mask is None else ~mask)
        for column, mask in zip(rows.values, rows.present, strict=True)
    ]
    return pa.Table.from_arrays(
        [
            names(zeros, pa.array([stream.device])),
            names(zeros, pa.array([stream.boot])),
            pa.array(rows.sequence),
            pa.array(rows.time_ms),
            *columns,
        ],
        schema=_schema(rows.layout),
    )


def write_tables(folder: Path, name: str, tables: Sequence[pa.Table]) -> str:
    """Write ``tables``, all of one layout, as the row groups of a file; return its SHA-256.

    Raises:
        Unavailable: ``disk.…``.
    """
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    sink = pa.BufferOutputStream()
    with pq.ParquetWriter(
        sink, tables[0].schema, compression="zstd", compression_level=1, use_dictionary=True
    ) as writer:
        for table in tables:
            writer.write_table(table, row_group_size=max(1, len(table)))
    data = sink.getvalue().to_pybytes()
    path = folder / name
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise disk_error(error) from error
    write_file(path, data)
    return hashlib.sha256(data).hexdigest()


def read_table(folder: Path, name: str, row_group: int) -> pa.Table:
    """Return one row group.

    Raises:
        Corrupt: ``telemetry.file``: the file is not there, or cannot be read.
    """
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        # One read of the file as it is: a file that is replaced meanwhile stays readable.
        with pq.ParquetFile(folder / name) as file:
            return file.read_row_group(row_group)
    except (OSError, pa.ArrowException, IndexError) as error:
        raise Corrupt("telemetry.file", f"{name} cannot be read: {error}") from error


def rows_of(table: pa.Table, name: str) -> Rows:
    """Return the rows of a row group.

    Raises:
        Corrupt: ``telemetry.file``: it names no layout, or its columns are not those of it.
    """
    import pyarrow as pa  # noqa: PLC0415

    try:
        layout = parse_layout((table.schema.metadata or {}).get(LAYOUT_KEY, b""))
        if not table.schema.equals(_schema(layout)):
            raise Corrupt("telemetry.file", f"{name} has other columns than its layout")
        columns = [table[channel.name].combine_chunks() for channel in layout.channels]
        return Rows(
            layout=layout,
            sequence=table["sequence"].to_numpy(),
            time_ms=table["time_ms"].to_numpy(),
            values=tuple(column.fill_null(0).to_numpy() for column in columns),
            present=tuple(_present(column) for column in columns),
        )
    except (Refused, pa.ArrowException) as error:
        raise Corrupt("telemetry.file", f"{name}: {error}") from error


def file_digest(folder: Path, name: str) -> str:
    """Return the SHA-256 of a file, empty where it is not there."""
    try:
        with (folder / name).open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise disk_error(error) from error


def _schema(layout: Layout) -> pa.Schema:
    import pyarrow as pa  # noqa: PLC0415

    types = {4: pa.int32(), 8: pa.int64()}
    text = pa.dictionary(pa.int8(), pa.string())
    channels = [pa.field(c.name, types[c.width_bytes]) for c in layout.channels]
    return pa.schema(
        [
            pa.field("device", text),
            pa.field("boot", text),
            pa.field("sequence", pa.int64(), nullable=False),
            pa.field("time_ms", pa.int64(), nullable=False),
            *channels,
        ],
        metadata={LAYOUT_KEY: layout.text},
    )


def _present(column: pa.Array) -> np.ndarray[tuple[int], np.dtype[np.bool_]] | None:
    if column.null_count == 0:
        return None
    mask: np.ndarray[tuple[int], np.dtype[np.bool_]]
    mask = column.is_valid().to_numpy(zero_copy_only=False)
    return mask
