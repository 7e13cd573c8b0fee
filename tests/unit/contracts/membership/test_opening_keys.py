"""Each party says for which key others close what it is to read."""

import pytest

from cellchain.contracts import membership as m
from tests.given import NOON_MS
from tests.unit.contracts.consortium import consortium, key

FIRST, SECOND = "ab" * 32, "cd" * 32


def opening(public_key=FIRST, epoch=1):
    return m.SetOpeningKey(public_key=public_key, epoch=epoch)


def test_epochs_count_up_and_leave_no_gap():
    ledger = consortium()
    ledger.must("lab", opening())
    ledger.must("lab", opening(SECOND, 2))
    assert ledger.get(m.OpeningKey, "lab") == m.OpeningKey(public_key=SECOND, epoch=2)
    assert ledger.code("lab", opening(FIRST, 3)) == ""


@pytest.mark.parametrize(
    ("sender", "message", "code"),
    [
        pytest.param("lab", opening(epoch=1), "membership.opening_epoch", id="again"),
        pytest.param("lab", opening(epoch=3), "membership.opening_epoch", id="gap"),
        pytest.param("law", opening(epoch=0), "membership.opening_epoch", id="nought"),
        pytest.param("lab", opening(epoch=2), "membership.opening_key", id="the-same-key"),
        pytest.param("lab", opening("x", 2), "name.key", id="misspelt"),
        pytest.param("ghost", opening(), "membership.unknown_party", id="nobody"),
    ],
)
def test_refusals(sender, message, code):
    ledger = consortium()
    ledger.must("lab", opening())
    assert ledger.code(sender, message) == code


def test_a_limited_key_does_not_say_who_reads():
    ledger = consortium()
    limited = m.AddKey(key=key("new"), purposes=("membership",), valid_until_ms=NOON_MS + 9)
    ledger.must("lab", limited, key=key("lab"))
    assert ledger.code("lab", opening(), key=key("new")) == "membership.beyond_key"
