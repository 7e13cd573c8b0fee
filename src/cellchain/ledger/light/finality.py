"""Finality of a consortium: the light blocks from where trust begins to who carries an app hash.

    the state after block H of the ledger  ←  header H + 1 carries its app hash, signed by more
                                              than two thirds of the validators' power

A network counts its own blocks from 1 on: its header N is about the state after block
N − 1 + began_at of the ledger. A block without transactions leaves the app hash as it is, so that a
later header vouches for the same state; the height that is told is that of the header that does.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec

from cellchain.core.errors import Refused
from cellchain.ledger.light.bisection import BLOCKS_MAX, convincing_path
from cellchain.ledger.light.block import HEIGHT_MAX, LightBlock, check_light_block
from cellchain.ledger.light.evidence import conflict_of
from cellchain.ledger.light.timestamp import timestamp_of
from cellchain.ledger.light.trust import ConsortiumTrust, GenesisTrust, HeaderTrust, PinTrust
from cellchain.ledger.light.verification import (
    Believed,
    believe,
    believe_genesis,
    check_commit,
    check_overlap,
    verify_next,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cellchain.ledger.light.bisection import LightBlocks

_EVER_S = 10**10
"""A prover finds a way however old its beginning is: whether it counts is for the verifier."""


class ConsortiumFinality(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True,
    tag_field="kind", tag="finality.comet/1",
):  # fmt: skip
    """The header that carries the app hash, behind those that lead to it."""

    height: int
    """Of the block of the ledger after which the state was so; a `PinTrust` does not bind it."""
    blocks: tuple[LightBlock, ...] = ()
    """The last one carries the app hash; none: nobody has been asked for them yet."""


def check_consortium(
    finality: ConsortiumFinality, app_hash: bytes, trust: ConsortiumTrust, now_ms: int
) -> LightBlock:
    """Return the light block that vouches for ``app_hash``.

    Args:
        finality: Said by the proof.
        app_hash: Proved by its state part.
        trust: Where the verifier's trust begins.
        now_ms: The verifier's time, or when it received the proof.

    Raises:
        Refused: ``proof.malformed``; ``proof.app_hash``: the header carries another;
            ``proof.untrusted``: no way from ``trust`` to the header; ``proof.trust_expired``;
            ``proof.height``: it is about another block than it says; ``light.…``: the first step
            that does not hold; ``light.conflict``: two headers of one height are signed.
    """
    blocks = finality.blocks
    _check_form(finality)
    last = blocks[-1]
    if last.header.app_hash != app_hash.hex():
        raise Refused("proof.app_hash", "the header does not carry the app hash that was proved")
    began_at = finality.height + 1 - last.height
    if began_at < 0:
        raise Refused("proof.height", f"header {last.height} is not about block {finality.height}")
    if not isinstance(trust, PinTrust) and began_at != trust.began_at:
        raise Refused(
            "proof.height",
            f"header {last.height} is about block {last.height - 1 + trust.began_at} of the ledger,"
            f" not about block {finality.height}",
        )
    believed, rest = _beginning(blocks, trust)
    now = timestamp_of(now_ms)
    for block in rest:
        believed = verify_next(believed, block, now)
    return last


def vouch(
    blocks: LightBlocks, target: LightBlock, trust: GenesisTrust, since: int | None = None
) -> tuple[LightBlock, ...]:
    """Return the light blocks of a proof that ends with ``target``.

    Args:
        blocks: A node of the network.
        target: The header that carries the app hash.
        trust: The genesis, where the way begins.
        since: A height, where it begins there instead, with that very header.

    Raises:
        Refused: ``light.…``; ``proof.since``: that height is later than the header.
    """
    now = target.header.time
    if since is None:
        believed = believe_genesis(trust.chain, trust.time, trust.validators)
        return convincing_path(believed, target, blocks, now, period_s=_EVER_S)
    if not 1 <= since <= target.height:
        raise Refused("proof.since", f"header {since} is not among those up to {target.height}")
    first = blocks.at(since)
    if since == target.height:
        return (first,)
    return (first, *convincing_path(believe(first), target, blocks, now, period_s=_EVER_S))


def _check_form(finality: ConsortiumFinality) -> None:
    blocks = finality.blocks
    if not 1 <= len(blocks) <= BLOCKS_MAX or not 0 <= finality.height <= HEIGHT_MAX:
        raise Refused("proof.malformed", f"{len(blocks)} headers; 1 to {BLOCKS_MAX}")
    heights = [block.height for block in blocks]
    if any(late <= early for early, late in pairwise(heights)):
        raise Refused("proof.malformed", "the heights of the headers do not rise")
    for block in blocks:
        check_light_block(block)


def _beginning(
    blocks: Sequence[LightBlock], trust: ConsortiumTrust
) -> tuple[Believed, Sequence[LightBlock]]:
    """Return what is believed at first, and the light blocks that have to follow from it."""
    match trust:
        case GenesisTrust():
            return believe_genesis(trust.chain, trust.time, trust.validators), blocks
        case HeaderTrust(block=pinned):
            _check_no_other(blocks, pinned)
        case PinTrust():
            pinned = _pinned(blocks, trust)
    rest = [block for block in blocks if block.height > pinned.height]
    if not rest and blocks[-1].height != pinned.height:
        raise Refused(
            "proof.untrusted",
            f"header {blocks[-1].height} is older than header {pinned.height}, which is trusted",
            remedy="trust an earlier header, or have the proof cut anew",
        )
    return believe(pinned), rest


def _check_no_other(blocks: Sequence[LightBlock], pinned: LightBlock) -> None:
    """Refuse a proof with another header than the pinned one at its height."""
    for block in blocks:
        if block.height == pinned.height and block.header.hash != pinned.header.hash:
            check_overlap(pinned.validators, block)  # what strangers made up shows nothing
            check_commit(block)
            conflict = conflict_of(pinned, block)
            if conflict is None:
                raise Refused("light.chain", f"header {block.height} is of another chain")
            raise conflict.refusal()


def _pinned(blocks: Sequence[LightBlock], trust: PinTrust) -> LightBlock:
    for block in blocks:
        if block.height == trust.height and block.header.hash.hex() == trust.hash:
            check_commit(block)
            return block
    raise Refused(
        "proof.untrusted",
        f"the proof holds no header {trust.height} with the hash that is trusted",
        remedy=f"have it cut with --since {trust.height}, or trust a header file",
    )
