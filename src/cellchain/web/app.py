"""The web application: every page, action and endpoint there is, behind the gate.

Everything is registered from what says who may see it (`Page`, `Action`, `Endpoint`), so that
nothing is served that does not say it. `ROUTES_FOR_ALL` are the few others that are public; live
streams and contents of documents ask for themselves, and are listed where they are made.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from cellchain.core.errors import CellchainError
from cellchain.web.api.catalogue import endpoints
from cellchain.web.api.documents import content_routes
from cellchain.web.api.live import HEIGHTS, LEDGER, live_routes
from cellchain.web.api.openapi import openapi
from cellchain.web.api.serve import PREFIX, ApiServer
from cellchain.web.cache import PageCache
from cellchain.web.frame import Frame
from cellchain.web.guard.counts import Counts
from cellchain.web.guard.gate import ADDRESS_BURST, Gate
from cellchain.web.health import health_routes
from cellchain.web.live import Hub
from cellchain.web.page import Problem
from cellchain.web.page_server import PageServer, wants_json
from cellchain.web.pages import discover_actions, discover_pages
from cellchain.web.problem import problem_of, problem_response
from cellchain.web.proof_page import verifier_module
from cellchain.web.segment_router import SegmentRouter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from starlette.requests import Request
    from starlette.types import ASGIApp

    from cellchain.web.page import Action, Page
    from cellchain.web.site import Changed, Site

ASSETS = Path(__file__).parent / "assets"
OPENAPI_PATH = f"{PREFIX}/openapi.json"
VERIFIER_PATH = "/assets/verifier.js"
SUBJECTS_MAX = 100
"""Of a block, told live; a block with more says so."""
ROUTES_FOR_ALL = frozenset(
    {
        "/assets",
        "/favicon.ico",
        "/healthz",
        "/metrics",
        "/readyz",
        "/robots.txt",
        OPENAPI_PATH,
        VERIFIER_PATH,
    }
)
"""Routes that are no page, action or endpoint: public, and the same for everybody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How the application is served."""

    hosts: frozenset[str] = frozenset()
    """Names under which it may be called; empty: any."""
    secure: bool = False
    """Whether browsers come by https."""
    per_minute: int = ADDRESS_BURST
    """Requests a minute from one address; 0: no limit."""
    metrics_public: bool = False
    form_target: str = ""
    """Origin of the provider of single sign-on, to which the sign-in form leads."""
    log: Callable[[dict[str, Any]], None] = field(default=lambda _: None)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebApplication:
    """The application, and the parts of it that others look at."""

    asgi: ASGIApp
    routes: tuple[BaseRoute, ...]
    pages: tuple[Page, ...]
    actions: tuple[Action, ...]
    cache: PageCache
    hub: Hub


def build(site: Site, settings: Settings = Settings()) -> WebApplication:  # frozen
    """Return the application over ``site``."""
    counts, cache, hub = Counts(), PageCache(), Hub(site.now_ms())
    pages, actions = discover_pages(), discover_actions()
    server = PageServer(site, Frame(pages), cache, secure=settings.secure)
    found = endpoints(site.contracts)
    document = msgspec.json.encode(openapi(found, site.address))
    routes: list[BaseRoute] = [
        Route(OPENAPI_PATH, _fixed(document, "application/json"), methods=["GET"]),
        Route("/robots.txt", _fixed(b"User-agent: *\nDisallow: /api/\n", "text/plain")),
        Route("/favicon.ico", _fixed((ASSETS / "favicon.svg").read_bytes(), "image/svg+xml")),
        *health_routes(site, counts, metrics_public=settings.metrics_public),
        *live_routes(site, hub),
        *content_routes(site),
        *ApiServer(site).routes(found),
        *(server.action_route(action) for action in actions),
        *(server.route(page) for page in sorted(pages, key=_specific)),
        Route(VERIFIER_PATH, _fixed(verifier_module(), "text/javascript"), methods=["GET"]),
        Mount("/assets", StaticFiles(directory=ASSETS), name="assets"),
    ]
    inside = Starlette(
        exception_handlers={
            CellchainError: _failed,
            HTTPException: _http_failed(server),
            Exception: _broken,
        },
    )
    inside.router = SegmentRouter(routes, _lifespan(site, cache, hub))
    gate = Gate(
        inside,
        hosts=settings.hosts,
        secure=settings.secure,
        counts=counts,
        log=settings.log,
        per_minute=settings.per_minute,
        form_target=settings.form_target,
    )
    return WebApplication(
        asgi=gate, routes=tuple(routes), pages=pages, actions=actions, cache=cache, hub=hub
    )


def _specific(page: Page) -> tuple[int, int]:
    """Fixed paths come before those with named parts, longer before shorter."""
    return page.path.count("{"), -len(page.path)


def _lifespan(site: Site, cache: PageCache, hub: Hub) -> Any:
    def told(changed: Changed) -> None:
        if changed.everything:
            cache.clear()
        cache.touch(changed.subjects)
        subjects = sorted(changed.subjects)
        more = {"more": True} if len(subjects) > SUBJECTS_MAX else {}
        hub.publish(LEDGER, {"height": changed.height, "subjects": subjects[:SUBJECTS_MAX], **more})
        hub.publish(HEIGHTS, {"height": changed.height})

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        end = site.views.subscribe(told)
        site.readings.listen(hub.publish)
        hub.start()
        try:
            yield
        finally:
            end()
            await hub.stop()

    return lifespan


def _fixed(body: bytes, media_type: str) -> Any:
    headers = {"cache-control": "public, max-age=300"}

    async def answer(_: Request) -> Response:
        return Response(body, headers=headers, media_type=media_type)

    return answer


async def _failed(_: Request, error: Exception) -> Response:
    assert isinstance(error, CellchainError)
    return problem_response(problem_of(error))


def _http_failed(server: PageServer) -> Any:
    async def answer(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        problem = _of_status(error.status_code)
        if request.url.path.startswith(PREFIX) or wants_json(request):
            return problem_response(problem, error.headers)
        return server.problem_page(request, problem)

    return answer


def _of_status(status: int) -> Problem:
    codes = {404: "web.not_found", 405: "web.method"}
    texts = {404: "there is nothing here", 405: "this is not to be done here"}
    code = codes.get(status, "web.body")
    return Problem(status=status, code=code, text=texts.get(status, "this cannot be read"))


async def _broken(_: Request, __: Exception) -> Response:
    """A bug of ours: said so, with nothing of its inside; the log has it all."""
    text = "this is a mistake of the server, not of yours"
    return problem_response(Problem(status=500, code="web.bug", text=text))
