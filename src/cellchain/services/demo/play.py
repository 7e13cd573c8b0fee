"""What every chapter of the story is given, and what it gives back to be told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from cellchain.contracts import custody, material
from cellchain.contracts.custody import EVERYTHING, Right
from cellchain.core.time import DAY_MS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cellchain.core.names import BatteryId, LotId, PartyId
    from cellchain.services.demo.consortium import Consortium
    from cellchain.services.demo.dice import Dice
    from cellchain.services.demo.disclosure import Disclosures
    from cellchain.services.demo.fleet import Battery, Fleet
    from cellchain.services.gateway.ports import WindowStore


T = TypeVar("T")
MAKE_MAX = 200
"""Items that one message makes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """A part of the story as it is told."""

    title: str
    party: str
    """Who acts in it."""
    text: str
    figures: tuple[tuple[str, str], ...] = ()
    """What the ledger says afterwards: name and value."""
    refusals: tuple[tuple[str, str, str], ...] = ()
    """What was tried in vain: what, the code, the sentence."""
    blocks: tuple[int, int] = (0, 0)
    """First and last block."""
    day: str = ""
    """Of the last block."""
    app_hash: str = ""
    """After the last block."""


@dataclass(slots=True, kw_only=True)
class Play:
    """The story under way."""

    dice: Dice
    fleet: Fleet
    consortium: Consortium
    disclosures: Disclosures
    windows: WindowStore
    in_service_ms: int = 0
    """When the cars were put into service."""
    cabinets: list[BatteryId] = field(default_factory=list)
    recycled: list[Battery] = field(default_factory=list)

    @property
    def days(self) -> int:
        """Days of use so far."""
        return (self.consortium.time_ms - self.in_service_ms) // DAY_MS

    def hand_lots(self, giver: PartyId, receiver: PartyId, lots: Sequence[LotId]) -> None:
        """Let ``lots`` change hands, by two signatures each."""
        self.consortium.ask(giver, *(material.Offer(lot=lot, receiver=receiver) for lot in lots))
        self.consortium.ask(receiver, *(material.Accept(lot=lot) for lot in lots))

    def hand_over(
        self,
        giver: PartyId,
        receiver: PartyId,
        items: Sequence[BatteryId],
        changes: tuple[Right, ...] = EVERYTHING,
    ) -> None:
        """Let ``items`` change hands, by two signatures each."""
        offers = [custody.Offer(battery=i, receiver=receiver, changes=changes) for i in items]
        accepts = [custody.Accept(battery=i, changes=changes) for i in items]
        self.consortium.ask(giver, *offers)
        self.consortium.ask(receiver, *accepts)

    def send_by(
        self, carrier: PartyId, giver: PartyId, receiver: PartyId, items: Sequence[BatteryId]
    ) -> None:
        """Let a carrier bring ``items``: it holds them on the way and never owns them."""
        self.hand_over(giver, carrier, items, ("holder",))
        self.hand_over(carrier, receiver, items, ("holder",))
        self.hand_over(giver, receiver, items, ("owner", "responsible"))


def portions(items: Sequence[T], size: int) -> list[Sequence[T]]:
    """Return ``items`` in order, so many at a time."""
    return [items[at : at + size] for at in range(0, len(items), size)]


def tonnes(mass_mg: int) -> str:
    """Return a mass for people: tonnes, or kilograms below one."""
    kilograms = mass_mg // 1_000_000
    return f"{kilograms / 1000:,.1f} t" if kilograms >= 1000 else f"{kilograms:,} kg"  # noqa: PLR2004


def percent(ppm: int) -> str:
    """Return parts per million for people."""
    return f"{ppm / 10_000:.1f} %"
