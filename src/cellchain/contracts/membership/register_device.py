"""Register a device: it signs its readings with a key of its own, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.contracts.membership.add_key import KeyAdded, require_new_key
from cellchain.contracts.membership.record import Device, Party
from cellchain.contracts.membership.rights import require_within_key
from cellchain.core.errors import Refused
from cellchain.core.names import (
    BatteryId,
    DeviceId,
    KeyId,
    PartyId,
    parse_battery_id,
    parse_device_id,
)
from cellchain.ledger.contract import Event, Message, absent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.ledger.contract import Book, Context

DEVICE_PURPOSES = ("telemetry",)
"""The contracts that a device speaks to."""


class RegisterDevice(Message, frozen=True, kw_only=True, tag="membership.register_device/1"):
    """The sender asks that a device of its own may send telemetry."""

    device: DeviceId
    key: KeyId
    battery: BatteryId | None = None
    """The one battery it may speak of; ``None``: a gateway, whose windows name theirs.

    Whether its party has a right to the battery is asked at every window, by `telemetry`.
    """

    def decide(self, book: Book, context: Context) -> Iterator[DeviceRegistered | KeyAdded]:
        """A new device, bound to one battery where one is named; a new key, which has no end."""
        book.get(Party, context.sender)
        found = book.find(Device, parse_device_id(self.device))
        if found is not None:
            raise Refused("membership.device_exists", f"{self.device} is of {found.party}")
        if self.battery is not None:
            parse_battery_id(self.battery)
        require_new_key(book, self.key)
        require_within_key(book, context, DEVICE_PURPOSES, None)
        yield DeviceRegistered(
            device=self.device, party=context.sender, key=self.key, battery=self.battery
        )
        yield KeyAdded(
            key=self.key,
            party=context.sender,
            purposes=DEVICE_PURPOSES,
            valid_from_ms=context.time_ms,
            device=self.device,
            battery=self.battery,
        )


class DeviceRegistered(
    Event[Device], frozen=True, kw_only=True, tag="membership.device_registered/1"
):
    """A device entered the book."""

    subject_field = "device"
    device: DeviceId
    party: PartyId
    key: KeyId
    battery: BatteryId | None = None

    def evolve(self, record: Device | None) -> Device:
        """Its party, key and battery never change."""
        absent(record)
        return Device(party=self.party, key=self.key, battery=self.battery)
