"""The overview: what needs you, how the fleet is, where the ledger stands."""

from __future__ import annotations

import msgspec

from cellchain.contracts.passport.view import Fleet, Waiting, fleet, waiting_for
from cellchain.ledger.view import Counts, EventRow, counts, events
from cellchain.web.page import Asked, Page, Shown


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """What a visitor sees; and a member, what needs its organisation."""

    counts: Counts
    fleet: Fleet
    waiting: Waiting | None
    approvals: int
    events: tuple[EventRow, ...]


def show(asked: Asked) -> Shown:
    """Show the overview of whoever looks."""
    party = asked.viewer.party
    waiting = waiting_for(asked.db, party) if party else None
    data = Overview(
        counts=counts(asked.db),
        fleet=fleet(asked.db),
        waiting=waiting,
        approvals=len(asked.site.access.approvals.waiting(asked.viewer)) if party else 0,
        events=events(asked.db, limit=8).rows if party else (),
    )
    return Shown(template="overview/overview.html", data=data, title="Overview")


PAGES = (Page(path="/", name="Overview", show=show, access="visitor", nav=1),)
