"""A real car's table to windows and Parquet, beside DuckDB reading it and writing Parquet."""

from __future__ import annotations

import os
import shutil
import time
import zipfile
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import duckdb

from benchmarks.figure import Figure, interleaved, median_ratio, work_folder
from cellchain.adapters.telemetry.csv_source import CsvSource, boot_of
from cellchain.adapters.telemetry.rejects import RejectsFile
from cellchain.adapters.telemetry.store import TelemetryStore
from cellchain.core.names import BatteryId, DeviceId
from cellchain.services.gateway.format import shipped_format
from cellchain.services.gateway.importing import Importer
from cellchain.services.gateway.window import StreamName

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from cellchain.services.gateway.ports import Ledger

    OpenLedger = Callable[[Path], AbstractContextManager[Ledger]]

CAR = "ev_field_car1"
ROWS = 66_666
DEVICE = DeviceId("gateway")
BATTERY = BatteryId("01/09506000134352/21/CAR1")


def telemetry_import(open_ledger: OpenLedger) -> Figure:
    """Import the car into a fresh home each round.

    Args:
        open_ledger: Opens the ledger of a fresh home in a folder; `DEVICE` is registered in it.
            Opening it is not part of the time.
    """
    table = _table()

    def imported(number: int) -> float:
        folder = work_folder() / f"import-{number}"
        shutil.rmtree(folder, ignore_errors=True)
        with open_ledger(folder) as ledger:
            started = time.perf_counter()
            _import(table, folder, ledger)
            seconds = time.perf_counter() - started
        shutil.rmtree(folder)
        return ROWS / seconds

    def duckdb_alone(_: int) -> float:
        out = work_folder() / "duckdb.parquet"
        started = time.perf_counter()
        with duckdb.connect() as db:
            db.execute(
                f"COPY (SELECT * FROM read_csv('{table}')) TO '{out}'"  # noqa: S608
                " (FORMAT parquet, COMPRESSION zstd)"
            )
        return ROWS / (time.perf_counter() - started)

    rates, ceilings = interleaved(imported, duckdb_alone)
    return Figure(
        name="telemetry.import",
        value=median(rates),
        ceiling=median(ceilings),
        ratio=median_ratio(rates, ceilings),
        unit="rows/s",
        goal=">= 0.25",
        note=f"{ROWS} rows of 129 channels",
    )


def _import(table: Path, folder: Path, ledger: Ledger) -> None:
    store = TelemetryStore(folder / "telemetry", bytes(32))
    importer = Importer(
        stream=StreamName(device=DEVICE, battery=BATTERY, boot=boot_of(table)),
        store=store,
        ledger=ledger,
        rejects=RejectsFile(folder / "rejects.csv"),
        draw_secret=lambda _: os.urandom(32),
    )
    source = CsvSource(table, shipped_format("ev-field"), now_ms=time.time_ns() // 1_000_000)
    summary = importer.run(source, lambda _done, _total: None)
    store.close()
    if (summary.rows, summary.rejected) != (ROWS, 0):
        raise SystemExit(
            f"the import took {summary.rows} rows over and rejected {summary.rejected}"
        )


def _table() -> Path:
    """Return the car's table, unpacked once: both sides read the same plain file."""
    for folder in Path(__file__).resolve().parents:
        archive = folder / "shared" / "data" / "health" / f"{CAR}.csv.zip"
        if archive.exists():
            break
    else:
        raise SystemExit("the real car's table is not on this machine")
    table = work_folder() / f"{CAR}.csv"
    with zipfile.ZipFile(archive) as opened:
        (member,) = opened.namelist()
        table.write_bytes(opened.read(member))
    return table
