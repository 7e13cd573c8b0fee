"""A device loses nothing, however long its gateway is away and whatever happens to answers."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellchain.adapters.outbox import SqliteOutbox
from cellchain.contracts.membership import RegisterDevice, RegisterParty
from cellchain.core.errors import Corrupt, Refused, Unavailable
from cellchain.core.readings import Channel, Reading, make_layout
from cellchain.core.time import DAY_MS
from cellchain.crypto.signatures import SigningKey
from cellchain.services.edge import EdgeDevice, open_bundle, open_receipt, seal_bundle
from cellchain.services.edge.bundle import pack_bundle
from cellchain.services.gateway.evidence import audit
from cellchain.services.gateway.receiving import Receiver
from tests.integration.telemetry.given import (
    BATTERY,
    DEVICE_KEY,
    MIDNIGHT_MS,
    OTHER_BATTERY,
    Home,
    secret_of,
)

LAYOUT = make_layout([Channel(name="current_ma", unit="mA"), Channel(name="soc_ppm", unit="ppm")])
GATEWAY_KEY = SigningKey(b"g" * 32)
GATEWAY = GATEWAY_KEY.key_id


def device(path, key=DEVICE_KEY):
    return EdgeDevice(
        device="gw", battery=BATTERY, boot="b1", layout=LAYOUT, key=key, outbox=SqliteOutbox(path)
    )


def measured(count, start=0, step_ms=1000):
    return [(MIDNIGHT_MS + (start + i) * step_ms, (start + i, None)) for i in range(count)]


def receiver(home, store=None):
    return Receiver(
        store=store or home.store(),
        ledger=home.ledger,
        find_device=home.ledger.device,
        key=GATEWAY_KEY,
        draw_secret=secret_of,
        readings_max=50,
    )


def away(signed):
    raise Unavailable("gateway.away", "nobody answers")


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


def test_days_without_a_gateway(home, tmp_path):
    path = tmp_path / "outbox.db"
    for day in range(5):
        edge = device(path)  # a restart every day
        edge.record(measured(40, start=40 * day, step_ms=DAY_MS // 40))
        assert edge.deliver(away, GATEWAY).waiting == day + 1
        edge.outbox.close()
    edge = device(path)
    assert edge.check_complete(GATEWAY) == 200
    delivery = edge.deliver(receiver(home).receive, GATEWAY)
    assert (delivery.delivered, delivery.waiting, delivery.reason) == (5, 0, "")
    assert edge.check_complete(GATEWAY) == 200
    stream = home.ledger.stream("b1")
    assert (stream.next, stream.missing, stream.lost) == (201, (), 0)
    assert list(audit(home.store(), home.ledger.window)) == []


@pytest.mark.parametrize("killed", [False, True], ids=["at-once", "after-a-crash"])
def test_what_the_ledger_refuses_leaves_nothing(home, tmp_path, killed):
    honest = device(tmp_path / "honest.db")
    honest.record(measured(40))
    assert honest.deliver(receiver(home).receive, GATEWAY).delivered == 1
    key = SigningKey(b"s" * 32)
    home.ledger.book.must(
        "contract:genesis",
        RegisterParty(party="spy", name="Spy", roles=("workshop",), key="bb" * 32),
    )
    home.ledger.book.must("spy", RegisterDevice(device="forger", key=key.key_id, battery=BATTERY))
    bundle = pack_bundle(
        device="forger",
        battery=BATTERY,
        boot="b1",
        layout=LAYOUT,
        readings=[Reading(sequence=1, time_ms=MIDNIGHT_MS, values=(999_999, 1))],
    )
    gateway = receiver(home)
    if killed:  # between keeping and sending
        with pytest.raises(Unavailable):
            replace(gateway, ledger=Away()).receive(seal_bundle(bundle, key))
    spying = replace(gateway, ledger=Spying(home.ledger))
    with pytest.raises(Refused, match="no right"):
        spying.receive(seal_bundle(bundle, key))
    store = home.store()
    assert {window.stream.device for window in store.kept()} == {"gw"}
    assert len(list(store.folder.glob("*/day=*/*"))) == 1
    assert list(audit(store, home.ledger.window)) == []


class Away:
    """A ledger that does not answer."""

    def send(self, _):
        raise Unavailable("ledger.away", "nobody answers")

    def window(self, _):
        return None


class Spying:
    """The ledger as the party of the forger's device asks it."""

    def __init__(self, ledger):
        self.ledger, self.window = ledger, ledger.window

    def send(self, messages):
        outcome = self.ledger.book.send("spy", *messages)
        if outcome.code:
            raise Refused(outcome.code, outcome.text)


class Line:
    """A bad connection between a device and a gateway that restarts."""

    def __init__(self, home, faults):
        self.home, self.faults = home, iter(faults)

    def __call__(self, signed):
        match next(self.faults, "good"):
            case "down":
                return away(signed)
            case "answer lost":
                receiver(self.home).receive(signed)
                return away(signed)
            case "twice":
                receiver(self.home).receive(signed)
            case "garbled":
                return receiver(self.home).receive(signed)[::-1]
            case "cut":
                receiver(self.home).receive(signed[:-1])
        return receiver(self.home).receive(signed)


faults = st.lists(
    st.sampled_from(["good", "down", "answer lost", "twice", "garbled", "cut"]), max_size=20
)


