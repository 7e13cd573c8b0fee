"""Serves endpoints: who calls, what is asked, the answer in the form that is wanted."""

from __future__ import annotations

from contextlib import ExitStack, nullcontext
from dataclasses import dataclass
from functools import cache, partial
from hashlib import blake2b
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import Route

from cellchain.core.errors import CellchainError, Refused
from cellchain.services.access.viewer import VISITOR
from cellchain.web.api.endpoint import (
    CSV,
    HTML,
    JSON,
    PARQUET,
    TABLES,
    XLSX,
    Answer,
    Call,
    Endpoint,
    read_body,
    read_query,
)
from cellchain.web.api.gathering import Gathering
from cellchain.web.api.idempotency import HEADER, Repeats
from cellchain.web.api.table import csv_of
from cellchain.web.caller import caller, check_access
from cellchain.web.conditions import has_already
from cellchain.web.path_parts import path_parts
from cellchain.web.problem import problem_of, problem_response

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request

    from cellchain.services.access.viewer import Viewer
    from cellchain.web.site import Site

PREFIX = "/api/v1"
WORDS = {"csv": CSV, "html": HTML, "json": JSON, "parquet": PARQUET, "xlsx": XLSX}
"""What a plain link may ask for, since it can set no header."""


class ApiServer:
    """Turns endpoints into routes.

    Args:
        site: Everything behind them.
    """

    def __init__(self, site: Site) -> None:
        self._site = site
        self._repeats = Repeats(site)
        self._gathering = Gathering(partial(site.submit, VISITOR))

    def routes(self, endpoints: Sequence[Endpoint]) -> list[Route]:
        """Return a route for each endpoint; paths without named parts first."""
        ordered = sorted(endpoints, key=lambda e: (e.path.count("{"), -len(e.path)))
        return [self._route(endpoint) for endpoint in ordered]

    def _route(self, endpoint: Endpoint) -> Route:
        async def answer(request: Request) -> Response:
            request.scope["cellchain_route"] = endpoint.name
            try:
                return await self._answered(request, endpoint)
            except CellchainError as error:
                return problem_response(problem_of(error), _who(error))

        path = PREFIX + endpoint.path
        return Route(path, answer, methods=[endpoint.method], name=endpoint.name)

    async def _answered(self, request: Request, endpoint: Endpoint) -> Response:
        viewer = caller(request, self._site.access)
        check_access(viewer, endpoint.access, endpoint.scope)
        media_type = wanted(request, endpoint.offers)
        query = read_query(endpoint.query or _NoQuery, single(request))
        body = await self._body(request, endpoint)
        if endpoint.gathered and viewer == VISITOR and HEADER not in request.headers:
            answer = await endpoint.gathered(self._gathering, body)
            return self._written(request, endpoint, answer, media_type)
        return await run_in_threadpool(
            self._run, request, endpoint, _Asked(viewer, media_type, query, body)
        )

    async def _body(self, request: Request, endpoint: Endpoint) -> bytes:
        if endpoint.body is None:
            return b""
        given = request.headers.get("content-type", endpoint.takes).partition(";")[0].strip()
        if given.lower() not in {endpoint.takes, "application/octet-stream"}:
            raise Refused("web.media_type", f"this takes {endpoint.takes}, not {given[:60]}")
        return await request.body()

    def _run(self, request: Request, endpoint: Endpoint, asked: _Asked) -> Response:
        decoded: Any = asked.body
        if endpoint.body is not None and endpoint.body is not bytes:
            decoded = read_body(endpoint.body, asked.body)
        repeats = endpoint.method == "POST"
        repeat = self._repeats.of(request, asked.viewer, asked.body) if repeats else None
        with repeat or nullcontext() as before:
            if before is not None and before.response is not None:
                return before.response
            with ExitStack() as stack:
                reading = cache(lambda: stack.enter_context(self._site.views.read()))
                answer = endpoint.answer(
                    Call(
                        site=self._site,
                        viewer=asked.viewer,
                        reading=reading,
                        path=path_parts(request),
                        query=asked.query,
                        body=decoded,
                        headers=request.headers,
                        media_type=asked.media_type,
                    )
                )
                response = self._written(request, endpoint, answer, asked.media_type)
            if before is not None:
                before.keep(response)
            return response

    def _written(
        self, request: Request, endpoint: Endpoint, answer: Answer, media_type: str
    ) -> Response:
        headers = {**_links(request, answer.data), **answer.headers}
        headers.setdefault("cache-control", "private, no-cache")
        headers.setdefault("vary", "accept, authorization, cookie")
        content, kind = answer.content, answer.media_type
        if content is None and media_type in TABLES and endpoint.rows is not None:
            content, kind = self._table(endpoint.rows(answer.data), media_type), media_type
        elif content is None:
            content = b"" if endpoint.result is None else msgspec.json.encode(answer.data)
        if endpoint.method == "GET" and answer.status == HTTPStatus.OK:
            headers["etag"] = f'"{blake2b(content, digest_size=12).hexdigest()}"'
            if has_already(request.headers.get("if-none-match", ""), headers["etag"]):
                return Response(status_code=304, headers=headers)
        return Response(content, answer.status, headers, media_type=kind)

    def _table(self, rows: list[Any], media_type: str) -> bytes:
        plain = [flat(row) for row in rows]
        if media_type == CSV:
            return csv_of(plain)
        return self._site.table(plain, media_type)


