"""Before every page: origin, headers, cookies, host, sizes, rates, the log."""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from starlette.datastructures import Headers

from cellchain.core.errors import Refused
from cellchain.web.caller import GOOD
from cellchain.web.guard import gate, known
from cellchain.web.guard.counts import Counts
from cellchain.web.guard.gate import Gate
from cellchain.web.guard.headers import POLICY, SANDBOX, SECURITY, encoded_headers
from cellchain.web.guard.known import Known
from cellchain.web.guard.origin import check_origin
from cellchain.web.session_cookie import session_header
from tests.web.site import ADDRESS as HERE
from tests.web.site import ana

if TYPE_CHECKING:
    import httpx

    from tests.web.site import Served

THERE = "https://evil.example"
COOKIE = {"cookie": "cellchain=x"}


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({}, True),
        (COOKIE, False),
        (COOKIE | {"origin": HERE}, True),
        (COOKIE | {"origin": THERE}, False),
        (COOKIE | {"origin": "null"}, False),
        (COOKIE | {"origin": "http://testserver.evil.example"}, False),
        (COOKIE | {"origin": "http://testserver:81"}, False),
        ({"origin": THERE}, False),
        ({"origin": "null"}, False),
        (COOKIE | {"sec-fetch-site": "same-origin"}, True),
        (COOKIE | {"sec-fetch-site": "none"}, True),
        (COOKIE | {"sec-fetch-site": "same-site"}, False),
        (COOKIE | {"sec-fetch-site": "cross-site"}, False),
        (COOKIE | {"sec-fetch-site": "cross-site", "origin": HERE}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        (COOKIE | {"authorization": "Bearer x", "origin": THERE}, True),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE", "PUT"])
def test_what_changes_something_comes_from_here(method: str, headers: dict, allowed: bool):
    given = Headers({"host": "testserver", **headers})
    if allowed:
        check_origin(method, given)
    else:
        with pytest.raises(Refused, match="access.origin"):
            check_origin(method, given)


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_looking_may_be_asked_for_from_anywhere(method: str):
    check_origin(method, Headers(COOKIE | {"origin": THERE}))


def test_a_form_on_another_site_does_nothing(served: Served):
    client = served.client(member=ana(), sec_fetch_site="cross-site")
    answer = client.post("/sign-out")
    assert (answer.status_code, answer.json()["code"]) == (403, "access.origin")
    assert client.get("/api/v1/me").json()["member"] == ana()


@pytest.mark.parametrize("secure", [True, False])
def test_the_cookie_of_a_session(secure: bool):
    name, *parts = session_header("token", secure=secure)["set-cookie"].split("; ")
    assert name == ("__Host-cellchain=token" if secure else "cellchain=token")
    assert {"Path=/", "HttpOnly", "SameSite=Lax", "Max-Age=43200"} <= set(parts)
    assert ("Secure" in parts) == secure
    assert "Max-Age=0" in session_header("", secure=secure)["set-cookie"]


ANSWERS = [
    ("GET", "/", 200), ("GET", "/parties", 200), ("GET", "/batteries", 303),
    ("GET", "/nothing", 404), ("GET", "/parties/nobody", 404), ("POST", "/batteries", 405),
    ("GET", "/api/v1/head", 200), ("GET", "/api/v1/lots", 401), ("GET", "/api/v1/nothing", 404),
    ("PUT", "/api/v1/head", 405), ("GET", "/api/v1/openapi.json", 200), ("GET", "/healthz", 200),
    ("GET", "/readyz", 200), ("GET", "/metrics", 200), ("GET", "/robots.txt", 200),
    ("GET", "/favicon.ico", 200), ("GET", "/assets/cellchain.css", 200),
    ("GET", "/assets/../app.py", 404), ("GET", "/assets/%2e%2e/app.py", 404),
    ("GET", "/assets/nothing", 404), ("GET", "/parties/", 307), ("POST", "/sign-in", 401),
    ("HEAD", "/", 200), ("GET", "/vault/x", 422),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "status"), ANSWERS)
def test_every_answer_has_the_headers(served: Served, method: str, path: str, status: int):
    answer = served.client().request(method, path)
    assert answer.status_code == status
    for name, value in SECURITY.items():
        assert answer.headers[name] == value
    assert re.fullmatch("[0-9a-f]{16}", answer.headers["x-request-id"])
    assert "strict-transport-security" not in answer.headers
    assert "server" not in answer.headers


