"""Amend a passport: values change after it was issued, and its version counts on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from cellchain.contracts.passport.record import Passport, PassportId, Phase, next_phase
from cellchain.contracts.passport.rights import require_responsible, responsible
from cellchain.contracts.passport.state import Stated, Statement, stated
from cellchain.core.names import Digest, PartyId, parse_digest
from cellchain.ledger.contract import Event, Message, present

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.ledger.contract import Book, Context


class Amend(Message, frozen=True, kw_only=True, tag="passport.amend/1"):
    """The sender asks to put other values into an issued passport."""

    passport: PassportId
    statements: tuple[Statement, ...]
    commitment: Digest | None = None
    """Salted commitment to the new version, where who answers for the passport signed it whole."""

    def decide(self, book: Book, context: Context) -> Iterator[Stated | Amended]:
        """An issued passport; attributes that the sender may state, all or none of them."""
        found = book.get(Passport, self.passport)
        phase = next_phase(self.passport, found, "amend")
        version = found.version + 1
        if self.commitment is not None:
            parse_digest(self.commitment)
            who = responsible(book, self.passport, found)
            require_responsible(book, context, self.passport, who)
        yield from stated(book, context, self.passport, self.statements, version)
        yield Amended(
            passport=self.passport,
            by=context.sender,
            version=version,
            commitment=self.commitment,
            phase=phase,
        )


class Amended(Event[Passport], frozen=True, kw_only=True, tag="passport.amended/1"):
    """A passport has another version."""

    subject_field = "passport"
    passport: PassportId
    by: PartyId
    version: int
    commitment: Digest | None = None
    phase: Phase

    def evolve(self, record: Passport | None) -> Passport:
        """Without a new signature of the whole, the last one still tells which version it was."""
        found = present(record)
        commitment = self.commitment or found.commitment
        return replace(found, phase=self.phase, version=self.version, commitment=commitment)
