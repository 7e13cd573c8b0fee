"""Every route there is: who may come in, and who is turned away."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from starlette.routing import Mount, Route

from cellchain.contracts import discover
from cellchain.core.names import PartyId
from cellchain.web.api.catalogue import endpoints
from cellchain.web.api.documents import CONTENT_PATH, OBJECT_PATH
from cellchain.web.api.live import LIVE_PATHS
from cellchain.web.api.serve import PREFIX
from cellchain.web.app import ROUTES_FOR_ALL
from cellchain.web.pages import discover_actions, discover_pages
from tests.web.site import CARS, PACKS, ana, bo

if TYPE_CHECKING:
    from tests.web.site import Served

PUBLIC_PAGES = {
    "/", "/01/{gtin}", "/01/{gtin}/21/{serial}", "/api", "/fragments/head", "/governance",
    "/invitation",
    "/ledger", "/ledger/blocks/{height}", "/ledger/events", "/ledger/events/{position}",
    "/ledger/transactions/{transaction}", "/parties", "/parties/{party}", "/scheme", "/search",
    "/sign-in", "/sign-in/provider", "/tour", "/verify",
}  # fmt: skip
PUBLIC_ACTIONS = {
    "/invitation", "/scheme", "/sign-in", "/sign-in/to-provider", "/sign-out", "/tour/over",
    "/verify",
}  # fmt: skip
PUBLIC_ENDPOINTS = {
    "blocks.light",
    "blocks.list", "blocks.raw", "blocks.show", "events.list", "events.show", "head",
    "log.checkpoint", "log.consistency", "log.cosign", "log.cosigned", "log.rotations", "me",
    "parties.list", "parties.show", "passkeys.sign_in", "passkeys.sign_in_begin",
    "passports.show", "proofs.event", "proofs.record", "proofs.transaction", "proposals.list",
    "proposals.show", "search",
    "telemetry.deliver", "telemetry.gateway", "transactions.list", "transactions.show",
    "transactions.submit", "transactions.submit_several",
}  # fmt: skip
"""What is signed by its sender, or left out value by value: see test_who_reads_what.py."""

PAGES = {page.path: page for page in discover_pages()}
ACTIONS = {action.path: action for action in discover_actions()}
ENDPOINTS = {endpoint.name: endpoint for endpoint in endpoints(discover())}
FOR_ALL = ("public", "visitor")


def filled(path: str) -> str:
    """A path with something in its named parts."""
    return re.sub(
        r"\{(\w+)(?::path)?\}", lambda part: {"gtin": "04012345678901"}.get(part[1], "x"), path
    )


def test_every_route_is_declared_with_who_may_use_it(served: Served):
    declared = {
        *PAGES, *ACTIONS, *ROUTES_FOR_ALL, *(path for path, _, _, _ in LIVE_PATHS),
        *(PREFIX + endpoint.path for endpoint in ENDPOINTS.values()), CONTENT_PATH, OBJECT_PATH,
    }  # fmt: skip
    for route in served.web.routes:
        assert isinstance(route, Route | Mount)
        assert route.path in declared
    methods = {m for r in served.web.routes if isinstance(r, Route) for m in r.methods or ("GET",)}
    assert methods == {"DELETE", "GET", "HEAD", "PATCH", "POST"}


def test_what_is_public_is_listed_here():
    assert {path for path, page in PAGES.items() if page.access in FOR_ALL} == PUBLIC_PAGES
    assert {path for path, one in ACTIONS.items() if one.access in FOR_ALL} == PUBLIC_ACTIONS
    assert {name for name, one in ENDPOINTS.items() if one.access in FOR_ALL} == PUBLIC_ENDPOINTS
    assert [name for _, name, access, _ in LIVE_PATHS if access in FOR_ALL] == ["live.ledger"]


@pytest.mark.parametrize("path", sorted(set(PAGES) - PUBLIC_PAGES))
def test_a_visitor_is_led_to_the_door_of_every_other_page(served: Served, path: str):
    visitor = served.client()
    answer = visitor.get(filled(path), headers={"accept": "text/html"})
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in?next=%2F")
    told = visitor.get(filled(path), headers={"accept": "application/json"})
    assert (told.status_code, told.json()["code"]) == (401, "access.sign_in")


@pytest.mark.parametrize("path", sorted(set(ACTIONS) - PUBLIC_ACTIONS))
def test_a_visitor_does_nothing(served: Served, path: str):
    answer = served.client().post(filled(path), headers={"accept": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (401, "access.sign_in")


@pytest.mark.parametrize("name", sorted(set(ENDPOINTS) - PUBLIC_ENDPOINTS))
def test_a_visitor_calls_nothing_else(served: Served, name: str):
    one = ENDPOINTS[name]
    answer = served.client().request(one.method, PREFIX + filled(one.path))
    assert (answer.status_code, answer.json()["code"]) == (401, "access.sign_in")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_visitor_hears_no_readings_and_opens_no_document(served: Served):
    visitor = served.client()
    live = f"{PREFIX}/batteries/01/04012345678901/21/x/live"
    assert visitor.get(live).json()["code"] == "access.sign_in"
    with served.site.views.read() as db:
        from cellchain.contracts.document.view import documents

        closed = next(row for row in documents(db).rows if row.access != "public")
    assert visitor.get(f"{PREFIX}/documents/{closed.document}/content").status_code == 404


@pytest.mark.parametrize("key", ["cc_x_y", "x", "", "cc_" + "a" * 500, "Basic abc"])
def test_a_key_that_opens_nothing_is_told_so(served: Served, key: str):
    answer = served.client(authorization=f"Bearer {key}").get(f"{PREFIX}/me")
    assert (answer.status_code, answer.json()["code"]) == (401, "access.sign_in")


OFFER = {"kind": "custody.offer/1", "battery": "01/04012345678901/21/X", "receiver": PACKS}
RUNNING = sorted(path for path, one in ACTIONS.items() if one.access == "administrator")
SIGNED = sorted(n for n, e in ENDPOINTS.items() if e.scope in discover() and e.method == "POST")


@pytest.mark.parametrize("name", SIGNED)
def test_a_reader_does_not_act(served: Served, name: str):
    one, reader = ENDPOINTS[name], served.client(member=served.reader())
    answer = reader.request(one.method, PREFIX + filled(one.path), content=b"{}")
    assert answer.json()["code"] in {"access.duty", "web.body"}


def test_a_reader_signs_nothing_begins_nothing_and_runs_nothing(served: Served):
    reader = served.client(member=served.reader())
    wanted = {"size": 1, "media_type": "text/plain", "file_name": "x"}
    for answer in (
        reader.post(f"{PREFIX}/custody/offer", json=OFFER),
        reader.post(
            f"{PREFIX}/messages", json={"messages": [{"kind": "custody.offer/1", **OFFER}]}
        ),
        reader.post(f"{PREFIX}/uploads", json=wanted),
        reader.post(f"{PREFIX}/jobs/custody.offer", content=b"battery,receiver\nx,y\n"),
        reader.post(f"{PREFIX}/api-keys", json={"name": "x", "scopes": ["read"]}),
        reader.post(f"{PREFIX}/webhooks", json={"url": "http://x.example", "kinds": ["custody."]}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "access.duty"), answer.text


@pytest.mark.parametrize(
    "path", sorted(p for p, a in ACTIONS.items() if a.access == "administrator")
)
def test_only_an_administrator_runs_the_organisation(served: Served, path: str):
    answer = served.client(member=bo()).post(filled(path), headers={"accept": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (403, "access.duty")


def test_who_is_turned_away_is_still_signed_in(served: Served):
    answer = served.client(member=ana()).get("/system")
    assert answer.status_code == 403
    assert "Sign out" in answer.text


def test_a_key_sends_only_to_the_contracts_it_is_for(served: Served):
    for scopes, code in ((("read",), "access.scope"), (("read", "passport"), "access.scope")):
        client = served.client(key=served.key(*scopes))
        sheet = b"battery,receiver\nx,y\n"
        assert client.post(f"{PREFIX}/custody/offer", json=OFFER).json()["code"] == code
        assert client.post(f"{PREFIX}/messages", json={"messages": [OFFER]}).json()["code"] == code
        assert client.post(f"{PREFIX}/jobs/custody.offer", content=sheet).json()["code"] == code
    client = served.client(key=served.key("custody"))
    assert client.post(f"{PREFIX}/custody/offer", json=OFFER).json()["code"] != "access.scope"
    assert client.get(f"{PREFIX}/batteries").json()["code"] == "access.scope"


def test_a_key_is_no_person(served: Served):
    client = served.client(key=served.key(), accept="application/json")
    assert client.post("/organisation/password").json()["code"] == "access.person"
    assert client.post(f"{PREFIX}/approvals/x/agree").json()["code"] == "access.scope"
    assert client.get(f"{PREFIX}/api-keys").json()["code"] == "access.duty"


@pytest.fixture(scope="module")
def theirs(served: Served) -> dict[str, str]:
    """Things of the pack maker's."""
    packs, viewer = served.client(member=ana(PACKS)), served.viewer(ana(PACKS))
    wanted = {"size": 1, "media_type": "text/plain", "file_name": "x"}
    hook = {"url": "https://93.184.216.34/x", "kinds": ["custody."]}
    sheet = b"battery,receiver\nx,y\n"
    with served.site.views.read() as db:
        from cellchain.contracts.document.view import documents

        document = next(row for row in documents(db).rows if row.owner == PACKS)
    assert served.site.documents.may_open([document.document], PartyId(PACKS))
    return {
        "job": packs.post(f"{PREFIX}/jobs/custody.offer", content=sheet).json()["id"],
        "upload": packs.post(f"{PREFIX}/uploads", json=wanted).json()["upload"],
        "webhook": packs.post(f"{PREFIX}/webhooks", json=hook).json()["webhook"]["id"],
        "key": served.site.access.api_keys.make(viewer, "x", ["read"], 1).split("_")[1],
        "document": document.document,
        "approval": served.site.access.approvals.ask(viewer, ()).id,
    }


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/jobs/{job}"), ("GET", "/jobs/{job}/rows"), ("GET", "/jobs/{job}/errors"),
        ("DELETE", "/jobs/{job}"), ("GET", "/uploads/{upload}"),
        ("PATCH", "/uploads/{upload}?offset=0"), ("POST", "/uploads/{upload}/keep"),
        ("DELETE", "/webhooks/{webhook}"), ("POST", "/webhooks/{webhook}/wake"),
        ("GET", "/webhooks/{webhook}/deliveries"),
        ("POST", "/webhooks/{webhook}/deliveries/x/replay"), ("DELETE", "/api-keys/{key}"),
        ("POST", "/approvals/{approval}/agree"), ("POST", "/approvals/{approval}/decline"),
        ("POST", "/documents/{document}/grant"), ("POST", "/documents/{document}/revoke"),
        ("POST", "/documents/{document}/erase"), ("DELETE", "/passkeys/x"),
    ],
)  # fmt: skip
def test_what_is_another_organisations_looks_as_if_it_were_not_there(
    served: Served, theirs: dict[str, str], method: str, path: str
):
    client = served.client(member=ana(CARS))
    bodies = {
        "keep": {"document": "new-1"},
        "grant": {"reader": CARS, "purpose": "x"},
        "revoke": {"reader": CARS},
    }
    verb = path.rpartition("/")[2]
    answers = []
    for things in (theirs, dict.fromkeys(theirs, "b" * 16)):
        url = PREFIX + path.format(**things)
        if method == "PATCH":
            headers = {"content-type": "application/octet-stream"}
            answers.append(client.patch(url, content=b"x", headers=headers))
        elif verb in bodies:
            answers.append(client.request(method, url, json=bodies[verb]))
        else:
            answers.append(client.request(method, url))
    assert [answer.status_code for answer in answers] == [404, 404], answers[0].text
    assert answers[0].json()["code"] == answers[1].json()["code"]


@pytest.mark.parametrize(
    "place", ["//evil.example", "/\\evil.example", "https://evil.example", "x"]
)
def test_the_door_leads_nowhere_else(served: Served, place: str):
    answer = served.client().post("/sign-in", data={"as": ana(), "next": place})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


def test_a_new_password_is_given_to_who_types_the_present_one(served: Served) -> None:
    name, present, new = served.reader(), "lift modules by their lugs", "count the cells at dawn"
    members = served.site.access.members
    members.accept(members.invite_again(served.viewer(ana()), name), present)
    client = served.client(member=name, accept="text/html")
    assert 'name="present-password"' in client.get("/organisation").text

    typed = {"password": new, "again": new}
    refused = client.post("/organisation/password", data=typed)
    assert (refused.status_code, "up to now" in refused.text) == (401, True)
    typed["present-password"] = present
    assert client.post("/organisation/password", data=typed).status_code == 303
    assert client.get("/organisation").status_code == 200
