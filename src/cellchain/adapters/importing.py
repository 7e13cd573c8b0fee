"""An import put together: the file, the store of the home, the ledger, the file of rejects."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from cellchain.adapters.telemetry.csv_source import CsvSource, boot_of
from cellchain.adapters.telemetry.rejects import RejectsFile
from cellchain.adapters.telemetry.store import TelemetryStore
from cellchain.services.gateway.format import parse_format, shipped_format
from cellchain.services.gateway.importing import Importer, count_rows
from cellchain.services.gateway.registering import (
    GATEWAY_KEY,
    GatewayLedger,
    default_device,
    register_missing,
)
from cellchain.services.gateway.request import TelemetryImport, TelemetryImported
from cellchain.services.gateway.window import StreamName

if TYPE_CHECKING:
    from collections.abc import Callable

    from cellchain.adapters.home import Home
    from cellchain.ledger.port import Ledger
    from cellchain.services.gateway.importing import Summary

    Progress = Callable[[int, int], None]

SECRET_BYTES = 32


def open_source(asked: TelemetryImport, *, now_ms: int) -> CsvSource:
    """Return the table that is to be imported, read as its mapping says."""
    if asked.mapping.endswith(".toml"):
        mapping = parse_format(Path(asked.mapping).read_text("utf-8"))
    else:
        mapping = shipped_format(asked.mapping)
    return CsvSource(asked.file, mapping, now_ms=now_ms, zone=asked.zone)


def count_file(source: CsvSource, progress: Progress) -> TelemetryImported:
    """Return what an import would do, as far as the file alone tells."""
    return _told(count_rows(source, progress), [], Path())


def import_file(
    home: Home, ledger: Ledger, asked: TelemetryImport, source: CsvSource, progress: Progress
) -> TelemetryImported:
    """Anchor the new rows of ``source`` in ``home``."""
    device = asked.device or default_device(asked.battery)
    registered = register_missing(
        ledger,
        home.keys,
        sender=home.keys.load(asked.sender),
        battery=asked.battery,
        device=device,
    )
    stream = StreamName(device=device, battery=asked.battery, boot=boot_of(asked.file))
    rejects = home.telemetry_folder / "rejects" / f"{stream.device}.{stream.boot}.csv"
    rejects.parent.mkdir(parents=True, exist_ok=True)
    store = TelemetryStore(home.telemetry_folder, home.keys.derived_secret("telemetry"))
    try:
        importer = Importer(
            stream=stream,
            store=store,
            ledger=GatewayLedger(ledger, home.keys.load(GATEWAY_KEY)),
            rejects=RejectsFile(rejects, kept_rows=store.next_sequence(stream) - 1),
            draw_secret=lambda _: secrets.token_bytes(SECRET_BYTES),
        )
        return _told(importer.run(source, progress), registered, rejects)
    finally:
        store.close()


def _told(summary: Summary, registered: list[str], rejects: Path) -> TelemetryImported:
    return TelemetryImported(
        registered=registered,
        rows=summary.rows,
        already=summary.already,
        rejected=summary.rejected,
        windows=summary.windows,
        resumed=summary.resumed,
        rejects_file=rejects,
    )
