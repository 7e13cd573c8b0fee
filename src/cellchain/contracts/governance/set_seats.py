"""Set seats: who votes, and with what weight."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from cellchain.contracts.governance.record import CHAIN, Constitution, Seat
from cellchain.contracts.governance.rights import check_seats, require_members, require_vote
from cellchain.core.errors import Refused
from cellchain.ledger.contract import Event, Message, present

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.ledger.contract import Book, Context


class SetSeats(Message, frozen=True, kw_only=True, tag="governance.set_seats/1"):
    """A vote gives these parties seats, other weights, or takes their seats away (weight 0)."""

    changes: tuple[Seat, ...]

    def decide(self, book: Book, context: Context) -> Iterator[SeatsSet]:
        """By vote; somebody is left to vote, and enough of them to suspend a key."""
        require_vote(context)
        constitution = book.get(Constitution, CHAIN)
        named = [seat.party for seat in self.changes]
        if not named or len(set(named)) < len(named):
            raise Refused("governance.seats", "a change names each party once, at least one")
        after = {seat.party: seat for seat in (*constitution.seats, *self.changes)}
        seats = tuple(after[party] for party in sorted(after) if after[party].weight)
        check_seats(seats, constitution.rules)
        require_members(book, (seat.party for seat in self.changes if seat.weight))
        yield SeatsSet(chain=CHAIN, seats=seats)


class SeatsSet(Event[Constitution], frozen=True, kw_only=True, tag="governance.seats_set/1"):
    """Other parties vote, or with other weights."""

    subject_field = "chain"
    chain: str
    seats: tuple[Seat, ...]

    def evolve(self, record: Constitution | None) -> Constitution:
        """Open votes are counted by these seats from now on."""
        return replace(present(record), seats=self.seats)
