"""Documents over HTTP: in pieces, kept, opened by those who may, shared, erased, never shown."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

import pytest

from cellchain.contracts.document import Opening, opening_key
from cellchain.core.errors import Refused
from cellchain.core.names import DocumentId
from cellchain.services.serving import sharing
from cellchain.web.api.documents import wanted_range
from cellchain.web.guard.headers import SANDBOX
from tests.web.site import CARS, PACKS, ana, bo

if TYPE_CHECKING:
    import httpx

    from tests.web.site import Served

API = "/api/v1"
CONTENT = b"<script>alert(1)</script>" + os.urandom(70_000)
BYTES = {"content-type": "application/octet-stream"}
STRANGER = "indigo-recycler"


@pytest.fixture(scope="module")
def cars(served: Served) -> httpx.Client:
    return served.client(member=ana(CARS))


@pytest.fixture(scope="module")
def packs(served: Served) -> httpx.Client:
    return served.client(member=bo(PACKS))


@pytest.fixture(scope="module")
def stranger(served: Served) -> httpx.Client:
    return served.client(member=ana(STRANGER))


def uploaded(client: httpx.Client, name: str = "évil.html", content: bytes = CONTENT) -> str:
    """Upload in three pieces; return the id."""
    wanted = {"size": len(content), "media_type": "text/html", "file_name": name}
    upload: str = client.post(f"{API}/uploads", json=wanted).json()["upload"]
    step = len(content) // 3 + 1
    for offset in range(0, len(content), step):
        piece = content[offset : offset + step]
        path = f"{API}/uploads/{upload}?offset={offset}"
        answer = client.patch(path, content=piece, headers=BYTES)
        assert answer.json()["offset"] == offset + len(piece)
    return upload


def kept(client: httpx.Client, document: str, **how: object) -> httpx.Response:
    wanted = {"document": document, **how}
    return client.post(f"{API}/uploads/{uploaded(client)}/keep", json=wanted)


def opened(client: httpx.Client, document: str, **headers: str) -> httpx.Response:
    return client.get(f"{API}/documents/{document}/content", headers=headers)


def test_a_document_is_kept_for_whom_it_is_and_for_nobody_else(served, cars, packs, stranger):
    assert kept(cars, "KEPT-1", readers=[PACKS]).status_code == 201
    assert opened(cars, "KEPT-1").content == CONTENT
    assert opened(packs, "KEPT-1").content == CONTENT
    for other in (stranger, served.client()):
        assert opened(other, "KEPT-1").status_code == 404
        assert opened(other, "KEPT-1").content == opened(other, "NONE-1").content


def test_a_document_is_kept_as_private_where_that_is_said(served, cars, packs):
    answer = kept(cars, "SAID-1", access="private", readers=[PACKS])
    assert answer.status_code == 201, answer.text
    assert opened(packs, "SAID-1").content == CONTENT
    sent = {"document": "SAID-2", "access": "private"}
    page = cars.post("/documents", data=sent, files={"file": ("a.pdf", CONTENT, "text/plain")})
    assert page.status_code == 303, page.text
    assert opened(cars, "SAID-2").content == CONTENT
    assert opened(served.client(), "SAID-2").status_code == 404


def test_what_the_book_refuses_is_not_kept(served, cars, monkeypatch):
    vault = served.site.documents.vault

    def refused(*_: object) -> None:
        raise Refused("document.no", "not today")

    before = vault.index.listed([CARS]), len(list(vault.objects.addresses()))
    monkeypatch.setattr(served.site.sharing, "_send", refused)
    assert kept(cars, "REFUSED-1").json()["code"] == "document.no"
    assert (vault.index.listed([CARS]), len(list(vault.objects.addresses()))) == before


def test_what_the_book_has_stays_whatever_is_refused_after_it(served, cars, monkeypatch):
    send = served.site.sharing._send

    def refused_afterwards(*given: object) -> None:
        send(*given)
        raise Refused("vault.unknown", "too late")

    with monkeypatch.context() as patch:
        patch.setattr(served.site.sharing, "_send", refused_afterwards)
        assert kept(cars, "LATE-1").json()["code"] == "vault.unknown"
    assert opened(cars, "LATE-1").content == CONTENT


def test_it_is_saved_and_never_shown_as_a_page_of_ours(cars):
    kept(cars, "SAVED-1")
    answer = opened(cars, "SAVED-1")
    assert answer.headers["content-security-policy"] == SANDBOX
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-media-type"] == "text/html"
    assert answer.headers["cache-control"] == "private, no-store"
    disposition = answer.headers["content-disposition"]
    assert disposition == "attachment; filename=\"_vil.html\"; filename*=UTF-8''%C3%A9vil.html"


def test_a_public_document_is_for_everybody(served, cars):
    assert kept(cars, "PUBLIC-1", access="public", readers=[PACKS]).status_code == 201
    assert opened(served.client(), "PUBLIC-1").content == CONTENT


@pytest.mark.parametrize(
    ("given", "first", "end"),
    [
        ("bytes=0-9", 0, 10), ("bytes=10-", 10, None), ("bytes=69990-999999999", 69_990, None),
        ("bytes=5-5", 5, 6),
    ],
)  # fmt: skip
def test_a_part_is_sent_on_request(served, cars, given, first, end):
    if "RANGE-1" not in cars.get(f"{API}/documents").text:
        kept(cars, "RANGE-1", access="public")
    answer = opened(cars, "RANGE-1", range=given)
    assert answer.status_code == 206
    assert answer.content == CONTENT[first:end]
    last = (end or len(CONTENT)) - 1
    assert answer.headers["content-range"] == f"bytes {first}-{last}/{len(CONTENT)}"
    beyond = opened(cars, "RANGE-1", range=f"bytes={len(CONTENT)}-")
    assert (beyond.status_code, beyond.json()["code"]) == (416, "web.range")


@pytest.mark.parametrize(
    "given",
    ["", "bytes", "bytes=", "bytes=-5", "bytes=a-b", "bytes=9-3", "lines=1-2", "bytes=0-1,3-4"],
)
def test_what_is_no_range_is_as_if_it_were_not_there(given):
    assert wanted_range(given, 100) == (0, 100)


def test_leave_is_given_taken_and_gone(served, cars, packs):
    kept(cars, "LEAVE-1")
    path = f"{API}/documents/LEAVE-1"
    assert opened(packs, "LEAVE-1").status_code == 404
    given = cars.post(f"{path}/grant", json={"reader": PACKS, "purpose": "a test"})
    assert given.status_code == 201
    assert opened(packs, "LEAVE-1").content == CONTENT
    assert cars.post(f"{path}/revoke", json={"reader": PACKS}).status_code == 201
    assert opened(packs, "LEAVE-1").status_code == 404
    cars.post(f"{path}/grant", json={"reader": PACKS, "purpose": "again"})
    assert cars.post(f"{path}/erase").status_code == 201
    for client in (cars, packs):
        assert opened(client, "LEAVE-1").status_code == 404
    assert served.site.documents.vault.index.intended() == []


def erase_by(cars: httpx.Client, second: httpx.Client, door: str, document: str) -> None:
    """Erase by another door than that of documents."""
    message = {"kind": "document.erase/1", "documents": [document]}
    if door == "message":
        assert cars.post(f"{API}/document/erase", json={"documents": [document]}).is_success
    elif door == "messages":
        assert cars.post(f"{API}/messages", json={"messages": [message]}).is_success
    else:
        withdraw = {"kind": "document.withdraw/1", "document": document}
        asked = cars.post(f"{API}/messages", json={"messages": [withdraw, message]}).json()
        agreed = second.post(f"/approvals/{asked['id']}", data={"verdict": "agree"})
        assert agreed.status_code == 303


@pytest.mark.parametrize("door", ["message", "messages", "approval"])
def test_an_erasure_by_any_door_destroys(served: Served, cars: httpx.Client, door: str) -> None:
    document = f"ERASED-BY-{door.upper()}"
    kept(cars, document)
    vault = served.site.documents.vault
    commitment = served.site.documents.commitment_of(DocumentId(document))
    erase_by(cars, served.client(member=bo(CARS)), door, document)
    assert opened(cars, document).status_code == 404
    assert vault.index.find(commitment, [CARS]) is None


def test_leave_ends_when_it_was_said_to(served, cars, packs, monkeypatch):
    kept(cars, "UNTIL-1")
    until_ms = served.site.ledger.now_ms() + 60_000
    wanted = {"reader": PACKS, "purpose": "a minute", "until_ms": until_ms}
    cars.post(f"{API}/documents/UNTIL-1/grant", json=wanted)
    assert opened(packs, "UNTIL-1").status_code == 200
    monkeypatch.setattr(served.site.documents.vault, "now_ms", lambda: until_ms)
    assert opened(packs, "UNTIL-1").status_code == 404


@pytest.mark.parametrize(
    ("verb", "body", "status", "code"),
    [
        ("grant", {"reader": "nobody", "purpose": "x"}, 422, "vault.no_opening_key"),
        ("grant", {"reader": "NO", "purpose": "x"}, 422, "name.party"),
        ("grant", {"reader": CARS, "purpose": "x"}, 422, "document.to_self"),
        ("grant", {"reader": PACKS, "purpose": ""}, 422, "document.purpose"),
        ("grant", {"reader": PACKS, "purpose": "x", "until_ms": 1}, 422, "document.past"),
        ("revoke", {"reader": STRANGER}, 404, "document.unknown_opening"),
    ],
)
def test_leave_that_cannot_be_given(served, cars, verb, body, status, code):
    if "DENIED-1" not in cars.get(f"{API}/documents").text:
        kept(cars, "DENIED-1")
    answer = cars.post(f"{API}/documents/DENIED-1/{verb}", json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_refused_erasure_leaves_nothing_behind(served, cars, monkeypatch):
    kept(cars, "STAYS-1")
    key = served.key("read")
    refused = served.client(key=key).post(f"{API}/documents/STAYS-1/erase")
    assert refused.json()["code"] == "access.scope"
    assert served.site.documents.vault.index.intended() == []
    assert opened(cars, "STAYS-1").status_code == 200


def test_a_name_is_taken_once_and_nothing_is_kept_for_nothing(served, cars, packs):
    kept(cars, "TAKEN-1")
    for client in (cars, packs):
        answer = kept(client, "TAKEN-1")
        assert answer.json()["code"] == "vault.registered"
    for how, code in (
        ({"document": "a/b"}, "name.document"),
        ({"document": "OK-1", "access": "secret"}, "web.body"),
        ({"document": "OK-1", "readers": ["nobody"]}, "vault.no_opening_key"),
    ):
        path = f"{API}/uploads/{uploaded(cars)}/keep"
        assert cars.post(path, json=how).json()["code"] == code


def test_a_refusal_leaves_nothing_kept(served, cars, monkeypatch):
    vault = served.site.documents.vault
    before = {record.commitment for record, _ in vault.index.listed([CARS])}
    objects = {address for address, _ in vault.objects.addresses()}
    path = f"{API}/uploads/{uploaded(cars)}/keep"
    monkeypatch.setattr(sharing, "KEPT_FOR", "")  # which no rule lets pass
    wanted = {"document": "REFUSED-1", "readers": [PACKS]}
    assert cars.post(path, json=wanted).json()["code"] == "document.purpose"
    assert {record.commitment for record, _ in vault.index.listed([CARS])} == before
    assert {address for address, _ in vault.objects.addresses()} == objects


def test_leave_is_not_in_the_book_where_the_vault_cannot_give_it(served, cars):
    kept(cars, "ELSEWHERE-1")
    commitment = served.site.documents.commitment_of(DocumentId("ELSEWHERE-1"))
    served.site.documents.vault.index.remove(commitment)
    path = f"{API}/documents/ELSEWHERE-1/grant"
    refused = cars.post(path, json={"reader": PACKS, "purpose": "x"})
    assert refused.json()["code"] == "vault.unknown"
    assert served.site.ledger.find(Opening, opening_key("ELSEWHERE-1", PACKS)) is None


def test_pieces_belong_where_they_are_said_to(cars):
    wanted = {"size": 10, "media_type": "text/plain", "file_name": "x"}
    upload = cars.post(f"{API}/uploads", json=wanted).json()["upload"]
    path = f"{API}/uploads/{upload}"

    def sent(offset: object, piece: bytes) -> str:
        answer = cars.patch(f"{path}?offset={offset}", content=piece, headers=BYTES)
        return str(answer.json().get("code", answer.json().get("offset")))

    assert sent(0, b"12345") == "5"
    assert sent(0, b"12345") == "vault.offset"
    assert sent(7, b"x") == "vault.offset"
    assert sent(-1, b"x") == "vault.offset"
    assert sent("x", b"x") == "web.query"
    assert sent(5, b"123456") == "vault.too_large"
    assert cars.get(path).json()["offset"] == 5
    unfinished = cars.post(f"{path}/keep", json={"document": "UNFINISHED-1"})
    assert unfinished.json()["code"] == "vault.unfinished"


@pytest.mark.parametrize(
    ("wanted", "status"),
    [
        ({"size": 10**9, "media_type": "text/plain", "file_name": "x"}, 413),
        ({"size": -1, "media_type": "text/plain", "file_name": "x"}, 413),
        ({"size": 1, "media_type": "nonsense", "file_name": "x"}, 422),
        ({"size": 1, "media_type": "text/plain", "file_name": "../x"}, 422),
        ({"size": 1, "media_type": "text/plain", "file_name": "a\u202egpj.exe"}, 422),
        ({"size": 1, "media_type": "text/plain\r\nX: y", "file_name": "x"}, 422),
        ({"size": "1", "media_type": "text/plain", "file_name": "x"}, 422),
    ],
)
def test_an_upload_that_is_refused(cars, wanted, status):
    assert cars.post(f"{API}/uploads", json=wanted).status_code == status


def test_a_ciphertext_goes_to_any_home_that_names_it_and_tells_nothing(served, cars):
    kept(cars, "CIPHER-1")
    commitment = served.site.documents.commitment_of(DocumentId("CIPHER-1"))
    record, _ = served.site.documents.vault.index.find(commitment, [CARS])
    address = record.address
    anybody = served.client()
    whole = anybody.get(f"/vault/{address}")
    assert whole.status_code == 200
    assert hashlib.sha256(whole.content).hexdigest() == address
    assert CONTENT[:25] not in whole.content
    assert whole.headers["content-security-policy"] == SANDBOX
    part = anybody.get(f"/vault/{address}", headers={"range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, whole.content[10:20])
    assert anybody.get(f"/vault/{'a' * 64}").status_code == 404
    assert anybody.get("/vault/..%2f..%2fhome.json").status_code in {404, 422}


def test_a_parcel_is_for_its_owner_and_its_reader(packs, cars, stranger):
    assert kept(packs, "PARCEL-1", readers=[CARS]).status_code == 201
    path = f"{API}/documents/PARCEL-1/parcel"
    mine = packs.get(path, params={"reader": CARS})
    assert mine.status_code == 200
    assert cars.get(path, params={"reader": CARS}).content == mine.content
    for client, reader in ((stranger, CARS), (stranger, STRANGER), (packs, STRANGER)):
        answer = client.get(path, params={"reader": reader})
        assert (answer.status_code, answer.json()["code"]) == (404, "vault.unknown")
    given = cars.post(f"{API}/parcels", content=mine.content, headers=BYTES)
    assert given.status_code == 404  # what is taken in is the operator's to say


@pytest.mark.parametrize(("scope", "status"), [("read", 200), ("document", 200), ("custody", 404)])
def test_a_key_opens_documents_if_it_is_for_that(served: Served, packs, scope, status):
    assert kept(packs, f"FOR-KEYS-{scope}").status_code == 201
    key = served.client(key=served.key(scope, party=PACKS))
    assert opened(key, f"FOR-KEYS-{scope}").status_code == status
