"""DuckDB, which reads the Parquet files of readings."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

import duckdb

from cellchain.adapters.telemetry.lake import LAYOUT_KEY
from cellchain.core.errors import Corrupt, Refused, Unavailable
from cellchain.core.readings import parse_layout

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@cache
def engine() -> duckdb.DuckDBPyConnection:
    """Return the one engine of the process: to start one takes longer than most questions.

    Whoever asks has a cursor, whose temporary view nobody else sees. Nothing of a file is kept:
    readings that were erased are gone at once.
    """
    return duckdb.connect(config={"enable_external_file_cache": "false", "memory_limit": "512MB"})


@contextmanager
def reading_files() -> Iterator[None]:
    """Say plainly that a file cannot be read.

    Raises:
        Unavailable: ``telemetry.query``: it was replaced meanwhile, or is damaged.
    """
    try:
        yield
    except duckdb.Error as error:
        raise Unavailable("telemetry.query", f"the readings cannot be read: {error}") from error


def channels_of(file: Path) -> tuple[str, ...]:
    """Return the channels of a file of readings.

    Raises:
        Corrupt: ``telemetry.file``.
    """
    try:
        with engine().cursor() as db:
            named = db.execute(
                "SELECT value FROM parquet_kv_metadata(?) WHERE key = ?", [str(file), LAYOUT_KEY]
            ).fetchone()
        layout = parse_layout(named[0] if named else b"")
    except (duckdb.Error, Refused) as error:
        raise Corrupt("telemetry.file", f"{file.name} cannot be read: {error}") from error
    return tuple(channel.name for channel in layout.channels)
