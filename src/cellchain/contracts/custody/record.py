"""What the ledger remembers about who owns, holds and answers for a battery."""

from __future__ import annotations

from typing import Literal

from cellchain.core.errors import Refused
from cellchain.core.names import BatteryId, PartyId
from cellchain.ledger.contract import Record

Right = Literal["holder", "owner", "responsible"]
HOLDER: tuple[Right, ...] = ("holder",)
EVERYTHING: tuple[Right, ...] = ("holder", "owner", "responsible")

COMBINATIONS: frozenset[tuple[Right, ...]] = frozenset(
    {
        HOLDER,
        ("owner",),
        ("responsible",),
        ("holder", "owner"),
        ("holder", "responsible"),
        ("owner", "responsible"),
        EVERYTHING,
    }
)
"""What may change hands at once, each in alphabetical order."""


class Custody(Record, frozen=True, kw_only=True, tag="custody.custody/1"):
    """Who has which right to a battery, and what is offered to whom. Subject: `BatteryId`."""

    owner: PartyId
    holder: PartyId
    """Who has it physically."""
    responsible: PartyId
    """The economic operator who answers for it and its passport (Regulation (EU) 2023/1542)."""
    gb_t_34014: str = ""
    """Its Chinese traction-battery code, where it has one."""
    offered_to: PartyId | None = None
    offered: tuple[Right, ...] = HOLDER
    """What the pending offer gives away."""
    offer_ends_ms: int | None = None
    """First moment at which the pending offer can be accepted no longer."""


class Code(Record, frozen=True, kw_only=True, tag="custody.code/1"):
    """The battery behind a GB/T 34014 code. Subject: the code."""

    battery: BatteryId


def require_rights(
    custody: Custody, battery: BatteryId, party: PartyId, rights: tuple[Right, ...]
) -> None:
    """Refuse unless ``party`` has all of ``rights`` to ``battery``.

    Raises:
        Refused: ``custody.not_holder``, ``custody.not_owner``, ``custody.not_responsible``.
    """
    for right in rights:
        having = getattr(custody, right)
        if having != party:
            raise Refused(
                f"custody.not_{right}", f"{party} is not {right} of {battery}; {having} is"
            )
