"""Who may read what: visitor, member, who has to do with a battery, operator; by every way.

The same rule holds for pages, API, proofs, search and live streams. The last tests walk every GET
route as a visitor, with the names of real things, and look for what is not for visitors.
"""

from __future__ import annotations

import asyncio
import re
from contextlib import aclosing
from types import SimpleNamespace
from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec
import pytest
from msgspec.structs import replace
from sqlalchemy import select
from starlette.routing import Route

from cellchain.contracts.custody.view import CUSTODY
from cellchain.contracts.document.view import DOCUMENT
from cellchain.contracts.material.view import LOT, RUN
from cellchain.contracts.membership.view import DEVICE, KEY, LICENCE
from cellchain.contracts.passport.attributes import ATTRIBUTES
from cellchain.contracts.passport.view import ATTRIBUTE, BATTERY, PASSPORT
from cellchain.contracts.telemetry.view import WINDOW
from cellchain.core.names import parse_battery_id
from cellchain.ledger.contract import kind_of
from cellchain.ledger.view import BLOCK, EVENT, TRANSACTION
from cellchain.services.access.viewer import VISITOR
from cellchain.services.demo.cast import OPERATOR
from cellchain.services.founding import operating_party
from cellchain.web.api.documents import CONTENT_PATH
from cellchain.web.api.live import HEIGHTS, LEDGER
from cellchain.web.api.serve import PREFIX
from cellchain.web.app import OPENAPI_PATH, VERIFIER_PATH
from cellchain.web.proof_page import render
from tests.web.site import CARS, PACKS, ana, bo

if TYPE_CHECKING:
    from tests.web.site import Served

CLOSED = ("assembly", "custody", "document", "material", "telemetry")
OPEN = ("governance", "membership", "passport")
DRAFT = "01/09506000134352/10/DRAFT-ONLY"
PUBLIC_DRAFT_VALUE = "manufacturer_information"


def all_of(served: Served, wanted):
    with served.site.views.read() as db:
        return db.execute(wanted).all()


def names(served: Served, column, **where):
    table = column.table
    chosen = [table.c[name] == value for name, value in where.items()]
    return [found for (found,) in all_of(served, select(column).where(*chosen))]


@pytest.fixture(scope="module")
def draft(served: Served) -> str:
    """A passport that nobody has issued, in a transaction of its own."""
    client = served.client(member=ana(PACKS))
    message = {"kind": "passport.draft/1", "passport": DRAFT, "category": "ev"}
    answer = client.post(f"{PREFIX}/messages", json={"messages": [message]})
    assert answer.status_code == 201, answer.text
    return DRAFT


def json_of(answer):
    assert answer.status_code == 200, answer.text
    return answer.json()


# -- the rule of contracts ----------------------------------------------------------------------


def test_a_contract_is_closed_unless_its_view_says_otherwise(served: Served):
    contracts = served.site.contracts
    assert set(contracts) == {*OPEN, *CLOSED}
    told = served.site.openness.events
    assert {kind.partition(".")[0] for kind in told} == set(OPEN)
    closed = {kind_of(e) for c in OPEN for e in contracts[c].events} - told
    assert closed == {"membership.device_registered/1"}


def test_a_visitor_reads_open_events_and_sees_that_there_are_others(served: Served, draft: str):
    visitor, member = served.client(), served.client(member=served.reader())
    seen = {"open": 0, "closed": 0}
    for height in names(served, BLOCK.c.height):
        path = f"{PREFIX}/events?height={height}&limit=1000"
        whole, told = json_of(member.get(path))["rows"], json_of(visitor.get(path))["rows"]
        assert [row["position"] for row in told] == [row["position"] for row in whole]
        for full, row in zip(whole, told, strict=True):
            if row["kind"]:
                assert row == full
                assert row["kind"].partition(".")[0] in OPEN
                seen["open"] += 1
            else:
                assert (row["sender"], row["subject"], row["entry"]) == ("", "", "")
                assert row["height"] == full["height"]
                seen["closed"] += 1
    assert min(seen.values()) > 20


