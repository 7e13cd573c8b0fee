"""Which reading is meant, where several share a second; and whether all of them still hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.core.errors import Corrupt, Refused
from cellchain.core.time import SECOND_MS, format_time, parse_time
from cellchain.services.gateway.evidence import audit, find_readings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cellchain.contracts.telemetry import Window
    from cellchain.core.names import BatteryId
    from cellchain.services.gateway.evidence import FoundReading, KeptWindows

SHOWN_MAX = 10


def choose_reading(
    store: KeptWindows, battery: BatteryId, time: str, row: int | None
) -> FoundReading:
    """Return the reading of ``battery`` at ``time``.

    Args:
        store: The windows that are kept.
        battery: Whose reading.
        time: RFC 3339; without decimals the whole second is meant.
        row: Sequence of the row, where several share the time.

    Raises:
        Refused: ``time.malformed``; ``reading.none``; ``reading.several``: which, by their rows.
    """
    first = parse_time(time)
    until = first + (1 if "." in time else SECOND_MS)
    found = find_readings(store, battery, from_ms=first, until_ms=until)
    chosen = [reading for reading in found if row is None or reading.sequence == row]
    if not chosen:
        raise no_reading(battery, first, row)
    if len(chosen) > 1:
        rows = ", ".join(f"{r.sequence} ({format_time(r.time_ms)})" for r in chosen[:SHOWN_MAX])
        raise Refused(
            "reading.several",
            f"{len(chosen)} readings share that time: rows {rows}",
            remedy="pick one with --row",
        )
    return chosen[0]


def audit_kept(store: KeptWindows, anchored: Mapping[str, Window]) -> int:
    """Compare the windows that are kept with those on the ledger; return how many are kept.

    Args:
        store: The windows that are kept.
        anchored: Every window on the ledger by its subject. Those of streams of which nothing is
            kept here are somebody else's to keep.

    Raises:
        Corrupt: ``audit.telemetry``: the first thing that is not as it was anchored.
    """
    for finding in audit(store, anchored.get):
        where = finding.window or "telemetry"
        raise Corrupt("audit.telemetry", f"{where}: {finding.reason}")
    kept = {window.subject for window in store.kept()}
    streams = {subject.rpartition("/")[0] for subject in kept}
    for subject in anchored:
        if subject not in kept and subject.rpartition("/")[0] in streams:
            raise Corrupt("audit.telemetry", f"{subject}: on the ledger and no longer kept here")
    return len(kept)


def no_reading(battery: BatteryId, time_ms: int, row: int | None) -> Refused:
    """Return the refusal of a reading that is not there, or not for who asks."""
    where = f" in row {row}" if row is not None else ""
    return Refused("reading.none", f"no reading of {battery} at {format_time(time_ms)}{where}")
