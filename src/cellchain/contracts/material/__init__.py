"""Material: no milligram and no element comes from nothing, on the way from the mine to the cell.

    create      a mine opens a lot under its licence; a maker opens one that it bought
    collect     a collector or recycler opens a lot of waste and says where it came from
    split       the holder takes new lots out of a lot
    blend       … mixes lots of one material
    transform   … turns lots into other lots by a process
    consume     … uses a mass up in something that is no lot
    recover     a contract that ended batteries opens the lots that came out of them
    offer       the holder offers what is left to a registered receiver, for a time if it likes
    accept      the receiver takes it
    cancel      the holder takes the offer back, or the receiver declines it

Invariant: of each lot, consumed ≤ produced. In each run, mass in + added = mass out + loss to the
milligram, and no element grows beyond the uncertainty of its assay, nor by more than that along
any chain of runs. A run takes lots that exist
and makes lots that do not, never earlier than its inputs, so that no lot is its own ancestor.
Only the holder uses a lot, and it changes hands by two signatures. Waste keeps the origin that its
collector stated; a mixture of origins has none.
"""

from cellchain.contracts.material.accept import Accept, Accepted
from cellchain.contracts.material.balance import ELEMENTS, UNCERTAINTY_MAX_PPM, elements_of
from cellchain.contracts.material.blend import Blend
from cellchain.contracts.material.cancel import Cancel, Cancelled
from cellchain.contracts.material.collect import Collect, Collected
from cellchain.contracts.material.consume import Consume, Consumed
from cellchain.contracts.material.create import Create, Created
from cellchain.contracts.material.lots import FUTURE_TOLERANCE_MS
from cellchain.contracts.material.offer import Offer, Offered
from cellchain.contracts.material.record import (
    MASS_MAX_MG,
    Lot,
    Output,
    Portion,
    Run,
    RunId,
    WasteOrigin,
)
from cellchain.contracts.material.recover import Recover
from cellchain.contracts.material.split import Split
from cellchain.contracts.material.transform import Produced, Ran, Transform
from cellchain.ledger.contract import Contract

CONTRACT = Contract(
    name="material",
    messages=(
        Create,
        Collect,
        Split,
        Blend,
        Transform,
        Consume,
        Recover,
        Offer,
        Accept,
        Cancel,
    ),
    events=(Created, Collected, Consumed, Ran, Produced, Offered, Accepted, Cancelled),
    leans_on=("membership",),
)

__all__ = [
    "CONTRACT",
    "ELEMENTS",
    "FUTURE_TOLERANCE_MS",
    "MASS_MAX_MG",
    "UNCERTAINTY_MAX_PPM",
    "Accept",
    "Accepted",
    "Blend",
    "Cancel",
    "Cancelled",
    "Collect",
    "Collected",
    "Consume",
    "Consumed",
    "Create",
    "Created",
    "Lot",
    "Offer",
    "Offered",
    "Output",
    "Portion",
    "Produced",
    "Ran",
    "Recover",
    "Run",
    "RunId",
    "Split",
    "Transform",
    "WasteOrigin",
    "elements_of",
]