@pytest.mark.parametrize("part", ["kind=custody.", "kind=material.created/1", "kind=telemetry."])
def test_who_looks_for_closed_events_finds_none(served: Served, part: str):
    assert json_of(served.client().get(f"{PREFIX}/events?{part}")) == {"rows": [], "after": None}
    assert json_of(served.client(member=served.reader()).get(f"{PREFIX}/events?{part}"))["rows"]


def test_the_pages_of_what_is_open_are_full_and_tell_it_all(served: Served):
    visitor, member = served.client(), served.client(member=served.reader())
    path = f"{PREFIX}/events?kind=passport.stated/1&limit="
    found, after = [], ""
    while after is not None:
        page = json_of(visitor.get(f"{path}7&after={after}"))
        assert len(page["rows"]) == 7 or page["after"] is None
        found += page["rows"]
        after = page["after"]
    whole = json_of(member.get(f"{path}1000"))["rows"]
    public = [r for r in whole if ATTRIBUTES[fields(r)["attribute"]].access == "public"]
    assert found == public
    assert len(found) < len(whole)


def fields(row):
    return msgspec.json.decode(row["entry"])


@pytest.mark.parametrize("query", ["events?party={}", "transactions?party={}"])
def test_what_a_party_sent_is_for_members(served: Served, query: str):
    answers = [served.client().get(f"{PREFIX}/{query.format(p)}") for p in (CARS, "nobody")]
    assert [answer.json()["code"] for answer in answers] == ["access.sign_in"] * 2
    page = served.client().get(f"/ledger/events?party={CARS}")
    assert page.status_code == 401


def test_a_transaction_is_told_where_all_of_it_is_open(served: Served):
    visitor, member = served.client(), served.client(member=served.reader())
    whole = rows_of(member, f"{PREFIX}/transactions")
    told = rows_of(visitor, f"{PREFIX}/transactions")
    seen = set()
    for full, row in zip(whole, told, strict=True):
        for name in ("id", "height", "index", "time_ms", "position", "code", "events"):
            assert row[name] == full[name]
        if row["kinds"]:
            assert row == full
            assert {kind.partition(".")[0] for kind in row["kinds"]} <= set(OPEN)
            assert not row["code"]
        else:
            assert (row["key"], row["sender"], row["gas"], row["size"]) == ("", "", 0, 0)
        seen.add((bool(row["kinds"]), bool(row["code"])))
    assert seen >= {(True, False), (False, False), (False, True)}


def rows_of(client, path):
    found, after = [], ""
    while after is not None:
        page = json_of(client.get(path, params={"after": after, "limit": 500}))
        found += page["rows"]
        after = page["after"]
    return found


def test_page_and_api_show_a_visitor_the_same(served: Served, draft: str):
    visitor = served.client()
    as_json = {"format": "json"}
    for height in names(served, BLOCK.c.height)[:40]:
        page = json_of(visitor.get(f"/ledger/blocks/{height}", params=as_json))
        path = f"{PREFIX}/events?height={height}&limit=200"
        assert page["events"] == json_of(visitor.get(path))
        assert page["block"] == json_of(visitor.get(f"{PREFIX}/blocks/{height}"))
        sent = json_of(visitor.get(f"{PREFIX}/transactions?height={height}&limit=200"))
        assert page["transactions"] == sent
        for row in sent["rows"][:2]:
            shown = json_of(visitor.get(f"/ledger/transactions/{row['id']}", params=as_json))
            assert shown["transaction"] == row
            assert bool(shown["envelope"]) == bool(row["kinds"])
            assert json_of(visitor.get(f"{PREFIX}/transactions/{row['id']}")) == row
        for row in page["events"]["rows"][:4]:
            place = row["position"]
            shown = json_of(visitor.get(f"/ledger/events/{place}", params=as_json))
            assert shown["event"] == row
            assert json_of(visitor.get(f"{PREFIX}/events/{place}")) == row


