"""Custody: at every moment one party owns a battery, one holds it and one answers for it.

    register   the maker opens the record, with every right
    offer      who has a right offers it to a registered receiver, for a time if it likes
    accept     the receiver takes what was offered
    cancel     the giver takes the offer back, or the receiver declines it
    release    a contract that holds a part gives it into the hands that hold the whole

Invariant: a right changes only after its bearer offered it and the receiver accepted the same
change in time: no gap, no overlap, nobody given what it did not sign for. A code of GB/T 34014
names one battery.
"""

from cellchain.contracts.custody.accept import Accept, Accepted
from cellchain.contracts.custody.cancel import Cancel, Cancelled
from cellchain.contracts.custody.offer import Offer, Offered
from cellchain.contracts.custody.record import (
    EVERYTHING,
    HOLDER,
    Code,
    Custody,
    Right,
    require_rights,
)
from cellchain.contracts.custody.register import CodeTaken, Register, Registered
from cellchain.contracts.custody.release import Release, Released
from cellchain.ledger.contract import Contract

CONTRACT = Contract(
    name="custody",
    messages=(Register, Offer, Accept, Cancel, Release),
    events=(Registered, CodeTaken, Offered, Accepted, Cancelled, Released),
    leans_on=("membership",),
)

__all__ = [
    "CONTRACT",
    "EVERYTHING",
    "HOLDER",
    "Accept",
    "Accepted",
    "Cancel",
    "Cancelled",
    "Code",
    "CodeTaken",
    "Custody",
    "Offer",
    "Offered",
    "Register",
    "Registered",
    "Release",
    "Released",
    "Right",
    "require_rights",
]
