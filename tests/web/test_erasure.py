"""What is erased is gone from pages at once, from those that are kept as well."""

from __future__ import annotations

from cellchain.adapters import write_ahead
from tests.web.site import ana

STRANGER = "indigo-recycler"


def test_no_kept_page_shows_what_was_forgotten(served):
    client = served.client(member=ana())
    listed = client.get("/api/v1/passports", params={"level": "item"}).json()["rows"]
    name, value, commitment = stated(client, listed)
    page = f"/{name}"
    assert value in client.get(page).text
    assert value in client.get(page).text
    with served.site.state() as state:
        served.site.views.forget(state, [commitment])
    assert value not in client.get(page).text


def test_a_value_that_is_erased_by_any_door_is_shown_no_more(served):
    client = served.client(member=ana())
    listed = client.get("/api/v1/passports", params={"level": "item"}).json()["rows"]
    name, value, commitment = stated(client, listed)
    for party, shown in ((STRANGER, True), (owner_of(served, commitment), False)):
        sender = served.client(member=ana(party))
        erased = sender.post("/api/v1/document/erase", json={"commitments": [commitment]})
        assert erased.is_success, erased.text
        assert (value in client.get(f"/{name}").text) is shown


def test_journals_that_a_reader_held_are_emptied_later(served, monkeypatch):
    monkeypatch.setattr(write_ahead, "WAIT_S", 0.1)
    site, client = served.site, served.client(member=ana())
    site.housekeeping.close()  # no round of its own is first
    listed = client.get("/api/v1/passports", params={"level": "item"}).json()["rows"]
    _, _, commitment = stated(client, listed)
    with site.views.read() as db, site.state() as state:
        db.exec_driver_sql("SELECT * FROM passport_attribute LIMIT 1").all()
        site.views.forget(state, [commitment])
        assert site.views.owes_journal
    assert site.housekeeping._chores["journals"]()  # this one: others empty it by the way
    assert not site.views.owes_journal


def owner_of(served, commitment):
    index = served.site.documents.vault.index
    ((owner,),) = index.rows("SELECT owner FROM record WHERE commitment = ?", (commitment,))
    return owner


def stated(client, listed):
    """A passport whose page shows a value of its own: a word that nothing else says."""
    for row in listed:
        shown = client.get(f"/api/v1/passports/{row['passport']}").json()
        for one in shown["attributes"]:
            word = (one["value"] or "").strip('"')
            public = one["access"] == "public" and one["passport"] == row["passport"]
            if public and len(word) > 12 and word.isprintable() and "{" not in word:
                text = client.get(f"/{row['passport']}").text
                if text.count(word) == 1:
                    return row["passport"], word, one["commitment"]
    raise AssertionError("the demo states no such value")
