"""Approvals: what waits until a second signer agrees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from cellchain.core.errors import Refused
from cellchain.services.access.records import Approval
from cellchain.web.page import Action, Asked, Done, Page, Shown

if TYPE_CHECKING:
    from starlette.datastructures import FormData


class WaitingShown(msgspec.Struct, frozen=True, kw_only=True):
    """Something that waits."""

    id: str
    asked_by: str
    asked_ms: int
    until_ms: int
    messages: tuple[dict[str, Any], ...]
    mine: bool
    """Whether the viewer asked for it: then somebody else must agree."""


class ApprovalsPage(msgspec.Struct, frozen=True, kw_only=True):
    """What waits in the viewer's organisation."""

    waiting: tuple[WaitingShown, ...]


def show(asked: Asked) -> Shown:
    """Show what waits for a second signer."""
    found = asked.site.access.approvals.waiting(asked.viewer)
    data = ApprovalsPage(waiting=tuple(_shown(one, asked.viewer.member) for one in found))
    return Shown(template="approvals/approvals.html", data=data, title="Approvals")


def decide(asked: Asked, form: FormData) -> Done:
    """Agree to something, or decline it."""
    approval, verdict = asked.path["approval"], form.get("verdict")
    if verdict == "agree":
        asked.site.agree(asked.viewer, approval)
    elif verdict == "decline":
        asked.site.access.approvals.decline(asked.viewer, approval)
    else:
        raise Refused("web.form", "say whether you agree or decline")
    return Done("/approvals")


def _shown(approval: Approval, member: str | None) -> WaitingShown:
    return WaitingShown(
        id=approval.id,
        asked_by=approval.asked_by,
        asked_ms=approval.asked_ms,
        until_ms=approval.until_ms,
        messages=tuple(msgspec.json.decode(text) for text in approval.messages),
        mine=approval.asked_by == member,
    )


APPROVALS = Page(path="/approvals", name="Approvals", show=show, access="member", cached=False)
PAGES = (APPROVALS,)
ACTIONS = (Action(path="/approvals/{approval}", act=decide, access="member", on=APPROVALS),)
