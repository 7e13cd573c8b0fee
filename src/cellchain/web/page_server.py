"""Serves pages and their actions: finds out who asks, renders once, answers from the cache."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from hashlib import blake2b
from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from cellchain.core.errors import CellchainError, Refused
from cellchain.services.access.viewer import VISITOR
from cellchain.services.serving.unsigned import Unsigned
from cellchain.web.cache import KeptPage
from cellchain.web.caller import caller, check_access, session_token
from cellchain.web.conditions import has_already
from cellchain.web.frame.languages import preferred
from cellchain.web.pace import Pace
from cellchain.web.page import Asked, Done
from cellchain.web.pages.signing import to_sign
from cellchain.web.path_parts import path_parts, refuse_controls
from cellchain.web.problem import problem_of, problem_response
from cellchain.web.session_cookie import session_header

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection
    from starlette.datastructures import FormData
    from starlette.requests import Request

    from cellchain.services.access.viewer import Viewer
    from cellchain.web.cache import PageCache
    from cellchain.web.frame import Frame
    from cellchain.web.page import Action, Page, Problem, Shown
    from cellchain.web.site import Site

JSON = "application/json"
YEAR_S = 365 * 24 * 3600
SCHEME_COOKIE = "scheme"
TOUR_COOKIE = "tour"
_FORM_FIELDS_MAX = 200
_FORM_FILES_MAX = 8
"""A field that is left empty counts too: a question of the lab takes up to six."""


class PageServer:
    """Turns pages and actions into routes.

    Args:
        site: Everything behind them.
        frame: Renders them.
        cache: Keeps them.
        secure: Whether browsers come by https.
    """

    def __init__(self, site: Site, frame: Frame, cache: PageCache, *, secure: bool) -> None:
        self._site = site
        self._frame = frame
        self._cache = cache
        self._secure = secure
        self._pace = Pace()

    def route(self, page: Page) -> Route:
        """Return the route of a page."""

        async def answer(request: Request) -> Response:
            return await self._answer(request, page)

        return Route(page.path, answer, methods=["GET"], name=f"page {page.path}")

    def action_route(self, action: Action) -> Route:
        """Return the route of an action."""

        async def answer(request: Request) -> Response:
            return await self._act(request, action)

        return Route(action.path, answer, methods=["POST"], name=f"action {action.path}")

    def problem_page(self, request: Request, problem: Problem) -> Response:
        """Return a problem as a page, to whoever asks."""
        return _sent(request, self._failed(request, VISITOR, problem, as_json=False))

    async def _answer(self, request: Request, page: Page) -> Response:
        request.scope["cellchain_route"] = page.path
        as_json, viewer = wants_json(request), VISITOR
        try:
            viewer = caller(request, self._site.access)
            check_access(viewer, page.access)
        except CellchainError as error:
            return self._turned_away(request, viewer, problem_of(error), as_json=as_json)
        key = self._key(request, viewer, as_json=as_json)
        kept = self._cache.get(key) if page.cached else None
        if kept is None:
            turn = self._cache.turn
            kept = await self._make(request, viewer, page, as_json=as_json)
            if page.cached and kept.status == 200:  # noqa: PLR2004
                self._cache.put(key, kept, turn)
        return _sent(request, kept)

    async def _make(
        self, request: Request, viewer: Viewer, page: Page, *, as_json: bool
    ) -> KeptPage:
        """Render a page where that is best."""
        make = partial(self._made, request, viewer, page, as_json=as_json)
        if self._is_brief(request, page):
            return self._pace.timed(page.path, make)
        return await run_in_threadpool(make)

    def _is_brief(self, request: Request, page: Page) -> bool:
        if page.brief is None or not self._site.views.at_hand or not self._pace.quick(page.path):
            return False
        try:
            return page.brief(self._site, path_parts(request))
        except CellchainError:
            return False  # the page itself says what is wrong with its path

    def _made(self, request: Request, viewer: Viewer, page: Page, *, as_json: bool) -> KeptPage:
        """Render a page, or the reason why there is none."""
        try:
            return self._shown(request, viewer, page, as_json=as_json)
        except CellchainError as error:
            return self._failed(request, viewer, problem_of(error), as_json=as_json)

    def _shown(
        self,
        request: Request,
        viewer: Viewer,
        page: Page,
        *,
        as_json: bool,
        problem: Problem | None = None,
        typed: Mapping[str, str] | None = None,
    ) -> KeptPage:
        with self._site.views.read() as db:
            asked = self._asked(request, viewer, db, problem, typed or {})
            shown = page.show(asked)
            if shown.location:
                return self._redirected(Done(shown.location, session=shown.session))
            if as_json:
                return _kept(msgspec.json.encode(shown.data), JSON, shown)
            html = self._frame.render(page, asked, shown)
        if problem is not None:
            return _kept(html, "text/html; charset=utf-8", shown, status=problem.status)
        return _kept(html, "text/html; charset=utf-8", shown)

    def _asked(
        self,
        request: Request,
        viewer: Viewer,
        db: Connection,
        problem: Problem | None,
        typed: Mapping[str, str],
    ) -> Asked:
        refuse_controls(request.query_params.multi_items())
        return Asked(
            site=self._site,
            viewer=viewer,
            db=db,
            path=path_parts(request),
            query=request.query_params,
            language=preferred(request.headers.get("accept-language", ""), request),
            now_ms=self._site.now_ms(),
            address=request.client.host if request.client else "",
            referer=request.headers.get("referer", ""),
            session_token=session_token(request),
            cookies=request.cookies,
            problem=problem,
            typed=typed,
        )

    def _failed(
        self, request: Request, viewer: Viewer, problem: Problem, *, as_json: bool
    ) -> KeptPage:
        if as_json:
            answer = problem_response(problem)
            return KeptPage(
                bytes(answer.body), tuple(answer.raw_headers), "", problem.status, _NONE
            )
        html = self._frame.render_problem(self._site, viewer, problem, request.cookies)
        headers = ((b"content-type", b"text/html; charset=utf-8"),)
        return KeptPage(html, headers, "", problem.status, _NONE)

    def _turned_away(
        self, request: Request, viewer: Viewer, problem: Problem, *, as_json: bool
    ) -> Response:
        """A person is led to the door; a machine is told."""
        if problem.status == 401 and not as_json and request.method == "GET":  # noqa: PLR2004
            path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            return RedirectResponse(f"/sign-in?next={quote(path, safe='')}", status_code=303)
        return _sent(request, self._failed(request, viewer, problem, as_json=as_json))

    async def _act(self, request: Request, action: Action) -> Response:
        request.scope["cellchain_route"] = action.path
        as_json, viewer = wants_json(request), VISITOR
        try:
            viewer = caller(request, self._site.access)
            check_access(viewer, action.access)
            if viewer.scopes is not None:
                raise Refused(
                    "access.person",
                    "a form is for people, not for an API key",
                    remedy="the same is to be had under /api/v1",
                )
            async with request.form(max_files=_FORM_FILES_MAX, max_fields=_FORM_FIELDS_MAX) as form:
                return await run_in_threadpool(self._done, request, viewer, action, form)
        except CellchainError as error:
            return self._turned_away(request, viewer, problem_of(error), as_json=as_json)

    def _done(self, request: Request, viewer: Viewer, action: Action, form: FormData) -> Response:
        with self._site.views.read() as db:
            asked = self._asked(request, viewer, db, None, {})
            try:
                done = self._acted(request, asked, action, form)
            except CellchainError as error:
                problem = problem_of(error)
            else:
                if isinstance(done, Done):
                    return self._gone_on(done)
                html = self._frame.render(action.on, asked, done)
                return _unkept(html)
        return self._again(request, viewer, action, form, problem)

    def _acted(
        self, request: Request, asked: Asked, action: Action, form: FormData
    ) -> Done | Shown:
        """Let the action act; what it cannot sign, a person is shown to sign it."""
        try:
            return action.act(asked, form)
        except Unsigned as unsigned:
            if wants_json(request):
                raise
            parts = {name: quote(value, safe="") for name, value in asked.path.items()}
            return to_sign(asked, unsigned, (action.leads or action.on.path).format(**parts))

    def _again(
        self, request: Request, viewer: Viewer, action: Action, form: FormData, problem: Problem
    ) -> Response:
        """Show the page of the form again, with why and with what was typed."""
        if wants_json(request):
            return problem_response(problem)
        typed = {
            name: value
            for name, value in form.items()
            if isinstance(value, str) and "password" not in name
        }
        with suppress(CellchainError):
            check_access(viewer, action.on.access)
            page = self._shown(
                request, viewer, action.on, as_json=False, problem=problem, typed=typed
            )
            return _sent(request, page)
        return _sent(request, self._failed(request, viewer, problem, as_json=False))

    def _redirected(self, done: Done) -> KeptPage:
        answer = self._gone_on(done)
        return KeptPage(b"", tuple(answer.raw_headers), "", 303, _NONE)

    def _gone_on(self, done: Done) -> Response:
        answer = RedirectResponse(done.location, status_code=303)
        for cookie, value in done.cookies.items():
            _remember(answer, cookie, value, secure=self._secure)
        if done.session is not None:
            answer.headers.append(
                "set-cookie", session_header(done.session, secure=self._secure)["set-cookie"]
            )
        return answer

    def _key(self, request: Request, viewer: Viewer, *, as_json: bool) -> tuple[str, ...]:
        """What makes one rendering differ from another of the same page."""
        scope, cookies = request.scope, request.cookies
        return (
            scope["path"],
            scope["query_string"].decode("latin-1"),
            viewer.member or "",
            "" if viewer.scopes is None else ",".join(sorted(viewer.scopes)),
            ",".join(sorted((*viewer.roles, *viewer.duties))),
            JSON if as_json else preferred(request.headers.get("accept-language", ""), request),
            cookies.get(SCHEME_COOKIE, "")[:10],
            cookies.get(TOUR_COOKIE, "")[:10],
        )


_NONE: frozenset[str] = frozenset()


def wants_json(request: Request) -> bool:
    """Whether the page is asked for as data."""
    if request.query_params.get("format") == "json":
        return True
    accept = request.headers.get("accept", "")
    return JSON in accept and "text/html" not in accept


def _kept(body: bytes, media_type: str, shown: Shown, status: int = 0) -> KeptPage:
    etag = f'"{blake2b(body, digest_size=12).hexdigest()}"'
    headers = (
        (b"content-type", media_type.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"etag", etag.encode()),
        (b"cache-control", b"private, no-cache"),
        (b"vary", b"accept, accept-language, cookie"),
    )
    return KeptPage(body, headers, etag, status or shown.status, shown.about or _NONE)


def _unkept(html: bytes) -> Response:
    """Return a page that is shown once, and kept by nobody."""
    return Response(html, media_type="text/html", headers={"cache-control": "no-store"})


def _remember(answer: Response, cookie: str, value: str, *, secure: bool) -> None:
    """Let the browser keep something that is no secret: it changes how pages look."""
    if value:
        answer.set_cookie(
            cookie, value, max_age=YEAR_S, httponly=True, secure=secure, samesite="lax"
        )
    else:
        answer.delete_cookie(cookie)


def _sent(request: Request, page: KeptPage) -> Response:
    if page.etag and has_already(request.headers.get("if-none-match", ""), page.etag):
        answer = Response(status_code=304)
        answer.raw_headers = [pair for pair in page.headers if pair[0] != b"content-length"]
        return answer
    answer = Response(status_code=page.status)
    answer.body = page.body
    answer.raw_headers = list(page.headers)
    return answer
