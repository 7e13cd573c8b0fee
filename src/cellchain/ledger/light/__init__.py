"""The light client: what validators of a consortium signed, believed without running a node.

    trust root → (light blocks, each vouched for by the one before) → the header → app hash

Pure: no socket, no clock. The rules are those of CometBFT's own light client, package ``light`` and
``types`` of v0.39.4; signatures are checked by the one library that decides on the ledger.
"""

from cellchain.ledger.light.bisection import LightBlocks, convincing_path
from cellchain.ledger.light.block import (
    BlockHeader,
    BlockReference,
    LightBlock,
    Validator,
    ValidatorVote,
)
from cellchain.ledger.light.evidence import Conflict, conflict_of
from cellchain.ledger.light.finality import ConsortiumFinality, check_consortium, vouch
from cellchain.ledger.light.timestamp import Timestamp, parse_timestamp
from cellchain.ledger.light.trust import (
    ConsortiumTrust,
    GenesisTrust,
    HeaderTrust,
    PinTrust,
    encode_trust,
    parse_consortium_trust,
)
from cellchain.ledger.light.verification import (
    TRUSTING_PERIOD_S,
    Believed,
    believe,
    believe_genesis,
    only_verified,
    verified_signers,
    verify_next,
)

__all__ = [
    "TRUSTING_PERIOD_S",
    "Believed",
    "BlockHeader",
    "BlockReference",
    "Conflict",
    "ConsortiumFinality",
    "ConsortiumTrust",
    "GenesisTrust",
    "HeaderTrust",
    "LightBlock",
    "LightBlocks",
    "PinTrust",
    "Timestamp",
    "Validator",
    "ValidatorVote",
    "believe",
    "believe_genesis",
    "check_consortium",
    "conflict_of",
    "convincing_path",
    "encode_trust",
    "only_verified",
    "parse_consortium_trust",
    "parse_timestamp",
    "verified_signers",
    "verify_next",
    "vouch",
]