def test_a_block_is_checked_without_what_is_in_it(served: Served):
    from hashlib import sha256

    visitor, member = served.client(), served.client(member=served.reader())
    missing = 0
    for height in names(served, BLOCK.c.height)[1:]:
        raw = json_of(visitor.get(f"{PREFIX}/blocks/{height}/raw"))
        whole = json_of(member.get(f"{PREFIX}/blocks/{height}/raw"))
        ids = [sha256(envelope.encode()).hexdigest() for envelope in whole["transactions"]]
        assert raw["ids"] == whole["ids"] == ids
        covered = sha256(bytes.fromhex("".join(raw["ids"]))).hexdigest()
        assert raw["finality"]["header"]["header"]["transactions"] == covered
        for envelope, full in zip(raw["transactions"], whole["transactions"], strict=True):
            assert envelope in {None, full}
            missing += envelope is None
    assert missing > 20


def test_a_key_that_is_not_for_reading_reads_as_a_visitor(served: Served, draft: str):
    from cellchain.web.api.live import _topic

    key = served.client(key=served.key("telemetry", party=PACKS))
    visitor, reader = served.client(), served.client(key=served.key("read", party=PACKS))
    for path in ("/events?limit=300", "/transactions?limit=300", "/blocks/5/raw", "/search?q=n"):
        assert key.get(PREFIX + path).content == visitor.get(PREFIX + path).content, path
        assert key.get(PREFIX + path).content != reader.get(PREFIX + path).content, path
    lot = f"{PREFIX}/proofs/records/material.lot/{names(served, LOT.c.lot)[0]}"
    answers = [client.get(lot) for client in (key, visitor, reader)]
    assert [answer.status_code for answer in answers] == [403, 401, 200]
    assert answers[0].json()["code"] == "access.scope"
    assert key.get(f"{PREFIX}/passports/{draft}").status_code == 404
    assert reader.get(f"{PREFIX}/passports/{draft}").status_code == 200
    listening = SimpleNamespace(path_params={})
    viewer = served.viewer(ana(PACKS))
    machine = replace(viewer, scopes=frozenset({"telemetry"}))
    topics = [_topic(served.site, listening, one) for one in (viewer, machine, VISITOR)]
    assert topics == [LEDGER, HEIGHTS, HEIGHTS]


# -- drafts and devices, in contracts that are open ----------------------------------------------


def test_a_draft_is_not_hinted_at(served: Served, draft: str):
    visitor, member = served.client(), served.client(member=served.reader())
    (drafted, *_) = json_of(member.get(f"{PREFIX}/events?subject={draft}"))["rows"]
    assert drafted["kind"] == "passport.drafted/1"
    assert json_of(visitor.get(f"{PREFIX}/events?subject={draft}"))["rows"] == []
    assert not json_of(visitor.get(f"{PREFIX}/events/{drafted['position']}"))["kind"]
    assert not json_of(visitor.get(f"{PREFIX}/transactions/{drafted['transaction']}"))["kinds"]
    assert json_of(visitor.get(f"{PREFIX}/search?q={quote(draft)}")) == []
    assert json_of(visitor.get(f"{PREFIX}/search?q=DRAFT-ONLY")) == []
    assert json_of(member.get(f"{PREFIX}/search?q={quote(draft)}"))
    for kind, subject in (
        ("passport.passport", draft),
        ("passport.passport", draft.replace("DRAFT-ONLY", "NEVER")),
        ("passport.attribute", f"{draft}#{PUBLIC_DRAFT_VALUE}"),
    ):
        answer = visitor.get(f"{PREFIX}/proofs/records/{kind}/{quote(subject)}")
        assert (answer.status_code, answer.json()["code"]) == (401, "access.sign_in")


def test_a_draft_is_open_once_it_is_issued(served: Served):
    issued = names(served, PASSPORT.c.passport, phase="issued")[0]
    shown = json_of(served.client().get(f"{PREFIX}/events?subject={quote(issued)}"))["rows"]
    assert {"passport.drafted/1", "passport.issued/1"} <= {row["kind"] for row in shown}


def test_devices_and_their_keys_are_for_members(served: Served):
    visitor, member = served.client(), served.client(member=served.reader())
    device = all_of(served, select(DEVICE))[0]
    as_json = {"format": "json"}
    page = f"/parties/{device.party}"
    assert device.key in member.get(page).text
    for answer in (visitor.get(page), visitor.get(page, params=as_json)):
        assert device.key not in answer.text
        assert device.device not in answer.text
    for kind, subject in (
        ("membership.device", device.device),
        ("membership.device", "none"),
        ("membership.key", device.key),
    ):
        answer = visitor.get(f"{PREFIX}/proofs/records/{kind}/{subject}")
        assert (answer.status_code, answer.json()["code"]) == (401, "access.sign_in")
    assert json_of(visitor.get(f"{PREFIX}/search?q={device.device}")) == []
    assert json_of(visitor.get(f"{PREFIX}/search?q={device.key}")) == []


