"""Questions that neighbours ask of the book: who is a party, in which role, for whom it acts."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from cellchain.contracts.membership.record import (
    ROLES,
    Delegation,
    Device,
    Key,
    Licence,
    LicenceId,
    Party,
    delegation_key,
)
from cellchain.core.errors import Refused
from cellchain.core.names import PartyId
from cellchain.ledger.contract import GENESIS

if TYPE_CHECKING:
    from cellchain.core.names import DeviceId, KeyId
    from cellchain.ledger.contract import Book, Context

LABEL_CHARACTERS_MAX = 128
GOVERNANCE = PartyId("contract:governance")
"""What the members have voted for speaks as this contract: it has the power of an operator."""

_CONTRACT = re.compile(r"contract:[a-z_]{1,40}")


def is_contract(party: PartyId) -> bool:
    """Whether ``party`` is a contract, which is a party without being registered."""
    return _CONTRACT.fullmatch(party) is not None


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
    """Refuse a sender that is neither operator, nor authority, nor a vote, nor the genesis file."""
    if sender not in (GENESIS, GOVERNANCE):
        require_role(book, sender, "operator", "authority")


def require_device(book: Book, device: DeviceId) -> Device:
    """Return the record of ``device``; refuse with ``membership.unknown_device`` without one."""
    return book.get(Device, device)


def acts_for(book: Book, sender: PartyId, principal: PartyId, scope: str, time_ms: int) -> bool:
    """Whether ``sender`` is ``principal``, or has its mandate for the contract ``scope``.

    A mandate sleeps while either of the two is suspended.
    """
    if sender == principal:
        return True
    found = book.find(Delegation, delegation_key(principal, sender))
    if found is None or scope not in found.scope or found.until_ms <= time_ms:
        return False
    return _is_active(book, principal) and _is_active(book, sender)


def require_within_key(
    book: Book, context: Context, purposes: tuple[str, ...], until_ms: int | None
) -> None:
    """Refuse to pass on more than the signing key has: other contracts, or a later end.

    A key that is not in the book limits nothing: `MEMBERS` admits none, the genesis file needs
    none.

    Args:
        book: Where the signing key is.
        context: Names it.
        purposes: Contracts that somebody is to speak to from now on; empty: all of them.
        until_ms: First moment at which that is over; ``None``: never.

    Raises:
        Refused: ``membership.beyond_key``.
    """
    found = book.find(Key, context.key)
    if found is None:
        return
    if found.purposes and (not purposes or any(p not in found.purposes for p in purposes)):
        raise Refused(
            "membership.beyond_key",
            f"key {context.key} sends to {', '.join(found.purposes)} only; it cannot give "
            f"{', '.join(purposes) or 'everything'}",
            remedy="sign with a key for all contracts",
        )
    ends_ms = found.valid_until_ms
    if ends_ms is not None and (until_ms is None or until_ms > ends_ms):
        raise Refused(
            "membership.beyond_key",
            f"key {context.key} ends at {ends_ms} ms; it cannot give until {until_ms or 'ever'}",
            remedy="sign with a key that has no end",
        )


def require_power_over_key(book: Book, context: Context, key: KeyId) -> None:
    """Refuse a limited key that would end another: ``membership.limited_key``.

    Limited is a key for some contracts, or with an end.
    """
    found = book.find(Key, context.key)
    if found is None or key == context.key:
        return
    if found.purposes or found.valid_until_ms is not None:
        raise Refused(
            "membership.limited_key",
            f"key {context.key} is limited in purpose or time; it ends itself, not {key}",
            remedy="sign with an unlimited key",
        )


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


def _is_active(book: Book, party: PartyId) -> bool:
    if is_contract(party):
        return True
    found = book.find(Party, party)
    return found is not None and not found.suspended


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
