"""Commitments stay, owners decide, grants end."""

import pytest

from cellchain.contracts import document as d
from cellchain.contracts import membership
from tests.given import NOON_MS
from tests.unit.contracts.consortium import consortium

HASH, OTHER = "ab" * 32, "cd" * 32
GRANT = d.Grant(document="D1", reader="workshop", purpose="repair", until_ms=NOON_MS + 5)


def register(document="D1", access="private"):
    return d.Register(document=document, commitment=HASH, access=access)


def archive(access="private"):
    ledger = consortium()
    ledger.must("lab", register(access=access))
    return ledger


class BookOf:
    def __init__(self, ledger):
        self.find = self.get = ledger.get


def opens(ledger, reader, time_ms=NOON_MS):
    return d.may_open(BookOf(ledger), "D1", reader, time_ms)


def test_a_document_is_its_owners_commitment():
    assert archive().get(d.Document, "D1") == d.Document(
        owner="lab", commitment=HASH, access="private", registered_ms=NOON_MS
    )


@pytest.mark.parametrize(
    ("access", "readers"),
    [
        ("private", ["lab"]),
        ("legitimate-interest", ["lab"]),
        ("authority", ["lab", "law"]),
        ("public", ["lab", "law", "workshop"]),
    ],
)
def test_the_class_says_who_opens_without_a_grant(access, readers):
    ledger = archive(access)
    assert [who for who in ("lab", "law", "workshop") if opens(ledger, who)] == readers


def test_a_suspended_authority_opens_nothing():
    ledger = archive("authority")
    ledger.must("op", membership.Suspend(party="law", reason="audit"))
    assert not opens(ledger, "law")


def test_a_grant_ends_in_time_or_by_revocation():
    ledger = archive()
    ledger.must("lab", GRANT)
    assert opens(ledger, "workshop", NOON_MS + 4)
    assert not opens(ledger, "workshop", NOON_MS + 5)
    ledger.must("lab", d.Revoke(document="D1", reader="workshop"))
    assert not opens(ledger, "workshop")


def test_a_successor_and_its_predecessor_name_each_other():
    ledger = archive()
    ledger.must("lab", d.Supersede(predecessor="D1", document="D2", commitment=OTHER))
    assert ledger.get(d.Document, "D1").successor == "D2"
    assert ledger.get(d.Document, "D2").predecessor == "D1"
    assert ledger.get(d.Document, "D1").commitment == HASH
    again = d.Supersede(predecessor="D1", document="D3", commitment=OTHER)
    assert ledger.code("lab", again) == "document.superseded"


def test_a_withdrawn_document_stays_withdrawn():
    ledger = archive()
    ledger.must("lab", d.Withdraw(document="D1"))
    assert ledger.get(d.Document, "D1").withdrawn_ms == NOON_MS
    for message in (d.Withdraw(document="D1"), GRANT):
        assert ledger.code("lab", message) == "document.withdrawn"


def test_an_owner_erases_its_document_and_its_values():
    ledger = archive()
    events = ledger.must("lab", d.Erase(documents=("D1",), commitments=(OTHER,)))
    assert [(e.commitment, e.party, e.document) for e in events] == [
        (HASH, "lab", "D1"),
        (OTHER, "lab", None),
    ]
    found = ledger.get(d.Erasure, d.erasure_key(OTHER, "lab"))
    assert found == d.Erasure(commitment=OTHER, party="lab", erased_ms=NOON_MS)
    assert ledger.get(d.Document, "D1").commitment == HASH


def test_each_party_erases_for_itself_and_once():
    ledger = archive()
    for party in ("lab", "workshop"):
        ledger.must(party, d.Erase(commitments=(HASH,)))
        assert ledger.get(d.Erasure, d.erasure_key(HASH, party)).party == party
    assert ledger.code("lab", d.Erase(documents=("D1",))) == "document.erased"


def test_a_withdrawn_document_is_erased_like_any():
    ledger = archive()
    ledger.must("lab", d.Withdraw(document="D1"))
    assert ledger.code("lab", d.Erase(documents=("D1",))) == ""


@pytest.mark.parametrize(
    ("sender", "message", "code"),
    [
        pytest.param("ghost", register("D2"), "membership.unknown_party", id="no-party"),
        pytest.param("lab", register(), "document.exists", id="twice"),
        pytest.param("op", register(), "document.exists", id="anothers-name"),
        pytest.param("lab", register("d d"), "name.document", id="name"),
        pytest.param(
            "lab", d.Register(document="D2", commitment="x"), "name.digest", id="commitment"
        ),
        pytest.param(
            "op",
            d.Supersede(predecessor="D1", document="D2", commitment=HASH),
            "document.not_owner",
            id="supersede-anothers",
        ),
        pytest.param(
            "lab",
            d.Supersede(predecessor="D1", document="D1", commitment=HASH),
            "document.exists",
            id="by-itself",
        ),
        pytest.param("op", d.Withdraw(document="D1"), "document.not_owner", id="withdraw-anothers"),
        pytest.param(
            "lab", d.Withdraw(document="D2"), "document.unknown_document", id="withdraw-none"
        ),
        pytest.param("op", GRANT, "document.not_owner", id="grant-anothers"),
        pytest.param(
            "lab",
            d.Grant(document="D1", reader="lab", purpose="x"),
            "document.to_self",
            id="to-self",
        ),
        pytest.param(
            "lab",
            d.Grant(document="D1", reader="ghost", purpose="x"),
            "membership.unknown_party",
            id="to-nobody",
        ),
        pytest.param(
            "lab",
            d.Grant(document="D1", reader="op", purpose=""),
            "document.purpose",
            id="no-purpose",
        ),
        pytest.param(
            "lab",
            d.Grant(document="D1", reader="op", purpose="x", until_ms=NOON_MS),
            "document.past",
            id="past",
        ),
        pytest.param(
            "lab",
            d.Revoke(document="D1", reader="op"),
            "document.unknown_opening",
            id="no-grant",
        ),
        pytest.param(
            "op",
            d.Revoke(document="D1", reader="lab"),
            "document.not_owner",
            id="revoke-anothers",
        ),
        pytest.param("op", d.Erase(documents=("D1",)), "document.not_owner", id="erase-anothers"),
        pytest.param(
            "lab", d.Erase(documents=("D2",)), "document.unknown_document", id="erase-none"
        ),
        pytest.param("lab", d.Erase(), "document.erasures", id="erase-nothing"),
        pytest.param(
            "lab", d.Erase(commitments=(HASH,) * 257), "document.erasures", id="erase-too-much"
        ),
        pytest.param(
            "lab", d.Erase(commitments=(OTHER, OTHER)), "document.erased", id="erase-twice"
        ),
        pytest.param("lab", d.Erase(commitments=("x",)), "name.digest", id="erase-misspelt"),
        pytest.param(
            "ghost", d.Erase(commitments=(HASH,)), "membership.unknown_party", id="erase-as-nobody"
        ),
    ],
)
def test_refusals(sender, message, code):
    assert archive().code(sender, message) == code
