"""Questions that neighbours ask of the book: who is a party, in which role, for whom it acts."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from cellchain.contracts.membership.record import (
    ROLES,
    Delegation,
    Device,
    Licence,
    LicenceId,
    Party,
    delegation_key,
)
from cellchain.core.errors import Refused
from cellchain.ledger.contract import GENESIS

if TYPE_CHECKING:
    from cellchain.core.names import DeviceId, PartyId
    from cellchain.ledger.contract import Book

LABEL_CHARACTERS_MAX = 128


def is_contract(party: PartyId) -> bool:
    """Whether ``party`` is a contract, which is a party without being registered."""
    return party.startswith("contract:")


def require_party(book: Book, party: PartyId) -> None:
    """Refuse a party that is neither registered and active nor a contract.

    Raises:
        Refused: ``membership.unknown_party``, ``membership.suspended``.
    """
    if not is_contract(party) and book.get(Party, party).suspended:
        raise Refused("membership.suspended", f"{party} is suspended")


def require_role(book: Book, party: PartyId, *roles: str) -> None:
    """Refuse a party that is in none of ``roles``.

    Raises:
        Refused: ``membership.unknown_party``, ``.suspended``, ``.role_missing``.
    """
    found = book.get(Party, party)
    if found.suspended:
        raise Refused("membership.suspended", f"{party} is suspended")
    if not any(role in found.roles for role in roles):
        raise Refused(
            "membership.role_missing",
            f"{party} is {', '.join(found.roles) or 'in no role'}; this needs {' or '.join(roles)}",
        )


def require_registrar(book: Book, sender: PartyId) -> None:
    """Refuse a sender that is neither operator, nor authority, nor the genesis file."""
    if sender != GENESIS:
        require_role(book, sender, "operator", "authority")


def require_device(book: Book, device: DeviceId) -> Device:
    """Return the record of ``device``; refuse with ``membership.unknown_device`` without one."""
    return book.get(Device, device)


def acts_for(book: Book, sender: PartyId, principal: PartyId, scope: str, time_ms: int) -> bool:
    """Whether ``sender`` is ``principal``, or has its mandate for the contract ``scope``."""
    if sender == principal:
        return True
    found = book.find(Delegation, delegation_key(principal, sender))
    return found is not None and scope in found.scope and time_ms < found.until_ms


def require_licence(
    book: Book, licence: LicenceId, holder: PartyId, activity: str, time_ms: int
) -> Licence:
    """Return ``licence`` where it covers ``activity`` of ``holder`` at ``time_ms``.

    Raises:
        Refused: ``membership.unknown_licence``, ``membership.licence_void`` with what clashes.
    """
    found = book.get(Licence, licence)
    if found.holder != holder or found.activity != activity:
        raise Refused(
            "membership.licence_void",
            f"{licence} allows {found.holder} {found.activity}, not {holder} {activity}",
        )
    ended_ms = found.valid_until_ms if found.revoked_ms is None else found.revoked_ms
    if not found.valid_from_ms <= time_ms < min(ended_ms, found.valid_until_ms):
        raise Refused(
            "membership.licence_void",
            f"{licence} holds from {found.valid_from_ms} to {ended_ms} ms, not at {time_ms}",
        )
    return found


def check_roles(roles: tuple[str, ...]) -> None:
    """Refuse roles that are unknown, repeated or out of order."""
    unknown = [role for role in roles if role not in ROLES]
    if unknown:
        raise Refused(
            "membership.unknown_role",
            f"{ascii(unknown[0])[:40]} is not a role",
            remedy=f"one of {', '.join(ROLES)}",
        )
    check_sorted(roles, "roles")


def check_sorted(words: tuple[str, ...], what: str) -> None:
    """Refuse ``words`` that repeat or are not in alphabetical order: one set, one spelling."""
    if any(left >= right for left, right in pairwise(words)):
        raise Refused(
            "membership.not_sorted",
            f"{what} {ascii(words)[:120]} repeat or are out of order",
            remedy="give each once, in alphabetical order",
        )


def check_label(text: str, what: str) -> None:
    """Refuse a text for people that is empty, or longer than 128 characters."""
    if not 0 < len(text) <= LABEL_CHARACTERS_MAX:
        raise Refused(
            "membership.label",
            f"{what} has {len(text)} characters; 1 to {LABEL_CHARACTERS_MAX} are allowed",
        )
