"""Passkeys: what the sign-in page and the organisation page say to each other's browser."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import msgspec

from cellchain.web.api.endpoint import Answer, Call, Endpoint
from cellchain.web.session_cookie import session_header

if TYPE_CHECKING:
    from collections.abc import Iterator

_endpoint = partial(Endpoint, method="POST", tag="organisation", access="public")


class NothingYet(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An empty object."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What the browser is asked."""

    challenge: str
    """Names the challenge; send it back with the credential."""
    options: str
    """JSON for ``navigator.credentials`` (W3C WebAuthn level 3)."""


class Answered(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the browser answers."""

    challenge: str
    credential: str
    """JSON of the credential."""
    name: str = "passkey"


class PasskeyShown(msgspec.Struct, frozen=True, kw_only=True):
    """A passkey."""

    id: str
    name: str
    since_ms: int


class SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    """Who signed in; the session is in the cookie."""

    member: str


def passkey_endpoints() -> Iterator[Endpoint]:
    """Yield the endpoints of passkeys."""
    yield _endpoint(
        path="/passkeys/begin", name="passkeys.begin", summary="Begin to make a passkey.",
        answer=_begin, body=NothingYet, result=Asked, access="member", scope="organisation",
        refusals=(422,),
    )  # fmt: skip
    yield _endpoint(
        path="/passkeys", name="passkeys.make", summary="Keep a new passkey of the caller's.",
        answer=_make, body=Answered, result=PasskeyShown, status=201, access="member",
        scope="organisation", refusals=(422,),
    )  # fmt: skip
    yield _endpoint(
        path="/passkeys/sign-in/begin", name="passkeys.sign_in_begin",
        summary="Begin to sign in with a passkey.", answer=_begin_sign_in, body=NothingYet,
        result=Asked,
    )  # fmt: skip
    yield _endpoint(
        path="/passkeys/sign-in", name="passkeys.sign_in", summary="Sign in with a passkey.",
        answer=_sign_in, body=Answered, result=SignedIn, refusals=(422,),
    )  # fmt: skip
    yield _endpoint(
        method="DELETE", path="/passkeys/{id}", name="passkeys.end",
        summary="Forget a passkey of the caller's.", answer=_end, status=204, access="member",
        scope="organisation", refusals=(404,),
    )  # fmt: skip


def _begin(call: Call) -> Answer:
    challenge, options = call.site.access.passkeys.begin_enrolment(call.viewer)
    return Answer(data=Asked(challenge=challenge, options=options))


def _make(call: Call) -> Answer:
    given = call.body
    made = call.site.access.passkeys.enrol(
        call.viewer, given.challenge, given.credential, given.name
    )
    shown = PasskeyShown(id=made.id, name=made.name, since_ms=made.since_ms)
    return Answer(data=shown, status=201)


def _begin_sign_in(call: Call) -> Answer:
    challenge, options = call.site.access.passkeys.begin_sign_in()
    return Answer(data=Asked(challenge=challenge, options=options))


def _sign_in(call: Call) -> Answer:
    access = call.site.access
    member = access.passkeys.sign_in(call.body.challenge, call.body.credential)
    token = access.sessions.open(member, "passkey")
    secure = call.site.address.startswith("https://")
    return Answer(data=SignedIn(member=member.member), headers=session_header(token, secure=secure))


def _end(call: Call) -> Answer:
    call.site.access.passkeys.end(call.viewer, call.path["id"])
    return Answer(status=204)
