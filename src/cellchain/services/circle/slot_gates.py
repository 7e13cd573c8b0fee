"""Gates of slots: pairs that chemistry, region, health or the want of others alike close.

Whoever makes a plan and whoever checks one read the same gates; a closed pair is as one without a
value.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from cellchain.core.errors import Refused
from cellchain.science.allocation.values import Values
from cellchain.science.allocation.windows import Alike, in_some_set
from cellchain.services.analysis.table import EMPTY, shown
from cellchain.services.circle.offered_packs import SOH, UNTOLD
from cellchain.services.circle.slot_terms import ALIKE, CHEMISTRY, LEAST_SOH, REGION

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from cellchain.science.allocation.values import Integers
    from cellchain.services.circle.offered_packs import Packs
    from cellchain.services.circle.offers import Offers
    from cellchain.services.circle.slot_terms import Terms

    Flags = NDArray[np.bool_]

SLOTS_SHOWN = 20
NO_VALUE = "no value"


def gated(offers: Offers, packs: Packs | None) -> Offers:
    """Return offers without the pairs that a gate closes, and with the counts of packs.

    Args:
        offers: Values and room; its values are changed.
        packs: What is known of the batteries.

    Raises:
        Refused: ``allocate.count``: counts stand with values and packs; ``allocate.untold``: a
            slot asks what is not told of a battery that has a value there; ``allocate.gated``: no
            slot is left for a battery.
    """
    if packs is not None and packs.count is not None:
        if offers.counted:
            told = "both values and packs have a column count"
            raise Refused("allocate.count", told, remedy="keep it in one of the files")
        offers = replace(offers, count=packs.count, counted=True)
    terms = offers.room.terms
    if not terms.has_gates:
        return offers
    if packs is None:
        told = "slots ask for chemistry, region, health or sets, and nothing is told of batteries"
        raise Refused("allocate.untold", told, remedy="name a table of the batteries with --packs")
    cents = offers.values.cents
    valued = cents > Values.BARRED
    for slot in range(len(offers.room.slots)):
        for name, closed in _closed(terms, packs, slot):
            cents[closed > 0, slot] = Values.BARRED
            _check_told(offers, (cents[:, slot] > Values.BARRED) & (closed < 0), slot, name)
    alike = alike_of(terms, packs)
    _keep_sets(cents, alike, offers.count)
    nowhere = np.flatnonzero((cents == Values.BARRED).all(axis=1))
    if len(nowhere):
        raise _gated(offers, packs, valued, int(nowhere[0]))
    return replace(offers, alike=alike)


def alike_of(terms: Terms, packs: Packs) -> Alike | None:
    """Return what sets are asked for and by what batteries are alike; nothing without sets."""
    if not terms.has_sets:
        return None
    kind = packs.chemistry.codes.astype(np.int64)
    return Alike(terms.alike, terms.spread_ppm, kind, packs.soh_ppm)


def _closed(terms: Terms, packs: Packs, slot: int) -> Iterator[tuple[str, Integers]]:
    """Yield the gates of a slot: of each battery 1 where it is closed, −1 where nobody knows."""
    for name, allowed, told in (
        (CHEMISTRY, terms.chemistries[slot], packs.chemistry),
        (REGION, terms.regions[slot], packs.region),
    ):
        if allowed:
            closed = [int(one not in allowed) for one in told.labels]
            yield name, np.array([*closed, -1])[told.codes]  # the last of them is that of `EMPTY`
    least = int(terms.least_soh_ppm[slot])
    if least:
        low = (packs.soh_ppm < least).astype(np.int64)
        yield SOH, np.where(packs.soh_ppm == UNTOLD, -1, low)
    if terms.alike[slot] > 1:
        yield CHEMISTRY, np.where(packs.chemistry.codes == EMPTY, -1, 0)
        yield SOH, np.where(packs.soh_ppm == UNTOLD, -1, 0).astype(np.int64)


def _check_told(offers: Offers, untold: Flags, slot: int, name: str) -> None:
    if untold.any():
        battery = offers.batteries[int(untold.argmax())]
        told = f"slot {shown(offers.room.slots[slot])} asks for {name}, of {shown(battery)} none"
        raise Refused(
            "allocate.untold", f"{told} is told",
            remedy=f"tell {name} with --packs, or leave the value of that pair out",
        )  # fmt: skip


def _keep_sets(cents: Integers, alike: Alike | None, count: Integers) -> None:
    """Close a slot of sets to those that are in no set, whoever else goes there."""
    if alike is None:
        return
    rows = np.repeat(np.arange(len(count)), np.minimum(count, int(alike.size.max())))
    single = Alike(alike.size, alike.spread, alike.kind[rows], alike.health[rows])
    for slot in np.flatnonzero(alike.size > 1).tolist():
        able = (cents[:, slot] > Values.BARRED)[rows]
        inside = np.zeros(len(count), bool)
        inside[rows[in_some_set(single, slot, able)]] = True
        cents[~inside, slot] = Values.BARRED


def _gated(offers: Offers, packs: Packs, valued: Flags, battery: int) -> Refused:
    told = [
        f"{shown(name)} ({_why(offers, packs, bool(valued[battery, slot]), slot, battery)})"
        for slot, name in enumerate(offers.room.slots)
    ]
    more = f" and {len(told) - SLOTS_SHOWN} more" if len(told) > SLOTS_SHOWN else ""
    return Refused(
        "allocate.gated",
        f"battery {shown(offers.batteries[battery])} may go to no slot: "
        + ", ".join(told[:SLOTS_SHOWN])
        + more,
        remedy="add a slot without gates, as recycling is, and its value",
    )


def _why(offers: Offers, packs: Packs, valued: bool, slot: int, battery: int) -> str:
    if not valued:
        return NO_VALUE
    terms = offers.room.terms
    kind, region = (
        one.cells()[battery] if one.codes[battery] != EMPTY else "that nobody tells"
        for one in (packs.chemistry, packs.region)
    )
    if terms.chemistries[slot] and kind not in terms.chemistries[slot]:
        return f"{CHEMISTRY} {shown(str(kind))} is not {_some(terms.chemistries[slot])}"
    if terms.regions[slot] and region not in terms.regions[slot]:
        return f"{REGION} {shown(str(region))} is not {_some(terms.regions[slot])}"
    if packs.soh_ppm[battery] < terms.least_soh_ppm[slot]:
        least = terms.least_soh_ppm[slot]
        return f"{SOH} {packs.soh_ppm[battery]} is below {LEAST_SOH} {least}"
    return f"{ALIKE}: no {terms.alike[slot]} within {terms.spread_ppm[slot]} ppm of each other"


def _some(names: Sequence[str] | frozenset[str]) -> str:
    few = sorted(names)
    return " or ".join(map(shown, few[:3])) + (" or others" if len(few) > 3 else "")  # noqa: PLR2004
