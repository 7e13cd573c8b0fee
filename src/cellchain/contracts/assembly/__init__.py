"""Assembly: every serial is born once, is in one place at a time, and ends once.

    make          a maker opens the records of alike items out of lots it holds
    assemble      the holder installs parts in a whole
    disassemble   … takes parts out of it
    swap          … does both in one act
    commission    who answers for an item puts it into service
    retire        the owner, who holds it or has it held by its agent, records that it is no more
    recycle       a recycler ends items it holds and owns, and opens lots of what came out of them

Invariant: a part is in one living whole, of higher rank, and nowhere else; the whole lists it. The
contract itself has every right to a part, so that parts follow their whole into every hand. An
item weighs what went into it, less losses, and its parts. A serial is never used again.
"""

from cellchain.contracts.assembly.assemble import Assemble, Assembled, Installed
from cellchain.contracts.assembly.commission import Commission, Commissioned
from cellchain.contracts.assembly.disassemble import Disassemble, Disassembled, Removed
from cellchain.contracts.assembly.items import outermost
from cellchain.contracts.assembly.make import Made, Make
from cellchain.contracts.assembly.record import PARTS_MAX, Item, Sort
from cellchain.contracts.assembly.recycle import Recycle
from cellchain.contracts.assembly.retire import Retire, Retired
from cellchain.contracts.assembly.swap import Swap
from cellchain.ledger.contract import Contract

CONTRACT = Contract(
    name="assembly",
    messages=(Make, Assemble, Disassemble, Swap, Commission, Retire, Recycle),
    events=(Made, Installed, Assembled, Removed, Disassembled, Commissioned, Retired),
    leans_on=("custody", "material", "membership"),
)

__all__ = [
    "CONTRACT",
    "PARTS_MAX",
    "Assemble",
    "Assembled",
    "Commission",
    "Commissioned",
    "Disassemble",
    "Disassembled",
    "Installed",
    "Item",
    "Made",
    "Make",
    "Recycle",
    "Removed",
    "Retire",
    "Retired",
    "Sort",
    "Swap",
    "outermost",
]
