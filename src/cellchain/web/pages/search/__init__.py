"""One box for everything: an exact name leads to its page."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec

from cellchain.contracts.membership.view import key, licence
from cellchain.ledger.view import SORTS, Hit
from cellchain.web.page import Asked, Page, Shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SHOWN = 60
PLACES: Mapping[str, str] = {
    "block": "/ledger/blocks/",
    "device": "/devices/",
    "document": "/documents/",
    "lot": "/lots/",
    "party": "/parties/",
    "run": "/runs/",
    "transaction": "/ledger/transactions/",
}
"""Sort → where its page is, behind which comes its name."""
ORDER = ("block", "transaction", *SORTS)
TEXT_MAX = 200


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A hit, and where its page is."""

    label: str
    subject: str
    location: str


class SearchPage(msgspec.Struct, frozen=True, kw_only=True):
    """What a text may mean."""

    text: str
    groups: dict[str, tuple[Place, ...]]
    """Sort → hits."""
    more: bool
    """Whether there may be more than are shown."""


def show(asked: Asked) -> Shown:
    """Show what was found; where the text is the name of just one thing, go there."""
    text = asked.query.get("q", "")[:TEXT_MAX].strip()
    hits = asked.site.openness.hits(asked.viewer, asked.db, text, limit=SHOWN) if text else ()
    exact = {_location(asked, hit) for hit in hits if hit.exact}
    data = SearchPage(text=text, groups=_grouped(asked, hits), more=len(hits) == SHOWN)
    return Shown(
        template="search/search.html",
        data=data,
        title=f"Search: {text}" if text else "Search",
        location=exact.pop() if len(exact) == 1 else "",
    )


def _grouped(asked: Asked, hits: Sequence[Hit]) -> dict[str, tuple[Place, ...]]:
    found: dict[str, list[Place]] = {sort: [] for sort in ORDER}
    for hit in hits:
        place = Place(label=hit.label, subject=hit.subject, location=_location(asked, hit))
        found.setdefault(hit.sort, []).append(place)
    return {sort: tuple(places) for sort, places in found.items() if places}


def _location(asked: Asked, hit: Hit) -> str:
    """Return the page of a hit: a key's is its party's, a battery's the public one for visitors."""
    name = quote(hit.subject, safe="/" if hit.subject.startswith("01/") else "")
    if hit.sort in PLACES:
        return PLACES[hit.sort] + name
    if hit.sort in {"battery", "passport"}:
        item = asked.viewer.known and "/21/" in hit.subject
        return f"/batteries/{name}" if item else f"/{name}"
    if hit.sort == "key" and (of := key(asked.db, hit.subject)):
        return f"/parties/{quote(of.party, safe='')}#keys"
    if hit.sort == "licence" and (granted := licence(asked.db, hit.subject)):
        return f"/parties/{quote(granted.holder, safe='')}#licences"
    return f"/ledger/events?subject={name}"


PAGES = (Page(path="/search", name="Search", show=show, access="public"),)
