"""Execute: what was accepted happens at its height. The ledger itself sends this message."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from cellchain.contracts.governance.propose import OWN, Action
from cellchain.contracts.governance.record import CHAIN, Agenda, Proposal, ProposalId
from cellchain.contracts.governance.rights import require_vote
from cellchain.ledger.contract import Call, Event, Message, present

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.ledger.contract import AnyEvent, Book, Context


class Execute(Message, frozen=True, kw_only=True, tag="governance.execute/1"):
    """The contract asks itself to carry out what was accepted."""

    proposal: ProposalId

    def decide(self, book: Book, context: Context) -> Iterator[AnyEvent | Call]:
        """All actions or none, in the name of the contract."""
        require_vote(context)
        for plain in book.get(Proposal, self.proposal).actions:
            action: Message = msgspec.convert(plain, Action)
            if isinstance(action, OWN):
                yield from action.decide(book, context)
            else:
                yield Call(action, sender=context.contract)
        yield Executed(proposal=self.proposal)
        yield Settled(chain=CHAIN, proposal=self.proposal)


class Executed(Event[Proposal], frozen=True, kw_only=True, tag="governance.executed/1"):
    """What was accepted has happened."""

    subject_field = "proposal"
    proposal: ProposalId

    def evolve(self, record: Proposal | None) -> Proposal:
        """The record stays: who voted for it, and when it happened."""
        return replace(present(record), state="executed")


class Settled(Event[Agenda], frozen=True, kw_only=True, tag="governance.settled/1"):
    """A proposal is off the agenda."""

    subject_field = "chain"
    chain: str
    proposal: ProposalId

    def evolve(self, record: Agenda | None) -> Agenda | None:
        """An agenda ends with its last proposal."""
        rest = tuple(one for one in present(record).due if one[1] != self.proposal)
        return Agenda(due=rest) if rest else None
