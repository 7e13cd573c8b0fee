"""A party that signs for itself: what its members are shown to sign, and what follows then."""

from __future__ import annotations

import re
import shlex
from html import unescape
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from cellchain.cli.send import build_message, message_kinds
from cellchain.contracts import discover
from cellchain.contracts.document.view import documents
from cellchain.contracts.passport.view import BatterySearch, search_batteries
from cellchain.core.errors import Unavailable
from cellchain.core.names import DocumentId, PartyId
from cellchain.crypto.signatures import SigningKey, new_signing_key
from cellchain.ledger.stage import encode
from cellchain.web.pages.signing.command import command_line
from tests.web.site import CARS, PACKS, ana, bo

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import httpx

    from tests.web.site import Served

API = "/api/v1"
OFFER = {"receiver": PACKS, "holder": "yes"}
STATED = "Sign it yourself"


class Own:
    """A party whose only key is the test's, as if a browser kept it."""

    def __init__(self, served: Served, party: str = CARS) -> None:
        self.served, self.party, self.key = served, party, new_signing_key()
        client = served.client(member=ana(party))
        here = client.get("/organisation?format=json").json()["keys"]
        entered = client.post("/organisation/keys", data={"key": self.key.key_id})
        assert (entered.status_code, entered.headers["location"]) == (
            303,
            "/organisation#browser-keys",
        )
        for row in here:
            if not row["device"]:
                gone = client.post("/organisation/keys/end", data={"key": row["key"]})
                assert gone.status_code == 303, gone.text

    def sign(self, client: httpx.Client, messages: Sequence[dict[str, Any]]) -> httpx.Response:
        return client.post(f"{API}/transactions", content=self.envelope(client, messages))

    def envelope(self, client: httpx.Client, messages: Sequence[dict[str, Any]]) -> bytes:
        asked = {"key": self.key.key_id, "messages": messages}
        prepared = client.post(f"{API}/messages/prepare", json=asked).json()
        return closed(prepared, self.key)


def closed(prepared: dict[str, str], key: SigningKey) -> bytes:
    signature = key.sign((prepared["prefix"] + prepared["body"]).encode()).hex()
    return f'{{"body":{prepared["body"]},"signature":"{signature}"}}'.encode()


def to_sign(answer: httpx.Response) -> list[dict[str, Any]]:
    """What a page asks to be signed, as its script reads it."""
    assert answer.status_code == 200, answer.text
    assert STATED in answer.text
    assert answer.headers["cache-control"] == "no-store"
    found = re.search(r'<pre class="secret" id="messages">(.*?)</pre>', answer.text, re.DOTALL)
    assert found
    messages: list[dict[str, Any]] = msgspec.json.decode(unescape(found[1]))
    return messages


def leads(answer: httpx.Response) -> str:
    found = re.search(r'data-leads="([^"]*)"', answer.text)
    assert found
    return unescape(found[1])


@pytest.fixture(scope="module")
def own(served: Served) -> Own:
    return Own(served)


@pytest.fixture(scope="module")
def battery(served: Served, own: Own) -> str:
    with served.site.views.read() as db:
        search = BatterySearch(sort=("vehicle",), status=("in_service",), holder=(CARS,))
        return str(search_batteries(db, search).rows[0].battery)


@pytest.fixture
def signer(served: Served, own: Own) -> Iterator[httpx.Client]:
    with served.client(member=ana()) as client:
        yield client


def test_a_key_in_use_is_not_used_after_it_was_revoked(served: Served, own: Own) -> None:
    assert not served.site.signs_for(PartyId(CARS))


def test_an_offer_is_shown_signed_and_at_once_on_the_page(
    served: Served, own: Own, signer: httpx.Client, battery: str
) -> None:
    path = f"/batteries/{battery}"
    answer = signer.post(f"{path}/offer", data=OFFER)
    messages = to_sign(answer)
    expected = {
        "battery": battery, "changes": ["holder"], "kind": "custody.offer/1", "receiver": PACKS,
    }  # fmt: skip
    assert messages == [expected]
    assert leads(answer) == f"{path}#custody"
    assert f'data-chain="{served.site.chain}"' in answer.text
    assert f'data-party="{CARS}"' in answer.text
    assert "offers" not in signer.get(path).text.split('id="custody"')[1].split("</section>")[0]

    assert own.sign(signer, messages).status_code == 201

    assert signer.get(f"{path}?format=json").json()["custody"]["offered_to"] == PACKS
    audit = {(one.deed, one.member) for _, one in served.site.access.deeds(served.viewer(ana()))}
    assert ("message.signed", ana()) in audit
    taken_back = to_sign(signer.post(f"{path}/cancel"))
    assert own.sign(signer, taken_back).status_code == 201


