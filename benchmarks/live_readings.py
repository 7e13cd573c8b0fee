"""Readings that arrive at a server: a device delivers signed bundles at a steady pace."""

from __future__ import annotations

import time
from threading import Event, Thread
from typing import TYPE_CHECKING

from benchmarks.http_load import FORM, Connection
from cellchain.contracts.passport.view import BatterySearch
from cellchain.core.names import BatteryId, DeviceId
from cellchain.core.readings import Channel, Reading, make_layout
from cellchain.crypto.signatures import new_signing_key
from cellchain.services.edge.bundle import pack_bundle, seal_bundle

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

BUNDLES_PER_S = 10
LAYOUT = make_layout(
    [Channel(name="pack_voltage_mv", unit="mV"), Channel(name="pack_current_ma", unit="mA")]
)


class Arriving:
    """Delivers readings of one battery while it is open.

    Args:
        home: The demo home whose key registers the device, over HTTP.
        url: Of its server.
        per_s: Readings a second.
    """

    def __init__(self, home: Path, url: str, per_s: int) -> None:
        self._url = url
        self._each = per_s // BUNDLES_PER_S
        self._key = new_signing_key()
        self._device = DeviceId(f"live-{self._key.key_id[:12]}")
        self.battery = _battery(home)
        self.delivered = 0
        self._stop = Event()
        self._thread = Thread(target=self._run, daemon=True)

    def __enter__(self) -> Arriving:
        """Register the device and begin."""
        _register(self._url, self._device, self._key.key_id, self.battery)
        self._thread.start()
        return self

    def __exit__(
        self,
        _: type[BaseException] | None,
        __: BaseException | None,
        ___: TracebackType | None,
    ) -> None:
        """Stop."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        asking, first = Connection(self._url), 1
        following = time.perf_counter()
        while not self._stop.is_set():
            now_ms = time.time_ns() // 1_000_000
            readings = [
                Reading(
                    sequence=first + n, time_ms=now_ms - self._each + n, values=(355_200 + n, n)
                )
                for n in range(self._each)
            ]
            bundle = pack_bundle(
                device=self._device,
                battery=self.battery,
                boot="live",
                layout=LAYOUT,
                readings=readings,
            )
            status, body, _ = asking.ask(
                "/api/v1/telemetry/bundles",
                seal_bundle(bundle, self._key),
                "application/octet-stream",
            )
            assert status == 201, body  # noqa: PLR2004
            self.delivered += self._each
            first += self._each
            following += 1 / BUNDLES_PER_S
            self._stop.wait(max(0.0, following - time.perf_counter()))


def _battery(home: Path) -> BatteryId:
    from cellchain.adapters.views import discover_views, open_views  # noqa: PLC0415
    from cellchain.contracts import discover  # noqa: PLC0415
    from cellchain.contracts.passport.view import search_batteries  # noqa: PLC0415

    contracts = tuple(discover().values())
    views = open_views(home / "views.db", contracts, discover_views(contracts))
    with views.read() as db:
        found = search_batteries(db, BatterySearch(holder=("everwheel-cars",), limit=1))
    views.close()
    return BatteryId(found.rows[0].battery)


def _register(url: str, device: DeviceId, key: str, battery: BatteryId) -> None:
    visitor = Connection(url, f"Origin: {url}")
    _, _, headers = visitor.ask("/sign-in", b"as=ana%40everwheel-cars.example&next=/", FORM)
    cookie = headers[b"set-cookie"].decode().partition(";")[0]
    asking = Connection(url, f"Cookie: {cookie}", f"Origin: {url}")
    fields = f'{{"device":"{device}","key":"{key}","battery":"{battery}"}}'
    status, body, _ = asking.ask("/api/v1/membership/register_device", fields.encode())
    assert status == 201, body  # noqa: PLR2004
