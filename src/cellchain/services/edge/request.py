"""What is asked of a device on this machine, and what it answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from cellchain.core.names import BatteryId, DeviceId, KeyId

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cellchain.services.edge.outbox import OutboxEntry


class DeviceMade(msgspec.Struct, frozen=True, kw_only=True):
    """A device on this machine."""

    device: DeviceId
    battery: BatteryId
    key: KeyId
    registered: tuple[str, ...] = ()
    """What was registered on the ledger just now."""


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """How a recording or a delivery went."""

    readings: int
    """New ones that were recorded."""
    rejected: int
    """Rows that could not be read."""
    delivered: int
    """Bundles that were acknowledged."""
    waiting: int
    """Bundles that wait for a gateway."""
    reason: str
    """Why they wait; empty where nobody tried, or nothing does."""


class Boot(msgspec.Struct, frozen=True, kw_only=True):
    """Where a boot of a device stands."""

    boot: str
    readings: int
    acknowledged: int
    """Readings that a gateway has answered for."""
    bundles: int
    waiting: int
    """Bundles without a receipt."""


def boot_status(boot: str, entries: Sequence[OutboxEntry]) -> Boot:
    """Return where a boot stands."""
    answered = [entry for entry in entries if entry.receipt is not None]
    return Boot(
        boot=boot,
        readings=sum(entry.last - entry.first + 1 for entry in entries),
        acknowledged=sum(entry.last - entry.first + 1 for entry in answered),
        bundles=len(entries),
        waiting=len(entries) - len(answered),
    )
