"""Set validators: which nodes vote on blocks, and with what power."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from cellchain.contracts.governance.record import (
    CHAIN,
    PPM,
    Constitution,
    Validators,
    ValidatorSeat,
)
from cellchain.contracts.governance.rights import require_members, require_vote
from cellchain.core.errors import Refused
from cellchain.core.names import parse_key_id
from cellchain.ledger.contract import Event, Message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.ledger.contract import Book, Context

NODES_MAX = 100
POWER_MAX = 1_000_000_000


class SetValidators(Message, frozen=True, kw_only=True, tag="governance.set_validators/1"):
    """A vote lets nodes vote on blocks, with this power; with power 0 no longer.

    A key is rotated by taking its power and giving it to another in one change.
    """

    changes: tuple[ValidatorSeat, ...]

    def decide(self, book: Book, context: Context) -> Iterator[ValidatorsSet]:
        """By vote; no more power comes or goes at once than the rules allow."""
        require_vote(context)
        before = book.get(Validators, CHAIN).nodes
        nodes = changed(before, self.changes)
        check_nodes(nodes)
        require_members(book, (one.party for one in self.changes if one.power))
        _check_change(before, nodes, book.get(Constitution, CHAIN).rules.validator_change_max_ppm)
        yield ValidatorsSet(chain=CHAIN, nodes=nodes, height=context.height)


class ValidatorsSet(
    Event[Validators], frozen=True, kw_only=True, tag="governance.validators_set/1"
):
    """These nodes vote on blocks, from the block after next on."""

    subject_field = "chain"
    chain: str
    nodes: tuple[ValidatorSeat, ...]
    height: int

    def evolve(self, _: Validators | None) -> Validators:
        """Whoever is not named votes no longer."""
        return Validators(nodes=self.nodes, height=self.height)


def changed(
    before: tuple[ValidatorSeat, ...], changes: tuple[ValidatorSeat, ...]
) -> tuple[ValidatorSeat, ...]:
    """Return the validators after ``changes``, in order of their keys.

    Raises:
        Refused: ``governance.validators``: a key twice, or power taken from who has none.
    """
    named = [one.key for one in changes]
    if not changes or len(set(named)) < len(named):
        raise Refused("governance.validators", "a change names each key once, at least one")
    known = {one.key: one for one in before}
    for one in changes:
        if not one.power and one.key not in known:
            raise Refused("governance.validators", f"{one.key} is no validator")
        known[one.key] = one
    return tuple(known[key] for key in sorted(known) if known[key].power)


def check_nodes(nodes: tuple[ValidatorSeat, ...]) -> None:
    """Refuse validators that no network could have.

    Raises:
        Refused: ``governance.validators``, ``name.key``.
    """
    keys = [parse_key_id(one.key) for one in nodes]
    if not 1 <= len(nodes) <= NODES_MAX or any(a >= b for a, b in pairwise(keys)):
        raise Refused(
            "governance.validators",
            f"{len(nodes)} validators; 1 to {NODES_MAX} vote, once each, in order of their keys",
        )
    for one in nodes:
        if not 1 <= one.power <= POWER_MAX:
            raise Refused("governance.validators", f"power {one.power}; 1 to {POWER_MAX} is one")


def _check_change(
    before: tuple[ValidatorSeat, ...], after: tuple[ValidatorSeat, ...], max_ppm: int
) -> None:
    """Refuse a change that gives or takes more than a share of the power before it."""
    had = {one.key: one.power for one in before}
    has = {one.key: one.power for one in after}
    given = sum(max(0, power - had.get(key, 0)) for key, power in has.items())
    taken = sum(max(0, power - has.get(key, 0)) for key, power in had.items())
    total = sum(had.values())
    if max(given, taken) * PPM > max_ppm * total:
        raise Refused(
            "governance.validator_change",
            f"{given} of power come and {taken} go, of {total}; at most {max_ppm} millionths may"
            " at once",
            remedy="change it in steps, or vote on validator_change_max_ppm first",
        )
