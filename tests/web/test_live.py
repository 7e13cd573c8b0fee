"""Live streams of the application: who may listen, for how long, and how many."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from cellchain.contracts.custody.view import CUSTODY
from cellchain.web import live
from cellchain.web.api.live import LEDGER
from cellchain.web.app import SUBJECTS_MAX
from cellchain.web.session_cookie import COOKIE
from tests.web.site import ana

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future

    from tests.web.site import Served

LEDGER_PATH = "/api/v1/live"


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "HEARTBEAT_S", 0.05)


@contextmanager
def listening(served: Served, path: str, token: str = "") -> Iterator[Future[int]]:
    """Listen at a path; the future is the status, once the stream has ended."""
    begun = asyncio.Event()
    gone = asyncio.Event()

    async def listen() -> int:
        status = [0]

        async def receive() -> dict[str, Any]:
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            status[0] = message.get("status", status[0])
            if message["type"] == "http.response.body":
                begun.set()

        cookie = [(b"cookie", f"{COOKIE}={token}".encode())] if token else []
        scope = {
            "type": "http", "method": "GET", "path": path, "raw_path": path.encode(),
            "query_string": b"", "headers": [(b"host", b"testserver"), *cookie],
            "client": ("192.0.2.9", 1), "server": ("testserver", 80), "scheme": "http",
            "http_version": "1.1", "root_path": "",
        }  # fmt: skip
        await served.web.asgi(scope, receive, send)
        return status[0]

    running = asyncio.run_coroutine_threadsafe(listen(), served.loop)
    asyncio.run_coroutine_threadsafe(begun.wait(), served.loop).result(10)
    try:
        yield running
    finally:
        served.loop.call_soon_threadsafe(gone.set)
        running.result(10)


def test_a_stream_ends_with_the_session(served: Served) -> None:
    access = served.site.access
    token = access.sign_in_as(ana(), "here")
    with listening(served, LEDGER_PATH, token) as stream, listening(served, LEDGER_PATH) as other:
        with pytest.raises(TimeoutError):
            stream.result(0.3)
        access.sessions.sign_out(token)
        assert stream.result(10) == 200
        assert not other.done()  # heights are for everybody


def test_readings_end_with_the_interest_in_the_battery(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served.site.views.read() as db:
        rows = db.execute(select(CUSTODY)).all()
    row = next(row for row in rows if not row.holder.startswith("contract:"))
    path = f"/api/v1/batteries/{row.battery}/live"
    token = served.site.access.sign_in_as(ana(row.holder), "here")
    with listening(served, path, token) as stream:
        with pytest.raises(TimeoutError):
            stream.result(0.3)
        monkeypatch.setattr("cellchain.services.access.interest.may_read_readings", _nobody)
        assert stream.result(10) == 200


def _nobody(*_: object) -> bool:
    return False


def test_one_address_has_so_many_streams(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "ADDRESS_LISTENERS_MAX", 1)
    with listening(served, LEDGER_PATH):
        answer = served.client(address="192.0.2.9").get(LEDGER_PATH)
        assert (answer.status_code, answer.json()["code"]) == (503, "web.listeners")
        assert not served.web.hub.full("192.0.2.10")


@pytest.mark.parametrize(("count", "more"), [(SUBJECTS_MAX, False), (SUBJECTS_MAX + 1, True)])
def test_a_block_with_more_subjects_than_are_told_says_so(
    served: Served, monkeypatch: pytest.MonkeyPatch, count: int, more: bool
) -> None:
    told: list[tuple[str, Any]] = []
    monkeypatch.setattr(served.web.hub, "publish", lambda *given: told.append(given))
    changed = type("Changed", (), {})()
    changed.height, changed.everything = 7, False
    changed.subjects = frozenset(f"s{number}" for number in range(count))
    for tell in tuple(served.site.views._listeners):
        tell(changed)
    (about,) = [value for topic, value in told if topic == LEDGER]
    assert len(about["subjects"]) == SUBJECTS_MAX
    assert about.get("more", False) is more
