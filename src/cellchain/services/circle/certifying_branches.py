"""Branches of a certificate: whether they share out all plans, and what bounds them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from cellchain.core.errors import Refused
from cellchain.services.analysis.table import shown
from cellchain.services.circle.certifying_prices import PRICE_LIMIT, best_less_prices

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cellchain.services.circle.certificate import Branch
    from cellchain.services.circle.offers import Offers

BRANCHES_MAX = 50_000
LOOKED_AT_MAX = 20_000_000
"""Names of slots, to see whether branches share out all plans."""


def branches_bound(branches: Sequence[Branch], offers: Offers) -> int:
    """Return what no plan that keeps the lots is worth more than.

    A plan uses a slot or does not; it is in a branch whose open slots it uses and whose closed
    ones it does not. Where every plan is in a branch, the largest bound holds for all.

    Raises:
        Refused: ``certificate.branches``: they name no such slot, or leave plans out;
            ``certificate.prices``.
    """
    if len(branches) > BRANCHES_MAX:
        raise Refused("certificate.branches", f"{len(branches)}; at most {BRANCHES_MAX}")
    lots = dict(zip(offers.room.slots, offers.room.terms.lot.tolist(), strict=True))
    for one in branches:
        for slot in (*one.opened, *one.closed):
            if not lots.get(slot):
                raise Refused("certificate.branches", f"{shown(slot)} is no slot with a lot")
    _check_whole(branches)
    return max(_bound(one, lots, offers) for one in branches)


def _check_whole(branches: Sequence[Branch]) -> None:
    """Refuse branches that leave plans out: halve all plans by slots until one branch has each.

    The slot that most branches tell of comes next: that by which a tree of them is halved is told
    of by all.
    """
    looked_at = 0
    waiting = [(frozenset[str](), frozenset[str](), list(branches))]
    while waiting:
        used, unused, able = waiting.pop()
        if any(used.issuperset(one.opened) and unused.issuperset(one.closed) for one in able):
            continue
        if not able:
            told = ", ".join([f"use {shown(one)}" for one in sorted(used)][:5])
            other = ", ".join([f"do not use {shown(one)}" for one in sorted(unused)][:5])
            raise Refused(
                "certificate.branches",
                f"no branch has plans that {'; '.join(filter(None, (told, other)))}",
            )
        told_of = Counter(slot for one in able for slot in {*one.opened, *one.closed})
        looked_at += told_of.total()
        if looked_at > LOOKED_AT_MAX:
            raise Refused(
                "certificate.branches", f"{len(branches)} that are no tree of choices",
                remedy="give the branches of a search, each halved by one slot",
            )  # fmt: skip
        for one in used | unused:
            del told_of[one]
        slot = told_of.most_common(1)[0][0]
        waiting += [
            (used | {slot}, unused, [one for one in able if slot not in one.closed]),
            (used, unused | {slot}, [one for one in able if slot not in one.opened]),
        ]


def _bound(branch: Branch, lots: dict[str, int], offers: Offers) -> int:
    slots = offers.room.slots
    unknown = branch.prices.keys() - set(slots)
    if unknown:
        raise Refused("certificate.prices", f"there is no slot {shown(min(unknown))}")
    batteries = sum(offers.count.tolist())
    held = 0
    for slot, alike, capacity in zip(
        slots, offers.room.terms.alike.tolist(), offers.room.capacity.tolist(), strict=True
    ):
        price = branch.prices.get(slot, 0)
        free = slot in branch.opened or slot in branch.closed
        if not (-PRICE_LIMIT if free else -1) < price < PRICE_LIMIT:
            raise Refused("certificate.prices", f"{shown(slot)} has the price {price} in a branch")
        if slot not in branch.closed:
            most = min(capacity, batteries) // alike * alike
            # a slot that is used has its lot at least, and at most all batteries
            least = lots[slot] if slot in branch.opened else 0
            held += max(price * max(most, least), price * least)
    prices = np.array([branch.prices.get(slot, 0) for slot in slots])
    return best_less_prices(prices, offers) + held
