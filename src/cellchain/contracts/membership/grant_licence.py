"""Grant a licence: an authority allows an activity at a site, up to a capacity, for a time."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cellchain.contracts.membership.add_key import check_validity
from cellchain.contracts.membership.record import Licence, LicenceId
from cellchain.contracts.membership.rights import check_label, require_party, require_role
from cellchain.core.errors import Refused
from cellchain.core.names import PartyId
from cellchain.ledger.contract import Event, Message, absent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.ledger.contract import Book, Context

_LICENCE = re.compile(r"[A-Za-z0-9]+(?:[-._][A-Za-z0-9]+)*")
_LICENCE_CHARACTERS_MAX = 64


class GrantLicence(Message, frozen=True, kw_only=True, tag="membership.grant_licence/1"):
    """The sender, an authority, asks that ``holder`` may do ``activity`` at ``site``."""

    licence: LicenceId
    holder: PartyId
    activity: str
    site: str
    capacity_mg: int
    """Mass that the site may put out in a calendar year, milligrams, above 0.

    A statement to be read: no rule adds up what was put out.
    """
    valid_from_ms: int
    valid_until_ms: int

    def decide(self, book: Book, context: Context) -> Iterator[LicenceGranted]:
        """A new number, a known holder, a capacity, a time that is not over."""
        require_role(book, context.sender, "authority")
        require_party(book, self.holder)
        if book.find(Licence, parse_licence_id(self.licence)) is not None:
            raise Refused("membership.licence_exists", f"{self.licence} is granted already")
        check_label(self.activity, "the activity")
        check_label(self.site, "the site")
        if self.capacity_mg <= 0:
            raise Refused("membership.capacity", f"a capacity of {self.capacity_mg} mg")
        check_validity(self.valid_from_ms, self.valid_until_ms, context.time_ms)
        yield LicenceGranted(
            licence=self.licence,
            holder=self.holder,
            issuer=context.sender,
            activity=self.activity,
            site=self.site,
            capacity_mg=self.capacity_mg,
            valid_from_ms=self.valid_from_ms,
            valid_until_ms=self.valid_until_ms,
        )


class LicenceGranted(Event[Licence], frozen=True, kw_only=True, tag="membership.licence_granted/1"):
    """An activity is allowed."""

    subject_field = "licence"
    licence: LicenceId
    holder: PartyId
    issuer: PartyId
    activity: str
    site: str
    capacity_mg: int
    valid_from_ms: int
    valid_until_ms: int

    def evolve(self, record: Licence | None) -> Licence:
        """It holds until its end, unless revoked."""
        absent(record)
        return Licence(
            holder=self.holder,
            issuer=self.issuer,
            activity=self.activity,
            site=self.site,
            capacity_mg=self.capacity_mg,
            valid_from_ms=self.valid_from_ms,
            valid_until_ms=self.valid_until_ms,
        )


def parse_licence_id(text: str) -> LicenceId:
    """Return ``text`` as the number of a licence."""
    if len(text) > _LICENCE_CHARACTERS_MAX or not _LICENCE.fullmatch(text):
        raise Refused(
            "membership.licence_name",
            f"{text[:80]!a} is not letters and digits joined by single - . _, 1 to 64",
        )
    return LicenceId(text)
