"""The figures of telemetry, on the shipped home."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from benchmarks.telemetry_anchor import telemetry_anchor
from benchmarks.telemetry_import import BATTERY, DEVICE, telemetry_import
from cellchain.app import Cellchain
from cellchain.services.gateway.registering import GATEWAY_KEY, GatewayLedger, register_missing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from benchmarks.figure import Figure


@contextmanager
def open_home(folder: Path) -> Iterator[GatewayLedger]:
    """Make a home in ``folder`` and open it for its gateway."""
    shop = Cellchain()
    shop.create(folder, chain="bench", party="operator", passphrase_file=None)
    with shop.writing(folder) as (home, ledger):
        sender = home.keys.load("operator")
        register_missing(ledger, home.keys, sender=sender, battery=BATTERY, device=DEVICE)
        yield GatewayLedger(ledger, home.keys.load(GATEWAY_KEY))


FIGURES: dict[str, Callable[[], Figure]] = {
    "telemetry.anchor": telemetry_anchor,
    "telemetry.import": lambda: telemetry_import(open_home),
}
