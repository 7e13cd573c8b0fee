"""The folder of a device: what it is, its key, its outbox.

device.json   its name, its battery, the gateway whose receipts count
device.key    its private key, readable by its user alone: it must sign without being asked
outbox.db     bundles until they are acknowledged, receipts after that
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from cellchain.adapters.disk import PRIVATE, disk_error, write_file
from cellchain.adapters.outbox import SqliteOutbox
from cellchain.core.errors import Corrupt, Refused
from cellchain.core.names import BatteryId, DeviceId, KeyId
from cellchain.crypto.signatures import SEED_BYTES, SigningKey
from cellchain.services.edge import EdgeDevice

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cellchain.core.readings import Layout

IDENTITY, KEY, OUTBOX = "device.json", "device.key", "outbox.db"


class Identity(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a device knows of itself."""

    device: DeviceId
    battery: BatteryId
    gateway: KeyId | None = None
    """The key whose receipts count; that of the first gateway it met."""


def make_device(
    folder: Path, device: DeviceId, battery: BatteryId, draw: Callable[[int], bytes]
) -> DeviceFolder:
    """Return the device in ``folder``, made now where there is none.

    Raises:
        Refused: ``edge.other_device``: another one lives there.
    """
    if not (folder / IDENTITY).exists():
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise disk_error(error) from error
        write_file(folder / KEY, draw(SEED_BYTES), mode=PRIVATE)
        _write(folder, Identity(device=device, battery=battery))
    made = DeviceFolder(folder)
    if (made.identity.device, made.identity.battery) != (device, battery):
        made.close()
        raise Refused(
            "edge.other_device",
            f"{folder} is {made.identity.device} at {made.identity.battery}",
            remedy="name another folder",
        )
    return made


class DeviceFolder:
    """An open device.

    Args:
        folder: Where it lives.

    Raises:
        Refused: ``edge.no_device``; Corrupt: ``edge.device``; Unavailable: ``edge.outbox``.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            self.identity = msgspec.json.decode((folder / IDENTITY).read_bytes(), type=Identity)
            self.key = SigningKey((folder / KEY).read_bytes())
        except FileNotFoundError as error:
            raise Refused(
                "edge.no_device",
                f"there is no device in {folder}",
                remedy="cellchain edge register",
            ) from error
        except (msgspec.MsgspecError, Refused) as error:
            raise Corrupt("edge.device", f"{folder}: {error}") from error
        self.outbox = SqliteOutbox(folder / OUTBOX)

    def boot(self, boot: str, layout: Layout | None = None) -> EdgeDevice:
        """Return a boot of the device; only with a layout can it record."""
        return EdgeDevice(
            device=self.identity.device,
            battery=self.identity.battery,
            boot=boot,
            layout=layout,
            key=self.key,
            outbox=self.outbox,
        )

    def boots(self) -> list[str]:
        """Return every boot that recorded something, the oldest first."""
        return self.outbox.boots(self.identity.device)

    def pin(self, gateway: KeyId) -> KeyId:
        """Remember the gateway's key at the first meeting; from then on no other one counts.

        Raises:
            Refused: ``edge.other_gateway``.
        """
        if self.identity.gateway is None:
            self.identity = msgspec.structs.replace(self.identity, gateway=gateway)
            _write(self._folder, self.identity)
        elif self.identity.gateway != gateway:
            raise Refused(
                "edge.other_gateway",
                f"the gateway signs with {gateway}, not with {self.identity.gateway}",
                remedy="if its party rotated its key, name the new one with --gateway",
            )
        return gateway

    def trust(self, gateway: KeyId) -> None:
        """Let the receipts of another key count from now on."""
        self.identity = msgspec.structs.replace(self.identity, gateway=gateway)
        _write(self._folder, self.identity)

    def close(self) -> None:
        """Close the outbox."""
        self.outbox.close()


def _write(folder: Path, identity: Identity) -> None:
    write_file(folder / IDENTITY, msgspec.json.encode(identity, order="sorted"), mode=PRIVATE)
