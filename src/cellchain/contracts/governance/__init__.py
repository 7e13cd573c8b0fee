"""Governance: the members decide together about themselves, their nodes and their rules.

    found               the genesis or an operator says who votes, how, and which nodes make blocks
    propose             a member puts actions to the vote, for a height if it wants
    vote                … is for them or against them
    execute             the ledger carries out what was accepted, at its height; all of it or none
    give_up             … or notes why the rules refused it
    suspend_key         m of n members silence a key at once

What can be voted on: members (register_party, set_roles, suspend, restore), keys (revoke_key,
suspend_key, restore_key), and of this contract, which nobody can have by asking:

    set_seats           who votes, with what weight
    set_rules           how votes decide
    set_validators      which nodes make blocks, with what power
    set_parameters      gas, limits, quotas, versions of libraries
    enable_contracts    which contracts run, in which version

Invariant: nothing of these changes but by the share of the weight that the rules ask for, at the
beginning of the block it was accepted for; no change gives or takes more of the validators' power
than the rules allow; under any parameters that are voted for, a proposal can still be sent.
"""

from cellchain.contracts.governance.enable_contracts import ContractsEnabled, EnableContracts
from cellchain.contracts.governance.execute import Execute, Executed, Settled
from cellchain.contracts.governance.found import Found, Founded
from cellchain.contracts.governance.give_up import GivenUp, GiveUp
from cellchain.contracts.governance.governing import GOVERNING
from cellchain.contracts.governance.propose import Propose, Proposed
from cellchain.contracts.governance.record import (
    CHAIN,
    PPM,
    Agenda,
    Agreement,
    Alarm,
    Constitution,
    Proposal,
    ProposalId,
    Rules,
    Seat,
    Validators,
    ValidatorSeat,
)
from cellchain.contracts.governance.set_parameters import ParametersSet, SetParameters
from cellchain.contracts.governance.set_rules import RulesSet, SetRules
from cellchain.contracts.governance.set_seats import SeatsSet, SetSeats
from cellchain.contracts.governance.set_validators import SetValidators, ValidatorsSet
from cellchain.contracts.governance.suspend_key import Alarmed, AlarmEnded, SuspendKey
from cellchain.contracts.governance.vote import Accepted, Due, Rejected, Vote, Voted
from cellchain.ledger.contract import Contract

CONTRACT = Contract(
    name="governance",
    messages=(
        Found,
        Propose,
        Vote,
        Execute,
        GiveUp,
        SuspendKey,
        SetSeats,
        SetRules,
        SetValidators,
        SetParameters,
        EnableContracts,
    ),
    events=(
        Founded,
        SeatsSet,
        RulesSet,
        ValidatorsSet,
        ParametersSet,
        ContractsEnabled,
        Proposed,
        Voted,
        Accepted,
        Due,
        Rejected,
        Executed,
        Settled,
        GivenUp,
        Alarmed,
        AlarmEnded,
    ),
    leans_on=("membership",),
)

__all__ = [
    "CHAIN",
    "CONTRACT",
    "GOVERNING",
    "PPM",
    "Accepted",
    "Agenda",
    "Agreement",
    "Alarm",
    "AlarmEnded",
    "Alarmed",
    "Constitution",
    "ContractsEnabled",
    "Due",
    "EnableContracts",
    "Execute",
    "Executed",
    "Found",
    "Founded",
    "GiveUp",
    "GivenUp",
    "ParametersSet",
    "Proposal",
    "ProposalId",
    "Propose",
    "Proposed",
    "Rejected",
    "Rules",
    "RulesSet",
    "Seat",
    "SeatsSet",
    "SetParameters",
    "SetRules",
    "SetSeats",
    "SetValidators",
    "Settled",
    "SuspendKey",
    "ValidatorSeat",
    "Validators",
    "ValidatorsSet",
    "Vote",
    "Voted",
]
