"""The port `cellchain.ledger.governing.Governing`, filled from the records of this contract."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from cellchain.contracts.governance.execute import Execute
from cellchain.contracts.governance.give_up import GiveUp
from cellchain.contracts.governance.record import CHAIN, Agenda, Agreement, Validators
from cellchain.contracts.membership import GOVERNANCE
from cellchain.ledger.governing import Due

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cellchain.contracts.governance.record import ProposalId
    from cellchain.core.names import KeyId
    from cellchain.ledger.contract import Book
    from cellchain.ledger.governing import Governing
    from cellchain.ledger.parameters import Parameters


class Voting:
    """Says what was voted for."""

    __slots__ = ()

    def parameters(self, book: Book) -> Parameters | None:
        """Return the parameters in force after these records; ``None``: those of the genesis."""
        found = book.find(Agreement, CHAIN)
        return None if found is None else found.parameters

    def validators(self, book: Book) -> dict[KeyId, int] | None:
        """Return who votes on blocks, with what power; ``None``: nobody was ever named."""
        found = book.find(Validators, CHAIN)
        return None if found is None else {one.key: one.power for one in found.nodes}

    def due(self, book: Book, height: int) -> Sequence[Due]:
        """Return what is due at the beginning of block ``height``, in order."""
        found = book.find(Agenda, CHAIN)
        return [
            Due(
                sender=GOVERNANCE,
                message=Execute(proposal=one),
                refused=partial(_given_up, one),
            )
            for due_height, one in (found.due if found else ())
            if due_height <= height
        ]


GOVERNING: Governing = Voting()
"""The port, ready to be plugged in."""


def _given_up(proposal: ProposalId, code: str) -> GiveUp:
    return GiveUp(proposal=proposal, code=code)
