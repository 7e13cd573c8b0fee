"""Who I am, what waits for a second signer, and the API keys of an organisation."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import msgspec

from cellchain.core.names import PartyId
from cellchain.services.access.records import Approval
from cellchain.services.access.viewer import require_member
from cellchain.web.api.endpoint import Answer, Call, Endpoint, Paged, cursor_number

if TYPE_CHECKING:
    from collections.abc import Iterator

endpoint = partial(Endpoint, tag="organisation")


class Me(msgspec.Struct, frozen=True, kw_only=True):
    """Who calls, as the server sees it."""

    party: PartyId | None
    member: str | None
    name: str
    roles: list[str]
    duties: list[str]
    scopes: list[str] | None


class KeyShown(msgspec.Struct, frozen=True, kw_only=True):
    """An API key without its secret."""

    id: str
    name: str
    scopes: tuple[str, ...]
    since_ms: int
    until_ms: int
    made_by: str


class KeyWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a new API key is for."""

    name: str
    scopes: list[str]
    days: int = 90


class KeyMade(msgspec.Struct, frozen=True, kw_only=True):
    """A new API key: this is the only time that it is shown."""

    key: str


class DeedShown(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of the audit."""

    number: int
    time_ms: int
    member: str
    deed: str
    about: str
    address: str


class DeedPage(msgspec.Struct, frozen=True, kw_only=True):
    """Entries of the audit, newest first."""

    deeds: list[DeedShown]
    after: str | None = None


def people_endpoints() -> Iterator[Endpoint]:
    """Yield the endpoints about members and machines."""
    yield endpoint(
        method="GET", path="/me", name="me", summary="Say who calls.",
        answer=_me, access="public", result=Me,
    )  # fmt: skip
    yield endpoint(
        method="GET", path="/api-keys", name="api_keys.list",
        summary="List the API keys of the caller's organisation.",
        answer=_keys, access="administrator", scope="organisation", result=list[KeyShown],
    )  # fmt: skip
    yield endpoint(
        method="POST", path="/api-keys", name="api_keys.make", summary="Make an API key.",
        answer=_make_key, access="administrator", scope="organisation",
        body=KeyWanted, result=KeyMade, status=201, refusals=(422,),
    )  # fmt: skip
    yield endpoint(
        method="DELETE", path="/api-keys/{id}", name="api_keys.end", summary="End an API key.",
        answer=_end_key, access="administrator", scope="organisation", status=204, refusals=(404,),
    )  # fmt: skip
    yield endpoint(
        method="GET", path="/approvals", name="approvals.list",
        summary="List what waits for a second signer.",
        answer=_approvals, result=list[Approval],
    )  # fmt: skip
    yield endpoint(
        method="GET", path="/approvals/{id}", name="approvals.show",
        summary="Show what waits for a second signer, or waited.",
        answer=_approval, result=Approval, refusals=(404,),
    )  # fmt: skip
    for verb, answer in (("agree", _agree), ("decline", _decline)):
        yield endpoint(
            method="POST", path=f"/approvals/{{id}}/{verb}", name=f"approvals.{verb}",
            summary=f"As a second signer, {verb}.", answer=answer, scope="approvals",
            result=Approval, refusals=(404, 409, 422, 503),
        )  # fmt: skip
    yield endpoint(
        method="GET", path="/audit", name="audit.list",
        summary="List what members of the caller's organisation did, newest first.",
        answer=_deeds, access="administrator", scope="organisation", query=Paged,
        result=DeedPage, refusals=(422,),
    )  # fmt: skip


def _me(call: Call) -> Answer:
    viewer = call.viewer
    scopes = None if viewer.scopes is None else sorted(viewer.scopes)
    return Answer(
        data=Me(
            party=viewer.party,
            member=viewer.member,
            name=viewer.name,
            roles=sorted(viewer.roles),
            duties=sorted(viewer.duties),
            scopes=scopes,
        )
    )


def _keys(call: Call) -> Answer:
    found = call.site.access.api_keys.of(require_member(call.viewer))
    return Answer(
        data=[
            KeyShown(
                id=key.id,
                name=key.name,
                scopes=key.scopes,
                since_ms=key.since_ms,
                until_ms=key.until_ms,
                made_by=key.made_by,
            )
            for key in found
        ]
    )


def _make_key(call: Call) -> Answer:
    wanted = call.body
    made = call.site.access.api_keys.make(call.viewer, wanted.name, wanted.scopes, wanted.days)
    return Answer(data=KeyMade(key=made), status=201, headers={"cache-control": "no-store"})


def _end_key(call: Call) -> Answer:
    call.site.access.api_keys.end(call.viewer, call.path["id"])
    return Answer(status=204)


def _approvals(call: Call) -> Answer:
    return Answer(data=list(call.site.access.approvals.waiting(call.viewer)))


def _approval(call: Call) -> Answer:
    return Answer(data=call.site.access.approvals.find(call.viewer, call.path["id"]))


def _agree(call: Call) -> Answer:
    return Answer(data=call.site.agree(call.viewer, call.path["id"]))


def _decline(call: Call) -> Answer:
    return Answer(data=call.site.access.approvals.decline(call.viewer, call.path["id"]))


def _deeds(call: Call) -> Answer:
    before, limit = cursor_number(call.query.after), call.query.limit
    found = call.site.access.deeds(call.viewer, before=before, limit=limit)
    shown = [
        DeedShown(
            number=number,
            time_ms=deed.time_ms,
            member=deed.member,
            deed=deed.deed,
            about=deed.about,
            address=deed.address,
        )
        for number, deed in found
    ]
    following = str(shown[-1].number) if len(shown) == limit else None
    return Answer(data=DeedPage(deeds=shown, after=following))
