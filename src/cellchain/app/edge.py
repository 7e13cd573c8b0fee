"""A device on this machine, put together: its folder, what it records, whom it delivers to."""

from __future__ import annotations

import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING

from nacl.utils import random

from cellchain.adapters.clock import clock_ms
from cellchain.adapters.device_folder import DeviceFolder, make_device
from cellchain.adapters.gateway_client import GatewayClient
from cellchain.adapters.importing import open_source
from cellchain.adapters.telemetry.csv_source import boot_of
from cellchain.adapters.telemetry.table_parts import table_parts
from cellchain.contracts.custody import Custody, Register
from cellchain.contracts.membership import Device, RegisterDevice
from cellchain.core.errors import Corrupt, Refused
from cellchain.services.desk import Desk
from cellchain.services.edge.replaying import RETRY_S, Deliverer, replay
from cellchain.services.edge.request import Boot, DeviceMade, Recorded, boot_status
from cellchain.services.gateway.request import TelemetryImport

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cellchain.core.names import BatteryId, DeviceId, KeyId
    from cellchain.crypto.signatures import SigningKey
    from cellchain.ledger.contract import Message
    from cellchain.ledger.port import Ledger
    from cellchain.services.edge import EdgeDevice
    from cellchain.services.gateway.rows import Rows


def made(folder: Path, device: DeviceId, battery: BatteryId) -> DeviceMade:
    """Return the device in ``folder``, made now where there is none."""
    with closing(make_device(folder, device, battery, random)) as found:
        return DeviceMade(device=device, battery=battery, key=found.key.key_id)


def register(ledger: Ledger, sender: SigningKey, device: DeviceMade) -> tuple[str, ...]:
    """Register a device, and its battery where it is missing; return what was registered.

    Raises:
        Refused: ``edge.other_key``: another machine is that device; or what a rule says.
    """
    messages: list[Message] = []
    told = []
    if ledger.find(Custody, device.battery) is None:
        messages.append(Register(battery=device.battery))
        told.append(f"battery {device.battery}")
    found = ledger.find(Device, device.device)
    if found is None:
        messages.append(
            RegisterDevice(device=device.device, key=device.key, battery=device.battery)
        )
        told.append(f"device {device.device}")
    elif found.key != device.key:
        raise Refused(
            "edge.other_key",
            f"{device.device} has key {found.key}, not {device.key}",
            remedy="name another device",
        )
    if messages:
        Desk(ledger, sender).send(*messages)
    return tuple(told)


class EdgeWork:
    """What a device does on this machine.

    Args:
        folder: Where it lives.
        url: The gateway it delivers to; empty: nobody.
        gateway: The key whose receipts count from now on; ``None``: as before.
    """

    def __init__(self, folder: Path, url: str = "", gateway: KeyId | None = None) -> None:
        self._folder = DeviceFolder(folder)
        self._client = GatewayClient(url) if url else None
        self._delivered = self._rejected = self._readings = 0
        if gateway is not None:
            self._folder.trust(gateway)
        self._deliverer = self._deliverer_to(self._client) if self._client else None

    def close(self) -> None:
        """Close outbox and connections."""
        self._folder.close()
        if self._client is not None:
            self._client.close()

    def record(
        self, file: Path | None, *, mapping: str, zone: str, boot: str, pace: float, rows_max: int
    ) -> None:
        """Record a table, from where an earlier recording of it ended, delivering meanwhile.

        Args:
            file: A CSV file, or a zip archive with one; ``None``: standard input.
            mapping: A shipped format, or a TOML file.
            zone: Time zone, in place of the mapping's.
            boot: Name of the boot; empty: that of the file, or the moment.
            pace: How many times faster than measured; 0: without any pause.
            rows_max: Rows of a bundle.

        Raises:
            Refused: ``format.…``, ``import.…``, ``telemetry.boot``, ``edge.…``.
        """
        boot = boot or (boot_of(file) if file else f"since-{clock_ms()}")
        known = self._folder.outbox.next_sequence(self._folder.identity.device, boot) - 1
        files = [file] if file else table_parts(sys.stdin.buffer, rows_max)
        replay(
            (rows for part in files for rows in self._rows(part, mapping, zone)),
            lambda layout: self._folder.boot(boot, layout),
            rows_max=rows_max,
            pace=pace,
            known=known if file else 0,
            pause=time.sleep,
            recorded=self._recorded,
        )

    def deliver(self, *, wait_s: float = 0) -> None:
        """Deliver every boot that waits; keep trying for ``wait_s`` while nobody answers.

        Raises:
            Refused: ``edge.…``: the gateway will never have a bundle.
        """
        deliverer = self._deliverer
        if deliverer is None:
            return
        ends_s = time.monotonic() + wait_s
        while True:
            for boot in self._folder.boots():
                if self._waiting(boot):
                    device = self._folder.boot(boot)
                    self._delivered += deliverer.deliver(device, at_once=True)
            if not any(map(self._waiting, self._folder.boots())) or time.monotonic() >= ends_s:
                return
            time.sleep(RETRY_S)

    def told(self) -> Recorded:
        """Return what was done since this was opened."""
        return Recorded(
            readings=self._readings,
            rejected=self._rejected,
            delivered=self._delivered,
            waiting=sum(map(self._waiting, self._folder.boots())),
            reason=self._deliverer.reason if self._deliverer else "",
        )

    def status(self) -> tuple[list[Boot], bool]:
        """Return where each boot stands, and whether it is proved that nothing was lost.

        Raises:
            Corrupt: ``edge.lost``: a reading is neither here nor answered for.
        """
        identity = self._folder.identity
        boots = self._folder.boots()
        told = [
            boot_status(boot, self._folder.outbox.entries(identity.device, boot)) for boot in boots
        ]
        if identity.gateway is None:
            if any(one.waiting < one.bundles for one in told):
                raise Corrupt("edge.lost", "there are receipts of a gateway that nobody knows")
            return told, False
        for boot in boots:
            self._folder.boot(boot).check_complete(identity.gateway)
        return told, True

    def _deliverer_to(self, client: GatewayClient) -> Deliverer:
        name = self._folder.identity.device
        return Deliverer(
            send=client.send,
            gateway=lambda: self._folder.pin(client.key_of(name)),
            now_s=time.monotonic,
        )

    def _rows(self, file: Path, mapping: str, zone: str) -> Iterator[Rows]:
        identity = self._folder.identity
        asked = TelemetryImport(
            file=file,
            battery=identity.battery,
            mapping=mapping,
            device=identity.device,
            zone=zone,
            dry_run=False,
            sender="",
        )
        for batch in open_source(asked, now_ms=clock_ms()).batches(None):
            self._rejected += len(batch.rejected)
            if len(batch.rows):
                yield batch.rows

    def _recorded(self, device: EdgeDevice, readings: int) -> None:
        self._readings += readings
        if self._deliverer is not None:
            self._delivered += self._deliverer.deliver(device)

    def _waiting(self, boot: str) -> int:
        return len(self._folder.outbox.waiting(self._folder.identity.device, boot))