def test_what_is_shown_as_a_command_is_the_same_message(signer: httpx.Client, battery: str) -> None:
    answer = signer.post(f"/batteries/{battery}/offer", data=OFFER | {"owner": "yes", "days": "3"})
    (message,) = to_sign(answer)
    found = re.search(r'<pre class="secret">(cellchain send .*?)</pre>', answer.text)
    assert found
    _, _, kind, *arguments, _, _ = shlex.split(unescape(found[1]))
    built = build_message(message_kinds(discover())[kind], arguments)
    assert msgspec.json.decode(encode(built)) == message
    assert command_line([built, built]) == "cellchain send messages.json --as KEY"


@pytest.mark.parametrize(
    ("who", "status", "code"),
    [
        ("reader", 403, "access.duty"), ("key", 403, "access.person"),
        ("visitor", 401, "access.sign_in"),
    ],
)  # fmt: skip
def test_only_a_signer_is_shown_what_to_sign(
    served: Served, own: Own, battery: str, who: str, status: int, code: str
) -> None:
    client = {
        "reader": lambda: served.client(member=served.reader()),
        "key": lambda: served.client(key=served.key()),
        "visitor": served.client,
    }[who]()
    answer = client.post(f"/batteries/{battery}/offer", data=OFFER)
    assert answer.status_code == status
    assert code in answer.text
    assert STATED not in answer.text


def test_another_site_gets_nothing_shown(served: Served, own: Own, battery: str) -> None:
    client = served.client(member=ana(), sec_fetch_site="cross-site")
    answer = client.post(f"/batteries/{battery}/offer", data=OFFER)
    assert (answer.status_code, answer.json()["code"]) == (403, "access.origin")
    envelope = own.envelope(
        served.client(member=ana()), [{"kind": "custody.cancel/1", "battery": battery}]
    )
    assert client.post(f"{API}/transactions", content=envelope).json()["code"] == "access.origin"


def test_a_machine_is_refused_as_before(signer: httpx.Client, battery: str) -> None:
    told = signer.post(
        f"/batteries/{battery}/offer", data=OFFER, headers={"accept": "application/json"}
    )
    assert (told.status_code, told.json()["code"]) == (409, "access.own_signer")
    sent = signer.post(f"{API}/custody/cancel", json={"battery": battery})
    assert (sent.status_code, sent.json()["code"]) == (409, "access.own_signer")


def test_what_is_wrong_before_is_said_before(signer: httpx.Client, battery: str) -> None:
    answer = signer.post(f"/batteries/{battery}/offer", data={"receiver": PACKS})
    assert answer.status_code == 422
    assert "custody.changes" in answer.text
    assert STATED not in answer.text


def test_a_key_of_one_party_moves_nothing_of_another(
    served: Served, own: Own, battery: str
) -> None:
    with served.site.views.read() as db:
        found = search_batteries(db, BatterySearch(sort=("vehicle",))).rows
    other = next(row.battery for row in found if CARS not in (row.holder, row.owner))
    client = served.client(member=ana())
    stolen = own.sign(client, [{"kind": "custody.offer/1", "battery": other, "receiver": CARS,
                                "changes": ["holder"]}])  # fmt: skip
    assert stolen.json()["code"].startswith("custody.")


def test_a_key_is_entered_by_another_key(own: Own, signer: httpx.Client) -> None:
    second = new_signing_key()
    answer = signer.post("/organisation/keys", data={"key": second.key_id})
    messages = to_sign(answer)
    assert messages == [{"key": second.key_id, "kind": "membership.add_key/1"}]
    assert leads(answer) == "/organisation#browser-keys"
    assert own.sign(signer, messages).status_code == 201
    keys = signer.get("/organisation?format=json").json()["keys"]
    assert second.key_id in {row["key"] for row in keys}


def test_a_reader_enters_no_key_and_sees_none(served: Served, own: Own) -> None:
    reader = served.client(member=served.reader())
    assert "browser-keys" not in reader.get("/organisation").text
    answer = reader.post("/organisation/keys", data={"key": "a" * 64})
    assert answer.status_code == 403


def keep(served: Served, own: Own, name: str) -> str:
    """Keep a document by the form, and sign what that asks for."""
    client = served.client(member=ana())
    for _ in range(2):  # the party's opening key first, where it has none yet
        answer = client.post(
            "/documents",
            data={"document": name, "access": "private"},
            files={"file": ("own.txt", b"own", "text/plain")},
        )
        messages = to_sign(answer)
        assert leads(answer) == "/documents"
        assert own.sign(client, messages).status_code == 201
        if messages[0]["kind"] == "document.register/1":
            break
        assert "keep it again" in answer.text
    return name


