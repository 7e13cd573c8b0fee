"""Series for charts: readings thinned out by DuckDB, each bin with its mean, least and greatest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.adapters.telemetry.query import check_known, opened
from cellchain.core.errors import Refused
from cellchain.core.quantities import UNITS
from cellchain.services.gateway.series import Series

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from cellchain.adapters.telemetry.store import TelemetryStore

CHANNELS_SHOWN = 4
"""Channels that are shown where none is named."""
_UNITS = {unit.lower(): unit for unit in UNITS}
GAP_FACTOR = 10
"""A distance of so many usual ones is a gap."""


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
    with opened(files) as (db, known):
        wanted = list(channels) or known[:CHANNELS_SHOWN]
        check_known(wanted, known)
        span = (from_ms, until_ms)
        row = db.execute(
            "SELECT min(time_ms), max(time_ms), count(*) FROM kept"
            " WHERE time_ms >= ? AND time_ms < ?",
            span,
        ).fetchone()
        assert row is not None
        first, last, count = row
        if not count:
            raise _none(battery)
        bins = _bins(db, wanted, span, first, max(1, -(-(last - first + 1) // points)))
        gaps = _gaps(db, span)
    columns = list(zip(*bins, strict=True))
    width = len(wanted)
    return Series(
        channels=tuple(wanted),
        units=tuple(unit_of(name) for name in wanted),
        times_ms=tuple(int(time_ms) for time_ms in columns[0]),
        values=tuple(columns[1 : 1 + width]),
        low=tuple(columns[1 + width : 1 + 2 * width]),
        high=tuple(columns[1 + 2 * width :]),
        gaps_ms=gaps,
        readings=int(count),
    )


def unit_of(channel: str) -> str:
    """Return the unit that a channel's name ends in; empty where it ends in none."""
    return _UNITS.get(channel.rpartition("_")[2], "")


def _bins(
    db: duckdb.DuckDBPyConnection,
    channels: Sequence[str],
    span: tuple[int, int],
    first: int,
    width_ms: int,
) -> list[tuple[float | None, ...]]:
    """The names of channels come from layouts, whose alphabet leaves no room for quotes."""
    folds = ", ".join(f'{fold}("{name}")' for fold in ("avg", "min", "max") for name in channels)
    return db.execute(
        f"SELECT min(time_ms), {folds} FROM kept WHERE time_ms >= ? AND time_ms < ?"  # noqa: S608
        " GROUP BY (time_ms - ?) // ? ORDER BY 1",
        (*span, first, width_ms),
    ).fetchall()


def _gaps(db: duckdb.DuckDBPyConnection, span: tuple[int, int]) -> tuple[tuple[int, int], ...]:
    """Spans between neighbours that are much longer than usual: at least `GAP_FACTOR` medians."""
    rows = db.execute(
        "WITH step AS (SELECT time_ms AS upto, lag(time_ms) OVER (ORDER BY time_ms) AS since"
        " FROM kept WHERE time_ms >= ? AND time_ms < ?),"
        " usual AS (SELECT greatest(median(upto - since), 1) AS ms FROM step WHERE upto > since)"
        " SELECT since, upto FROM step, usual WHERE upto - since > ? * usual.ms"
        " ORDER BY upto - since DESC LIMIT 200",
        (*span, GAP_FACTOR),
    ).fetchall()
    return tuple(sorted((int(since), int(upto)) for since, upto in rows))


def _none(battery: str) -> Refused:
    return Refused("telemetry.no_readings", f"no readings of {battery} are kept for that time")
