"""Values and room, as verbs about allocations are asked of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cellchain.cli.tables import FILES
from cellchain.core.errors import Refused

if TYPE_CHECKING:
    from cellchain.cli.ports import Workshop
    from cellchain.services.circle.offers import Offers

ValuesOption = Annotated[
    Path | None, typer.Option("--values", help=f"What each battery is worth in each slot: {FILES}")
]
CapacityOption = Annotated[
    Path | None, typer.Option("--capacity", help=f"Room of each slot, and what it asks: {FILES}")
]


PacksOption = Annotated[
    Path | None,
    typer.Option("--packs", help=f"Chemistry, region, health and count of batteries: {FILES}"),
]


def read_offers(
    shop: Workshop, values: Path | None, capacity: Path | None, packs: Path | None = None
) -> Offers:
    """Return what `read_values` does, without the pairs that a gate closes."""
    from cellchain.services.circle import offered_packs, offers, slot_terms  # noqa: PLC0415
    from cellchain.services.circle.slot_gates import gated  # noqa: PLC0415

    found = read_values(shop, values, capacity)
    if packs is None:
        return gated(found, None)
    names = (offers.BATTERY, slot_terms.CHEMISTRY, slot_terms.REGION)
    table = shop.read_table(packs, names, None)
    return gated(found, offered_packs.packs_of(table, found.batteries))


def read_values(shop: Workshop, values: Path | None, capacity: Path | None) -> Offers:
    """Return the values of batteries in slots, and the room of these.

    Raises:
        Refused: ``cli.no_input``, ``table.…``, ``allocate.…``.
    """
    from cellchain.services.circle import offers, slot_terms  # noqa: PLC0415

    if values is None or capacity is None:
        raise Refused(
            "cli.no_input", "there are no values, or no room for them",
            remedy="name tables with --values and --capacity",
        )  # fmt: skip
    names = (slot_terms.CHEMISTRY, slot_terms.REGION)
    room = offers.room_of(shop.read_table(capacity, (offers.SLOT, *names), None))
    if values.suffix == ".npz":
        return offers.offers_of_arrays(shop.read_arrays(values), room)
    keys = (offers.BATTERY, offers.SLOT)
    return offers.offers_of_table(shop.read_table(values, keys, None), room)