@pytest.mark.parametrize("path", ["/parties", "/api/v1/head", "/assets/cellchain.css"])
def test_what_a_caller_has_is_not_sent_again(served: Served, path: str):
    client = served.client()
    etag = client.get(path).headers["etag"]
    for given in (etag, f'"x", {etag}'):
        again = client.get(path, headers={"if-none-match": given})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == etag
        assert again.headers["content-security-policy"] == POLICY
    assert client.get(path, headers={"if-none-match": '"x"'}).status_code == 200


def test_the_policy_lets_nothing_in_from_elsewhere():
    assert "unsafe" not in POLICY
    assert "http" not in POLICY
    assert POLICY.startswith("default-src 'none'")
    policy = dict(encoded_headers("https://login.example"))[b"content-security-policy"]
    assert b"form-action 'self' https://login.example;" in policy


PAGES = ("/", "/parties", "/ledger", "/sign-in", "/verify", "/api", "/search?q=a", "/nothing")
MEMBERS = (
    "/",
    "/batteries",
    "/devices",
    "/documents",
    "/jobs",
    "/lots",
    "/organisation",
    "/system",
)


@pytest.mark.parametrize(
    ("member", "path"), [*(("", p) for p in PAGES), *((ana(), p) for p in MEMBERS)]
)
def test_no_page_has_a_script_or_a_style_in_it(served: Served, member: str, path: str):
    page = served.client(member=member, accept="text/html").get(path)
    assert page.headers["content-type"].startswith("text/html")
    for script in re.findall(r"<script([^>]*)>(.*?)</script>", page.text, re.DOTALL):
        assert "src=" in script[0] or 'type="application/json"' in script[0]
    assert "<style" not in page.text
    assert not re.search(r"\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|javascript:", page.text)
    for source in re.findall(r"""(?:src|action)=["']([^"']*)""", page.text):
        assert source.startswith(("/", "data:image/", "#")), source
        assert not source.startswith("//")


def test_nothing_that_is_typed_comes_back_as_markup(served: Served):
    evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    client = served.client(member=ana(), accept="text/html")
    for page in (
        client.get("/search", params={"q": evil}),
        client.get("/batteries", params={"text": evil}),
        client.get(f"/parties/{evil}"),
        client.get("/sign-in", params={"next": f"/{evil}"}),
        client.get("/invitation", params={"token": evil}),
        client.post("/sign-in", data={"member": evil, "password": evil}),
    ):
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text


# -- the gate alone ----------------------------------------------------------------------------


def through(messages: list[dict[str, Any]] | None = None, *, inside: Any = None, **how: Any):
    """Send one request through a gate; return the answer's start, body, and the log lines."""
    lines: list[dict[str, Any]] = []
    settings = {"hosts": frozenset(), "secure": False, "counts": Counts(), "log": lines.append}
    made = how.pop("gate", None) or Gate(inside or reading, **settings | how.pop("settings", {}))
    scope = {
        "type": "http", "method": "POST", "path": "/x", "raw_path": b"/x", "query_string": b"",
        "headers": [], "client": ("192.0.2.1", 1), "http_version": "1.1", **how,
    }  # fmt: skip
    waiting = list(messages or [{"type": "http.request", "body": b"", "more_body": False}])
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        if not waiting:
            await asyncio.Event().wait()
        return waiting.pop(0)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(made(scope, receive, send))
    body = b"".join(message.get("body", b"") for message in sent)
    return sent[0]["status"], dict(sent[0]["headers"]), body, lines


async def reading(scope: Any, receive: Any, send: Any) -> None:
    """An application that reads all, and says how much that was."""
    from cellchain.core.errors import CellchainError
    from cellchain.web.problem import problem_of, problem_response

    size, more = 0, True
    try:
        while more:
            message = await receive()
            size, more = size + len(message.get("body", b"")), message.get("more_body", False)
    except CellchainError as error:
        await problem_response(problem_of(error))(scope, receive, send)
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"%d" % size})


def chunk(size: int, *, more: bool = True) -> dict[str, Any]:
    return {"type": "http.request", "body": b"x" * size, "more_body": more}


CHUNKED = [(b"transfer-encoding", b"chunked")]
MEGA = 1 << 20


def code(body: bytes) -> str:
    return json.loads(body)["code"]


