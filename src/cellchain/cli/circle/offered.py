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
    Path | None, typer.Option("--capacity", help=f"How many batteries each slot takes: {FILES}")
]


def read_offers(shop: Workshop, values: Path | None, capacity: Path | None) -> Offers:
    """Return the values of batteries in slots, and the room of these.

    Raises:
        Refused: ``cli.no_input``, ``table.…``, ``allocate.…``.
    """
    from cellchain.services.circle import offers  # noqa: PLC0415

    if values is None or capacity is None:
        raise Refused(
            "cli.no_input", "there are no values, or no room for them",
            remedy="name tables with --values and --capacity",
        )  # fmt: skip
    room = offers.room_of(shop.read_table(capacity, (offers.SLOT,), None))
    if values.suffix == ".npz":
        return offers.offers_of_arrays(shop.read_arrays(values), room)
    keys = (offers.BATTERY, offers.SLOT)
    return offers.offers_of_table(shop.read_table(values, keys, None), room)
