"""What the ledger remembers about how its members decide, and what they decided."""

from __future__ import annotations

from typing import Any, NewType

import msgspec

from cellchain.core.names import KeyId, PartyId
from cellchain.ledger.contract import Record
from cellchain.ledger.parameters import Parameters

ProposalId = NewType("ProposalId", str)
"""Who proposed it, a colon, and what it calls it: nobody takes a name that another announced."""

CHAIN = "chain"
"""Subject of the records of which there is one."""
PPM = 1_000_000


class Seat(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A party that votes."""

    party: PartyId
    weight: int
    """1 to 1,000,000; 0, in a change: no seat any longer."""


class Rules(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """How votes decide."""

    accept_ppm: int = 666_667
    """Share of the whole weight, in millionths, that accepts a proposal: more than half of it."""
    validator_change_max_ppm: int = 333_334
    """Share of the validators' power, in millionths, that one change may add or take away. Beyond a
    third, whoever trusts the validators of before no longer knows enough of those after."""
    suspending_seats: int = 2
    """How many seats suspend a key without a vote, whatever their weight."""
    voting_ms_max: int = 30 * 24 * 3_600_000
    """The longest time that a proposal may stay open, milliseconds."""


class ValidatorSeat(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False
):
    """A node that votes on blocks."""

    key: KeyId
    """Ed25519."""
    party: PartyId
    """Who runs it."""
    power: int
    """1 to 1,000,000,000; 0, in a change: it votes no longer."""


class Constitution(Record, frozen=True, kw_only=True, tag="governance.constitution/1"):
    """Who votes on proposals and how votes decide. Subject: `CHAIN`."""

    seats: tuple[Seat, ...]
    """In order of their parties."""
    rules: Rules = Rules()


class Validators(Record, frozen=True, kw_only=True, tag="governance.validators/1"):
    """Which nodes vote on blocks, from the block after next on. Subject: `CHAIN`."""

    nodes: tuple[ValidatorSeat, ...]
    """In order of their keys."""
    height: int
    """Of the block that chose them; they vote from the second block behind it on."""


class Agreement(Record, frozen=True, kw_only=True, tag="governance.agreement/1"):
    """The parameters in force from the next block on. Subject: `CHAIN`."""

    parameters: Parameters


class Proposal(Record, frozen=True, kw_only=True, tag="governance.proposal/1"):
    """What somebody proposed, who voted how, and what became of it. Subject: `ProposalId`."""

    proposer: PartyId
    summary: str
    """For people."""
    actions: tuple[Any, ...]
    """The messages that happen if it is accepted, as they stood in the proposal."""
    expires_ms: int
    """First moment at which nobody votes on it any more."""
    executes_height: int | None = None
    """The height that it was proposed for; ``None``: right after it is accepted."""
    votes: tuple[tuple[PartyId, bool], ...] = ()
    """Who is for it or against it, in order of the parties."""
    state: str = "open"
    """``open``, ``accepted``, ``rejected``, ``executed`` or ``given_up``."""
    due_height: int | None = None
    """When it happens, once it is accepted."""
    code: str = ""
    """Why it did not happen when it was due."""


class Agenda(Record, frozen=True, kw_only=True, tag="governance.agenda/1"):
    """What was accepted and has not happened yet. Subject: `CHAIN`."""

    due: tuple[tuple[int, ProposalId], ...]
    """Height and proposal; by height, then in the order in which they were accepted."""


class Alarm(Record, frozen=True, kw_only=True, tag="governance.alarm/1"):
    """Who wants a key suspended at once. Subject: `KeyId`."""

    parties: tuple[PartyId, ...]
    """In order of their names."""
    expires_ms: int
    """First moment at which these wishes count no longer."""