# -- proofs -------------------------------------------------------------------------------------


def test_a_visitor_proves_what_is_open(served: Served):
    visitor = served.client()
    issued = names(served, PASSPORT.c.passport, phase="issued")[0]
    licence = names(served, LICENCE.c.licence)[0]
    signer = names(served, KEY.c.key, device=None)[0]
    for kind, subject in (
        ("membership.party", CARS),
        ("membership.party", "nobody-at-all"),
        ("membership.key", signer),
        ("membership.licence", licence),
        ("passport.passport", issued),
    ):
        json_of(visitor.get(f"{PREFIX}/proofs/records/{kind}/{quote(subject)}"))
    page = json_of(visitor.get(f"/{issued}", params={"format": "json"}))
    assert page["attributes"]
    for value in page["attributes"]:
        json_of(visitor.get(f"{PREFIX}/proofs/events/{value['position']}"))
    told = next(row for row in rows_of(visitor, f"{PREFIX}/transactions") if row["kinds"])
    json_of(visitor.get(f"{PREFIX}/proofs/transactions/{told['id']}"))


@pytest.mark.parametrize("form", ["json", "html"])
def test_what_is_closed_is_proved_to_members_whether_it_is_there_or_not(served: Served, form: str):
    visitor, member = served.client(), served.client(member=served.reader())
    lot, battery = names(served, LOT.c.lot)[0], names(served, CUSTODY.c.battery)[0]
    rows = rows_of(member, f"{PREFIX}/transactions")
    hidden = next(row for row in rows if row["kinds"][0].startswith("custody."))
    refused = next(row for row in rows if row["code"])
    for path in (
        f"records/material.lot/{lot}", "records/material.lot/NONE-1", "records/no.such/x",
        f"records/custody.custody/{battery}", f"records/assembly.item/{battery}",
        f"events/{hidden['position'] - 1}", f"events/{hidden['position']}", "events/999999999",
        "events/x", f"transactions/{hidden['id']}", f"transactions/{refused['id']}",
        f"transactions/{'0' * 64}",
    ):  # fmt: skip
        answer = visitor.get(f"{PREFIX}/proofs/{path}?as={form}")
        assert (answer.status_code, answer.json()["code"]) == (401, "access.sign_in"), path
    for path in (f"records/material.lot/{lot}", f"transactions/{hidden['id']}"):
        assert member.get(f"{PREFIX}/proofs/{path}?as={form}").status_code == 200


# -- search and live ----------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["page", "api"])
def test_a_visitor_finds_what_is_open_only(served: Served, where: str):
    visitor, member = served.client(), served.client(member=served.reader())

    def sorts(client, text: str) -> set[str]:
        if where == "api":
            found = json_of(client.get(f"{PREFIX}/search", params={"q": text, "limit": 60}))
            return {hit["sort"] for hit in found}
        answer = client.get("/search", params={"q": text, "format": "json"})
        if answer.status_code == 303:
            return {answer.headers["location"].split("/")[1]}
        return set(json_of(answer)["groups"])

    lot, run = names(served, LOT.c.lot)[0], names(served, RUN.c.run)[0]
    for text in (lot, run, names(served, DOCUMENT.c.document)[0]):
        assert sorts(visitor, text) == set()
        assert sorts(member, text)
    for prefix in "0n1pbdcmv":
        assert sorts(visitor, prefix) <= {
            "party", "licence", "passport", "battery", "block", "transaction", "key", "parties",
            "ledger", "01",
        }  # fmt: skip
    assert sorts(visitor, CARS)
    assert sorts(visitor, "5")


