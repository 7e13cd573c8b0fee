"""Issue a passport: who answers for it signs its first version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from cellchain.contracts.passport.record import Passport, PassportId, Phase, next_phase
from cellchain.contracts.passport.rights import require_responsible, responsible
from cellchain.core.names import Digest, PartyId, parse_digest
from cellchain.ledger.contract import Event, Message, present

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.ledger.contract import Book, Context


class Issue(Message, frozen=True, kw_only=True, tag="passport.issue/1"):
    """The sender asks that a draft be a passport from now on."""

    passport: PassportId
    commitment: Digest
    """Salted commitment to the signed version."""

    def decide(self, book: Book, context: Context) -> Iterator[Issued]:
        """A draft; who answers for it, or has a mandate."""
        found = book.get(Passport, self.passport)
        phase = next_phase(self.passport, found, "issue")
        who = responsible(book, self.passport, found)
        require_responsible(book, context, self.passport, who)
        parse_digest(self.commitment)
        yield Issued(
            passport=self.passport, by=context.sender, commitment=self.commitment, phase=phase
        )


class Issued(Event[Passport], frozen=True, kw_only=True, tag="passport.issued/1"):
    """A passport is valid."""

    subject_field = "passport"
    passport: PassportId
    by: PartyId
    commitment: Digest
    phase: Phase

    def evolve(self, record: Passport | None) -> Passport:
        """This is version 1."""
        return replace(present(record), phase=self.phase, version=1, commitment=self.commitment)
