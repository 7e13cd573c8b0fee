"""Propose: a member puts something to the vote."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from cellchain.contracts.governance.enable_contracts import EnableContracts
from cellchain.contracts.governance.record import Proposal, ProposalId
from cellchain.contracts.governance.rights import require_seat
from cellchain.contracts.governance.set_parameters import SetParameters
from cellchain.contracts.governance.set_rules import SetRules
from cellchain.contracts.governance.set_seats import SetSeats
from cellchain.contracts.governance.set_validators import SetValidators
from cellchain.contracts.membership import (
    RegisterParty,
    Restore,
    RestoreKey,
    RevokeKey,
    SetRoles,
    Suspend,
    SuspendKey,
)
from cellchain.core.errors import Refused
from cellchain.core.names import PartyId
from cellchain.ledger.contract import Event, Message, absent
from cellchain.ledger.stage import encode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.ledger.contract import Book, Context

OWN = (SetSeats, SetRules, SetValidators, SetParameters, EnableContracts)
"""Actions that this contract decides itself; the others are calls."""
Action: TypeAlias = (
    RegisterParty
    | SetRoles
    | Suspend
    | Restore
    | RevokeKey
    | SuspendKey
    | RestoreKey
    | SetSeats
    | SetRules
    | SetValidators
    | SetParameters
    | EnableContracts
)
"""What can be voted on: messages that then happen in the name of this contract."""
ACTIONS_MAX = 16
ACTIONS_BYTES_MAX = 12_000
SUMMARY_CHARACTERS_MAX = 200
AHEAD_MAX = 10_000_000
"""How many blocks ahead something may be agreed on."""
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_NAME_CHARACTERS_MAX = 60


class Propose(Message, frozen=True, kw_only=True, tag="governance.propose/1"):
    """The sender asks for a vote; what it proposes happens as a whole or not at all.

    Its own vote is a second message, which may be in the same transaction.
    """

    name: str
    """Lower-case words with hyphens, up to 60 characters; new among those of the sender."""
    summary: str
    """For people, 1 to 200 characters."""
    actions: tuple[Action, ...]
    """1 to 16, in the order in which they would happen."""
    expires_ms: int
    """First moment at which nobody votes on it any more."""
    executes_height: int | None = None
    """When it happens if it is accepted before; ``None``: in the block after that."""

    def decide(self, book: Book, context: Context) -> Iterator[Proposed]:
        """A member with a seat, a new name, a vote that ends, a height ahead."""
        constitution = require_seat(book, context.sender)
        _check_form(self)
        proposal = ProposalId(f"{context.sender}:{self.name}")
        if book.find(Proposal, proposal) is not None:
            raise Refused("governance.proposal_exists", f"{proposal} was proposed before")
        open_ms = self.expires_ms - context.time_ms
        if not 0 < open_ms <= constitution.rules.voting_ms_max:
            raise Refused(
                "governance.voting_time",
                f"open for {open_ms} ms; more than 0, up to {constitution.rules.voting_ms_max}",
            )
        ahead = self.executes_height and self.executes_height - context.height
        if ahead is not None and not 1 <= ahead <= AHEAD_MAX:
            raise Refused(
                "governance.height",
                f"block {self.executes_height} is {ahead} ahead; 1 to {AHEAD_MAX} may be",
            )
        yield Proposed(
            proposal=proposal,
            proposer=context.sender,
            summary=self.summary,
            actions=tuple(msgspec.to_builtins(action) for action in self.actions),
            expires_ms=self.expires_ms,
            executes_height=self.executes_height,
        )


class Proposed(Event[Proposal], frozen=True, kw_only=True, tag="governance.proposed/1"):
    """Something is put to the vote."""

    subject_field = "proposal"
    proposal: ProposalId
    proposer: PartyId
    summary: str
    actions: tuple[Any, ...]
    expires_ms: int
    executes_height: int | None = None

    def evolve(self, record: Proposal | None) -> Proposal:
        """Nobody has voted yet."""
        absent(record)
        return Proposal(
            proposer=self.proposer,
            summary=self.summary,
            actions=self.actions,
            expires_ms=self.expires_ms,
            executes_height=self.executes_height,
        )


def _check_form(wanted: Propose) -> None:
    if len(wanted.name) > _NAME_CHARACTERS_MAX or not _NAME.fullmatch(wanted.name):
        raise Refused(
            "governance.proposal_name",
            f"{wanted.name[:90]!a} is not lower-case words with hyphens, up to"
            f" {_NAME_CHARACTERS_MAX} characters",
        )
    if not 1 <= len(wanted.summary) <= SUMMARY_CHARACTERS_MAX:
        raise Refused(
            "governance.summary", f"{len(wanted.summary)} characters; 1 to 200 are a summary"
        )
    size = sum(len(encode(action)) for action in wanted.actions)
    if not 1 <= len(wanted.actions) <= ACTIONS_MAX or size > ACTIONS_BYTES_MAX:
        raise Refused(
            "governance.actions",
            f"{len(wanted.actions)} actions of {size} bytes; 1 to {ACTIONS_MAX} of up to"
            f" {ACTIONS_BYTES_MAX} are one proposal",
        )
