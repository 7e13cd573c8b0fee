"""Questions that the rules of this contract ask: who has a seat, how a vote stands."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from cellchain.contracts.governance.record import CHAIN, PPM, Constitution, Rules, Seat
from cellchain.contracts.membership import require_party
from cellchain.core.errors import Refused

if TYPE_CHECKING:
    from cellchain.contracts.governance.record import Proposal
    from cellchain.core.names import PartyId
    from cellchain.ledger.contract import Book, Context

SEATS_MAX = 100
WEIGHT_MAX = 1_000_000
VOTING_MS_MAX = 366 * 24 * 3_600_000


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


def check_seats(book: Book, seats: tuple[Seat, ...], rules: Rules) -> None:
    """Refuse seats that are no electorate under ``rules``.

    Raises:
        Refused: ``governance.seats``, ``membership.unknown_party``, ``membership.suspended``.
    """
    names = [seat.party for seat in seats]
    if not 1 <= len(seats) <= SEATS_MAX or any(a >= b for a, b in pairwise(names)):
        raise Refused(
            "governance.seats",
            f"{len(seats)} seats; 1 to {SEATS_MAX} parties vote, once each, in order of their ids",
        )
    if any(not 1 <= seat.weight <= WEIGHT_MAX for seat in seats):
        raise Refused("governance.seats", f"a weight is 1 to {WEIGHT_MAX}")
    if not 1 <= rules.suspending_seats <= len(seats):
        raise Refused(
            "governance.seats", f"{rules.suspending_seats} of {len(seats)} seats cannot suspend"
        )
    for name in names:
        require_party(book, name)


def check_rules(rules: Rules) -> None:
    """Refuse rules under which half of the weight decides, or no vote ever ends.

    Raises:
        Refused: ``governance.rules``.
    """
    spans = (
        ("accept_ppm", rules.accept_ppm, PPM // 2 + 1, PPM),
        ("validator_change_max_ppm", rules.validator_change_max_ppm, 1, PPM),
        ("voting_ms_max", rules.voting_ms_max, 1, VOTING_MS_MAX),
    )
    for name, value, low, high in spans:
        if not low <= value <= high:
            raise Refused("governance.rules", f"{name} is {value}, not {low} to {high}")


def verdict(proposal: Proposal, constitution: Constitution) -> str:
    """Return ``accepted``, ``rejected`` or ``open``, by the seats and rules as they are now.

    accepted where  Σ weight for      ≥ accept_ppm / 10⁶ · Σ weight
    rejected where  Σ weight not against < accept_ppm / 10⁶ · Σ weight: nobody left could change it
    """
    weights = {seat.party: seat.weight for seat in constitution.seats}
    total = sum(weights.values())
    wanted = constitution.rules.accept_ppm * total
    in_favour = sum(weights.get(party, 0) for party, approved in proposal.votes if approved)
    against = sum(weights.get(party, 0) for party, approved in proposal.votes if not approved)
    if in_favour * PPM >= wanted:
        return "accepted"
    return "rejected" if (total - against) * PPM < wanted else "open"
