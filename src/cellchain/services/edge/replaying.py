"""Replaying: rows of a table recorded as a device records, at a pace, delivered meanwhile.

    rows → bundles → outbox → gateway

A gateway that is away holds nothing up: rows are recorded, and delivery is tried again later.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cellchain.core.errors import Refused, Unavailable
from cellchain.services.edge.bundle import BUNDLE_BYTES_MAX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from cellchain.core.names import KeyId
    from cellchain.core.readings import Layout
    from cellchain.services.edge.device import EdgeDevice
    from cellchain.services.gateway.rows import Rows

PAUSE_S_MAX = 5.0
"""No gap of a table is waited for longer."""
RETRY_S = 1.0
"""Between attempts to reach a gateway that is away."""
_PACKED_BYTES_MAX = BUNDLE_BYTES_MAX // 2
"""Packed readings of a bundle: base64 and the layout take some room."""


def bundles(rows: Rows, rows_max: int) -> Iterator[Rows]:
    """Cut ``rows`` into parts that fit into bundles."""
    step = max(1, min(rows_max, _PACKED_BYTES_MAX // rows.layout.reading_bytes))
    for first in range(0, len(rows), step):
        yield rows.part(slice(first, first + step))


def measured(rows: Rows) -> list[tuple[int, tuple[int | None, ...]]]:
    """Return times and values as a device takes them."""
    columns = [rows.column(channel) for channel in range(len(rows.values))]
    return list(zip(rows.time_ms.tolist(), zip(*columns, strict=True), strict=True))


@dataclass(slots=True, kw_only=True)
class Deliverer:
    """Delivers what waits, and bears with a gateway that is away.

    Args:
        send: Sends a signed bundle, returns the signed receipt.
        gateway: Gives the key whose receipts count; asked once.
        now_s: A clock that only goes forward.
    """

    send: Callable[[bytes], bytes]
    gateway: Callable[[], KeyId]
    now_s: Callable[[], float]
    reason: str = ""
    """Why the last attempt stopped; empty where it did not."""
    _tried_s: float = field(default=float("-inf"))
    _key: KeyId | None = None

    def deliver(self, device: EdgeDevice, *, at_once: bool = False) -> int:
        """Return how many bundles were acknowledged; what fails now is tried later.

        Raises:
            Refused: ``edge.…``: the gateway will never have a bundle: nothing behind it goes.
        """
        if self.reason and not at_once and self.now_s() - self._tried_s < RETRY_S:
            return 0
        self._tried_s = self.now_s()
        refused: list[Refused] = []

        def send(signed: bytes) -> bytes:
            try:
                return self.send(signed)
            except Refused as refusal:
                refused.append(refusal)
                raise

        try:
            self._key = self._key or self.gateway()
            done = device.deliver(send, self._key)
        except Unavailable as error:
            self.reason = str(error)
            return 0
        self.reason = done.reason
        if refused:
            raise refused[0]
        return done.delivered


def replay(
    tables: Iterable[Rows],
    device_of: Callable[[Layout], EdgeDevice],
    *,
    rows_max: int,
    pace: float,
    known: int,
    pause: Callable[[float], None],
    recorded: Callable[[EdgeDevice, int], None],
) -> None:
    """Record rows behind the first ``known`` ones, as fast as they were measured times ``pace``.

    Args:
        tables: Rows in order.
        device_of: Gives the device for a layout.
        rows_max: Rows of a bundle.
        pace: How many times faster than measured; 0: without any pause.
        known: Rows at the beginning that were recorded before.
        pause: Waits some seconds.
        recorded: Told after each bundle, with its rows.
    """
    last_ms = None
    for rows in tables:
        skipped = min(known, len(rows))
        known -= skipped
        if skipped == len(rows):
            continue
        device = device_of(rows.layout)
        for part in bundles(rows.part(slice(skipped, None)), rows_max):
            end_ms = int(part.time_ms[-1])
            if pace and last_ms is not None:
                pause(min(PAUSE_S_MAX, max(0, end_ms - last_ms) / 1000 / pace))
            last_ms = end_ms
            device.record(measured(part))
            recorded(device, len(part))
