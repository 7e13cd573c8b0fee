"""Who plays: ten parties with obviously made-up names, beside the operator of the ledger."""

from __future__ import annotations

from dataclasses import dataclass

from cellchain.core.names import PartyId


@dataclass(frozen=True, slots=True)
class Player:
    """A party of the story."""

    party: PartyId
    name: str
    roles: tuple[str, ...]


OPERATOR = PartyId("operator")
AUTHORITY = PartyId("fable-authority")
MINE = PartyId("acme-mine")
REFINER = PartyId("borealis-refiner")
CELL_MAKER = PartyId("cellulon-cells")
PACK_MAKER = PartyId("dynamo-packs")
CAR_MAKER = PartyId("everwheel-cars")
CARRIER = PartyId("ferry-carrier")
WORKSHOP = PartyId("gearbox-workshop")
INTEGRATOR = PartyId("halflife-storage")
RECYCLER = PartyId("indigo-recycler")

PLAYERS = (
    Player(AUTHORITY, "Battery Authority of Fableland", ("authority",)),
    Player(MINE, "Acme Mine", ("mine",)),
    Player(REFINER, "Borealis Refiner", ("refiner",)),
    Player(CELL_MAKER, "Cellulon Cells", ("cell-maker",)),
    Player(PACK_MAKER, "Dynamo Packs", ("pack-maker",)),
    Player(CAR_MAKER, "Everwheel Cars", ("vehicle-maker",)),
    Player(CARRIER, "Ferry Carrier", ("carrier",)),
    Player(WORKSHOP, "Gearbox Workshop", ("workshop",)),
    Player(INTEGRATOR, "Halflife Storage", ("integrator",)),
    Player(RECYCLER, "Indigo Recycler", ("collector", "recycler")),
)
"""In the order in which they enter; the authority registers the others."""
