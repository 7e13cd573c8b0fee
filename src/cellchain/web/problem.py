"""Errors as answers: problem+json (RFC 9457) with our codes, and the status that fits each."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.responses import Response

from cellchain.core.errors import CellchainError, Refused, Unavailable
from cellchain.web.page import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

MEDIA_TYPE = "application/problem+json"

STATUSES: Mapping[str, int] = {
    "access.sign_in": 401,
    "access.wrong": 401,
    "access.duty": 403,
    "access.forbidden": 403,
    "access.origin": 403,
    "access.person": 403,
    "access.scope": 403,
    "access.same_signer": 403,
    "access.own_signer": 409,
    "access.one_signer": 409,
    "access.decided": 409,
    "access.too_many": 429,
    "access.rate": 429,
    "access.unknown_approval": 404,
    "access.unknown_key": 404,
    "access.unknown_member": 404,
    "edge.conflict": 409,
    "edge.gap": 409,
    "job.unknown": 404,
    "lab.full": 409,
    "lab.unknown": 404,
    "proof.no_entry": 404,
    "proof.no_receipt": 404,
    "telemetry.no_readings": 404,
    "vault.unknown": 404,
    "vault.upload_unknown": 404,
    "vault.too_large": 413,
    "web.body_too_long": 413,
    "web.header_too_long": 431,
    "web.media_type": 415,
    "web.method": 405,
    "web.modified": 412,
    "web.not_acceptable": 406,
    "web.not_found": 404,
    "web.range": 416,
    "web.repeated": 422,
    "web.shown_once": 409,
    "web.slow": 408,
    "webhook.unknown": 404,
    "witness.no_checkpoint": 404,
}
"""Code → status, where it is not that of its family."""
_ENDS: Mapping[str, int] = {"exists": 409, "replayed": 409, "gap": 409}


def status_of(error: CellchainError) -> int:
    """Return the HTTP status of an error.

    What a rule of a contract refuses is 409 where the state clashes with it, 422 otherwise:
    the request was understood and a rule said no.
    """
    if isinstance(error, Unavailable):
        return STATUSES.get(error.code, 503)
    if not isinstance(error, Refused):
        return 500
    room, _, reason = error.code.partition(".")
    if error.code in STATUSES:
        return STATUSES[error.code]
    if reason in _ENDS:
        return _ENDS[reason]
    return 404 if reason.startswith("unknown_") and room != "passport" else 422


def problem_of(error: CellchainError) -> Problem:
    """Return an error as what is shown; what is wrong inside a home stays inside."""
    status = status_of(error)
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        return Problem(
            status=status,
            code=error.code,
            text="something that this server keeps is damaged; nothing was changed",
            remedy="tell its operator: `cellchain doctor` says more",
        )
    return Problem(status=status, code=error.code, text=error.text, remedy=error.remedy)


def as_struct(problem: Problem) -> dict[str, Any]:
    """Return a problem in the members of RFC 9457, ours after them."""
    told = {
        "type": f"https://cellchain.example/errors#{problem.code}",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.text,
        "code": problem.code,
    }
    return {**told, "remedy": problem.remedy} if problem.remedy else told


def problem_response(problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """Return a problem as a machine reads it."""
    return Response(
        msgspec.json.encode(as_struct(problem)),
        status_code=problem.status,
        headers=dict(headers or {}),
        media_type=MEDIA_TYPE,
    )
