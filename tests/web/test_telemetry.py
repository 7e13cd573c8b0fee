"""A device delivers its readings over HTTP: receipt, series, a live event, a proof."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from cellchain.contracts.membership import Device
from cellchain.core.readings import Channel, Layout, Reading
from cellchain.crypto.signatures import SigningKey
from cellchain.services.edge.bundle import bundle_digest, open_receipt, pack_bundle, seal_bundle
from tests.web.site import CARS, ana

if TYPE_CHECKING:
    from tests.web.site import Served

API = "/api/v1"
BATTERY = "01/09506000134352/21/LIVE1"
BYTES = {"content-type": "application/octet-stream"}
KEY = SigningKey(b"d" * 32)
LAYOUT = Layout(channels=(Channel(name="voltage_mv", unit="mV"), Channel(name="state", unit="1")))


@pytest.fixture(scope="module")
def client(served: Served):
    """A car maker with a battery and a device on it."""
    client = served.client(member=ana(CARS))
    messages = [
        {"kind": "custody.register/1", "battery": BATTERY},
        {
            "kind": "membership.register_device/1", "device": "LIVE-1", "key": KEY.key_id,
            "battery": BATTERY,
        },
    ]  # fmt: skip
    assert client.post(f"{API}/messages", json={"messages": messages}).status_code == 201
    return client


def bundle(served: Served, first: int, count: int, key: SigningKey = KEY, **changes: str) -> bytes:
    start_ms = served.site.ledger.now_ms() - 3_600_000
    readings = [
        Reading(sequence=n, time_ms=start_ms + n * 1000, values=(3_700 + n, None))
        for n in range(first, first + count)
    ]
    named = {"device": "LIVE-1", "battery": BATTERY, "boot": "1"} | changes
    return seal_bundle(pack_bundle(**named, layout=LAYOUT, readings=readings), key)


def test_a_bundle_is_answered_for_shown_and_heard(served: Served, client, monkeypatch):
    heard = []
    monkeypatch.setattr(served.site.readings, "_told", lambda *told: heard.append(told))
    device = served.client()
    gateway = device.get(f"{API}/telemetry/gateway/LIVE-1").json()
    sent = bundle(served, 1, 120)
    answer = device.post(f"{API}/telemetry/bundles", content=sent, headers=BYTES)
    assert answer.status_code == 201
    receipt = open_receipt(answer.content, gateway["key"])
    assert (receipt.first, receipt.last, receipt.bundle) == (1, 120, bundle_digest(sent))
    ((battery, told),) = heard
    assert battery == BATTERY
    shown = msgspec.json.decode(msgspec.json.encode(told))  # what the hub sends on
    assert shown["values"]["voltage_mv"][0] == 3_701
    assert set(shown["values"]["state"]) == {None}
    assert len(told["times_ms"]) <= 50
    span = client.get(f"{API}/batteries/{BATTERY}/channels").json()
    assert span["channels"] == ["voltage_mv", "state"]
    series = client.get(f"{API}/batteries/{BATTERY}/readings", params={"points": 10}).json()
    assert series["readings"] == 120
    assert len(series["times_ms"]) <= 10
    assert series["units"] == ["mV", ""]
    again = device.post(f"{API}/telemetry/bundles", content=sent, headers=BYTES)
    assert open_receipt(again.content, gateway["key"]).bundle == bundle_digest(sent)
    assert client.get(f"{API}/batteries/{BATTERY}/readings").json()["readings"] == 120


@pytest.mark.parametrize(
    ("how", "status", "code"),
    [
        (lambda _: b"", 422, "canonical.malformed"),
        (lambda _: b"x" * 100_000, 422, "canonical.malformed"),
        (lambda served: bundle(served, 900, 3, boot="3"), 409, "edge.gap"),
        (lambda served: bundle(served, 1, 3, SigningKey(b"x" * 32)), 422, "edge.signature"),
        (lambda served: bundle(served, 1, 3, device="NONE-1"), 404, "edge.unknown_device"),
        (lambda served: bundle(served, 1, 3)[:-5], 422, "canonical.malformed"),
    ],
)
def test_a_bundle_that_is_refused(served: Served, client, how, status, code):
    answer = served.client().post(f"{API}/telemetry/bundles", content=how(served), headers=BYTES)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize(
    "query",
    [
        "points=0", "points=4001", "from=5&until=5", "from=-1", "until=9999999999999999",
        "channels=" + ",".join("abcdefghijklmnopq"), "from_ms=1",
    ],
)  # fmt: skip
def test_a_series_that_is_none(client, query):
    answer = client.get(f"{API}/batteries/{BATTERY}/readings?{query}")
    assert (answer.status_code, answer.json()["code"]) == (422, "web.query")


def test_what_was_refused_is_counted_by_device(served: Served, client):
    sent = bundle(served, 1, 3, SigningKey(b"x" * 32))
    before = served.site.readings.rejected().get("LIVE-1", 0)
    served.client().post(f"{API}/telemetry/bundles", content=sent, headers=BYTES)
    assert served.site.readings.rejected()["LIVE-1"] == before + 1


def test_a_device_belongs_to_who_registered_it(served: Served, client):
    found = served.site.ledger.find(Device, "LIVE-1")
    assert found is not None
    assert served.client().get(f"{API}/telemetry/gateway/LIVE-1").json()["party"] == found.party
