"""What the ledger remembers about a lot of material, and about a run that turned lots into lots.

Lots are nodes and runs are hyper-edges of the genealogy: a lot names the run it came from, the run
names its inputs and outputs with their masses, so that a trace back to the mine reads records only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NewType

import msgspec

from cellchain.contracts.membership import LicenceId
from cellchain.core.names import BatteryId, LotId, PartyId
from cellchain.ledger.contract import Record

RunId = NewType("RunId", str)
"""A run of a process, unique in the book (the ``transformationID`` of EPCIS)."""
WasteOrigin = Literal["", "manufacturing", "post-consumer"]
"""Where waste came from; empty: not waste, or of mixed origin."""
Portion = tuple[LotId, int]
"""A lot and a mass of it, milligrams."""

MASS_MAX_MG = 10**15
"""A million tonnes: sums of lots stay exact in every JSON reader."""


class Lot(Record, frozen=True, kw_only=True, tag="material.lot/1"):
    """A quantity of one material. Subject: `LotId`."""

    holder: PartyId
    material: str
    mass_mg: int
    """Mass produced."""
    consumed_mg: int = 0
    """Mass used up; never more than was produced."""
    assay_ppm: Mapping[str, int]
    """Mass share by element symbol, parts per million."""
    made_ms: int
    """When the lot came to be."""
    site: str
    run: RunId | None = None
    """The run it came from; ``None``: mined, bought or collected."""
    licence: LicenceId | None = None
    """The mining licence under which it was won."""
    waste_origin: WasteOrigin = ""
    gained_ppm: int = 0
    """By how much runs before let an element grow, parts per million, on the worst way here."""
    offered_to: PartyId | None = None
    offer_ends_ms: int | None = None
    """First moment at which the pending offer can be accepted no longer."""

    @property
    def remaining_mg(self) -> int:
        """Mass that is still there."""
        return self.mass_mg - self.consumed_mg


class Run(Record, frozen=True, kw_only=True, tag="material.run/1"):
    """Inputs that became outputs: Σ inputs + added = Σ outputs + loss. Subject: `RunId`."""

    process: str
    operator: PartyId
    site: str
    time_ms: int
    inputs: tuple[Portion, ...] = ()
    batteries: tuple[BatteryId, ...] = ()
    """Batteries that were taken apart, where the inputs were no lots."""
    outputs: tuple[Portion, ...]
    added_mg: int = 0
    """Mass of untraced reagents (acid, oxygen, water): none of it counts as a traced element."""
    added: str = ""
    """What was added."""
    loss_mg: int = 0
    uncertainty_ppm: int = 0
    """How far assays may be off, parts per million of the mass of each element."""


class Output(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """A lot that a run is to bring forth."""

    lot: LotId
    material: str
    mass_mg: int
    assay_ppm: Mapping[str, int]
