"""Give up: what was accepted cannot happen. The ledger itself sends this message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from cellchain.contracts.governance.execute import Settled
from cellchain.contracts.governance.record import CHAIN, Proposal, ProposalId
from cellchain.contracts.governance.rights import require_vote
from cellchain.ledger.contract import Event, Message, present

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.ledger.contract import AnyEvent, Book, Context


class GiveUp(Message, frozen=True, kw_only=True, tag="governance.give_up/1"):
    """The contract tells itself that the rules refused what was due."""

    proposal: ProposalId
    code: str

    def decide(self, _: Book, context: Context) -> Iterator[AnyEvent]:
        """Nothing else happens; it may be proposed again under another name."""
        require_vote(context)
        yield GivenUp(proposal=self.proposal, code=self.code)
        yield Settled(chain=CHAIN, proposal=self.proposal)


class GivenUp(Event[Proposal], frozen=True, kw_only=True, tag="governance.given_up/1"):
    """What was accepted did not happen when it was due."""

    subject_field = "proposal"
    proposal: ProposalId
    code: str
    """Of the rule that refused it."""

    def evolve(self, record: Proposal | None) -> Proposal:
        """The record stays, with why."""
        return replace(present(record), state="given_up", code=self.code)
