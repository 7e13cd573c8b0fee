"""Who vouches for a state, once that is checked: an operator, or the validators of a consortium."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from cellchain.core.errors import Refused
from cellchain.core.time import format_time
from cellchain.ledger.finality import Finality, Trust, check_finality
from cellchain.ledger.light import (
    GenesisTrust,
    HeaderTrust,
    PinTrust,
    check_consortium,
    verified_signers,
)
from cellchain.ledger.proof import proved_app_hash

if TYPE_CHECKING:
    from cellchain.ledger.finality import AnyFinality, AnyTrust
    from cellchain.ledger.light import ConsortiumTrust, LightBlock
    from cellchain.ledger.proof import StatePart


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    """A header that validators signed, and where trust in it begins."""

    header: int
    """Its height, by the network's own count."""
    header_hash: str
    signers: tuple[str, ...]
    """Addresses of those who signed it."""
    validators: int
    power: int
    """Of those who signed it."""
    total_power: int
    root: str
    """Where trust begins, in words."""

    def sentence(self) -> str:
        """Return it as a sentence."""
        return (
            f"{len(self.signers)} of {self.validators} validators, with {self.power} of"
            f" {self.total_power} power, signed header {self.header}, which vouches for it;"
            f" trust begins with {self.root}."
        )


class Vouched(msgspec.Struct, frozen=True, kw_only=True):
    """After which block a state was so, and by whose word."""

    chain: str
    height: int | None
    """``None`` where what is trusted does not say at which block of the ledger a network began."""
    time_ms: int
    operator: str = ""
    signed: Signed | None = None


def vouched(finality: AnyFinality, part: StatePart, trust: AnyTrust, now_ms: int | None) -> Vouched:
    """Return who vouches for the state that ``part`` is about.

    Args:
        finality: As the proof says.
        part: Of the state.
        trust: What the verifier believes.
        now_ms: The verifier's time, or when it received the proof; a consortium's word ends.

    Raises:
        Refused: ``proof.…``, ``header.…`` or ``light.…``: the first step that does not hold;
            ``proof.untrusted``: the trust is of the other engine.
    """
    app_hash = proved_app_hash(part)
    if isinstance(finality, Finality) and isinstance(trust, Trust):
        header = check_finality(finality, app_hash, trust)
        if part.parameter_hash != header.parameter_hash:
            raise Refused("proof.parameters", "header and state name different parameters")
        return Vouched(
            chain=header.chain,
            height=header.height,
            time_ms=header.time_ms,
            operator=header.operator,
        )
    if isinstance(finality, Finality):
        raise Refused(
            "proof.untrusted",
            "an operator signed this before the validators began, and they do not vouch for it",
            remedy="trust operator.pub, or the genesis of the ledger",
        )
    if isinstance(trust, Trust):
        raise Refused(
            "proof.untrusted",
            "validators signed this, and an operator's key does not vouch for them",
            remedy="trust network.json, or a header: cellchain node header",
        )
    assert now_ms is not None  # a consortium's word is never judged without a clock
    last = check_consortium(finality, app_hash, trust, now_ms)
    return Vouched(
        chain=last.header.chain,
        height=None if isinstance(trust, PinTrust) else finality.height,
        time_ms=last.header.time.time_ms,
        signed=_signed(last, trust),
    )


def _signed(block: LightBlock, trust: ConsortiumTrust) -> Signed:
    signers = verified_signers(block)
    return Signed(
        header=block.height,
        header_hash=block.header.hash.hex(),
        signers=tuple(one.address for one in signers),
        validators=len(block.validators),
        power=sum(one.power for one in signers),
        total_power=sum(one.power for one in block.validators),
        root=_root_told(trust),
    )


def _root_told(trust: ConsortiumTrust) -> str:
    match trust:
        case GenesisTrust():
            return f"the network's genesis of {format_time(trust.time.time_ms)}"
        case HeaderTrust(block=block):
            return f"header {block.height}, {block.header.hash.hex()}"
        case PinTrust():
            return f"header {trust.height}, {trust.hash}"
