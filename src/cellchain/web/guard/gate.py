"""The gate: a layer of plain ASGI around everything.

host → size → origin → rate → the application → headers, log, counts
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from starlette.datastructures import Headers

from cellchain.core.errors import CellchainError, Refused, Unavailable
from cellchain.services.access.throttle import Throttle
from cellchain.web.guard.headers import TRANSPORT, encoded_headers
from cellchain.web.guard.known import Known, credential_name
from cellchain.web.guard.origin import check_origin
from cellchain.web.problem import problem_of, problem_response

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from cellchain.web.guard.counts import Counts

BODY_BYTES_MAX = 1 << 20
"""Of a request, but for uploads and bulk jobs."""
LONG_BODY_BYTES_MAX = 16 << 20
"""Of one part of an upload, or of a sheet."""
LONG_PATHS = (
    "/api/v1/uploads", "/api/v1/jobs", "/api/v1/lab/files",
    "/batteries/upload", "/documents", "/lab", "/verify",
)  # fmt: skip
PATH_BYTES_MAX = 4_096
PATIENCE_S = 20
"""How long a client may be silent in the middle of a body."""
ADDRESS_BURST = 600
ADDRESS_SPAN_MS = 60_000
KEY_BURST = 6_000
"""Requests a minute, from one address and with one API key or session, once it was found good."""


class Gate:
    """Stands before the application.

    Args:
        inside: The application.
        hosts: Names under which it may be called; empty: any.
        secure: Whether browsers come by https.
        counts: Counts requests.
        log: Writes a line for each request.
        per_minute: Requests a minute from one address; 0: no limit.
        form_target: Where a form may lead besides here.
    """

    def __init__(
        self,
        inside: ASGIApp,
        *,
        hosts: frozenset[str],
        secure: bool,
        counts: Counts,
        log: Callable[[dict[str, Any]], None],
        per_minute: int = ADDRESS_BURST,
        form_target: str = "",
    ) -> None:
        self._inside = inside
        self._hosts = hosts
        headers = encoded_headers(form_target)
        self._headers = (*headers, TRANSPORT) if secure else headers
        self._secure = secure
        self._counts = counts
        self._log = log
        self._by_address = Throttle(per_minute, ADDRESS_SPAN_MS) if per_minute else None
        self._by_key = Throttle(KEY_BURST, ADDRESS_SPAN_MS) if per_minute else None
        self._known = Known()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it at once."""
        if scope["type"] != "http":
            await self._inside(scope, receive, send)
            return
        began, identity, status = time.perf_counter(), uuid4().hex[:16], 500
        scope.setdefault("state", {}).update(request=identity, secure=self._secure)
        extra = [*self._headers, (b"x-request-id", identity.encode())]

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                there = {name for name, _ in message["headers"]}
                message["headers"].extend(pair for pair in extra if pair[0] not in there)
            await send(message)

        credential = credential_name(scope) if self._by_key is not None else ""
        try:
            limit = self._admit(scope, credential)
        except CellchainError as error:
            wait = {"retry-after": "10"} if isinstance(error, Unavailable) else None
            await problem_response(problem_of(error), wait)(scope, receive, sending)
        else:
            await self._inside(scope, _bounded(receive, limit) if limit else receive, sending)
        finally:
            if credential:
                self._known.learn(scope, credential, _clock_ms())
            seconds = time.perf_counter() - began
            self._counts.count(scope, status, seconds)
            self._log(_line(scope, status, seconds, identity))

    def _admit(self, scope: Scope, credential: str) -> int:
        """Return how long the body may be, 0 without one; refuse what need not be read at all."""
        headers = Headers(scope=scope)
        if self._hosts and _host(headers.get("host", "")) not in self._hosts:
            raise Refused("web.not_found", "there is no such site here")
        if len(scope["raw_path"]) > PATH_BYTES_MAX or len(scope["query_string"]) > PATH_BYTES_MAX:
            raise Refused("web.header_too_long", f"a path has at most {PATH_BYTES_MAX} bytes")
        limit = LONG_BODY_BYTES_MAX if scope["path"].startswith(LONG_PATHS) else BODY_BYTES_MAX
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length[:20]) > limit:
            raise too_long(limit)
        check_origin(scope["method"], headers, secure=self._secure)
        self._check_rate(scope, credential)
        return limit if length != "0" or "transfer-encoding" in headers else 0

    def _check_rate(self, scope: Scope, credential: str) -> None:
        if self._by_address is None or self._by_key is None:
            return
        now_ms = _clock_ms()
        if self._known.holds(credential, now_ms):
            # many good keys at one address still share what one address may ask for
            of_address = self._by_key.take(f"address {_address(scope)}", now_ms)
            wait_ms = of_address or self._by_key.take(f"key {credential}", now_ms)
        else:
            wait_ms = self._by_address.take(_address(scope), now_ms)
        if wait_ms:
            raise Unavailable(
                "access.rate", "too many requests", remedy=f"wait {-(-wait_ms // 1000)} s"
            )


def _clock_ms() -> int:
    """Return a time that never goes back, and is past the first span of a throttle."""
    return int(time.monotonic() * 1000) + ADDRESS_SPAN_MS


def too_long(limit: int) -> Refused:
    """Return the refusal of a body that is too long."""
    return Refused("web.body_too_long", f"a body has at most {limit} bytes here")


def _bounded(receive: Receive, limit: int) -> Receive:
    """Return ``receive`` that gives up on a body too long, or on a client too slow."""
    size, finished = 0, False

    async def receiving() -> Message:
        nonlocal size, finished
        if finished:  # waiting for the client to go away, however long that takes
            return await receive()
        try:
            async with asyncio.timeout(PATIENCE_S):
                message = await receive()
        except TimeoutError as error:
            raise Refused("web.slow", f"nothing came for {PATIENCE_S} s") from error
        if message["type"] == "http.request":
            size += len(message.get("body", b""))
            finished = not message.get("more_body", False)
            if size > limit:
                raise too_long(limit)
        return message

    return receiving


def _host(given: str) -> str:
    """Return the name in a ``Host`` header, without its port."""
    name = given if given.endswith("]") else given.rpartition(":")[0] or given
    return name.strip("[]").lower()


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else "local"


def _line(scope: Scope, status: int, seconds: float, identity: str) -> dict[str, Any]:
    """What is written down of a request: no query, which may hold what somebody searched for."""
    return {
        "method": scope["method"],
        "path": scope["path"][:200],
        "status": status,
        "ms": round(seconds * 1000, 2),
        "address": _address(scope),
        "request": identity,
    }


__all__ = ["Gate", "too_long"]