def test_a_visitor_finds_a_battery_where_its_passport_was_issued(served: Served):
    rows = {row.battery: row.phase for row in all_of(served, select(BATTERY))}
    hidden = next(battery for battery, phase in rows.items() if not phase)
    shown = next(battery for battery, phase in rows.items() if phase == "issued")
    visitor = served.client()
    assert json_of(visitor.get(f"{PREFIX}/search", params={"q": hidden})) == []
    found = json_of(visitor.get(f"{PREFIX}/search", params={"q": shown}))
    assert [hit["subject"] for hit in found] == [shown]
    assert visitor.get("/search", params={"q": shown}).headers["location"] == f"/{shown}"


def test_a_visitor_hears_heights_and_a_member_what_they_are_about(served: Served, draft: str):
    hub = served.web.hub

    async def kept(topic: str) -> bytes:
        await asyncio.sleep(1.2)
        async with aclosing(hub.listen(topic, 0)) as events:
            return await anext(events)

    def heard(topic: str) -> bytes:
        return asyncio.run_coroutine_threadsafe(kept(topic), served.loop).result(10)

    assert draft.encode() in heard(LEDGER)
    told = heard(HEIGHTS)
    assert b'"height":' in told
    assert b"subjects" not in told
    assert draft.encode() not in told


# -- readings -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def measured(served: Served) -> tuple[str, set[str]]:
    """A battery with readings, and the parties that have to do with it."""
    from cellchain.contracts.assembly.view import outermost

    battery = names(served, WINDOW.c.battery)[0]
    with served.site.views.read() as db:
        whole = outermost(db, battery)
    rights = all_of(served, select(CUSTODY).where(CUSTODY.c.battery.in_([battery, whole])))
    parties = {p for row in rights for p in (row.owner, row.holder, row.responsible)}
    parties |= set(names(served, DEVICE.c.party, battery=battery))
    return battery, {party for party in parties if not party.startswith("contract:")}


def without_interest(served: Served, interested: set[str]) -> str:
    found = [m.party for m in served.site.access.members.everybody()]
    return next(
        p for p in sorted(set(found)) if p not in interested and "authority" not in roles(served, p)
    )


def roles(served: Served, party: str) -> frozenset[str]:
    return served.viewer(ana(party)).roles


def readings_of(client, battery: str) -> dict[str, object]:
    """What each of the ways to readings answers: status and code, or whether there is something."""
    path = f"{PREFIX}/batteries/{battery}"
    span = json_of(client.get(f"{path}/channels"))
    series = client.get(f"{path}/readings?points=5")
    page = json_of(client.get(f"/batteries/{battery}", params={"format": "json"}))
    proof = client.get(
        f"{PREFIX}/proofs/readings", params={"battery": battery, "time": "2001-01-01T00:00:00Z"}
    )
    return {
        "span": span["first_ms"] is not None,
        "channels": bool(span["channels"]),
        "series": series.json().get("code", "shown"),
        "page": page["series"] is not None,
        "streams": bool(page["streams"]),
        "proof": proof.json().get("code"),
    }


def test_readings_are_for_who_has_to_do_with_the_battery(served: Served, measured):
    battery, interested = measured
    shown = {
        "span": True, "channels": True, "series": "shown", "page": True, "streams": True,
        "proof": "reading.none",
    }  # fmt: skip
    nothing = {
        "span": False, "channels": False, "series": "telemetry.no_readings", "page": False,
        "streams": True, "proof": "reading.none",
    }  # fmt: skip
    authority = next(
        m.party
        for m in served.site.access.members.everybody()
        if "authority" in roles(served, m.party)
    )
    for party in interested:
        assert readings_of(served.client(member=ana(party)), battery) == shown, party
    stranger = served.client(member=ana(without_interest(served, interested)))
    for client in (stranger, served.client(member=ana(authority))):
        assert readings_of(client, battery) == nothing
    with served.site.views.read() as db:
        quiet = next(
            row.battery
            for row in db.execute(select(BATTERY)).all()
            if served.site.readings.span_ms(parse_battery_id(row.battery)) is None
        )
    path = f"{PREFIX}/batteries/{{}}/readings"
    answers = [stranger.get(path.format(one)) for one in (battery, quiet)]
    said = [
        (a.status_code, a.json() | {"detail": a.json()["detail"].replace(b, "")})
        for a, b in zip(answers, (battery, quiet), strict=True)
    ]
    assert said[0] == said[1]
    assert said[0][0] == 404


