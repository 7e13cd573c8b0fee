"""The overview: what needs you, how the fleet is, where the ledger stands."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from cellchain.contracts.membership.view import names
from cellchain.contracts.passport.view import Fleet, fleet, waiting_for
from cellchain.ledger.view import Counts, EventRow, counts, events
from cellchain.web.frame.bars import bars_svg
from cellchain.web.frame.happened import parties_of
from cellchain.web.page import Asked, Page, Shown
from cellchain.web.pages.overview.needs import Need, needs, parties_in, pending

EVENTS = 8
COUNTED = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """What a visitor sees; and a member, what needs its organisation."""

    height: int
    """Of the block that all of it is of."""
    counts: Counts
    fleet: Fleet
    own: Fleet | None
    """Of what the member's organisation holds; ``None`` for a visitor."""
    needs: tuple[Need, ...]
    pending: tuple[Need, ...]
    """What the organisation offers, and others have not answered."""
    events: tuple[EventRow, ...]
    parties: dict[str, str]


def show(asked: Asked) -> Shown:
    """Show the overview of whoever looks."""
    found = fleet(asked.db)
    data = _of_member(asked, found) if asked.viewer.party else _of_visitor(asked, found)
    return Shown(
        template="overview/overview.html" if asked.viewer.party else "overview/visitor.html",
        data=data,
        title="Overview" if asked.viewer.party else "The shared book of every battery's life",
        also={"statuses": bars_svg(found.by_status), "count": counted(len(data.needs))},
    )


def counted(number: int) -> str:
    """Return a small number as a word."""
    return COUNTED[number] if number < len(COUNTED) else str(number)


def _of_visitor(asked: Asked, found: Fleet) -> Overview:
    """Return what the page shows of the fleet; how many passports are drafts is for members."""
    shown = replace(found, by_sort={}, by_phase={}, by_category={}, windows=0)
    return Overview(
        height=asked.site.views.head(asked.db).height,
        counts=counts(asked.db),
        fleet=shown,
        own=None,
        needs=(),
        pending=(),
        events=(),
        parties={},
    )


def _of_member(asked: Asked, found: Fleet) -> Overview:
    party = asked.viewer.party or ""
    waiting = waiting_for(asked.db, party)
    recent = events(asked.db, limit=EVENTS).rows
    known = names(asked.db, list({*parties_in(waiting), *parties_of(recent), party}))
    approvals = len(asked.site.access.approvals.waiting(asked.viewer))
    return Overview(
        height=asked.site.views.head(asked.db).height,
        counts=counts(asked.db),
        fleet=found,
        own=fleet(asked.db, holder=party),
        needs=tuple(needs(waiting, approvals, known)),
        pending=tuple(pending(waiting.offered, known)),
        events=recent,
        parties=known,
    )


PAGES = (Page(path="/", name="Overview", show=show, access="visitor", nav=1, cached=False),)
