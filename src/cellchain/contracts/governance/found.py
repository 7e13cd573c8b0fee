"""Found: the members begin to decide by votes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.contracts.governance.record import (
    CHAIN,
    Constitution,
    Rules,
    Seat,
    ValidatorSeat,
)
from cellchain.contracts.governance.rights import check_rules, check_seats, require_members
from cellchain.contracts.governance.set_validators import ValidatorsSet, check_nodes
from cellchain.contracts.membership import require_role
from cellchain.core.errors import Refused
from cellchain.ledger.contract import GENESIS, Event, Message, absent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.ledger.contract import Book, Context


class Found(Message, frozen=True, kw_only=True, tag="governance.found/1"):
    """The sender asks that these parties decide by votes from now on."""

    four_eyes = True

    seats: tuple[Seat, ...]
    """In order of their parties."""
    rules: Rules = Rules()
    validators: tuple[ValidatorSeat, ...] = ()
    """Which nodes vote on blocks, in order of their keys; none where one operator makes them."""

    def decide(self, book: Book, context: Context) -> Iterator[Founded | ValidatorsSet]:
        """Once; by the genesis file or an operator."""
        if context.sender != GENESIS:
            require_role(book, context.sender, "operator")
        if book.find(Constitution, CHAIN) is not None:
            raise Refused("governance.founded", "there is a constitution already; it is voted on")
        check_rules(self.rules)
        check_seats(self.seats, self.rules)
        require_members(book, (seat.party for seat in self.seats))
        yield Founded(chain=CHAIN, seats=self.seats, rules=self.rules)
        if self.validators:
            check_nodes(self.validators)
            require_members(book, (node.party for node in self.validators))
            yield ValidatorsSet(chain=CHAIN, nodes=self.validators, height=context.height)


class Founded(Event[Constitution], frozen=True, kw_only=True, tag="governance.founded/1"):
    """Votes decide from now on."""

    subject_field = "chain"
    chain: str
    seats: tuple[Seat, ...]
    rules: Rules

    def evolve(self, record: Constitution | None) -> Constitution:
        """It is changed by votes alone."""
        absent(record)
        return Constitution(seats=self.seats, rules=self.rules)
