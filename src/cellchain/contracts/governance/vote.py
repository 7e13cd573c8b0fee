"""Vote: a member is for a proposal, or against it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from cellchain.contracts.governance.record import CHAIN, Agenda, Proposal, ProposalId
from cellchain.contracts.governance.rights import require_seat, standing, verdict
from cellchain.core.errors import Refused
from cellchain.core.names import PartyId
from cellchain.ledger.contract import Event, Message, present

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.ledger.contract import Book, Context

DUE_MAX, AGENDA_MAX = 4, 64
"""Proposals that may be due at one height, which bounds the time of its block; and in all."""


class Vote(Message, frozen=True, kw_only=True, tag="governance.vote/1"):
    """The sender is for a proposal or against it; it may think again while the vote is open."""

    four_eyes = True

    proposal: ProposalId
    approve: bool

    def decide(self, book: Book, context: Context) -> Iterator[Voted | Accepted | Due | Rejected]:
        """A member with a seat; the vote that settles it puts it on the agenda."""
        constitution = require_seat(book, context.sender)
        _check_open(book.get(Proposal, self.proposal), self.proposal, context)
        yield Voted(proposal=self.proposal, party=context.sender, approve=self.approve)
        found = book.get(Proposal, self.proposal)
        settled = verdict(found, constitution, standing(book, constitution))
        if settled == "accepted":
            due = found.executes_height or context.height + 1
            _check_room(book, due)
            yield Accepted(proposal=self.proposal, due_height=due)
            yield Due(chain=CHAIN, height=due, proposal=self.proposal)
        elif settled == "rejected":
            yield Rejected(proposal=self.proposal)


class Voted(Event[Proposal], frozen=True, kw_only=True, tag="governance.voted/1"):
    """A member said what it thinks."""

    subject_field = "proposal"
    proposal: ProposalId
    party: PartyId
    approve: bool

    def evolve(self, record: Proposal | None) -> Proposal:
        """What it said before counts no longer."""
        found = present(record)
        others = [vote for vote in found.votes if vote[0] != self.party]
        return replace(found, votes=tuple(sorted([*others, (self.party, self.approve)])))


class Accepted(Event[Proposal], frozen=True, kw_only=True, tag="governance.accepted/1"):
    """A proposal will happen."""

    subject_field = "proposal"
    proposal: ProposalId
    due_height: int

    def evolve(self, record: Proposal | None) -> Proposal:
        """The vote is over."""
        return replace(present(record), state="accepted", due_height=self.due_height)


class Due(Event[Agenda], frozen=True, kw_only=True, tag="governance.due/1"):
    """A proposal is on the agenda of a height."""

    subject_field = "chain"
    chain: str
    height: int
    proposal: ProposalId

    def evolve(self, record: Agenda | None) -> Agenda:
        """It comes after what is due at that height."""
        before = () if record is None else record.due
        return Agenda(due=tuple(sorted((*before, (self.height, self.proposal)), key=_height)))


class Rejected(Event[Proposal], frozen=True, kw_only=True, tag="governance.rejected/1"):
    """A proposal will not happen: too few are left who could be for it."""

    subject_field = "proposal"
    proposal: ProposalId

    def evolve(self, record: Proposal | None) -> Proposal:
        """The vote is over."""
        return replace(present(record), state="rejected")


def _height(one: tuple[int, ProposalId]) -> int:
    return one[0]


def _check_open(found: Proposal, proposal: ProposalId, context: Context) -> None:
    if found.state != "open":
        raise Refused("governance.settled", f"{proposal} is {found.state.replace('_', ' ')}")
    if context.time_ms >= found.expires_ms:
        raise Refused(
            "governance.expired",
            f"the vote ended at {found.expires_ms} ms; it is {context.time_ms}",
        )
    if found.executes_height is not None and context.height >= found.executes_height:
        raise Refused(
            "governance.expired",
            f"{proposal} was for block {found.executes_height}; this is {context.height}",
        )


def _check_room(book: Book, due: int) -> None:
    agenda = book.find(Agenda, CHAIN)
    heights = [] if agenda is None else [height for height, _ in agenda.due]
    if heights.count(due) >= DUE_MAX or len(heights) >= AGENDA_MAX:
        raise Refused(
            "governance.agenda_full",
            f"{heights.count(due)} proposals are due at block {due}, {len(heights)} in all; at most"
            f" {DUE_MAX} and {AGENDA_MAX} may be",
            remedy="vote in a later block, or propose it for another height",
        )
