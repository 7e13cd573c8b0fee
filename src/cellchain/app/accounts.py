"""The accounts of a home, from the operator's own hand."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

from cellchain.adapters.accounts import AccountDatabase
from cellchain.adapters.clock import clock_ms
from cellchain.contracts.membership import Party
from cellchain.core.errors import Refused
from cellchain.core.names import PartyId
from cellchain.services.access.members import Members
from cellchain.services.access.records import Member

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cellchain.ledger.state import State


ACCOUNTS_FILE = "accounts.db"
DEMO_MEMBERS = (("Ana", ("administrator", "reader", "signer")), ("Bo", ("reader", "signer")))
"""Who is in each organisation of a demonstration, with which duties."""


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


def enrol_players(folder: Path, parties: Sequence[tuple[str, str]]) -> None:
    """Give every party of a demonstration two members, so that four eyes can agree.

    Args:
        folder: The demo home.
        parties: Name in the book and name for people of each.
    """
    with closing(opened_accounts(folder)) as shelf:
        enrolled = Members(shelf, lambda *_: None, lambda: None, clock_ms)
        for party, name in parties:
            for person, duties in DEMO_MEMBERS:
                member = f"{person.lower()}@{party}.example"
                enrolled.enrol(PartyId(party), member, f"{person}, {name}", duties)


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
