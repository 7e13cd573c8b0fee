"""What an import needs on the ledger first: the battery, the device, the gateway's own key.

The gateway speaks for its party with a key that is good for telemetry alone, so that the machine
that imports needs no other. What is missing is registered by the sender, where it may, and told.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING, Protocol

from cellchain.contracts.custody import Custody, Register
from cellchain.contracts.membership import AddKey, Device, Key, RegisterDevice
from cellchain.core.errors import Refused
from cellchain.core.names import DeviceId
from cellchain.crypto.signatures import new_signing_key
from cellchain.services.desk import Desk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cellchain.contracts.telemetry import Window
    from cellchain.core.names import BatteryId, KeyId
    from cellchain.crypto.signatures import SigningKey
    from cellchain.ledger.contract import Message
    from cellchain.ledger.port import Ledger

GATEWAY_KEY = "gateway"
"""Name in the key store of the key that signs windows."""
_PLAIN = re.compile(r"[A-Za-z0-9]+(?:[-._][A-Za-z0-9]+)*")
_SERIAL_MAX = 40


class Keys(Protocol):
    """The private keys of a home."""

    def add(self, name: str, key: SigningKey, *, party: str = "") -> object:
        """Keep ``key`` under ``name``."""
        ...

    def load(self, name: str) -> SigningKey:
        """Return the key kept under ``name``."""
        ...


class GatewayLedger:
    """Sends windows with the gateway's key; the ledger of an `Importer`."""

    def __init__(self, ledger: Ledger, key: SigningKey) -> None:
        self._ledger = ledger
        self._desk = Desk(ledger, key)

    def send(self, messages: Sequence[Message]) -> None:
        """Send ``messages`` as one transaction; return once its receipt is durable."""
        self._desk.send(*messages)

    def window(self, subject: str) -> Window | None:
        """Return the window that is anchored under ``subject``."""
        from cellchain.contracts.telemetry import Window  # noqa: PLC0415

        return self._ledger.find(Window, subject)


def default_device(battery: BatteryId) -> DeviceId:
    """Return the device that stands for files about ``battery``, unless another is named."""
    serial = battery.rpartition("/")[2]
    if len(serial) > _SERIAL_MAX or not _PLAIN.fullmatch(serial):
        serial = sha256(battery.encode()).hexdigest()[:16]
    return DeviceId(f"file-{serial}")


def register_missing(
    ledger: Ledger, keys: Keys, *, sender: SigningKey, battery: BatteryId, device: DeviceId
) -> list[str]:
    """Register what an import of ``device`` about ``battery`` lacks; return what was registered.

    Raises:
        Refused: The sender may not register it; ``import.device``: the device is another's or
            about another battery.
    """
    told: list[str] = []
    messages: list[Message] = []
    owner = _party_of(ledger, sender.key_id)
    if ledger.find(Custody, battery) is None:
        messages.append(Register(battery=battery))
        told.append(f"battery {battery}")
    found = ledger.find(Device, device)
    if found is None:
        key = _kept(keys, f"device-{sha256(device.encode()).hexdigest()[:12]}", owner)
        messages.append(RegisterDevice(device=device, key=key.key_id, battery=battery))
        told.append(f"device {device}")
    elif (found.party, found.battery) != (owner, battery):
        raise Refused(
            "import.device",
            f"{device} is {found.party}'s, about {found.battery}; not {owner}'s about {battery}",
            remedy="name another --device",
        )
    gateway = _kept(keys, GATEWAY_KEY, owner)
    if ledger.find(Key, gateway.key_id) is None:
        messages.append(AddKey(key=gateway.key_id, purposes=("telemetry",)))
        told.append(f"key of the gateway, {gateway.key_id}, for telemetry alone")
    if messages:
        Desk(ledger, sender).send(*messages)
    return told


def _party_of(ledger: Ledger, key: KeyId) -> str:
    found = ledger.find(Key, key)
    if found is None:
        raise Refused("membership.unknown_key", f"nobody registered key {key}")
    return found.party


def _kept(keys: Keys, name: str, party: str) -> SigningKey:
    """Return the key kept under ``name``, made now where there is none."""
    try:
        return keys.load(name)
    except Refused as refusal:
        if refusal.code != "key.unknown":
            raise
    key = new_signing_key()
    keys.add(name, key, party=party)
    return key
