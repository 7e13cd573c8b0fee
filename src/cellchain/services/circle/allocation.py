"""``circle allocate``: each battery to the slot where all together are worth most.

Out, a row a battery, in the order of the values: ``battery, slot, value_cents``; and a certificate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cellchain.core.errors import Refused
from cellchain.science.allocation.optimum import best_allocation, ignored
from cellchain.science.allocation.paths import Blocked
from cellchain.services.analysis.table import Table, Texts, shown
from cellchain.services.circle.certificate import Certificate, gap_ppm
from cellchain.services.circle.offers import BATTERY, SLOT, VALUE

if TYPE_CHECKING:
    from collections.abc import Callable

    from cellchain.services.circle.offers import Offers

SLOTS_SHOWN = 20


def allocated(
    offers: Offers, progress: Callable[[int], None] = ignored
) -> tuple[Table, Certificate]:
    """Return the plan of most value, and the certificate that there is no better one.

    Args:
        offers: Values and room.
        progress: Called with how many batteries must still move, now and then.

    Raises:
        Refused: ``allocate.no_room``: some batteries have no other place than slots that are too
            small for them.
    """
    room = np.minimum(offers.room.capacity, len(offers.batteries))
    found = best_allocation(offers.values, room, progress)
    if isinstance(found, Blocked):
        raise _no_room(offers, found)
    prices = found.prices.tolist()
    bound = offers.values.bound(found.prices, offers.room.capacity.tolist())
    plan = Table(
        {
            BATTERY: Texts(np.arange(len(offers.batteries), dtype=np.int32), offers.batteries),
            SLOT: Texts(found.slot.astype(np.int32), offers.room.slots),
            VALUE: offers.values.in_slots(found.slot).astype(np.float64),
        }
    )
    return plan, Certificate(
        value_cents=found.value_cents,
        bound_cents=bound,
        gap_ppm=gap_ppm(found.value_cents, bound),
        proved=bound == found.value_cents,
        prices=dict(zip(offers.room.slots, prices, strict=True)),
    )


def _no_room(offers: Offers, found: Blocked) -> Refused:
    names = [shown(offers.room.slots[one]) for one in found.slots.tolist()]
    more = f" and {len(names) - SLOTS_SHOWN} more" if len(names) > SLOTS_SHOWN else ""
    return Refused(
        "allocate.no_room",
        f"{found.batteries} batteries may go nowhere but to {', '.join(names[:SLOTS_SHOWN])}{more},"
        f" which have room for {found.room}",
        remedy="add room there, or a slot that takes all, as recycling does",
    )
