"""One member's value that does not fit stops nobody, and is told to whoever runs the home."""

from __future__ import annotations

import os

from cellchain.contracts.passport.attributes import rule_of
from cellchain.core.names import Digest
from cellchain.crypto.envelope import Label
from cellchain.services.vault import Private
from cellchain.services.vault.sealing import sealed_record, wraps_for
from tests.web.site import ana

API = "/api/v1"


def enter(vault, owner, record):
    """Enter a value whose owner committed to something else; return the commitment."""
    said, key = Digest(os.urandom(32).hex()), os.urandom(32)
    label = Label(record=record, version=1, access_class="public")
    private = Private(salt=b"s" * 16, media_type="application/json", file_name="", value=b'"evil"')
    sealed = sealed_record(key, private, said, label, owner, size_bytes=6, kept_ms=1)
    vault.index.add([(sealed, wraps_for(key, label, [vault.recipient(owner), vault.everybody()]))])
    return said


def test_a_value_that_does_not_fit_stops_nobody(served):
    listed = served.client(member=ana()).get(f"{API}/passports?limit=100").json()["rows"]
    open_ones = [one for one in listed if one["phase"] in {"issued", "amended"}]
    mine = next(one for one in open_ones if one["level"] == "model")
    name, operator = mine["passport"], mine["operator"]
    assert rule_of("weight").access == "public"
    said = enter(served.site.documents.vault, operator, f"{name}#weight")
    member = served.client(member=ana(operator))
    statements = [{"attribute": "weight", "value": said}]
    answer = member.post(
        f"{API}/passport/amend", json={"passport": name, "statements": statements}, timeout=60
    )
    assert answer.status_code == 201, answer.text
    head = member.get(f"{API}/head").json()
    assert head["height"] == head["ledger_height"]
    assert served.client().get("/readyz").json()["ready"]
    shown = member.get(f"{API}/passports/{name}").json()["attributes"]
    assert [one["value"] for one in shown if one["commitment"] == said] == [None]
    found = {name: (fine, seen) for name, fine, seen in served.site.health()}
    assert not found["vault"][0]
    assert said in found["vault"][1]
