"""The telemetry of a home behind a server: series for charts, bundles of devices, live values."""

from __future__ import annotations

import secrets
from collections import Counter
from threading import Lock
from typing import TYPE_CHECKING

from cellchain.adapters.series_cache import SeriesCache, key_of
from cellchain.adapters.telemetry.series import thinned
from cellchain.adapters.telemetry.store import TelemetryStore
from cellchain.contracts.membership import Device
from cellchain.core.errors import CellchainError, Refused
from cellchain.services.edge.bundle import open_bundle, unsigned_device
from cellchain.services.gateway.choosing import choose_reading
from cellchain.services.gateway.evidence import prove_reading
from cellchain.services.gateway.receiving import Receiver
from cellchain.services.gateway.registering import GatewayLedger
from cellchain.services.gateway.rows import unpacked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cellchain.adapters.home import Home
    from cellchain.core.names import BatteryId, KeyId, PartyId
    from cellchain.crypto.signatures import SigningKey
    from cellchain.crypto.window import ReadingProof
    from cellchain.ledger.port import Ledger
    from cellchain.services.gateway.series import Series

SECRET_BYTES = 32
LIVE_READINGS_MAX = 50
"""Readings of a bundle that listeners are told one by one; of more, every so-many-th."""
LIVE_CHANNELS_MAX = 16
DEVICES_COUNTED_MAX = 10_000


class ServedReadings:
    """What a home knows of readings, for any number of threads.

    Args:
        home: Where they are kept.
        ledger: Where windows are anchored.
        key_of: Returns the key with which this home speaks for a party.
    """

    def __init__(self, home: Home, ledger: Ledger, key_of: Callable[[PartyId], SigningKey]) -> None:
        self._folder = home.telemetry_folder
        self._secret = home.keys.derived_secret("telemetry")
        self._ledger = ledger
        self._key_of = key_of
        self._store = TelemetryStore(self._folder, self._secret)
        self._turn = Lock()
        self._told: Callable[[str, object], None] = _nobody
        self._rejected: Counter[str] = Counter()
        self._ahead_ms: dict[str, int] = {}
        self._drawn = SeriesCache()

    def close(self) -> None:
        """Close the store."""
        self._store.close()

    def shorten_journal(self) -> int:
        """Let go of erased secrets, if that is owed; return whether it came off."""
        return self._store.index.shorten_journal()

    def span_ms(self, battery: BatteryId) -> tuple[int, int] | None:
        """Return first and last time of the readings of a battery; ``None`` without any."""
        return self._store.index.span_ms(battery)

    def channels(self, battery: BatteryId) -> tuple[str, ...]:
        """Return the channels of a battery, those of its last window."""
        return self._store.last_channels(battery)

    def series(
        self,
        battery: BatteryId,
        *,
        from_ms: int,
        until_ms: int,
        channels: Sequence[str],
        points: int,
    ) -> Series:
        """Return at most ``points`` bins of the readings of a span."""
        windows = self._store.kept_between(battery, from_ms, until_ms)
        asked = key_of(windows, from_ms, until_ms, tuple(channels), points)
        found = self._drawn.find(asked)
        if found is None:
            found = thinned(
                self._store,
                battery,
                from_ms=from_ms,
                until_ms=until_ms,
                channels=channels,
                points=points,
            )
            self._drawn.put(asked, found)
        return found

    def prove(self, battery: BatteryId, time: str, row: int | None) -> ReadingProof:
        """Return the proof of a reading against its window."""
        return prove_reading(self._store, choose_reading(self._store, battery, time, row))

    def listen(self, told: Callable[[str, object], None]) -> None:
        """Let ``told`` have the readings of every bundle that comes in, with their battery."""
        self._told = told

    def clocks(self) -> Mapping[str, int]:
        """Return by how many milliseconds each device's clock was ahead at its last delivery."""
        return dict(self._ahead_ms)

    def rejected(self) -> Mapping[str, int]:
        """Return how many bundles of each device were refused since the start."""
        return dict(self._rejected)

    def receive(self, signed: bytes) -> bytes:
        """Take over a device's signed bundle; return the signed receipt.

        Raises:
            Refused: ``edge.…``, ``access.own_signer``: this home does not speak for the party of
                the device; Unavailable: send it again.
        """
        name = unsigned_device(signed)
        found = self._device(name)
        key = self._key_of(found.party)
        receiver = Receiver(
            store=self._store,
            ledger=GatewayLedger(self._ledger, key),
            find_device=lambda device: self._ledger.find(Device, device),
            key=key,
            draw_secret=lambda _: secrets.token_bytes(SECRET_BYTES),
        )
        try:
            with self._turn:
                receipt = receiver.receive(signed)
        except CellchainError:
            if len(self._rejected) < DEVICES_COUNTED_MAX:
                self._rejected[name] += 1
            raise
        self._tell(signed, found)
        return receipt

    def gateway(self, device: str) -> tuple[PartyId, KeyId]:
        """Return who takes over the bundles of ``device``, and the key of its receipts.

        Raises:
            Refused: ``edge.unknown_device``, ``access.own_signer``.
        """
        party = self._device(device).party
        return party, self._key_of(party).key_id

    def _device(self, name: str) -> Device:
        found = self._ledger.find(Device, name)
        if found is None:
            raise Refused("edge.unknown_device", f"nobody registered device {name[:64]!a}")
        return found

    def _tell(self, signed: bytes, device: Device) -> None:
        """Let listeners have what a chart shows: some channels, not too many readings."""
        bundle, layout = open_bundle(signed, device.key)
        rows = unpacked(layout, bundle.packed)
        if len(self._ahead_ms) < DEVICES_COUNTED_MAX:
            self._ahead_ms[bundle.device] = int(rows.time_ms[-1]) - self._ledger.now_ms()
        step = -(-len(rows.sequence) // LIVE_READINGS_MAX)
        names = [channel.name for channel in layout.channels[:LIVE_CHANNELS_MAX]]
        columns = {name: rows.column(place)[::step] for place, name in enumerate(names)}
        self._told(
            bundle.battery,
            {
                "device": bundle.device,
                "times_ms": rows.time_ms[::step].tolist(),
                "values": columns,
            },
        )


def _nobody(_: str, __: object) -> None:
    """Nobody listens."""
