"""What needs an organisation, as sentences: what is offered, what waits, what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec

from cellchain.web.frame.filters import all_of, mass, serial

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cellchain.contracts.custody.view import CustodyRow
    from cellchain.contracts.material.view import LotRow
    from cellchain.contracts.passport.view import DraftRow, LackingRow, Waiting

NAMED_MAX = 3
"""Of one sort that are named; more are counted."""


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """A sentence with a link in its middle."""

    sort: str
    """``battery``, ``lot``, ``draft``, ``lacking``, ``approval`` or ``offered``."""
    before: str
    name: str
    """What the link says."""
    link: str
    after: str
    until_ms: int | None = None
    """When it is too late."""


def needs(waiting: Waiting, approvals: int, names: Mapping[str, str]) -> Iterator[Need]:
    """Yield what needs an organisation, the most urgent first.

    Args:
        waiting: What the book says.
        approvals: Messages that wait for a second signer.
        names: Names of parties for people.
    """
    if approvals:
        some = "One message waits" if approvals == 1 else f"{approvals} messages wait"
        yield Need(
            sort="approval",
            before=f"{some} for a",
            name="second signer",
            link="/approvals",
            after="of your organisation.",
        )
    yield from (_offered_battery(offer, names) for offer in waiting.batteries)
    yield from (_offered_lot(lot, names) for lot in waiting.lots)
    yield from _drafts(waiting.drafts)
    yield from _lacking(waiting.lacking)


def pending(offers: Sequence[CustodyRow], names: Mapping[str, str]) -> Iterator[Need]:
    """Yield what the organisation offers, and nobody has taken yet."""
    for offer in offers:
        yield Need(
            sort="offered",
            before=f"{_named(offer.offered_to, names)} has not answered about",
            name=serial(offer.battery),
            link=f"/batteries/{offer.battery}#custody",
            after="yet.",
            until_ms=offer.offer_ends_ms,
        )


def parties_in(waiting: Waiting) -> list[str]:
    """Return the parties whose names the sentences need."""
    givers = [*(b.giver for b in waiting.batteries), *(lot.holder for lot in waiting.lots)]
    takers = [offer.offered_to for offer in waiting.offered]
    return list(dict.fromkeys(party for party in (*givers, *takers) if party))


def _offered_battery(offer: CustodyRow, names: Mapping[str, str]) -> Need:
    return Need(
        sort="battery",
        before=f"{_named(offer.giver, names)} offers you the battery",
        name=serial(offer.battery),
        link=f"/batteries/{offer.battery}#custody",
        after=f"to become its {all_of(offer.offered)}.",
        until_ms=offer.offer_ends_ms,
    )


def _offered_lot(lot: LotRow, names: Mapping[str, str]) -> Need:
    return Need(
        sort="lot",
        before=f"{_named(lot.holder, names)} offers you the lot",
        name=lot.lot,
        link=f"/lots/{quote(lot.lot, safe='')}",
        after=f"with {mass(lot.remaining_mg)} of {lot.material}.",
        until_ms=lot.offer_ends_ms,
    )


def _drafts(drafts: Sequence[DraftRow]) -> Iterator[Need]:
    if len(drafts) > NAMED_MAX:
        yield Need(
            sort="draft",
            before=f"{len(drafts)} passports are",
            name="drafts",
            link="/batteries?phase=draft",
            after="and wait to be issued.",
        )
        return
    for draft in drafts:
        yield Need(
            sort="draft",
            before="The passport of",
            name=serial(draft.passport),
            link=_passport_link(draft.passport),
            after=f"waits to be issued; {draft.stated} values are stated.",
        )


def _lacking(lacking: Sequence[LackingRow]) -> Iterator[Need]:
    if not lacking:
        return
    first, others = lacking[0], len(lacking) - 1
    also = f", and {others} more passports that you answer for lack some." if others else "."
    yield Need(
        sort="lacking",
        before="The passport of",
        name=serial(first.passport),
        link=_passport_link(first.passport),
        after=f"lacks {first.missing} public values{also}",
    )


def _passport_link(passport: str) -> str:
    return f"/batteries/{passport}" if "/21/" in passport else f"/{passport}"


def _named(party: str | None, names: Mapping[str, str]) -> str:
    return names.get(party or "", party or "somebody")
