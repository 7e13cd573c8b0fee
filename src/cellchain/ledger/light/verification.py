"""May a header be believed, given one that is? The rules of CometBFT's light client.

    the next height     its validators are those that the believed header named before
    a later height      more than a third of the believed validators' power signed it
    both                more than two thirds of its own validators' power signed it; same chain,
                        greater height, later time, not from the future; and what is believed is
                        not older than the trusting period

Source: ``VerifyAdjacent`` and ``VerifyNonAdjacent`` (light/verifier.go), ``VerifyCommitLight`` and
``VerifyCommitLightTrusting`` (types/validation.go) of CometBFT v0.39.4. As there, votes are counted
in order and no further than is enough: a bad signature behind that harms nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from cellchain.core.errors import Refused
from cellchain.core.time import format_time
from cellchain.crypto.signatures import verify
from cellchain.ledger.light.block import (
    LightBlock,
    Validator,
    ValidatorVote,
    check_light_block,
    total_power,
    validators_hash,
)
from cellchain.ledger.light.timestamp import Timestamp

if TYPE_CHECKING:
    from collections.abc import Sequence

TRUSTING_PERIOD_S = 9 * 24 * 3600
"""How long validators answer for what they signed: well below the 14 days in which they can be
shown to have voted twice, so that there is time to show it."""
CLOCK_DRIFT_S = 10
"""How far a header may be ahead of the verifier's clock."""


class Believed(msgspec.Struct, frozen=True, kw_only=True):
    """What a verifier believes of a chain so far."""

    chain: str
    height: int
    """0: its genesis, which no header says."""
    time: Timestamp
    validators: tuple[Validator, ...]
    next_validators: str
    """Hash of those of the next height."""


def believe(block: LightBlock) -> Believed:
    """Return what is believed of a chain with ``block``."""
    header = block.header
    return Believed(
        chain=header.chain,
        height=header.height,
        time=header.time,
        validators=block.validators,
        next_validators=header.next_validators,
    )


def believe_genesis(chain: str, time: Timestamp, validators: tuple[Validator, ...]) -> Believed:
    """Return what is believed of a chain with its genesis, whose validators decide block 1."""
    return Believed(
        chain=chain,
        height=0,
        time=time,
        validators=validators,
        next_validators=validators_hash(validators),
    )


def check_fresh(believed: Believed, now: Timestamp, period_s: int = TRUSTING_PERIOD_S) -> None:
    """Refuse to go on from what is older than the trusting period.

    Raises:
        Refused: ``proof.trust_expired``.
    """
    ends = believed.time.plus(period_s)
    if ends <= now:
        raise Refused(
            "proof.trust_expired",
            f"what is trusted is of {format_time(believed.time.time_ms)} and counts until"
            f" {format_time(ends.time_ms)}; the proof is checked as of {format_time(now.time_ms)}",
            remedy="trust a newer header (cellchain node header), or say with --at when you"
            " received the proof",
        )


def verify_next(
    believed: Believed, block: LightBlock, now: Timestamp, *, period_s: int = TRUSTING_PERIOD_S
) -> Believed:
    """Return what is believed with ``block``, if what was ``believed`` vouches for it.

    Raises:
        Refused: ``proof.trust_expired``; ``light.malformed``, ``light.chain``, ``light.height``,
            ``light.time``, ``light.future``, ``light.validators``: the header cannot follow;
            ``light.signature``, ``light.few_votes``: its validators did not sign it;
            ``light.far``: too few of those that are believed did, a header between may help.
    """
    check_fresh(believed, now, period_s)
    _check_header(believed, block, now)
    if block.height == believed.height + 1:
        if block.header.validators != believed.next_validators:
            raise Refused(
                "light.validators",
                f"header {block.height} has the validators {block.header.validators} instead of"
                f" {believed.next_validators}, whom the header before named",
            )
    else:
        check_overlap(believed.validators, block)
    check_commit(block)
    return believe(block)


def check_overlap(validators: Sequence[Validator], block: LightBlock) -> None:
    """Refuse a block for which not more than a third of the power of ``validators`` voted.

    Raises:
        Refused: ``light.signature``, ``light.far``.
    """
    needed = total_power(validators) // 3
    _need(block, validators, needed, "light.far", "of the validators that are trusted")


def check_commit(block: LightBlock) -> None:
    """Refuse a block for which not more than two thirds of its own validators' power voted.

    Raises:
        Refused: ``light.signature``, ``light.few_votes``.
    """
    needed = total_power(block.validators) * 2 // 3
    _need(block, block.validators, needed, "light.few_votes", "of its own validators")


def verified_signers(block: LightBlock) -> tuple[Validator, ...]:
    """Return the validators whose votes hold: what is enough is believed, this is what is told."""
    return tuple(
        validator
        for validator, vote in zip(block.validators, block.votes, strict=True)
        if vote is not None and _signed(block, validator, vote)
    )


def only_verified(block: LightBlock) -> LightBlock:
    """Return ``block`` with the votes that hold.

    CometBFT takes crafted signatures that our library refuses (ADR 6): one validator could spoil
    every proof with them, if they were not left out.
    """
    good = {one.key for one in verified_signers(block)}
    pairs = zip(block.validators, block.votes, strict=True)
    votes = tuple(vote if one.key in good else None for one, vote in pairs)
    return msgspec.structs.replace(block, votes=votes)


def _signed(block: LightBlock, validator: Validator, vote: ValidatorVote) -> bool:
    key, signature = bytes.fromhex(validator.key), bytes.fromhex(vote.signature)
    return verify(key, block.sign_bytes(vote.time), signature)


def _check_header(believed: Believed, block: LightBlock, now: Timestamp) -> None:
    check_light_block(block)
    header = block.header
    if header.chain != believed.chain:
        raise Refused("light.chain", f"a header of {header.chain!r}, not of {believed.chain!r}")
    if header.height <= believed.height:
        raise Refused("light.height", f"header {header.height} after header {believed.height}")
    # Block 1 has the time of the genesis.
    first = believed.height == 0 and header.height == 1
    if header.time < believed.time or (header.time == believed.time and not first):
        raise Refused(
            "light.time", f"header {header.height} is not later than header {believed.height}"
        )
    if header.time >= now.plus(CLOCK_DRIFT_S):
        raise Refused(
            "light.future",
            f"header {header.height} is of {format_time(header.time.time_ms)}, and it is"
            f" {format_time(now.time_ms)}",
            remedy="set the clock of this machine, or say with --at when you received the proof",
        )


def _need(  # what of whom is needed for what
    block: LightBlock, validators: Sequence[Validator], needed: int, code: str, whose: str
) -> None:
    """Refuse, with ``code``, votes of ``validators`` that do not weigh more than ``needed``."""
    powers = {one.key: one.power for one in validators}
    reached = 0
    for validator, vote in zip(block.validators, block.votes, strict=True):
        if vote is None or validator.key not in powers:
            continue
        if not _signed(block, validator, vote):
            raise Refused(
                "light.signature",
                f"validator {validator.address} did not sign header {block.height}",
            )
        reached += powers[validator.key]
        if reached > needed:
            return
    raise Refused(
        code,
        f"votes for header {block.height} weigh {reached} {whose}; more than {needed} of"
        f" {total_power(validators)} are needed",
    )
