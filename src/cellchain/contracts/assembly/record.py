"""What the ledger remembers about an item: what it is made of, and what it is a part of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from cellchain.contracts.material import Portion
from cellchain.core.names import BatteryId, PartyId
from cellchain.ledger.contract import Record

Sort = Literal["cell", "module", "pack", "vehicle"]

RANK: Mapping[str, int] = {"cell": 0, "module": 1, "pack": 2, "vehicle": 3}
"""A part ranks below its whole, so that nothing is a part of itself."""
BUILDERS: Mapping[str, tuple[str, ...]] = {
    "cell": ("cell-maker",),
    "module": ("cell-maker", "pack-maker", "integrator"),
    "pack": ("pack-maker", "vehicle-maker", "integrator"),
    "vehicle": ("vehicle-maker", "integrator"),
}
"""Who makes what."""
PARTS_MAX = 256
"""Parts directly in one whole."""


class Item(Record, frozen=True, kw_only=True, tag="assembly.item/1"):
    """A cell, module, pack, or vehicle (or what else houses packs). Subject: `BatteryId`."""

    sort: Sort
    maker: PartyId
    made_ms: int
    lots: tuple[Portion, ...] = ()
    """What went into it when it was made, losses included; parts bring their own."""
    mass_mg: int
    """Mass with all parts, milligrams."""
    elements_mg: Mapping[str, int]
    """Mass of the traced elements in it with all parts, at most, milligrams by symbol."""
    gained_ppm: int = 0
    """By how much an element may have grown in runs before, the most of lots and parts, ppm."""
    parts: tuple[BatteryId, ...] = ()
    """What is directly in it, in order of installation."""
    whole: BatteryId | None = None
    """What it is directly in."""
    since_ms: int
    """When it last changed: was made, installed or removed, or gained or lost parts."""
    in_service_ms: int | None = None
    """When its first use began, alone or as a part."""
    retired_ms: int | None = None
    """When it ended; what is in it ended with it."""
