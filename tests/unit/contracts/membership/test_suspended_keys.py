"""A key that may be stolen is silenced for a while."""

import pytest

from cellchain.contracts import membership as m
from cellchain.core.errors import Refused
from tests.given import NOON_MS
from tests.unit.contracts.consortium import consortium, key

SUSPEND, RESTORE = m.SuspendKey(key=key("mine")), m.RestoreKey(key=key("mine"))


class Book:
    def __init__(self, ledger):
        self.find = self.get = ledger.get


def admitted(ledger):
    return m.MEMBERS.admit(Book(ledger), key("mine"), (), NOON_MS)


def test_a_suspended_key_is_not_heard_until_it_is_restored():
    ledger = consortium()
    ledger.must("law", SUSPEND)
    with pytest.raises(Refused) as refusal:
        admitted(ledger)
    assert refusal.value.code == "membership.suspended_key"
    ledger.must("op", RESTORE)
    assert admitted(ledger).party == "mine"


@pytest.mark.parametrize("message", [SUSPEND, RESTORE], ids=["suspend", "restore"])
def test_only_registrars_and_votes_may(message):
    assert consortium().code("cars", message) == "membership.role_missing"


def test_once_and_not_what_is_revoked():
    ledger = consortium()
    assert ledger.code("op", RESTORE) == "membership.not_suspended"
    ledger.must("op", SUSPEND)
    assert ledger.code("op", SUSPEND) == "membership.suspended_key"
    ledger.must("op", m.RevokeKey(key=key("mine")))
    assert ledger.code("op", SUSPEND) == "membership.revoked_key"
