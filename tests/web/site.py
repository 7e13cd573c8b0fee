"""A small demo home behind the web application, in this process; clients for anybody."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread
from typing import TYPE_CHECKING, Any

import httpx

from cellchain.app import Cellchain
from cellchain.app.serving import serving
from cellchain.web.app import Settings, build
from cellchain.web.session_cookie import COOKIE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cellchain.app.serving import ServedHome
    from cellchain.services.access.viewer import Viewer
    from cellchain.web.app import WebApplication

ADDRESS = "http://testserver"
CARS, PACKS = "everwheel-cars", "dynamo-packs"
DEMO = {"batteries": 3, "seed": 3}
ALL_SCOPES = (
    "lab", "read", "assembly", "custody", "document", "material", "membership", "passport",
    "telemetry",
)  # fmt: skip


class Through(httpx.BaseTransport):
    """Takes requests to an application whose event loop runs in another thread."""

    def __init__(self, app: Any, loop: asyncio.AbstractEventLoop, address: str) -> None:
        self._inside = httpx.ASGITransport(app, client=(address, 40_000))
        self._loop = loop

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        return asyncio.run_coroutine_threadsafe(self._answer(request), self._loop).result(60)

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        answer = await self._inside.handle_async_request(request)
        body = b"".join([piece async for piece in answer.stream])  # type: ignore[union-attr]
        return httpx.Response(
            answer.status_code, headers=answer.headers, stream=httpx.ByteStream(body)
        )


@dataclass
class Served:
    """A home that is served, and everything needed to come in."""

    site: ServedHome
    web: WebApplication
    loop: asyncio.AbstractEventLoop
    told: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)

    def client(
        self, *, key: str = "", member: str = "", address: str = "127.0.0.1", **headers: str
    ) -> httpx.Client:
        """A client that keeps nothing between requests but what it is given."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if key:
            given["authorization"] = f"Bearer {key}"
        if member:
            given["cookie"] = f"{COOKIE}={self.site.access.sign_in_as(member, address)}"
            given.setdefault("sec-fetch-site", "same-origin")
        through = Through(self.web.asgi, self.loop, address)
        return httpx.Client(transport=through, base_url=ADDRESS, headers=given)

    def viewer(self, member: str) -> Viewer:
        found = self.site.access.sessions.viewer(self.site.access.sign_in_as(member, "here"))
        assert found is not None
        return found

    def key(self, *scopes: str, party: str = CARS) -> str:
        """A fresh API key."""
        viewer = self.viewer(f"ana@{party}.example")
        return self.site.access.api_keys.make(viewer, "machine", scopes or ALL_SCOPES, 1)

    def reader(self, party: str = CARS) -> str:
        """The name of a member that may only look."""
        member = f"rita@{party}.example"
        if self.site.access.members.find(member) is None:
            self.site.access.members.enrol(party, member, "Rita", ["reader"])
        return member


def ana(party: str = CARS) -> str:
    """An administrator who signs."""
    return f"ana@{party}.example"


def bo(party: str = CARS) -> str:
    """A second signer."""
    return f"bo@{party}.example"


@contextmanager
def running_loop() -> Iterator[asyncio.AbstractEventLoop]:
    """An event loop in a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever, name="event loop")
    thread.start()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


@contextmanager
def lifespan(app: Any, loop: asyncio.AbstractEventLoop) -> Iterator[None]:
    """What a server does before the first request and after the last."""
    said: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    answers: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    running = asyncio.run_coroutine_threadsafe(
        app({"type": "lifespan", "asgi": {"version": "3.0"}}, said.get, answers.put), loop
    )

    def say(kind: str) -> None:
        asyncio.run_coroutine_threadsafe(said.put({"type": kind}), loop).result(10)
        answer = asyncio.run_coroutine_threadsafe(answers.get(), loop).result(10)
        assert answer["type"] == f"{kind}.complete", answer

    say("lifespan.startup")
    try:
        yield
    finally:
        say("lifespan.shutdown")
        running.result(10)


@contextmanager
def served(
    folder: Path, *, configuration: str = "", address: str = ADDRESS, **settings: Any
) -> Iterator[Served]:
    """Serve a fresh demo home in ``folder``."""
    shop = Cellchain()
    shop.demo(folder / "demo", listener=lambda _: None, **DEMO)
    (folder / "demo" / "cellchain.toml").write_text(configuration)
    told: list[tuple[str, dict[str, Any]]] = []
    lines: list[dict[str, Any]] = []
    opened = serving(
        shop,
        folder / "demo",
        passphrase_file=None,
        configuration=None,
        address=address,
        log=lambda event, about: told.append((event, about)),
    )
    with opened as (site, _), running_loop() as loop:
        chosen = Settings(**{"per_minute": 0, "log": lines.append, **settings})
        web = build(site, chosen)
        with lifespan(web.asgi, loop):
            yield Served(site=site, web=web, loop=loop, told=told, lines=lines)
