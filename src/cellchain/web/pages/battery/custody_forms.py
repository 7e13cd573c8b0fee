"""Handing a battery over: offer, accept, cancel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.contracts.custody import Accept, Cancel, Offer
from cellchain.contracts.custody.view import custody
from cellchain.core.errors import Refused
from cellchain.core.names import PartyId, parse_party_id
from cellchain.core.time import DAY_MS
from cellchain.services.access.records import Approval
from cellchain.web.page import Action, Asked, Done
from cellchain.web.pages.battery.showing import BATTERY, OFFER_RIGHTS, named

if TYPE_CHECKING:
    from starlette.datastructures import FormData

    from cellchain.contracts.custody import Right
    from cellchain.ledger.contract import Message

DAYS_MAX = 365


def offer(asked: Asked, form: FormData) -> Done:
    """Offer a battery to a party, with the rights that were ticked."""
    changes: tuple[Right, ...] = tuple(right for right in OFFER_RIGHTS if right in form)  # type: ignore[misc]
    if not changes:
        raise Refused(
            "custody.changes", "nothing was ticked", remedy="say what the receiver becomes"
        )
    days = str(form.get("days", "") or "0")
    if not days.isdecimal() or int(days) > DAYS_MAX:
        raise Refused("web.form", f"an offer stands 1 to {DAYS_MAX} days, or until it is cancelled")
    expires_ms = asked.site.ledger.now_ms() + int(days) * DAY_MS if int(days) else None
    receiver = parse_party_id(str(form.get("receiver", "")).strip())
    return _sent(
        asked,
        Offer(
            battery=named(asked),
            receiver=PartyId(receiver),
            changes=changes,
            expires_ms=expires_ms,
        ),
    )


def accept(asked: Asked, _: FormData) -> Done:
    """Accept what is offered: the very change that the page shows."""
    battery = named(asked)
    found = custody(asked.db, battery)
    changes = found.offered if found else ()
    return _sent(asked, Accept(battery=battery, changes=changes))  # type: ignore[arg-type]


def cancel(asked: Asked, _: FormData) -> Done:
    """Take an offer back, or decline it."""
    return _sent(asked, Cancel(battery=named(asked)))


def _sent(asked: Asked, message: Message) -> Done:
    outcome = asked.site.send(asked.viewer, [message])
    if isinstance(outcome, Approval):
        return Done("/approvals")
    return Done(f"/batteries/{named(asked)}#custody")


_PATH = BATTERY.path
_CUSTODY = _PATH + "#custody"
ACTIONS = (
    Action(path=_PATH + "/offer", act=offer, access="member", on=BATTERY, leads=_CUSTODY),
    Action(path=_PATH + "/accept", act=accept, access="member", on=BATTERY, leads=_CUSTODY),
    Action(path=_PATH + "/cancel", act=cancel, access="member", on=BATTERY, leads=_CUSTODY),
)
