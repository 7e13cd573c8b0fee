"""Cease a passport: the battery was recycled, or the draft came to nothing (Art. 77(8))."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from cellchain.contracts.assembly import Item, outermost
from cellchain.contracts.passport.record import (
    Passport,
    PassportId,
    Phase,
    battery_of,
    next_phase,
)
from cellchain.contracts.passport.rights import require_responsible, responsible
from cellchain.core.errors import Refused
from cellchain.core.names import PartyId
from cellchain.ledger.contract import Event, Message, present

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.ledger.contract import Book, Context


class Cease(Message, frozen=True, kw_only=True, tag="passport.cease/1"):
    """The sender asks that a passport be valid no longer."""

    four_eyes = True

    passport: PassportId

    def decide(self, book: Book, context: Context) -> Iterator[Ceased]:
        """Who answers for it; that of a battery only when the battery has ended."""
        found = book.get(Passport, self.passport)
        phase = next_phase(self.passport, found, "cease")
        who = responsible(book, self.passport, found)
        require_responsible(book, context, self.passport, who)
        if found.level == "item" and found.phase != "draft":
            _require_ended(book, self.passport)
        yield Ceased(passport=self.passport, by=context.sender, phase=phase)


class Ceased(Event[Passport], frozen=True, kw_only=True, tag="passport.ceased/1"):
    """A passport is valid no longer."""

    subject_field = "passport"
    passport: PassportId
    by: PartyId
    phase: Phase

    def evolve(self, record: Passport | None) -> Passport:
        """The record stays as the stone on its grave."""
        return replace(present(record), phase=self.phase)


def _require_ended(book: Book, passport: PassportId) -> None:
    """Refuse while the battery, or the whole it is in, lives; one made elsewhere may be gone."""
    whole = outermost(book, battery_of(passport))
    item = book.find(Item, whole)
    if item is not None and item.retired_ms is None:
        raise Refused(
            "passport.battery_lives",
            f"{passport} is about a battery that lives, in {whole}",
            remedy="recycle or retire it first",
        )