@settings(max_examples=40)
@given(faults, st.lists(st.integers(1, 70), min_size=1, max_size=5))
def test_a_bad_line_loses_and_repeats_nothing(tmp_path_factory, faults, batches):
    folder = tmp_path_factory.mktemp("edge")
    home = Home(folder / "home")
    bad_line = Line(home, faults)
    total = 0
    for count in batches:
        edge = device(folder / "outbox.db")
        edge.record(measured(count, start=total))
        total += count
        edge.deliver(bad_line, GATEWAY)
        assert edge.check_complete(GATEWAY) == total
        edge.outbox.close()
    edge = device(folder / "outbox.db")
    edge.deliver(Line(home, []), GATEWAY)
    assert edge.deliver(away, GATEWAY).waiting == 0
    assert (home.ledger.stream("b1").next, home.ledger.stream("b1").missing) == (total + 1, ())
    kept = [n for w in home.store().kept() for n in home.store().rows(w).sequence.tolist()]
    assert kept == list(range(1, total + 1))


def test_a_receipt_counts_only_from_the_gateway_and_for_this_bundle(home, tmp_path):
    edge = device(tmp_path / "outbox.db")
    edge.record(measured(3))
    edge.record(measured(3, start=3))
    first = edge.outbox.waiting("gw", "b1")[0].signed
    right = receiver(home).receive(first)
    forged = SigningKey(b"f" * 32)
    assert "edge.signature" in edge.deliver(lambda _: right, forged.key_id).reason
    assert edge.deliver(lambda _: right, GATEWAY).delivered == 1
    assert "edge.receipt" in edge.deliver(lambda _: right, GATEWAY).reason
    assert edge.deliver(away, GATEWAY).waiting == 1


def bundle(first=1, count=3, *, key=DEVICE_KEY, readings=None, **fields):
    readings = readings or [
        Reading(sequence=first + i, time_ms=MIDNIGHT_MS + i, values=(i, i)) for i in range(count)
    ]
    stated = {"device": "gw", "battery": BATTERY, "boot": "b1", "layout": LAYOUT, **fields}
    return seal_bundle(pack_bundle(readings=readings, **stated), key)


HOLE = [Reading(sequence=n, time_ms=MIDNIGHT_MS, values=(1, 1)) for n in (1, 3)]


@pytest.mark.parametrize(
    ("signed", "code"),
    [
        pytest.param(bundle(5), "edge.gap", id="leaps"),
        pytest.param(bundle(2, 3), "edge.conflict", id="overlaps"),
        pytest.param(bundle(1, 2), "edge.conflict", id="tells-otherwise"),
        pytest.param(bundle(4, key=GATEWAY_KEY), "edge.signature", id="other-key"),
        pytest.param(bundle(4, device="spy"), "edge.unknown_device", id="unknown-device"),
        pytest.param(bundle(readings=HOLE), "edge.not_dense", id="hole"),
        pytest.param(bundle(4, battery=OTHER_BATTERY), "telemetry.other_battery", id="battery"),
        pytest.param(b"x" * 200, "canonical.malformed", id="noise"),
        pytest.param(b"", "canonical.malformed", id="nothing"),
    ],
)
def test_what_the_gateway_refuses(home, signed, code):
    readings = [Reading(sequence=n, time_ms=MIDNIGHT_MS, values=(n, 0)) for n in (1, 2, 3)]
    receiver(home).receive(bundle(readings=readings))
    with pytest.raises(Refused) as refusal:
        receiver(home).receive(signed)
    assert refusal.value.code == code
    assert home.ledger.stream("b1").next == 4


def test_a_gateway_that_died_before_sending_answers_after_its_restart(home, monkeypatch):
    signed = bundle()
    dying = receiver(home)
    monkeypatch.setattr(home.ledger, "send", away)
    with pytest.raises(Unavailable):
        dying.receive(signed)
    monkeypatch.undo()
    assert open_receipt(receiver(home).receive(signed), GATEWAY).last == 3
    assert home.ledger.stream("b1").next == 4


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM bundle WHERE first = 4",
        "UPDATE bundle SET signed = x'00' WHERE first = 4",
        "UPDATE bundle SET last = 9 WHERE first = 7",
        "UPDATE bundle SET receipt = x'00', signed = NULL WHERE first = 1",
        "UPDATE bundle SET digest = 'x' WHERE first = 1",
    ],
)
def test_a_damaged_outbox_is_found(home, tmp_path, damage):
    edge = device(tmp_path / "outbox.db")
    for start in (0, 3, 6):
        edge.record(measured(3 if start < 6 else 2, start=start))
    first = edge.outbox.waiting("gw", "b1")[0]
    edge.outbox.acknowledge("gw", "b1", 1, receiver(home).receive(first.signed))
    assert edge.check_complete(GATEWAY) == 8
    edge.outbox._db.execute(damage)
    with pytest.raises(Corrupt, match=r"edge\.lost"):
        edge.check_complete(GATEWAY)


def test_the_outbox_replaces_nothing(tmp_path):
    edge = device(tmp_path / "outbox.db")
    edge.record(measured(3))
    for first, last in ((1, 3), (2, 5), (5, 6)):
        with pytest.raises(Refused, match=r"edge\.exists"):
            edge.outbox.put("gw", "b1", first, last, b"other")
    with pytest.raises(Refused, match=r"edge\.nothing"):
        edge.record([])
    assert open_bundle(edge.outbox.waiting("gw", "b1")[0].signed, DEVICE_KEY.key_id)[0].last == 3
