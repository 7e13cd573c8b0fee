"""Parties, and the one box for everything."""

from urllib.parse import quote

import pytest

from cellchain.contracts.assembly import Item
from cellchain.contracts.membership.view import keys_of
from cellchain.core.errors import Refused
from tests.unit.web.pages.conftest import MEMBER, STATE

PACK = next(name for name, item in STATE.records.scan(Item) if item.sort == "pack")


def test_parties_are_found_by_role_and_words(ask):
    everybody = ask("/parties").data.parties.rows
    miners = ask("/parties", "role=mine").data.parties.rows
    assert miners == tuple(one for one in everybody if "mine" in one.roles) != ()
    assert [one.party for one in ask("/parties", "text=opera").data.parties.rows] == ["operator"]


def test_a_party_shows_the_keys_that_may_sign_now(ask):
    told = ask("/parties/{party}", party="operator", viewer=MEMBER)
    assert all(key.good == key.valid(told.data.now_ms) for key in told.data.keys)
    assert {row.sender for row in told.data.transactions.rows} <= {"operator"}
    with pytest.raises(Refused, match="no party"):
        ask("/parties/{party}", party="nobody")


@pytest.mark.parametrize(
    ("text", "viewer", "location"),
    [
        ("operator", None, "/parties/operator"),
        ("2", None, "/ledger/blocks/2"),
        (f"https://elsewhere.example/{PACK}", None, f"/{PACK}"),
        (PACK, MEMBER, f"/batteries/{PACK}"),
    ],
)
def test_an_exact_name_leads_to_its_page(ask, text, viewer, location):
    options = {"viewer": viewer} if viewer else {}
    assert ask("/search", f"q={quote(text)}", **options).shown.location == location


def test_a_key_leads_to_its_party(ask):
    key = keys_of(ask("/parties").asked.db, "operator")[0].key
    assert ask("/search", f"q={key}").shown.location == "/parties/operator#keys"


def test_the_beginning_of_a_name_finds_groups(ask):
    told = ask("/search", "q=P0")
    assert not told.shown.location
    assert all(place.location for places in told.data.groups.values() for place in places)


@pytest.mark.parametrize("text", ["", "zzz", "%00", "%3Cscript%3E"])
def test_where_nothing_is_found_it_says_what_can_be(ask, text):
    told = ask("/search", f"q={text}")
    assert told.data.groups == {}
    assert "What can be searched for" in told.html
    assert "<script>" not in told.html.partition("<main")[2]
