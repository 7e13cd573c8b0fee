"""Telemetry on this machine: tables in, Parquet and window secrets kept, questions answered."""

from cellchain.adapters.telemetry.csv_source import CsvSource, boot_of
from cellchain.adapters.telemetry.query import last_values, readings
from cellchain.adapters.telemetry.rejects import RejectsFile
from cellchain.adapters.telemetry.store import TelemetryStore

__all__ = [
    "CsvSource",
    "RejectsFile",
    "TelemetryStore",
    "boot_of",
    "last_values",
    "readings",
]
