"""Questions about readings, answered by DuckDB over the Parquet files that count."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from cellchain.adapters.telemetry.engine import engine, reading_files
from cellchain.core.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import duckdb
    import pyarrow as pa

    from cellchain.adapters.telemetry.store import TelemetryStore

_KEYS = ("device", "boot", "sequence", "time_ms")


def readings(
    store: TelemetryStore,
    battery: str,
    *,
    from_ms: int,
    until_ms: int,
    channels: Sequence[str] = (),
) -> pa.Table:
    """Return the readings of ``battery`` from ``from_ms`` to before ``until_ms``, by time.

    Args:
        store: Where they are kept.
        battery: Whose readings.
        from_ms: First millisecond.
        until_ms: First millisecond that is no longer wanted.
        channels: Which channels; none: all there are.

    Raises:
        Refused: ``telemetry.no_readings``; ``telemetry.unknown_channel``.
        Unavailable: ``telemetry.query``: a file was replaced meanwhile, or cannot be read.
    """
    windows = store.kept_between(battery, from_ms, until_ms)
    files = sorted({str(store.folder / w.file) for w in windows if w.file})
    if not files:
        raise Refused("telemetry.no_readings", f"no readings of {battery} are kept for that time")
    with opened(files) as (db, known):
        wanted = list(channels) or known
        check_known(wanted, known)
        columns = ", ".join(f'"{name}"' for name in (*_KEYS, *wanted))
        return db.sql(
            f"SELECT {columns} FROM kept WHERE time_ms >= ? AND time_ms < ?"  # noqa: S608
            " ORDER BY time_ms, device, boot, sequence",
            params=[from_ms, until_ms],
        ).to_arrow_table()


@contextmanager
def opened(files: Sequence[str]) -> Iterator[tuple[duckdb.DuckDBPyConnection, list[str]]]:
    """A data base with the view ``kept`` over ``files``, and the channels in it.

    The names of channels come from layouts, whose alphabet leaves no room for quotes.

    Raises:
        Unavailable: ``telemetry.query``: a file was replaced meanwhile, or cannot be read.
    """
    with engine().cursor() as db, reading_files():
        db.execute(_VIEW.format(", ".join(_quoted(name) for name in files)))
        found = db.execute("DESCRIBE kept").fetchall()
        yield db, [name for name, *_ in found if name not in _KEYS]


_VIEW = (
    "CREATE TEMP VIEW kept AS"
    " SELECT * FROM read_parquet([{}], union_by_name=true, hive_partitioning=false)"
)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def check_known(wanted: Sequence[str], known: Sequence[str]) -> None:
    """Refuse a channel that there is not.

    Raises:
        Refused: ``telemetry.unknown_channel``.
    """
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise Refused(
            "telemetry.unknown_channel",
            f"there is no channel {unknown[0][:64]!a}",
            remedy=f"for example {', '.join(known[:5])}",
        )