@dataclass(frozen=True, slots=True)
class _Asked:
    viewer: Viewer
    media_type: str
    query: Any
    body: bytes


class _NoQuery(msgspec.Struct, frozen=True):
    """No parameters."""


def flat(row: Any) -> dict[str, Any]:
    """Return a row as columns: what is nested becomes JSON text."""
    plain = msgspec.to_builtins(row)
    return {
        name: msgspec.json.encode(value).decode() if isinstance(value, dict | list) else value
        for name, value in plain.items()
    }


def single(request: Request) -> dict[str, str]:
    """Return the parameters of the query, each given once.

    Raises:
        Refused: ``web.query``.
    """
    pairs = request.query_params.multi_items()
    if len(dict(pairs)) != len(pairs):
        raise Refused("web.query", "a parameter is given twice")
    return {name: value for name, value in pairs if name != "as"}


def wanted(request: Request, offers: Sequence[str]) -> str:
    """Return the media type to answer in: ``?as=csv`` of a plain link first, then ``Accept``.

    Raises:
        Refused: ``web.not_acceptable``.
    """
    word = request.query_params.get("as")
    accept = request.headers.get("accept", "*/*") if word is None else WORDS.get(word, word)
    return chosen(accept, offers)


def chosen(accept: str, offers: Sequence[str]) -> str:
    """Return the first media type in ``accept`` that is offered (RFC 9110, section 12.5.1).

    Raises:
        Refused: ``web.not_acceptable``.
    """
    wanted: list[tuple[float, int, str]] = []
    for place, part in enumerate(accept[:1000].split(",")):
        name, _, parameters = part.strip().partition(";")
        quality = parameters.partition("q=")[2].partition(";")[0].strip()
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            weight = 0.0
        if weight > 0:
            wanted.append((-weight, place, name.strip().lower()))
    for _, _, name in sorted(wanted):
        for offer in offers:
            if name in {offer, "*/*", offer.partition("/")[0] + "/*"}:
                return offer
    raise Refused("web.not_acceptable", f"this is to be had as {', '.join(offers)}")


def _links(request: Request, data: Any) -> Mapping[str, str]:
    following = getattr(data, "after", None)
    if not following:
        return {}
    url = request.url.include_query_params(after=following)
    return {"link": f"<{url.path}?{url.query}>; rel=next"}


def _who(error: CellchainError) -> dict[str, str]:
    if error.code == "access.sign_in":
        return {"www-authenticate": "Bearer"}
    return {"retry-after": "2"} if problem_of(error).status in {429, 503} else {}
