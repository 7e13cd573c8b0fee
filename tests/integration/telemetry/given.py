"""A gateway of a party, a ledger in memory, a store on the disk, tables of our own making."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cellchain.adapters.telemetry.csv_source import CsvSource
from cellchain.adapters.telemetry.rejects import RejectsFile
from cellchain.adapters.telemetry.store import TelemetryStore
from cellchain.contracts.custody import Register
from cellchain.contracts.membership import Device, RegisterDevice, RegisterParty
from cellchain.contracts.telemetry import Stream, Window
from cellchain.core.errors import Refused
from cellchain.core.time import DAY_MS
from cellchain.crypto.signatures import SigningKey
from cellchain.services.gateway.format import parse_format
from cellchain.services.gateway.importing import Importer
from cellchain.services.gateway.window import StreamName
from tests.given import Ledger

if TYPE_CHECKING:
    from pathlib import Path

BATTERY = "01/09506000134352/21/CAR1"
OTHER_BATTERY = "01/09506000134352/21/CAR2"
STREAM = StreamName(device="gw", battery=BATTERY, boot="table")
MIDNIGHT_MS = 1_620_000_000_000 // DAY_MS * DAY_MS
FORMAT = parse_format("""
description = "A small table"
[time]
column = "time"
format = "unix_ms"
[[channel]]
column = "V_{n}"
name = "cell_voltage_{n}_mv"
unit = "V"
smallest = "mV"
[[channel]]
column = "I"
name = "current_ma"
unit = "A"
smallest = "mA"
""")
DEVICE_KEY = SigningKey(b"d" * 32)


@dataclass
class LedgerInMemory:
    """The rules without blocks; a `cellchain.services.gateway.ports.Ledger`."""

    book: Ledger = field(default_factory=Ledger)

    def __post_init__(self):
        self.book.must(
            "contract:genesis",
            RegisterParty(party="maker", name="Maker", roles=("operator",), key="aa" * 32),
        )
        self.book.must("maker", Register(battery=BATTERY), Register(battery=OTHER_BATTERY))
        self.book.must("maker", RegisterDevice(device="gw", key=DEVICE_KEY.key_id))

    def send(self, messages):
        outcome = self.book.send("maker", *messages)
        if outcome.code:
            raise Refused(outcome.code, outcome.text)

    def window(self, subject):
        return self.book.get(Window, subject)

    def device(self, name):
        return self.book.get(Device, name)

    def stream(self, boot="table"):
        return self.book.get(Stream, f"gw/{boot}")

    def windows(self):
        return {s: r for (kind, s), r in self.book.records.items() if kind is Window}


def secret_of(subject):
    return hmac.digest(b"seed", subject.encode(), "sha256")


def line(row, *, start_ms=MIDNIGHT_MS, step_ms=1000, volt=None):
    volt = f"{3.5 + row % 700 / 1000:.3f}" if volt is None else volt
    return f"{start_ms + row * step_ms},{volt},{row % 9 - 4}.25,x\n"


def table(path, rows, *, change=None, **how):
    """Write a table of ``rows`` rows; ``change`` gives the text of some of them."""
    change = change or {}
    lines = [change.get(row, line(row, **how)) for row in range(1, rows + 1)]
    path.write_text("time,V_1,I,note\n" + "".join(lines))
    return path


def _ignore(done, total):
    """Nobody watches."""


@dataclass
class Home:
    """A folder with the telemetry of a home, beside its ledger."""

    folder: Path
    ledger: LedgerInMemory = field(default_factory=LedgerInMemory)

    def store(self, **how):
        return TelemetryStore(self.folder / "telemetry", b"k" * 32, **how)

    def source(self, path, mapping=FORMAT, **how):
        return CsvSource(path, mapping, now_ms=self.ledger.book.time_ms, **how)

    def rejects(self, kept_rows=0):
        return RejectsFile(self.folder / "rejects.csv", kept_rows=kept_rows)

    def load(self, path, *, store=None, readings_max=100, ledger=None, stream=STREAM, **how):
        store = store or self.store()
        importer = Importer(
            stream=stream,
            store=store,
            ledger=ledger or self.ledger,
            rejects=self.rejects(store.next_sequence(stream) - 1),
            draw_secret=secret_of,
            readings_max=readings_max,
        )
        return importer.run(self.source(path, **how), _ignore)
