"""Sets of a plan: whole, of one slot, of one chemistry, with health within the spread."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cellchain.core.errors import Refused
from cellchain.services.analysis.table import EMPTY, shown
from cellchain.services.circle.offers import GROUP

if TYPE_CHECKING:
    from cellchain.science.allocation.values import Integers
    from cellchain.services.analysis.table import Table
    from cellchain.services.circle.offers import Offers


def check_sets(
    plan: Table, rows: Integers, columns: Integers, amounts: Integers, offers: Offers
) -> None:
    """Refuse a plan whose sets are not what their slots ask.

    Args:
        plan: With a column ``group``.
        rows: Of the values, of each row of the plan.
        columns: The slot of each.
        amounts: Batteries of each.
        offers: Values, room, and by what batteries are alike.

    Raises:
        Refused: ``table.…``; ``certificate.group``.
    """
    assert offers.alike is not None
    alike, slots = offers.alike, offers.room.slots
    group = plan.texts(GROUP)
    astray = (alike.size[columns] > 1) != (group.codes != EMPTY)
    if astray.any():
        row = int(astray.argmax())
        told = f"{shown(offers.batteries[rows[row]])} in {shown(slots[columns[row]])}"
        has = "no group, and that slot takes sets"
        if group.codes[row] != EMPTY:
            has = "a group, and that slot takes none"
        raise Refused("certificate.group", f"{told} has {has}")
    order = np.argsort(group.codes, kind="stable")
    for members in np.split(order, np.flatnonzero(np.diff(group.codes[order])) + 1):
        if not len(members) or group.codes[members[0]] == EMPTY:
            continue
        slot = int(columns[members[0]])
        health, size = alike.health[rows[members]], int(amounts[members].sum())
        wide = int(np.ptp(health))
        wrong = {
            "in several slots": (columns[members] != slot).any(),
            f"{size} batteries, not {alike.size[slot]}": size != alike.size[slot],
            "of several chemistries": np.ptp(alike.kind[rows[members]]) > 0,
            f"{wide} ppm of health apart, not {alike.spread[slot]}": wide > alike.spread[slot],
        }
        for what, is_so in wrong.items():
            if is_so:
                name = shown(group.labels[group.codes[members[0]]])
                raise Refused("certificate.group", f"group {name} is {what}")
