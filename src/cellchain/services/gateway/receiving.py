"""Receiving: a device's bundle becomes windows on the ledger, and the device gets its receipt.

    verify → in turn? → store and anchor → receipt

The same bundle may come any number of times: the second time it is only answered. One that leaps
ahead is refused with the number that is expected, one that tells another story than before is
refused for good.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from cellchain.contracts.telemetry import window_key
from cellchain.core.errors import Refused
from cellchain.services.edge.bundle import (
    EdgeReceipt,
    bundle_digest,
    open_bundle,
    seal_receipt,
    unsigned_device,
)
from cellchain.services.gateway.importing import anchor_pending, take_over
from cellchain.services.gateway.ports import WindowStore
from cellchain.services.gateway.rows import joined, packed, unpacked
from cellchain.services.gateway.window import READINGS_MAX, Cutter, StreamName, seal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cellchain.contracts.membership import Device
    from cellchain.core.names import DeviceId
    from cellchain.crypto.signatures import SigningKey
    from cellchain.services.edge.bundle import Bundle
    from cellchain.services.gateway.ports import KeptWindow, Ledger
    from cellchain.services.gateway.rows import Rows


class StreamStore(WindowStore, Protocol):
    """A store that can be asked what it keeps of a stream."""

    def kept_sequences(self, stream: StreamName, first: int, last: int) -> Sequence[KeptWindow]:
        """Return the windows of ``stream`` with readings from ``first`` to ``last``."""
        ...

    def rows(self, window: KeptWindow) -> Rows:
        """Return the rows of a window."""
        ...

    def drop(self, subjects: Sequence[str]) -> None:
        """Let windows that the ledger refused never have been."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """The gateway's side.

    Args:
        store: Where rows and secrets go.
        ledger: Where windows are anchored.
        find_device: Gives the ledger's record of a device.
        key: The key that signs receipts.
        draw_secret: Gives 32 bytes that nobody can guess for the window of a subject.
        readings_max: Most readings of a window.
    """

    store: StreamStore
    ledger: Ledger
    find_device: Callable[[DeviceId], Device | None]
    key: SigningKey
    draw_secret: Callable[[str], bytes]
    readings_max: int = READINGS_MAX

    def receive(self, signed: bytes) -> bytes:
        """Take over a signed bundle; return the signed receipt.

        Raises:
            Refused: ``edge.unknown_device``, ``edge.gap``, ``edge.conflict``, ``edge.signature``,
                ``edge.malformed``, ``edge.not_dense``, or what the ledger refuses.
            Unavailable: The store or the ledger did not answer; send it again.
        """
        bundle, rows = self._open(signed)
        stream = StreamName(device=bundle.device, battery=bundle.battery, boot=bundle.boot)
        try:
            anchor_pending(stream, self.store, self.ledger)
        except Refused:
            self.store.drop([window.subject for window in self.store.pending(stream)])
            raise
        expected = self.store.next_sequence(stream)
        if bundle.first > expected:
            raise Refused(
                "edge.gap", f"the bundle begins at {bundle.first}; {expected} is expected"
            )
        if bundle.first == expected:
            self._take(stream, rows)
        else:
            self._check_same(stream, rows)
        receipt = EdgeReceipt(
            device=bundle.device,
            boot=bundle.boot,
            first=bundle.first,
            last=bundle.last,
            bundle=bundle_digest(signed),
        )
        return seal_receipt(receipt, self.key)

    def _open(self, signed: bytes) -> tuple[Bundle, Rows]:
        device = unsigned_device(signed)
        found = self.find_device(device)
        if found is None:
            raise Refused("edge.unknown_device", f"nobody registered device {device[:64]!a}")
        bundle, layout = open_bundle(signed, found.key)
        return bundle, unpacked(layout, bundle.packed)

    def _take(self, stream: StreamName, rows: Rows) -> None:
        cutter = Cutter(self.readings_max)
        windows = []
        for cut in [*cutter.add(rows), *cutter.finish()]:
            first = int(cut.sequence[0])
            secret = self.draw_secret(window_key(stream.device, stream.boot, first))
            windows.append(seal(stream, cut, secret, expected=first))
        try:
            take_over(windows, None, self.store, self.ledger)
        except Refused:  # whoever has no right to the battery leaves nothing here
            self.store.drop([window.subject for window in windows])
            raise

    def _check_same(self, stream: StreamName, rows: Rows) -> None:
        first, last = int(rows.sequence[0]), int(rows.sequence[-1])
        kept = [self.store.rows(w) for w in self.store.kept_sequences(stream, first, last)]
        if kept:
            whole = joined(kept)
            known = whole.part(np.asarray((whole.sequence >= first) & (whole.sequence <= last)))
            if known.layout == rows.layout and packed(known) == packed(rows):
                return
        raise Refused("edge.conflict", f"readings {first} to {last} are kept with other values")