def waiting(served: Served) -> set[str]:
    return {one.id for one in served.site.access.approvals.waiting(served.viewer(ana()))}


def content(served: Served, document: str, party: str) -> httpx.Response:
    return served.client(member=ana(party)).get(f"{API}/documents/{document}/content")


def test_the_vault_follows_what_was_signed_elsewhere(
    served: Served, own: Own, signer: httpx.Client
) -> None:
    document = keep(served, own, "OWN-FOLLOWED")
    path = f"/documents/{document}"
    assert content(served, document, CARS).content == b"own"
    assert content(served, document, PACKS).status_code == 404

    given = to_sign(signer.post(f"{path}/grant", data={"reader": PACKS, "purpose": "x"}))
    assert own.sign(signer, given).status_code == 201
    assert content(served, document, PACKS).content == b"own"

    taken = to_sign(signer.post(f"{path}/revoke", data={"reader": PACKS}))
    assert own.sign(signer, taken).status_code == 201
    assert content(served, document, PACKS).status_code == 404


def test_what_cannot_be_followed_holds_up_nothing_else(
    served: Served, own: Own, signer: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = keep(served, own, "OWN-FIRST"), keep(served, own, "OWN-SECOND")
    grants = [
        {"kind": "document.grant/1", "document": one, "reader": PACKS, "purpose": "x"}
        for one in (first, second)
    ]
    vault = served.site.documents.vault
    lost = served.site.documents.commitment_of(DocumentId(first))
    given = vault.grant

    def grant(commitment: Any, reader: Any) -> None:
        if commitment == lost:
            raise Unavailable("vault.index", "a test")
        given(commitment, reader)

    monkeypatch.setattr(vault, "grant", grant)
    assert own.sign(signer, grants).json()["code"] == "vault.index"
    assert content(served, second, PACKS).content == b"own"


def test_four_eyes_ask_first_and_who_agrees_signs(
    served: Served, own: Own, signer: httpx.Client
) -> None:
    document = keep(served, own, "OWN-WITHDRAWN")
    message = {"kind": "document.withdraw/1", "document": document}
    asked = signer.post(
        f"{API}/messages", json={"messages": [message]}, headers={"accept": "application/json"}
    )
    assert asked.status_code == 202
    approval = asked.json()["id"]

    mine = signer.post(f"/approvals/{approval}", data={"verdict": "agree"})
    assert mine.status_code == 403
    assert "access.same_signer" in mine.text
    second = served.client(member=bo())
    answer = second.post(f"/approvals/{approval}", data={"verdict": "agree"})
    assert to_sign(answer) == [message]
    assert leads(answer) == "/approvals"
    assert approval in waiting(served)

    sent = own.sign(second, to_sign(answer))

    assert sent.status_code == 201
    assert approval not in waiting(served)
    done = served.site.access.approvals.find(served.viewer(ana()), approval)
    assert (done.decided_by, done.transaction) == (bo(), sent.json()["transaction"])


def test_an_erasure_happens_when_it_is_signed_and_not_before(
    served: Served, own: Own, signer: httpx.Client
) -> None:
    document = keep(served, own, "OWN-ERASED")
    messages = to_sign(signer.post(f"/documents/{document}/erase"))
    assert content(served, document, CARS).content == b"own"
    assert own.sign(signer, messages).status_code == 201
    assert content(served, document, CARS).status_code == 404
    assert served.site.documents.vault.index.intended() == []
    with served.site.views.read() as db:
        assert document in {row.document for row in documents(db, owner=CARS).rows}


def test_a_key_that_nobody_here_holds_agrees_under_its_own_name(
    served: Served, own: Own, signer: httpx.Client
) -> None:
    message = {"kind": "document.withdraw/1", "document": keep(served, own, "OWN-2")}
    approval = signer.post(f"{API}/messages", json={"messages": [message]}).json()["id"]
    envelope = own.envelope(signer, [message])
    assert served.client().post(f"{API}/transactions", content=envelope).status_code == 201
    done = served.site.access.approvals.find(served.viewer(ana()), approval)
    assert done.decided_by == f"key {own.key.key_id[:16]}"


def test_what_is_refused_leaves_what_waits_waiting(
    served: Served, own: Own, signer: httpx.Client
) -> None:
    message = {"kind": "document.withdraw/1", "document": "NONE"}
    approval = signer.post(f"{API}/messages", json={"messages": [message]}).json()["id"]
    assert own.sign(signer, [message]).status_code == 404
    assert approval in waiting(served)