def test_a_body_is_counted_whatever_it_says_of_itself():
    assert through([chunk(MEGA, more=False)], headers=CHUNKED)[0] == 200
    status, _, body, _ = through([chunk(MEGA), chunk(1, more=False)], headers=CHUNKED)
    assert (status, code(body)) == (413, "web.body_too_long")
    long = [(b"content-length", str(MEGA + 1).encode())]
    assert code(through(headers=long)[2]) == "web.body_too_long"
    assert through(headers=long, path="/api/v1/uploads/x")[0] == 200


@pytest.mark.parametrize("length", [b"-1", b"x", b"1e3", b"9" * 400])
def test_a_length_that_is_none_is_refused(length: bytes):
    assert through(headers=[(b"content-length", length)])[0] == 413


def test_a_client_that_falls_silent_is_let_go(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(gate, "PATIENCE_S", 0.05)
    status, _, body, _ = through([chunk(1)], headers=CHUNKED)
    assert (status, code(body)) == (408, "web.slow")


def test_a_path_or_query_that_is_too_long_is_refused():
    for how in ({"raw_path": b"/" * 5_000}, {"query_string": b"q" * 5_000}):
        assert through(**how)[0] == 431


@pytest.mark.parametrize(
    ("host", "good"),
    [
        ("book.example", True), ("book.example:8000", True), ("BOOK.example", True),
        ("[::1]:8000", True), ("[::1]", True), ("evil.example", False), ("", False),
        ("book.example.evil.example", False), ("evil.example:book.example", False),
    ],
)  # fmt: skip
def test_only_our_own_names_are_answered(host: str, good: bool):
    names = {"hosts": frozenset({"book.example", "::1"})}
    headers = [(b"host", host.encode())]
    assert (through(headers=headers, settings=names)[0] == 200) is good


def many(count: int, *, inside: Any = None, **headers: Any) -> list[int]:
    """Statuses of requests through one gate that lets ten in a minute."""
    lines: list[dict[str, Any]] = []
    how = {"hosts": frozenset(), "secure": False, "counts": Counts(), "log": lines.append}
    one = Gate(inside or reading, per_minute=10, **how)
    return [through(gate=one, **{n: v(k) for n, v in headers.items()})[0] for k in range(count)]


def test_one_address_has_so_many_requests():
    assert many(12) == [200] * 10 + [429] * 2
    assert many(30, client=lambda k: (f"192.0.2.{k}", 1)) == [200] * 30


def test_who_may_not_now_is_told_when():
    one = Gate(reading, hosts=frozenset(), secure=False, counts=Counts(), log=print, per_minute=1)
    through(gate=one)
    status, headers, body, _ = through(gate=one)
    assert (status, code(body)) == (429, "access.rate")
    assert int(headers[b"retry-after"]) > 0
    assert "wait" in json.loads(body)["remedy"]


GOOD_KEY = b"Bearer " + b"0" * 60


async def knowing(scope: Any, receive: Any, send: Any) -> None:
    """An application that knows one key."""
    shown = dict(scope["headers"]).get(b"authorization")
    if shown is not None:
        scope["cellchain_good"] = shown == GOOD_KEY
    await reading(scope, receive, send)


@pytest.mark.parametrize("name", [b"authorization", b"cookie"])
def test_keys_that_are_made_up_free_nobody_from_the_limit(name: bytes):
    looking = {"method": lambda _: "GET"}
    made_up = looking | {"headers": lambda k: [(name, b"cellchain=" + b"%060d" % k)]}
    assert many(25, inside=knowing, **made_up) == [200] * 10 + [429] * 15
    one = looking | {"headers": lambda _: [(name, b"cellchain=" + b"1" * 60)]}
    assert many(25, inside=knowing, **one) == [200] * 10 + [429] * 15


def test_a_key_that_was_found_good_may_ask_for_more(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(gate, "KEY_BURST", 20)
    good = {"headers": lambda _: [(b"authorization", GOOD_KEY)]}
    assert many(25, inside=knowing, **good) == [200] * 21 + [429] * 4  # the first is a visitor's
    moving = good | {"client": lambda k: (f"192.0.2.{k}", 1)}
    assert many(25, inside=knowing, **moving) == [200] * 21 + [429] * 4
    mixed = {"headers": lambda k: [(b"authorization", GOOD_KEY if k == 0 else b"made up")]}
    assert many(12, inside=knowing, **mixed) == [200] * 10 + [429] * 2


def test_what_is_known_is_bounded_and_ends(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(known, "KNOWN_MAX", 3)
    seen = Known()
    for name in "abca":
        seen.learn({"cellchain_good": True}, name, 1)
    seen.learn({"cellchain_good": True}, "d", 1)
    assert [seen.holds(name, 1) for name in "abcd"] == [True, False, True, True]
    seen.learn({"cellchain_good": False}, "a", 2)
    seen.learn({}, "c", 2)
    assert [seen.holds(name, 2) for name in "acd"] == [False, True, True]
    assert not seen.holds("c", 1 + known.KNOWN_MS)


def test_the_application_says_which_keys_and_sessions_are_good(served: Served):
    def found(client: httpx.Client, path: str) -> set[bool]:
        client.get(path)
        return {scope[GOOD] for scope in scopes if GOOD in scope}

    inside, scopes = served.web.asgi._inside, []

    async def noting(scope: Any, receive: Any, send: Any) -> None:
        scopes[:] = [scope]
        await inside(scope, receive, send)

    served.web.asgi._inside = noting
    try:
        for path in ("/api/v1/me", "/", "/api/v1/live-nothing"):
            expected = set() if "nothing" in path else {True}
            assert found(served.client(key=served.key()), path) == expected
            assert found(served.client(member=ana()), path) == expected
            assert found(served.client(), path) == set()
        assert found(served.client(key="cc_made_up"), "/api/v1/me") == {False}
        assert found(served.client(cookie="cellchain=made-up"), "/") == {False}
    finally:
        served.web.asgi._inside = inside


def test_where_browsers_come_by_https_they_stay_there():
    assert b"strict-transport-security" in through(settings={"secure": True})[1]


def test_an_answer_keeps_its_own_stricter_policy():
    async def sandboxed(scope: Any, receive: Any, send: Any) -> None:
        own = [(b"content-security-policy", SANDBOX.encode())]
        await send({"type": "http.response.start", "status": 200, "headers": own})
        await send({"type": "http.response.body", "body": b""})

    assert through(inside=sandboxed)[1][b"content-security-policy"] == SANDBOX.encode()


def test_the_log_holds_no_secret(served: Served):
    key, secret = served.key(), "s3cret-query"
    served.lines.clear()
    client = served.client(key=key)
    client.get("/api/v1/search", params={"q": secret})
    client.post("/sign-in", data={"member": ana(), "password": secret})
    client.get(f"/invitation?token={secret}")
    told = json.dumps(served.lines)
    assert len(served.lines) == 3
    assert secret not in told
    assert key not in told
    assert key.split("_", 2)[2] not in told
    assert set(served.lines[0]) == {"method", "path", "status", "ms", "address", "request"}


def test_numbers_are_for_this_machine(served: Served):
    served.client().get("/parties/nobody-7")
    text = served.client().get("/metrics").text
    assert "/parties/{party}" in text
    assert "nobody-7" not in text
    assert f"cellchain_head_height {served.site.views.ledger_height}.0" in text
    assert "cellchain_node_running" not in text
    assert served.client(address="192.0.2.7").get("/metrics").status_code == 404
    passed_on = served.client(x_forwarded_for="192.0.2.7")
    assert passed_on.get("/metrics").status_code == 404


def test_a_mistake_of_ours_tells_nothing_of_the_inside(served: Served, monkeypatch: Any):
    def broken(*_: object) -> None:
        raise RuntimeError("the inside")

    monkeypatch.setattr(served.site.views, "head", broken)
    client = served.client()
    client._transport._inside.raise_app_exceptions = False
    answer = client.get("/api/v1/head")
    assert (answer.status_code, answer.json()["code"]) == (500, "web.bug")
    assert "inside" not in answer.text
    assert answer.headers["content-security-policy"] == POLICY


def test_what_fails_behind_the_pages_is_said_to_who_asks_whether_we_are_ready(
    served: Served, monkeypatch: pytest.MonkeyPatch
):
    client = served.client(member=ana("operator"))
    assert client.get("/readyz").json() == {"ready": True, "missing": [], "problems": {}}

    monkeypatch.setitem(served.site.housekeeping.problems, "vault", OSError("secret"))
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["problems"]) == (
        200,
        {"housekeeping of vault": "OSError"},
    )

    monkeypatch.setattr(served.site._follower, "problem", ZeroDivisionError("secret"))
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["missing"]) == (503, ["views: ZeroDivisionError"])
    assert {"views", "housekeeping of vault"} <= {name for name, *_ in served.site.health()}
