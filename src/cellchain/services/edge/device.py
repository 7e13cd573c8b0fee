"""The device: numbers, signs and keeps its readings; delivers them when somebody answers.

    record → outbox → deliver → receipt → acknowledge

A gateway that does not answer costs nothing but room: delivery stops and begins again at the same
bundle. An answer counts only if it is the gateway's own signature over that very bundle, so a
lost, repeated or forged answer changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cellchain.contracts.telemetry import parse_boot
from cellchain.core.errors import Corrupt, Refused, Unavailable
from cellchain.core.readings import Reading
from cellchain.services.edge.bundle import (
    bundle_digest,
    open_bundle,
    open_receipt,
    pack_bundle,
    seal_bundle,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cellchain.core.names import BatteryId, DeviceId, KeyId
    from cellchain.core.readings import Layout
    from cellchain.crypto.signatures import SigningKey
    from cellchain.services.edge.outbox import Outbox, OutboxEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How a delivery went."""

    delivered: int
    """Bundles that were acknowledged."""
    waiting: int
    """Bundles that still wait."""
    reason: str = ""
    """Why it stopped before the end; empty where it did not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeDevice:
    """One boot of a device.

    Args:
        device: Its name.
        battery: The battery that it measures.
        boot: Since when it numbers; a device that keeps its outbox may go on with its boot.
        layout: What it measures; without one it records nothing, and only delivers.
        key: Its own key.
        outbox: Where bundles wait.
    """

    device: DeviceId
    battery: BatteryId
    boot: str
    layout: Layout | None
    key: SigningKey
    outbox: Outbox

    def record(self, measured: Sequence[tuple[int, Sequence[int | None]]]) -> tuple[int, int]:
        """Number, sign and keep readings; return their first and last number.

        Args:
            measured: Time in milliseconds and values by channel; at least one.

        Raises:
            Refused: ``edge.nothing``, ``edge.too_long``, ``reading.width``, ``telemetry.boot``.
            Unavailable: ``disk.…``: nothing was kept.
        """
        if not measured or self.layout is None:
            raise Refused("edge.nothing", "there are no readings to record")
        first = self.outbox.next_sequence(self.device, parse_boot(self.boot))
        readings = [
            Reading(sequence=first + i, time_ms=time_ms, values=tuple(values))
            for i, (time_ms, values) in enumerate(measured)
        ]
        bundle = pack_bundle(
            device=self.device,
            battery=self.battery,
            boot=self.boot,
            layout=self.layout,
            readings=readings,
        )
        signed = seal_bundle(bundle, self.key)
        self.outbox.put(self.device, self.boot, bundle.first, bundle.last, signed)
        return bundle.first, bundle.last

    def deliver(self, send: Callable[[bytes], bytes], gateway: KeyId) -> Delivery:
        """Send what waits, oldest first, until all is acknowledged or the gateway fails.

        Args:
            send: Sends a signed bundle, returns the signed receipt; raises `Unavailable` when
                nobody answers and `Refused` when the gateway will not have it.
            gateway: The key whose receipts count.
        """
        delivered, reason = 0, ""
        waiting = self.outbox.waiting(self.device, self.boot)
        for entry in waiting:
            try:
                receipt = send(entry.signed or b"")
                self._check_receipt(entry, receipt, gateway)
            except (Unavailable, Refused) as error:
                reason = str(error)
                break
            self.outbox.acknowledge(self.device, self.boot, entry.first, receipt)
            delivered += 1
        return Delivery(delivered=delivered, waiting=len(waiting) - delivered, reason=reason)

    def check_complete(self, gateway: KeyId) -> int:
        """Show that nothing was lost; return the last number.

        Every number from 1 up is in one bundle that is either here, signed by this device, or
        answered for by a receipt of the gateway over its digest.

        Raises:
            Corrupt: ``edge.lost``: a number is missing, or a bundle or receipt is not genuine.
        """
        last = 0
        for entry in self.outbox.entries(self.device, self.boot):
            if entry.first != last + 1:
                raise Corrupt("edge.lost", f"readings {last + 1} to {entry.first - 1} are gone")
            try:
                self._check_entry(entry, gateway)
            except Refused as refusal:
                raise Corrupt("edge.lost", f"bundle {entry.first}: {refusal.text}") from refusal
            last = entry.last
        return last

    def _check_entry(self, entry: OutboxEntry, gateway: KeyId) -> None:
        if entry.receipt is not None:
            self._check_receipt(entry, entry.receipt, gateway)
            return
        signed = entry.signed or b""
        bundle, _ = open_bundle(signed, self.key.key_id)
        stated = (bundle.device, bundle.boot, bundle.first, bundle.last, bundle_digest(signed))
        if stated != (self.device, self.boot, entry.first, entry.last, entry.digest):
            raise Refused("edge.malformed", "the bundle is another one")

    def _check_receipt(self, entry: OutboxEntry, receipt: bytes, gateway: KeyId) -> None:
        found = open_receipt(receipt, gateway)
        stated = (found.device, found.boot, found.first, found.last, found.bundle)
        if stated != (self.device, self.boot, entry.first, entry.last, entry.digest):
            raise Refused("edge.receipt", f"the receipt is not for bundle {entry.first}")
