"""Questions that the rules of this contract ask: who has a seat, how a vote stands."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from cellchain.contracts.governance.record import CHAIN, PPM, Constitution, Rules, Seat
from cellchain.contracts.membership import Party, require_party
from cellchain.core.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cellchain.contracts.governance.record import Proposal
    from cellchain.core.names import PartyId
    from cellchain.ledger.contract import Book, Context

SEATS_MAX = 100
WEIGHT_MAX = 1_000_000
VOTING_MS = (3_600_000, 366 * 24 * 3_600_000)
"""A vote may last an hour at least: shorter ones nobody could win."""


def require_seat(book: Book, party: PartyId) -> Constitution:
    """Return the constitution; refuse a party without a seat, or suspended.

    Raises:
        Refused: ``governance.unknown_constitution``, ``governance.no_seat``, ``membership.…``.
    """
    constitution = book.get(Constitution, CHAIN)
    if all(seat.party != party for seat in constitution.seats):
        raise Refused("governance.no_seat", f"{party} has no seat, and no vote")
    require_party(book, party)
    return constitution


def require_vote(context: Context) -> None:
    """Refuse whoever asks for something that only a vote brings about."""
    if context.sender != context.contract:
        raise Refused(
            "governance.by_vote_only",
            f"{context.sender} cannot have this by asking",
            remedy="propose it: governance.propose",
        )


def check_seats(seats: tuple[Seat, ...], rules: Rules) -> None:
    """Refuse seats that are no electorate under ``rules``.

    More than a third of them silence a key: fewer could silence those who would let it speak again.

    Raises:
        Refused: ``governance.seats``.
    """
    names = [seat.party for seat in seats]
    if not 1 <= len(seats) <= SEATS_MAX or any(a >= b for a, b in pairwise(names)):
        raise Refused(
            "governance.seats",
            f"{len(seats)} seats; 1 to {SEATS_MAX} parties vote, once each, in order of their ids",
        )
    if any(not 1 <= seat.weight <= WEIGHT_MAX for seat in seats):
        raise Refused("governance.seats", f"a weight is 1 to {WEIGHT_MAX}")
    if not len(seats) < 3 * rules.suspending_seats <= 3 * len(seats):
        raise Refused(
            "governance.seats",
            f"{rules.suspending_seats} of {len(seats)} seats silence a key; more than a third do",
        )


def require_members(book: Book, parties: Iterable[PartyId]) -> None:
    """Refuse parties that are not registered and active; a contract does not vote.

    Raises:
        Refused: ``membership.unknown_party``, ``membership.suspended``.
    """
    for party in parties:
        book.get(Party, party)
        require_party(book, party)


def check_rules(rules: Rules) -> None:
    """Refuse rules under which half of the weight decides, or no vote ever ends.

    Raises:
        Refused: ``governance.rules``.
    """
    spans = (
        ("accept_ppm", rules.accept_ppm, PPM // 2 + 1, PPM),
        ("validator_change_max_ppm", rules.validator_change_max_ppm, 1, PPM),
        ("voting_ms_max", rules.voting_ms_max, *VOTING_MS),
    )
    for name, value, low, high in spans:
        if not low <= value <= high:
            raise Refused("governance.rules", f"{name} is {value}, not {low} to {high}")


def standing(book: Book, constitution: Constitution) -> dict[PartyId, int]:
    """Return the weight of each seat; 0 while its party is suspended."""
    parties = {seat.party: book.get(Party, seat.party) for seat in constitution.seats}
    return {
        seat.party: 0 if parties[seat.party].suspended else seat.weight
        for seat in constitution.seats
    }


def verdict(proposal: Proposal, constitution: Constitution, weights: Mapping[PartyId, int]) -> str:
    """Return ``accepted``, ``rejected`` or ``open``, by the seats and rules as they are now.

    accepted where  Σ weight for      ≥ accept_ppm / 10⁶ · Σ weight
    rejected where  Σ weight not against < accept_ppm / 10⁶ · Σ weight: nobody left could change it

    ``weights`` says whose votes count now (`standing`); the whole weight is that of all seats.
    """
    total = sum(seat.weight for seat in constitution.seats)
    wanted = constitution.rules.accept_ppm * total
    in_favour = sum(weights.get(party, 0) for party, approved in proposal.votes if approved)
    against = sum(weights.get(party, 0) for party, approved in proposal.votes if not approved)
    if in_favour * PPM >= wanted:
        return "accepted"
    return "rejected" if (total - against) * PPM < wanted else "open"
