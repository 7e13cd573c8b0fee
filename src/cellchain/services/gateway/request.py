"""What is asked of the gateway, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from cellchain.core.names import BatteryId, DeviceId


@dataclass(frozen=True, slots=True, kw_only=True)
class TelemetryImport:
    """What is asked of an import."""

    file: Path
    battery: BatteryId
    mapping: str
    device: DeviceId | None
    zone: str
    dry_run: bool
    sender: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TelemetryImported:
    """What an import did."""

    registered: list[str]
    rows: int
    already: int
    rejected: int
    windows: int
    resumed: int
    rejects_file: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingWanted:
    """Which reading is to be proved."""

    battery: BatteryId
    time: str
    row: int | None
    """Sequence of the row, where several share the time."""
