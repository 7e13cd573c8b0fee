"""Revoke a licence: an authority takes back what one granted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from cellchain.contracts.membership.record import Licence, LicenceId
from cellchain.contracts.membership.rights import require_role
from cellchain.core.errors import Refused
from cellchain.ledger.contract import Event, Message, present

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.ledger.contract import Book, Context


class RevokeLicence(Message, frozen=True, kw_only=True, tag="membership.revoke_licence/1"):
    """The sender, an authority, asks that a licence hold no longer."""

    four_eyes = True

    licence: LicenceId

    def decide(self, book: Book, context: Context) -> Iterator[LicenceRevoked]:
        """Any authority, once."""
        require_role(book, context.sender, "authority")
        found = book.get(Licence, self.licence)
        if found.revoked_ms is not None:
            raise Refused(
                "membership.licence_revoked",
                f"{self.licence} was revoked at {found.revoked_ms} ms",
            )
        yield LicenceRevoked(licence=self.licence, revoked_ms=context.time_ms)


class LicenceRevoked(Event[Licence], frozen=True, kw_only=True, tag="membership.licence_revoked/1"):
    """An activity is allowed no longer."""

    subject_field = "licence"
    licence: LicenceId
    revoked_ms: int

    def evolve(self, record: Licence | None) -> Licence:
        """The record stays: what was done under it remains explained."""
        return replace(present(record), revoked_ms=self.revoked_ms)