def test_a_real_reading_is_proved_to_nobody_else(served: Served, measured):
    from cellchain.core.time import format_time

    battery, interested = measured
    start_ms = names(served, WINDOW.c.start_ms, battery=battery)[0]
    asked = {"battery": battery, "time": format_time(start_ms)}
    path = f"{PREFIX}/proofs/readings"
    owner = served.client(member=ana(sorted(interested)[0])).get(path, params=asked)
    assert owner.json().get("code") in {None, "reading.several"}
    stranger = served.client(member=ana(without_interest(served, interested)))
    answer = stranger.get(path, params=asked)
    assert (answer.json()["code"], battery in answer.json()["detail"]) == ("reading.none", True)


def test_readings_are_heard_by_nobody_else(served: Served, measured):
    battery, interested = measured
    stranger = served.client(member=ana(without_interest(served, interested)))
    answer = stranger.get(f"{PREFIX}/batteries/{battery}/live")
    assert (answer.status_code, answer.json()["code"]) == (404, "telemetry.no_readings")


# -- the operator --------------------------------------------------------------------------------


def test_the_system_is_for_administrators_of_the_party_that_operates_the_home(served: Served):
    assert operating_party(served.site._home.genesis) == OPERATOR
    answers = {
        who: served.client(member=who, accept="text/html").get("/system").status_code
        for who in (ana(OPERATOR), bo(OPERATOR), ana(CARS), bo(CARS))
    }
    assert answers == {ana(OPERATOR): 200, bo(OPERATOR): 403, ana(CARS): 403, bo(CARS): 403}
    assert served.client().get("/system").status_code == 303
    key = served.client(key=served.key(party=OPERATOR), accept="application/json")
    assert key.get("/system").json()["code"] == "access.duty"


@pytest.mark.parametrize(
    ("who", "shown"),
    [("", False), (ana(CARS), False), (bo(OPERATOR), False), (ana(OPERATOR), True)],
)
def test_the_navigation_names_the_system_to_who_may_see_it(served: Served, who: str, shown: bool):
    assert ('href="/system"' in served.client(member=who).get("/ledger").text) == shown


# -- every way a visitor has ---------------------------------------------------------------------

FIXED = {"/tour", "/api", OPENAPI_PATH, VERIFIER_PATH, CONTENT_PATH}
"""What says the same of every ledger: the API, and the stops of the demonstration; and what is in
documents, which have classes of their own (test_documents.py)."""


def secrets_of(served: Served) -> dict[str, list[str]]:
    """Words that no visitor may read, by what they are."""
    lots = all_of(served, select(LOT))
    hidden = {"01/", *names(served, PASSPORT.c.passport)}
    evidence = {
        name
        for (found, attribute) in all_of(served, select(ATTRIBUTE.c.evidence, ATTRIBUTE.c.name))
        if ATTRIBUTES[attribute].access == "public"
        for name in found
    }
    contracts = served.site.contracts
    return {
        "lots": [lot.lot for lot in lots],
        "masses": [str(lot.mass_mg) for lot in lots if lot.mass_mg > 10**6],
        "runs": names(served, RUN.c.run),
        "devices": names(served, DEVICE.c.device),
        "device keys": names(served, DEVICE.c.key),
        "documents": [d for d in names(served, DOCUMENT.c.document) if d not in evidence],
        "batteries": [b for b in names(served, BATTERY.c.battery) if b not in hidden],
        "drafts": [DRAFT],
        "kinds": [
            kind_of(kind)
            for name in CLOSED
            for kind in (*contracts[name].messages, *contracts[name].events)
        ],
    }


