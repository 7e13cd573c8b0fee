"""The accounts of a home, from the operator's own hand."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

from cellchain.adapters.accounts import AccountDatabase
from cellchain.adapters.clock import clock_ms
from cellchain.app.serving import ACCOUNTS_FILE
from cellchain.contracts.membership import Party
from cellchain.core.errors import Refused
from cellchain.core.names import PartyId
from cellchain.services.access.members import Members
from cellchain.services.access.records import Member

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cellchain.ledger.state import State


def opened_accounts(folder: Path) -> AccountDatabase:
    """Open the accounts of a home."""
    return AccountDatabase(f"sqlite:///{folder.absolute() / ACCOUNTS_FILE}")


def invite(
    folder: Path, state: State, party: str, member: str, *, name: str, duties: Sequence[str]
) -> str:
    """Add a member of a party in the book; return the path where it chooses its password.

    Raises:
        Refused: ``membership.unknown_party``, ``access.…``.
    """
    if state.records.lookup((Party, party)) is None:
        raise Refused("membership.unknown_party", f"there is no party {party[:80]!a} in the book")
    with closing(opened_accounts(folder)) as shelf:
        members = Members(shelf, lambda *_: None, lambda: None, clock_ms)
        token = members.enrol(PartyId(party), member, name, duties)
    return f"/invitation?token={token}"


def members(folder: Path) -> list[dict[str, Any]]:
    """Return every member without anything secret."""
    with closing(opened_accounts(folder)) as shelf:
        found = shelf.every(Member)
    return [
        {
            "member": member.member,
            "party": member.party,
            "name": member.name,
            "duties": list(member.duties),
            "ended": member.ended_ms is not None,
        }
        for member in found
    ]
