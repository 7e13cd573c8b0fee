"""Series for charts: readings read once and thinned out; of very many, folded by DuckDB."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cellchain.adapters.telemetry.engine import engine, reading_files
from cellchain.adapters.telemetry.query import check_known, opened
from cellchain.core.errors import Refused
from cellchain.core.quantities import UNITS
from cellchain.science.thinning import GAP_FACTOR, GAPS_MAX, Bins, binned, gaps_ms
from cellchain.services.gateway.series import Series

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from cellchain.adapters.telemetry.store import TelemetryStore

CHANNELS_SHOWN = 4
"""Channels that are shown where none is named."""
READ_MAX = 500_000
"""Readings that are read into memory, some 20 MB with four channels; more are folded by DuckDB."""
_UNITS = {unit.lower(): unit for unit in UNITS}


def thinned(
    store: TelemetryStore,
    battery: str,
    *,
    from_ms: int,
    until_ms: int,
    channels: Sequence[str],
    points: int,
) -> Series:
    """Return at most ``points`` bins of equal width that hold readings, and the gaps between them.

    Raises:
        Refused: ``telemetry.no_readings``, ``telemetry.unknown_channel``.
        Unavailable: ``telemetry.query``.
    """
    windows = store.kept_between(battery, from_ms, until_ms)
    files = sorted({str(store.folder / w.file) for w in windows if w.file})
    if not files:
        raise _none(battery)
    known = store.channels_of(windows)
    wanted = list(channels) or known[:CHANNELS_SHOWN]
    check_known(wanted, known)
    few = sum(window.count for window in windows) <= READ_MAX
    count, bins, gaps = (_read if few else _folded)(files, wanted, (from_ms, until_ms), points)
    if not count:
        raise _none(battery)
    return Series(
        channels=tuple(wanted),
        units=tuple(unit_of(name) for name in wanted),
        times_ms=tuple(bins.times_ms),
        values=tuple(tuple(row) for row in bins.means),
        low=tuple(tuple(row) for row in bins.lows),
        high=tuple(tuple(row) for row in bins.highs),
        gaps_ms=tuple(gaps),
        readings=count,
    )


def unit_of(channel: str) -> str:
    """Return the unit that a channel's name ends in; empty where it ends in none."""
    return _UNITS.get(channel.rpartition("_")[2], "")


_Thinned = tuple[int, Bins, list[tuple[int, int]]]
"""How many readings, their bins, their gaps."""
_EMPTY: _Thinned = (0, Bins([], [], [], []), [])


def _read(
    files: Sequence[str], channels: Sequence[str], span: tuple[int, int], points: int
) -> _Thinned:
    """Read the readings once, and thin them out here: a file is opened once, which costs most."""
    columns = ", ".join(f'"{name}"' for name in channels)
    with reading_files(), engine().cursor() as db:
        found = db.execute(
            f"SELECT time_ms, {columns} FROM read_parquet(?, union_by_name=true,"  # noqa: S608  # names of layouts
            " hive_partitioning=false) WHERE time_ms >= ? AND time_ms < ? ORDER BY time_ms",
            [list(files), *span],
        ).fetchnumpy()
    times_ms = np.asarray(found["time_ms"], dtype=np.int64)
    if not times_ms.size:
        return _EMPTY
    values = [np.ma.asarray(found[name]) for name in channels]
    return times_ms.size, binned(times_ms, values, points=points), gaps_ms(times_ms)


def _folded(
    files: Sequence[str], channels: Sequence[str], span: tuple[int, int], points: int
) -> _Thinned:
    """Let DuckDB fold more readings than should be in memory, in several passes."""
    with opened(files) as (db, _):
        row = db.execute(
            "SELECT min(time_ms), max(time_ms), count(*) FROM kept"
            " WHERE time_ms >= ? AND time_ms < ?",
            span,
        ).fetchone()
        assert row is not None
        first, last, count = row
        if not count:
            return _EMPTY
        bins = _folded_bins(db, channels, span, first, max(1, -(-(last - first + 1) // points)))
        return int(count), bins, _folded_gaps(db, span)


def _folded_bins(
    db: duckdb.DuckDBPyConnection,
    channels: Sequence[str],
    span: tuple[int, int],
    first: int,
    width_ms: int,
) -> Bins:
    """The names of channels come from layouts, whose alphabet leaves no room for quotes."""
    folds = ", ".join(f'{fold}("{name}")' for fold in ("avg", "min", "max") for name in channels)
    rows = db.execute(
        f"SELECT min(time_ms), {folds} FROM kept WHERE time_ms >= ? AND time_ms < ?"  # noqa: S608
        " GROUP BY (time_ms - ?) // ? ORDER BY 1",
        (*span, first, width_ms),
    ).fetchall()
    times_ms, *columns = (list(column) for column in zip(*rows, strict=True))
    width = len(channels)
    return Bins(times_ms, columns[:width], columns[width : 2 * width], columns[2 * width :])


def _folded_gaps(db: duckdb.DuckDBPyConnection, span: tuple[int, int]) -> list[tuple[int, int]]:
    """As `cellchain.science.thinning.gaps_ms`."""
    rows = db.execute(
        "WITH step AS (SELECT time_ms AS upto, lag(time_ms) OVER (ORDER BY time_ms) AS since"
        " FROM kept WHERE time_ms >= ? AND time_ms < ?),"
        " usual AS (SELECT greatest(median(upto - since), 1) AS ms FROM step WHERE upto > since)"
        " SELECT since, upto FROM step, usual WHERE upto - since > ? * usual.ms"
        " ORDER BY upto - since DESC, upto DESC LIMIT ?",
        (*span, GAP_FACTOR, GAPS_MAX),
    ).fetchall()
    return sorted((int(since), int(upto)) for since, upto in rows)


def _none(battery: str) -> Refused:
    return Refused("telemetry.no_readings", f"no readings of {battery} are kept for that time")
