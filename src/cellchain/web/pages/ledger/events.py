"""The list of events, and an event: what happened, to which record, and its proof.

Of an event that is for members a visitor sees that it is there. What a member may read never
changes and is kept; what is for members may be opened with a later block.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import msgspec

from cellchain.contracts.membership.view import names
from cellchain.core.errors import Refused
from cellchain.ledger import view as explorer
from cellchain.ledger.contract import kind_of, record_of
from cellchain.ledger.view import EventRow, Listed
from cellchain.web.frame.happened import parties_of
from cellchain.web.page import Asked, Page, Shown
from cellchain.web.pages.ledger.fields import fields_of
from cellchain.web.pages.ledger.numbers import number_in

SHOWN = 50
TEXT_MAX = 200
FILTERS = ("subject", "kind", "party")


class EventsPage(msgspec.Struct, frozen=True, kw_only=True):
    """Events, the newest first."""

    subject: str
    kind: str
    party: str
    kinds: tuple[str, ...]
    """All that the viewer may read, and the contracts as their beginnings."""
    events: Listed[EventRow]
    following: str
    """Query of the next page; empty where this was the last."""


class EventPage(msgspec.Struct, frozen=True, kw_only=True):
    """An event."""

    event: EventRow
    record: str
    """The kind of record that it evolved; empty where this release no longer knows."""


def show(asked: Asked) -> Shown:
    """Show the events, those that fit the filters."""
    chosen = {name: asked.query.get(name, "")[:TEXT_MAX].strip() for name in FILTERS}
    given: dict[str, Any] = {name: value for name, value in chosen.items() if value}
    after = asked.query.get("after") or None
    found = asked.site.openness.events_found(
        asked.viewer, asked.db, **given, after=after, limit=SHOWN
    )
    data = EventsPage(
        **chosen,
        kinds=_kinds(asked),
        events=found,
        following=urlencode({**given, "after": found.after}) if found.after else "",
    )
    known = names(asked.db, parties_of(found.rows))
    return Shown(template="ledger/events.html", data=data, title="Events", also={"names": known})


def show_event(asked: Asked) -> Shown:
    """Show an event; at other entries of the log go to what they stand for.

    Raises:
        Refused: ``web.not_found``.
    """
    position = number_in(asked.path["position"], "entry")
    found = asked.site.openness.event(asked.viewer, asked.db, position)
    if found is None:
        return Shown(template="", data=None, title="", location=_elsewhere(asked, position))
    kinds = {
        kind_of(e): kind_of(record_of(e)) for c in asked.site.contracts.values() for e in c.events
    }
    known = names(asked.db, parties_of([found]))
    return Shown(
        template="ledger/event.html",
        data=EventPage(event=found, record=kinds.get(found.kind, "")),
        title=f"Event {position}",
        about=frozenset({f"event {position}", *known}) if found.told else None,
        also={
            "fields": fields_of(asked.db, found.entry) if found.told else [],
            "names": known,
            "text": msgspec.json.format(found.entry, indent=2) if found.told else "",
        },
    )


def _elsewhere(asked: Asked, position: int) -> str:
    """Return what an entry stands for that is no event: a receipt, or the mark of a block."""
    entry = explorer.entry(asked.db, position)
    if entry is None:
        raise Refused("web.not_found", f"the log has no entry {position} yet")
    if entry.transaction:
        return f"/ledger/transactions/{entry.transaction}"
    return f"/ledger/blocks/{entry.height}"


def _kinds(asked: Asked) -> tuple[str, ...]:
    contracts, known = asked.site.contracts.values(), asked.viewer.reads
    kinds = sorted(kind_of(event) for contract in contracts for event in contract.events)
    shown = [kind for kind in kinds if known or kind in asked.site.openness.events]
    return (*dict.fromkeys(kind[: kind.index(".") + 1] for kind in shown), *shown)


EVENTS = Page(path="/ledger/events", name="Events", show=show, access="public")
EVENT = Page(path="/ledger/events/{position}", name="Event", show=show_event, access="public")
