"""Devices: what sends readings, how fast, how late, how far its clock is off, what was refused."""

from __future__ import annotations

import msgspec

from cellchain.contracts.membership.view import DeviceRow, devices
from cellchain.contracts.telemetry.view import StreamRow, streams
from cellchain.core.time import SECOND_MS
from cellchain.services.access.viewer import require_member
from cellchain.web.page import Asked, Page, Shown

SHOWN = 500


class DeviceShown(msgspec.Struct, frozen=True, kw_only=True):
    """A device of the viewer's organisation and what has come of it."""

    device: DeviceRow
    streams: tuple[StreamRow, ...]
    readings: int
    per_hour: float | None
    """Readings an hour of its last stream; ``None`` before there are two."""
    lag_ms: int | None
    """From its last reading to the block that anchored it."""
    ahead_ms: int | None
    """By how much its clock was ahead of ours at the last delivery: negative where it lags."""
    missing: int
    """Ranges that may still come."""
    lost: int
    """Readings that will never come."""
    refused: int
    """Bundles that were refused since the server started."""


class DevicesPage(msgspec.Struct, frozen=True, kw_only=True):
    """The devices of the viewer's organisation, those heard of last first."""

    devices: tuple[DeviceShown, ...]


def show(asked: Asked) -> Shown:
    """Show the devices of the viewer's organisation."""
    party = require_member(asked.viewer)
    found = streams(asked.db, party=party, limit=SHOWN)
    refused, clocks = asked.site.readings.rejected(), asked.site.readings.clocks()
    shown = [
        _shown(
            one,
            tuple(stream for stream in found if stream.device == one.device),
            refused.get(one.device, 0),
            clocks.get(one.device),
        )
        for one in devices(asked.db, party=party, limit=SHOWN).rows
    ]
    shown.sort(key=lambda one: -max((s.anchored_ms or 0 for s in one.streams), default=0))
    data = DevicesPage(devices=tuple(shown))
    return Shown(template="devices/devices.html", data=data, title="Devices")


def _shown(
    device: DeviceRow, found: tuple[StreamRow, ...], refused: int, ahead_ms: int | None
) -> DeviceShown:
    last = max(found, key=lambda stream: stream.anchored_ms or 0, default=None)
    return DeviceShown(
        device=device,
        streams=found,
        readings=sum(stream.count for stream in found),
        per_hour=_per_hour(last),
        lag_ms=_lag_ms(last),
        ahead_ms=ahead_ms,
        missing=sum(len(stream.missing) for stream in found),
        lost=sum(stream.lost for stream in found),
        refused=refused,
    )


def _per_hour(stream: StreamRow | None) -> float | None:
    if stream is None or stream.start_ms is None or stream.end_ms is None:
        return None
    span_ms = stream.end_ms - stream.start_ms
    return stream.count * 3600 * SECOND_MS / span_ms if span_ms else None


def _lag_ms(stream: StreamRow | None) -> int | None:
    if stream is None or stream.anchored_ms is None or stream.end_ms is None:
        return None
    return stream.anchored_ms - stream.end_ms


PAGES = (Page(path="/devices", name="Devices", show=show, access="member", nav=7, cached=False),)
