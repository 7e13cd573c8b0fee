"""What the ledger remembers about a passport and about each value stated in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NewType

from cellchain.core.errors import Refused
from cellchain.core.names import (
    BatteryId,
    Digest,
    DocumentId,
    PartyId,
    parse_battery_id,
)
from cellchain.ledger.contract import Record

if TYPE_CHECKING:
    from collections.abc import Mapping

PassportId = NewType("PassportId", str)
"""What it is about, as a GS1 Digital Link path: ``01/GTIN`` a model, ``01/GTIN/10/BATCH`` a batch,
``01/GTIN/21/SERIAL`` one battery."""
Level = Literal["batch", "item", "model"]
Category = Literal["ev", "industrial", "lmt"]
"""Electric vehicle, industrial above 2 kWh, light means of transport (Art. 77(1))."""
Phase = Literal["amended", "ceased", "draft", "issued"]

PHASES: Mapping[Phase, Mapping[str, Phase]] = {
    "draft": {"state": "draft", "issue": "issued", "cease": "ceased"},
    "issued": {"amend": "amended", "cease": "ceased"},
    "amended": {"amend": "amended", "cease": "ceased"},
    "ceased": {},
}
"""Phase → message → next phase; what is not in the table is refused."""


class Passport(Record, frozen=True, kw_only=True, tag="passport.passport/1"):
    """The life of a passport. Subject: `PassportId`."""

    level: Level
    category: Category
    phase: Phase = "draft"
    operator: PartyId
    """Who drafted it; answers for it where it is about a model or batch."""
    version: int = 0
    """0 before it is issued; one more with every amendment."""
    commitment: Digest | None = None
    """Salted commitment to the last version that was signed as a whole."""
    predecessors: tuple[PassportId, ...] = ()
    """Passports of the batteries that this one was made of (Art. 77(7))."""
    successors: tuple[PassportId, ...] = ()


class Attribute(Record, frozen=True, kw_only=True, tag="passport.attribute/1"):
    """The value of one attribute. Subject: `attribute_key` of passport and name."""

    value: Digest
    """Salted commitment to the value, which is in a vault."""
    evidence: tuple[DocumentId, ...] = ()
    stated_by: PartyId
    stated_ms: int
    version: int
    """The version of the passport that it came with."""


def attribute_key(passport: PassportId, attribute: str) -> str:
    """Return the subject of the value of ``attribute`` in ``passport``."""
    return f"{passport}#{attribute}"


def level_of(passport: PassportId) -> Level:
    """Return what a passport of this name is about, refusing every other form.

    Raises:
        Refused: ``passport.name``, ``name.battery``, ``name.check_digit``.
    """
    match passport.split("/"):
        case ["01", gtin]:
            parse_battery_id(f"01/{gtin}/21/1")  # its GTIN is that of its items
            return "model"
        case ["01", gtin, "10", batch]:
            parse_battery_id(f"01/{gtin}/21/{batch}")  # GS1 writes batches as it writes serials
            return "batch"
        case ["01", _, "21", _]:
            parse_battery_id(passport)
            return "item"
        case _:
            raise Refused(
                "passport.name",
                f"{passport[:80]!a} is not 01/GTIN, 01/GTIN/10/BATCH or 01/GTIN/21/SERIAL",
            )


def battery_of(passport: PassportId) -> BatteryId:
    """Return the battery that the passport of one item is about."""
    return BatteryId(passport)


def next_phase(passport: PassportId, found: Passport, verb: str) -> Phase:
    """Return the phase after ``verb``; refuse with ``passport.phase`` what the phase forbids."""
    after = PHASES[found.phase].get(verb)
    if after is None:
        allowed = ", ".join(PHASES[found.phase]) or "nothing"
        raise Refused(
            "passport.phase",
            f"{passport} is {found.phase}: {verb} is not possible",
            remedy=f"possible now: {allowed}",
        )
    return after
