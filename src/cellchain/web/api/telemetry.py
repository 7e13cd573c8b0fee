"""Telemetry: devices deliver signed bundles; readings come back as series for charts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from cellchain.core.errors import Refused
from cellchain.core.names import battery_id
from cellchain.services.access.interest import has_interest, require_interest
from cellchain.services.gateway.series import Series
from cellchain.web.api.endpoint import CSV, JSON, PARQUET, XLSX, Answer, Call, Endpoint

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

POINTS = 600
POINTS_MAX = 4_000
CHANNELS_MAX = 16
TIME_MS_MAX = 253_402_300_799_999
BATTERY = "/batteries/01/{gtin}/21/{serial}"


class SeriesQuery(
    msgspec.Struct, frozen=True, kw_only=True, rename={"from_ms": "from", "until_ms": "until"}
):
    """Which readings; times in milliseconds since 1970."""

    from_ms: int = 0
    until_ms: int = TIME_MS_MAX
    """First millisecond that is no longer wanted."""
    channels: str = ""
    """Names, separated by commas; the first few where none is named."""
    points: int = POINTS
    """Bins to thin the readings out to; each has its mean, least and greatest value."""


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """What readings of a battery there are."""

    first_ms: int | None
    last_ms: int | None
    channels: tuple[str, ...]


class Gateway(msgspec.Struct, frozen=True, kw_only=True):
    """Who takes over the bundles of a device."""

    device: str
    party: str
    key: str
    """The key that signs its receipts."""


def telemetry_endpoints() -> Iterator[Endpoint]:
    """Yield the endpoints of telemetry."""
    yield Endpoint(
        method="POST",
        path="/telemetry/bundles",
        name="telemetry.deliver",
        summary="Deliver a bundle that a device has signed; answered with a signed receipt.",
        answer=_deliver,
        access="public",  # its signature says which device sends it
        body=bytes,
        takes="application/octet-stream",
        result=bytes,
        offers=("application/octet-stream",),
        status=201,
        refusals=(404, 409, 422, 503),
        tag="telemetry",
    )
    yield Endpoint(
        method="GET",
        path="/telemetry/gateway/{device}",
        name="telemetry.gateway",
        summary="Who takes over the bundles of a device, and the key whose receipts count.",
        answer=_gateway,
        access="public",  # a device has a key of its own, and no member's
        result=Gateway,
        refusals=(404, 409),
        tag="telemetry",
    )
    yield Endpoint(
        method="GET",
        path=BATTERY + "/readings",
        name="telemetry.series",
        summary="The readings of a battery, for who has to do with it; gaps stay gaps.",
        answer=_series,
        query=SeriesQuery,
        result=Series,
        offers=(JSON, CSV, PARQUET, XLSX),
        rows=series_rows,
        refusals=(404, 422),
        tag="telemetry",
    )
    yield Endpoint(
        method="GET",
        path=BATTERY + "/channels",
        name="telemetry.channels",
        summary="What readings of a battery there are: when, and of what.",
        answer=_span,
        result=Span,
        refusals=(404, 422),
        tag="telemetry",
    )


def series_rows(series: Series) -> list[dict[str, Any]]:
    """Return a series as rows, a column for each channel with its unit."""
    names = [
        f"{channel}_{unit}" if unit else channel
        for channel, unit in zip(series.channels, series.units, strict=True)
    ]
    columns = zip(*series.values, strict=True)
    return [
        {"time_ms": time_ms, **dict(zip(names, values, strict=True))}
        for time_ms, values in zip(series.times_ms, columns, strict=True)
    ]


def _deliver(call: Call) -> Answer:
    receipt = call.site.readings.receive(call.body)
    return Answer(content=receipt, status=201, media_type="application/octet-stream")


def _gateway(call: Call) -> Answer:
    device = call.path["device"]
    party, key = call.site.readings.gateway(device)
    return Answer(data=Gateway(device=device, party=party, key=key))


def _series(call: Call) -> Answer:
    query = call.query
    battery = battery_id(call.path["gtin"], call.path["serial"])
    channels = [name for name in query.channels.split(",") if name]
    if not 1 <= query.points <= POINTS_MAX or len(channels) > CHANNELS_MAX:
        raise Refused(
            "web.query", f"points is 1 to {POINTS_MAX}, channels are at most {CHANNELS_MAX}"
        )
    if not 0 <= query.from_ms < query.until_ms <= TIME_MS_MAX:
        raise Refused("web.query", "from is before until, both milliseconds since 1970")
    require_interest(call.viewer, call.db, battery)
    return Answer(
        data=call.site.readings.series(
            battery,
            from_ms=query.from_ms,
            until_ms=query.until_ms,
            channels=channels,
            points=query.points,
        )
    )


def _span(call: Call) -> Answer:
    battery = battery_id(call.path["gtin"], call.path["serial"])
    if not has_interest(call.viewer, call.db, battery):
        return Answer(data=Span(first_ms=None, last_ms=None, channels=()))
    first, last = call.site.readings.span_ms(battery) or (None, None)
    channels = call.site.readings.channels(battery)
    return Answer(data=Span(first_ms=first, last_ms=last, channels=channels))
