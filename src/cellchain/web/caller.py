"""Who sends a request: by the session in the cookie, or by an API key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.core.errors import Refused
from cellchain.services.access.api_keys import PLAIN_SCOPES
from cellchain.services.access.viewer import VISITOR, Viewer, require_member
from cellchain.web.session_cookie import COOKIE, SECURE_COOKIE

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection, Request

    from cellchain.services.access.desk import AccessDesk
    from cellchain.web.page import Access

GOOD = "cellchain_good"
"""Where a request's scope says whether the key or session that it shows was found good."""
_BEARER = "bearer "


def caller(request: Request, access: AccessDesk) -> Viewer:
    """Return who sends ``request``; a visitor where it shows nothing, or nothing that is valid.

    Raises:
        Refused: ``access.sign_in``: an API key that opens nothing: a machine should hear of it.
    """
    authorization = request.headers.get("authorization")
    if authorization is not None:
        known = None
        if authorization[: len(_BEARER)].lower() == _BEARER:
            known = access.api_keys.viewer(authorization[len(_BEARER) :].strip())
        request.scope[GOOD] = known is not None
        if known is None:
            raise Refused(
                "access.sign_in",
                "this API key opens nothing",
                remedy="send Authorization: Bearer and a key that is in force",
            )
        return known
    token = session_token(request)
    if not token:
        return VISITOR
    found = access.sessions.viewer(token)
    request.scope[GOOD] = found is not None
    return found or VISITOR


def session_token(request: HTTPConnection) -> str:
    """Return the token in the session's cookie; empty without one."""
    secure = request.scope.get("state", {}).get("secure", False)
    return request.cookies.get(SECURE_COOKIE if secure else COOKIE, "")


def check_access(viewer: Viewer, access: Access, scope: str = "read") -> None:
    """Let ``viewer`` in where ``access`` says so.

    Raises:
        Refused: ``access.sign_in``, ``access.duty``, ``access.scope``.
    """
    if access in {"public", "visitor"}:
        return
    party = require_member(viewer)
    if access == "administrator" and not viewer.may("administrator"):
        raise Refused(
            "access.duty",
            f"this is for administrators of {party}",
            remedy="ask one of them",
        )
    if access == "operator" and not viewer.operates:
        raise Refused(
            "access.duty",
            "this is for administrators of the party that operates this server",
            remedy="ask whoever runs it",
        )
    if viewer.scopes is not None and not _is_for(viewer.scopes, scope):
        raise Refused(
            "access.scope",
            f"this API key is for {', '.join(sorted(viewer.scopes))}, not for {scope}",
            remedy="let an administrator make one with that scope",
        )


def _is_for(scopes: frozenset[str], scope: str) -> bool:
    """Whether ``scopes`` hold ``scope``; to ``send`` is to send to some contract, seen later."""
    return bool(scopes.difference(PLAIN_SCOPES)) if scope == "send" else scope in scopes
