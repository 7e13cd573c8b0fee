"""The tour of a demonstration: five stops from a lot of ore to a proof."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from cellchain.contracts.passport.view import BatterySearch, search_batteries
from cellchain.core.errors import Refused
from cellchain.ledger.view import events
from cellchain.web.page import Action, Asked, Done, Page, Shown

if TYPE_CHECKING:
    from starlette.datastructures import FormData

COOKIE = "tour"
OVER = "over"
ORE = "NI-ORE-1"


class Stop(msgspec.Struct, frozen=True, kw_only=True):
    """A stop of the tour."""

    title: str
    text: str
    link: str
    """Where to look; empty where the demonstration has nothing of the kind."""


class TourPage(msgspec.Struct, frozen=True, kw_only=True):
    """The stops, in order."""

    stops: tuple[Stop, ...]


def show(asked: Asked) -> Shown:
    """Show the stops, or go to the one that is asked for by ``?stop=``.

    Raises:
        Refused: ``web.not_found``: a tour leads through demonstrations only.
    """
    if not asked.site.demo:
        raise Refused("web.not_found", "a tour leads through demonstrations only")
    stops = tuple(_stops(asked))
    wanted = asked.query.get("stop", "")
    link = {str(place): stop.link for place, stop in enumerate(stops[:-1], 1)}.get(wanted, "")
    return Shown(
        template="tour/tour.html",
        location=link and _on_the_way(link, wanted),
        data=TourPage(stops=stops),
        title="The tour",
    )


def dismiss(_: Asked, __: FormData) -> Done:
    """Offer the tour no longer."""
    return Done("/", cookies={COOKIE: OVER})


def _on_the_way(link: str, stop: str) -> str:
    """Return the address of a stop, whose page then shows the way to the next one."""
    path, mark, part = link.partition("#")
    return f"{path}{'&' if '?' in path else '?'}tour={stop}{mark}{part}"


def _stops(asked: Asked) -> list[Stop]:
    packs = search_batteries(asked.db, BatterySearch(sort=("pack",), limit=1)).rows
    pack = packs[0].battery if packs else ""
    taken = events(asked.db, kind="custody.accepted/1", limit=1).rows
    position = taken[0].position if taken else None
    return [
        Stop(
            title="A lot of ore",
            text="It begins in a mine: a mass, an assay, a licence. What was used up can never be"
            " more than there was.",
            link=f"/lots/{ORE}",
        ),
        Stop(
            title="From ore to pack",
            text="Every run, cell and module between the mine and a pack, both ways, in one"
            " drawing. Each box leads on.",
            link=f"/batteries/{pack}#genealogy-head" if pack else "",
        ),
        Stop(
            title="A battery and its passport",
            text="What is said of it, who says so and when. A value never stands alone, and"
            " whoever may not read it does not learn that it is there.",
            link=f"/batteries/{pack}" if pack else "",
        ),
        Stop(
            title="A hand-over",
            text="Two signatures: one gives, the other takes. Come in as somebody who holds a"
            " battery, offer it, and accept it as the other.",
            link=f"/ledger/events/{position}" if position is not None else "/ledger",
        ),
        Stop(
            title="A proof",
            text="A page that checks itself, without a network and without us. Save it, carry it"
            " to another machine, open it with a double click.",
            link=f"/api/v1/proofs/records/passport.passport/{pack}?as=html" if pack else "",
        ),
    ]


TOUR = Page(path="/tour", name="Tour", show=show, access="visitor")
PAGES = (TOUR,)
ACTIONS = (Action(path="/tour/over", act=dismiss, access="public", on=TOUR),)
