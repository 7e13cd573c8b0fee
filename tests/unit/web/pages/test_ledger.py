"""The ledger's pages, and what a block is checked with."""

import json
import subprocess
from hashlib import sha256
from types import SimpleNamespace

import msgspec
import pytest

from cellchain.core.errors import Refused
from cellchain.ledger.header import header_signature_good, transactions_hash
from cellchain.ledger.view import block, events
from cellchain.services.access.viewer import VISITOR
from cellchain.web.api.blocks import block_endpoints
from cellchain.web.pages.ledger.fields import fields_of
from cellchain.web.proof_page import verifier_module
from tests.machine import require
from tests.unit.web.pages.conftest import MEMBER, STATE

LAST = STATE.head.height


def raw(site, height, viewer=MEMBER):
    endpoint = next(one for one in block_endpoints() if one.name == "blocks.raw")
    with site.views.read() as db:
        call = SimpleNamespace(site=site, viewer=viewer, db=db, path={"height": height})
        return endpoint.answer(call).data


def test_blocks_come_in_pages_until_the_genesis(ask):
    first = ask("/ledger", "filled=yes").data
    assert all(one.transactions for one in first.blocks.rows)
    heights, after = [], ""
    while after is not None:
        page = ask("/ledger", f"after={after}").data.blocks
        heights += [one.height for one in page.rows]
        after = page.after
    assert heights == list(range(LAST, -1, -1))


def test_it_says_who_watches_that_the_log_only_grows(ask):
    page = ask("/ledger")
    assert page.data.witnesses == ("witness.example/w1",)
    assert "<bdi>witness.example/w1</bdi>" in page.html


def test_a_block_shows_the_header_that_was_signed(ask):
    signed = ask("/ledger/blocks/{height}", height="2").data.signed
    assert header_signature_good(signed)
    assert ask("/ledger/blocks/{height}", height="0").data.signed is None


def test_only_the_last_block_depends_on_what_comes(ask):
    assert ask("/ledger/blocks/{height}", height=str(LAST)).shown.about is None
    assert ask("/ledger/blocks/{height}", height="1", viewer=MEMBER).shown.about


@pytest.mark.parametrize("height", ["x", "-1", "1" * 16, "²", str(LAST + 1)])
def test_no_such_block(ask, site, height):
    with pytest.raises(Refused, match="block"):
        ask("/ledger/blocks/{height}", height=height)
    with pytest.raises(Refused, match="block"):
        raw(site, height)


def test_every_entry_of_the_log_leads_to_a_page(ask):
    found = block(ask("/ledger").asked.db, 2)
    for position in range(found.log_start, found.log_start + found.entries):
        told = ask("/ledger/events/{position}", position=str(position), viewer=MEMBER)
        assert told.shown.location.startswith("/ledger/") or told.data.record
    with pytest.raises(Refused, match="no entry"):
        ask("/ledger/events/{position}", position=str(STATE.head.log_size))


def test_a_transaction_shows_what_was_asked_and_what_happened(ask):
    sent = ask("/ledger/blocks/{height}", height="2", viewer=MEMBER).data.transactions.rows[0]
    told = ask("/ledger/transactions/{transaction}", transaction=sent.id, viewer=MEMBER)
    assert len(told.data.events.rows) == sent.events
    assert json.loads(told.data.envelope)["body"]["key"] == sent.key
    with pytest.raises(Refused, match="no transaction"):
        ask("/ledger/transactions/{transaction}", transaction="00")


def test_events_are_filtered_by_all_three(ask):
    db = ask("/ledger").asked.db
    one = events(db, kind="custody.", limit=1).rows[0]
    query = f"kind={one.kind}&party={one.sender}&subject={one.subject}"
    found = ask("/ledger/events", query, viewer=MEMBER).data
    assert one in found.events.rows
    assert {(e.kind, e.sender, e.subject) for e in found.events.rows} == {
        (one.kind, one.sender, one.subject)
    }
    assert not ask("/ledger/events", "subject=nobody").data.events.rows


def test_fields_are_told_by_their_units_and_names_are_links(ask):
    text = msgspec.json.encode(
        {"kind": "a.b/1", "party": "operator", "share_ppm": 5000, "note": "<b>", "span_ms": 1500}
    )
    told = dict(fields_of(ask("/ledger").asked.db, text))
    assert told["share"] == "0.5\u202f%"
    assert told["span"] == "1.5\u202fs"
    assert "/search?q=operator" in told["party"]
    assert told["note"] == "<bdi>&lt;b&gt;</bdi>"


def test_a_raw_block_holds_what_its_header_covers(site):
    for height in range(1, LAST + 1):
        found = raw(site, str(height))
        ids = [sha256(envelope.encode()).hexdigest() for envelope in found.transactions]
        assert transactions_hash(ids) == found.finality.header.header.transactions
        checked = raw(site, str(height), VISITOR)
        assert checked.ids == tuple(ids)
        assert set(checked.transactions) <= {None, *found.transactions}


CHECK = """
const raw = JSON.parse(require("fs").readFileSync(0, "utf8"));
const { verify } = await v.chooseVerifier(v.VECTORS, v.PATTERN);
const { header } = raw.finality.header;
const trust = v.parseTrust(raw.operator_key);
console.log(JSON.stringify([
  await v.headerGood(raw.finality.header, verify),
  await v.operatorTrusted(header, trust, raw.finality.rotations || [], verify),
  v.toHex(v.sha256(v.utf8(v.canonicalText(header)))),
]));
"""


def test_the_verifier_module_checks_a_raw_block(site, tmp_path):
    node = require("node", purpose="to run the page's script in")
    (tmp_path / "verifier.mjs").write_bytes(verifier_module())
    start = (
        'import * as v from "./verifier.mjs";\nimport { createRequire } from "module";\n'
        "const require = createRequire(import.meta.url);\n"
    )
    (tmp_path / "check.mjs").write_text(start + CHECK)
    found = raw(site, "2")
    done = subprocess.run(
        [node, str(tmp_path / "check.mjs")],
        input=msgspec.json.encode(found),
        capture_output=True,
        check=True,
    )
    assert json.loads(done.stdout) == [True, True, found.finality.header.header.hash]
