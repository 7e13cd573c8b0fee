"""A witness over HTTP, for logs that push (C2SP tlog-witness), and what it has seen, as JSON.

    POST /add-checkpoint     200 cosignature lines · 400 · 403 · 404 · 409 · 422
    GET  /witness.json       its key, the logs it watches, every split view it saw

Nobody is asked who he is: the operator's signature on the checkpoint says enough. So a request is
small, and one address has so many a minute.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from cellchain.core.errors import CellchainError, Refused, Unavailable
from cellchain.ledger.split_view import SplitView
from cellchain.ledger.watched import Watched
from cellchain.ledger.witnessing import AddCheckpoint, Conflict, parse_add_checkpoint
from cellchain.web.guard.counts import Counts
from cellchain.web.guard.gate import Gate
from cellchain.web.problem import problem_of, problem_response

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from starlette.requests import Request
    from starlette.types import ASGIApp

    from cellchain.crypto.cosignature import WitnessKey
    from cellchain.crypto.note import Note

PER_MINUTE = 120
"""Requests of one address: a log pushes a few a minute."""
TEXT = "text/plain; charset=utf-8"
SIZE = "text/x.tlog.size"
STATUSES = {
    "note.unsigned": 403,
    "note.signature": 403,
    "witness.conflict": 409,
    "witness.consistency": 422,
    "witness.split_view": 409,
    "witness.too_long": 413,
    "witness.unknown_origin": 404,
}
"""Code → status; 400 for what cannot be read."""


class PublicWitness(Protocol):
    """A witness, as whoever asks it sees it."""

    @property
    def key(self) -> WitnessKey: ...  # noqa: D102

    def add_checkpoint(self, asked: AddCheckpoint) -> Note:
        """Cosign, and remember it first."""
        ...

    def logs(self) -> list[Watched]:
        """Return what is remembered of each log."""
        ...

    def evidence(self) -> list[SplitView]:
        """Return every split view that was seen."""
        ...


class WitnessTold(msgspec.Struct, frozen=True, kw_only=True):
    """What a witness says of itself."""

    key: str
    logs: list[Watched]
    split_views: list[SplitView]


def witness_application(
    witness: PublicWitness, log: Callable[[dict[str, Any]], None], *, per_minute: int = PER_MINUTE
) -> ASGIApp:
    """Return the application of a witness, behind the gate."""

    async def add_checkpoint(request: Request) -> Response:
        return await run_in_threadpool(answered, witness, await request.body())

    async def told(_: Request) -> Response:
        return await run_in_threadpool(_told, witness)

    inside = Starlette(
        routes=[
            Route("/add-checkpoint", add_checkpoint, methods=["POST"]),
            Route("/witness.json", told, methods=["GET"]),
        ],
        exception_handlers={CellchainError: _failed, HTTPException: _nothing},
    )
    return Gate(
        inside,
        hosts=frozenset(),
        secure=False,
        counts=Counts(),
        log=log,
        per_minute=per_minute,
    )


def answered(witness: PublicWitness, body: bytes) -> Response:
    """Return the answer to a body that asks for a cosignature."""
    try:
        note = witness.add_checkpoint(parse_add_checkpoint(body))
    except Conflict as conflict:
        return Response(f"{conflict.size}\n", 409, media_type=SIZE)
    except Refused as refusal:
        return _refused(refusal)
    return Response("".join(map(str, note.signatures)), media_type=TEXT)


def _told(witness: PublicWitness) -> Response:
    told = WitnessTold(key=str(witness.key), logs=witness.logs(), split_views=witness.evidence())
    return Response(msgspec.json.encode(told), media_type="application/json")


def _refused(refusal: Refused) -> Response:
    return Response(f"{refusal}\n", STATUSES.get(refusal.code, 400), media_type=TEXT)


async def _failed(_: Request, error: Exception) -> Response:
    assert isinstance(error, CellchainError)
    wait = {"retry-after": "10"} if isinstance(error, Unavailable) else None
    return problem_response(problem_of(error), wait)


async def _nothing(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return Response(f"{error.detail}\n", error.status_code, error.headers, media_type=TEXT)