def ways(served: Served) -> list[str]:
    """Every GET route, its named parts filled with the names of real things."""
    by_kind: dict[str, list[int]] = {}
    for position, kind in all_of(served, select(EVENT.c.position, EVENT.c.kind)):
        by_kind.setdefault(kind, []).append(position)
    receipts = names(served, TRANSACTION.c.position)
    codes = {
        code: sent for sent, code in all_of(served, select(TRANSACTION.c.id, TRANSACTION.c.code))
    }
    batteries = names(served, BATTERY.c.battery)
    passports = [*names(served, PASSPORT.c.passport), DRAFT]
    sorts: dict[str, list[str]] = {
        "position": [
            *(str(p) for places in by_kind.values() for p in (places[0], places[-1])),
            str(receipts[0]),
        ],
        "height": [str(h) for h in names(served, BLOCK.c.height)],
        "transaction": [*names(served, TRANSACTION.c.id)[:60], *codes.values()],
        "lot": names(served, LOT.c.lot)[:3],
        "run": names(served, RUN.c.run)[:3],
        "document": names(served, DOCUMENT.c.document)[:3],
        "device": names(served, DEVICE.c.device)[:1],
        "window": names(served, WINDOW.c.window)[:2],
        "party": [m.party for m in served.site.access.members.everybody()],
        "passport": passports,
    }
    kinds = {
        kind_of(r).partition("/")[0] for c in served.site.contracts.values() for r in c.records
    }
    subjects = [*batteries[:2], batteries[-1], *passports[:4], *sorts["lot"], *sorts["run"], CARS]
    found: list[str] = []
    for route in served.web.routes:
        if not isinstance(route, Route) or "GET" not in (route.methods or ()):
            continue
        path = re.sub(r":path", "", route.path)
        if path in FIXED or path == f"{PREFIX}/live":
            continue
        before = len(found)
        parts = re.findall(r"\{(\w+)\}", path)
        if parts == ["gtin", "serial"]:
            known = [b.split("/") for b in batteries if "/21/" in b]
            found += [path.format(gtin=b[1], serial=b[3]) for b in known[:10] + known[-30:]]
        elif parts == ["gtin"]:
            found += {path.format(gtin=p.split("/")[1]) for p in passports}
        elif parts == ["kind", "subject"]:
            found += [
                path.format(kind=k, subject=quote(s)) for k in sorted(kinds) for s in subjects
            ]
        elif len(parts) == 1:
            filled = sorts.get(parts[0], ["x"])
            found += [path.format(**{parts[0]: quote(one)}) for one in filled]
        else:
            found.append(re.sub(r"\{\w+\}", "x", path))
        form = "?as=html" if "/proofs/" in path else "?format=json"
        found += (
            []
            if form == "?format=json" and path.startswith(PREFIX)
            else [one + form for one in found[before:]]
        )
    words = [
        *sorts["lot"],
        *sorts["run"],
        *sorts["device"],
        *sorts["document"],
        DRAFT,
        *batteries[:2],
    ]
    for word in (*words, "nickel", "a", "p"):
        found += [f"/search?q={quote(word)}&format=json", f"{PREFIX}/search?q={quote(word)}"]
        found += [f"/ledger/events?subject={quote(word)}", f"{PREFIX}/events?subject={quote(word)}"]
    found += ["/ledger?format=json&filled=yes", f"{PREFIX}/events?limit=1000"]
    found += [f"{PREFIX}/transactions?limit=1000&as=csv", f"{PREFIX}/events?limit=1000&as=csv"]
    return found


def test_no_way_leads_a_visitor_to_what_is_closed(served: Served, draft: str):
    secrets = secrets_of(served)
    assert all(secrets.values()), {name for name, words in secrets.items() if not words}
    words = sorted({w for found in secrets.values() for w in found}, key=len, reverse=True)
    pattern = re.compile(rf"(?<![0-9A-Za-z])({'|'.join(map(re.escape, words))})(?![0-9A-Za-z])")
    told = served.client(member=served.reader()).get(f"{PREFIX}/events?limit=1000").text
    assert len(set(pattern.findall(told))) > 50  # a member is told, so it would be noticed
    example = set(pattern.findall(render(b"{}", served.site.operator_key).decode()))
    visitor, statuses, astray = served.client(), set(), []
    for form in ways(served):
        answer = visitor.get(form)
        statuses.add(answer.status_code)
        if answer.status_code == 200:
            found = set(pattern.findall(answer.text)) - (example if "as=html" in form else set())
            # what was asked for is said back, and is no news
            astray += [f"{form} tells {w}" for w in found if w not in form and quote(w) not in form]
    assert astray == [], "\n".join(astray[:50])
    assert statuses <= {200, 303, 401, 404, 406, 422}
