"""The light endpoint: headers of a node, who signed them and who may, for anyone to check.

    POST /   JSON-RPC, one call          GET /METHOD?height=…          nothing else, nothing written

It answers what CometBFT's light client asks for: that of a node that begins from a snapshot, or of
anyone with a header to trust. Each question is read strictly and put to CometBFT in our own words;
the number of questions and of connections at once, and from one address, is bounded.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from threading import Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import msgspec
import uvicorn

from cellchain.adapters.patient_protocol import PatientProtocol
from cellchain.adapters.server import bound_socket
from cellchain.core.errors import Refused, Unavailable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from cellchain.adapters.cometbft.api import NodeApi

    Receive = Callable[[], Awaitable[dict[str, Any]]]
    Send = Callable[[dict[str, Any]], Awaitable[None]]

_HEIGHT = frozenset({"height"})
METHODS: Mapping[str, frozenset[str]] = {
    "commit": _HEIGHT,
    "header": _HEIGHT,
    "validators": _HEIGHT | {"page", "per_page"},
    "consensus_params": _HEIGHT,
    "health": frozenset(),
}
"""What may be asked, and the numbers that go with it."""
QUESTION_BYTES_MAX = 4_096
BODY_S = 5.0
AT_ONCE_MAX, CONNECTIONS_MAX = 4, 64
ADDRESS_CONNECTIONS_MAX = 8
"""Of one address: it cannot take all; a light client needs one or two."""
PER_SECOND_MAX, BURST = 20.0, 200.0
"""Questions of one address, in the long run and at once; a light client asks some dozens."""
ADDRESSES_MAX = 10_000
_INVALID, _NO_METHOD, _FAILED = -32_600, -32_601, -32_603


class _Call(msgspec.Struct, frozen=True):
    method: str
    params: dict[str, int | str] | None = None
    id: int | str | None = None


class LightEndpoint:
    """Answers until it is closed.

    Args:
        api: The node that is asked.
        address: Host and port, ``HOST:PORT``; port 0 takes any that is free.

    Raises:
        Unavailable: ``serve.port``: somebody else listens there.
    """

    def __init__(self, api: NodeApi, address: str) -> None:
        host, _, port = address.rpartition(":")
        listening = bound_socket(host.strip("[]"), int(port))
        self.port: int = listening.getsockname()[1]
        config = uvicorn.Config(
            light_answers(api),
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=5,
            timeout_graceful_shutdown=1,
            limit_concurrency=CONNECTIONS_MAX,
            http=PatientProtocol.for_server(address_connections_max=ADDRESS_CONNECTIONS_MAX),
            lifespan="off",
        )
        self._server = uvicorn.Server(config)
        sockets = [listening]
        self._thread = Thread(target=lambda: self._server.run(sockets), name="light", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Answer no more."""
        self._server.should_exit = True
        self._thread.join()


def light_answers(api: NodeApi, clock: Callable[[], float] = time.monotonic) -> Any:
    """Return the ASGI application that passes questions on to ``api``."""
    allowance, turns = _Allowance(clock), asyncio.Semaphore(AT_ONCE_MAX)

    async def answer(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        address = scope["client"][0] if scope.get("client") else ""
        if not allowance.take(address):
            await _send(send, 429, {"error": "too many questions; ask again in a second"})
            return
        try:
            call = await _asked(scope, receive)
        except Refused as refusal:
            await _send(send, 400, _error(None, _INVALID, refusal.text))
            return
        async with turns:
            await _send(send, 200, await asyncio.to_thread(_answered, api, call))

    return answer


async def _asked(scope: dict[str, Any], receive: Receive) -> _Call:
    """Return the call in a request.

    Raises:
        Refused: ``light.question``: there is none.
    """
    if scope["method"] == "GET":
        query = scope["query_string"]
        if len(query) > QUESTION_BYTES_MAX:
            raise _no_question("it is too long")
        pairs = parse_qsl(query.decode("latin-1"), max_num_fields=8)
        return _Call(scope["path"].lstrip("/"), {name: value.strip('"') for name, value in pairs})
    if scope["method"] != "POST":
        raise _no_question("GET or POST")
    try:
        body = await asyncio.wait_for(_body(receive), BODY_S)
        return msgspec.json.decode(body, type=_Call)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, TimeoutError) as error:
        raise _no_question(str(error)) from error


async def _body(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        part = await receive()
        body += part.get("body", b"")
        if len(body) > QUESTION_BYTES_MAX or part["type"] != "http.request":
            raise _no_question("it is too long")
        if not part.get("more_body"):
            return bytes(body)


def _answered(api: NodeApi, call: _Call) -> dict[str, Any]:
    allowed, given = METHODS.get(call.method), call.params or {}
    if allowed is None:
        return _error(call.id, _NO_METHOD, f"only {', '.join(METHODS)}")
    numbers = {name: _number(value) for name, value in given.items()}
    if not numbers.keys() <= allowed or None in numbers.values():
        return _error(call.id, _INVALID, f"{call.method} takes {sorted(allowed)}, all numbers")
    try:
        result = api.ask(call.method, **{name: str(value) for name, value in numbers.items()})
    except Unavailable as error:
        return _error(call.id, _FAILED, error.text)
    return {"jsonrpc": "2.0", "id": call.id, "result": result}


def _number(value: int | str) -> int | None:
    """Return a count as CometBFT's clients write them, as a number or as its digits."""
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None  # noqa: PLR2004


def _error(number: int | str | None, code: int, text: str) -> dict[str, Any]:
    error = {"code": code, "message": "refused", "data": text}
    return {"jsonrpc": "2.0", "id": number, "error": error}


def _no_question(why: str) -> Refused:
    return Refused("light.question", f"no question that is answered here: {why[:200]}")


async def _send(send: Send, status: int, content: dict[str, Any]) -> None:
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": msgspec.json.encode(content)})


class _Allowance:
    """How many questions each address has left; those that have all of them are forgotten."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, address: str) -> bool:
        """Take one from ``address``; return whether it had one."""
        now = self._clock()
        left, before = self._left.pop(address, (BURST, now))
        left = min(BURST, left + (now - before) * PER_SECOND_MAX)
        self._left[address] = (max(0.0, left - 1), now)
        if len(self._left) > ADDRESSES_MAX:
            self._left.popitem(last=False)
        return left >= 1
