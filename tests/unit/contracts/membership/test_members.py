"""The port of the ledger: whose key it is, and what it may sign now."""

import pytest

from cellchain.contracts import custody, document
from cellchain.contracts import membership as m
from cellchain.core.errors import Refused
from tests.given import NOON_MS
from tests.unit.contracts.consortium import consortium, key, unit

NEW = key("new")
OFFER = custody.Offer(battery=unit("P1"), receiver="lab")
GRANT = document.Revoke(document="d", reader="lab")


class Book:
    def __init__(self, ledger):
        self.find = ledger.get


def admit(ledger, who, *messages, time_ms=NOON_MS):
    try:
        return m.MEMBERS.admit(Book(ledger), who, messages, time_ms)
    except Refused as refusal:
        return refusal.code


def test_a_key_speaks_for_its_party():
    signer = admit(consortium(), key("lab"), OFFER)
    assert (signer.party, signer.device) == ("lab", None)


def test_a_devices_key_names_the_device():
    ledger = consortium()
    ledger.must("cars", m.RegisterDevice(device="bms-1", key=NEW))
    assert admit(ledger, NEW).device == "bms-1"
    assert admit(ledger, NEW, OFFER) == "membership.purpose"


def test_a_key_with_purposes_serves_no_other():
    ledger = consortium()
    ledger.must("lab", m.AddKey(key=NEW, purposes=("document",)))
    assert admit(ledger, NEW, GRANT).party == "lab"
    assert admit(ledger, NEW, GRANT, OFFER) == "membership.purpose"


@pytest.mark.parametrize(
    ("time_ms", "expected"),
    [
        pytest.param(NOON_MS + 9, "membership.early_key", id="too-early"),
        pytest.param(NOON_MS + 10, "lab", id="first-moment"),
        pytest.param(NOON_MS + 19, "lab", id="last-moment"),
        pytest.param(NOON_MS + 20, "membership.expired_key", id="too-late"),
    ],
)
def test_a_key_is_valid_from_until(time_ms, expected):
    ledger = consortium()
    add = m.AddKey(key=NEW, valid_from_ms=NOON_MS + 10, valid_until_ms=NOON_MS + 20)
    ledger.must("lab", add)
    found = admit(ledger, NEW, OFFER, time_ms=time_ms)
    assert getattr(found, "party", found) == expected


def test_unknown_revoked_and_suspended_are_not_heard():
    ledger = consortium()
    assert admit(ledger, NEW) == "membership.unknown_key"
    ledger.must("lab", m.RevokeKey(key=key("lab")))
    assert admit(ledger, key("lab")) == "membership.revoked_key"
    ledger.must("op", m.Suspend(party="cars", reason="audit"))
    assert admit(ledger, key("cars")) == "membership.suspended"
