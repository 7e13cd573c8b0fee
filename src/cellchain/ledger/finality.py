"""Finality of the solo engine: who vouches for an app hash, and why a stranger may believe it.

A signed header carries the app hash after its block. The verifier starts from something it
already trusts, and a chain of rotation headers leads from there to the key that signed.

    trusted key       → (rotations) → the header's operator
    trusted genesis   → its operator → (rotations) → the header's operator
    trusted header    → the very header, or its operator → (rotations) → …
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from cellchain.core.errors import Refused
from cellchain.core.names import KeyId
from cellchain.crypto.note import VerifierKey, parse_verifier_key
from cellchain.ledger.engine.solo import read_header
from cellchain.ledger.header import (
    Header,
    SignedHeader,
    header_signature_good,
    operator_after,
    parse_signed_header,
)
from cellchain.ledger.parameters import parse_genesis
from cellchain.ledger.store import ROTATION

if TYPE_CHECKING:
    from cellchain.ledger.state import State

ROTATIONS_MAX = 1_000
TRUST_BYTES_MAX = 4_000_000


class Finality(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True,
    tag_field="kind", tag="finality.solo/1",
):  # fmt: skip
    """The header that carries the app hash, and the rotations since genesis."""

    header: SignedHeader
    rotations: tuple[SignedHeader, ...] = ()


class Trust(msgspec.Struct, frozen=True, kw_only=True):
    """What a verifier believes without proof: operator's keys of one chain, and how it knows."""

    chain: str
    operators: tuple[KeyId, ...]
    header: Header | None = None
    """A header it has pinned."""


def finality_at(state: State, height: int) -> Finality:
    """Return the finality of block ``height``."""
    rotations = [
        parse_signed_header(data) for _, data in state.store.scan(ROTATION, ROTATION + b"\xff")
    ]
    earlier = tuple(signed for signed in rotations if signed.header.height < height)
    return Finality(header=read_header(state.store, height), rotations=earlier)


def check_finality(finality: Finality, app_hash: bytes, trust: Trust) -> Header:
    """Return the header that vouches for ``app_hash``.

    Raises:
        Refused: ``proof.app_hash``: the header carries another; ``proof.chain``: of another chain;
            ``proof.untrusted``: no way from ``trust`` to the key that signed;
            ``proof.header_signature``.
    """
    header = finality.header.header
    if header.app_hash != app_hash.hex():
        raise Refused("proof.app_hash", "the header does not carry the app hash that was proved")
    if header.chain != trust.chain:
        raise Refused("proof.chain", f"a proof of chain {header.chain!r}, not {trust.chain!r}")
    if not header_signature_good(finality.header):
        raise Refused("proof.header_signature", f"header {header.height} is not signed as it says")
    if header != trust.header and header.operator not in _reachable(finality, trust):
        raise Refused(
            "proof.untrusted",
            f"signed by {header.operator}, which is not the trusted key nor follows from it",
        )
    return header


def parse_trust(data: bytes) -> Trust:
    """Return what a file given as trust says: a verifier key, a header or a genesis.

    Raises:
        Refused: ``trust.unreadable``: it is none of these.
    """
    if len(data) > TRUST_BYTES_MAX:
        raise Refused("trust.unreadable", f"{len(data)} bytes are no key, header or genesis")
    if not data.startswith(b"{"):
        return _trusted_keys(data)
    if data.startswith(b'{"header":'):
        signed = parse_signed_header(data)
        if not header_signature_good(signed):
            raise Refused("trust.unreadable", "the header is not signed as it says")
        header = signed.header
        following = header.next_operator or header.operator
        return Trust(chain=header.chain, operators=(following,), header=header)
    genesis = parse_genesis(data)
    return Trust(chain=genesis.chain, operators=(genesis.operator,))


def _trusted_keys(data: bytes) -> Trust:
    try:
        lines = data.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise Refused("trust.unreadable", "no key, header or genesis in this file") from error
    keys: list[VerifierKey] = [parse_verifier_key(line) for line in lines if line]
    chains = {key.name for key in keys}
    if len(chains) != 1:
        raise Refused("trust.unreadable", f"keys of {len(chains)} chains; expected those of one")
    operators = tuple(KeyId(key.public_key.hex()) for key in keys)
    return Trust(chain=keys[0].name, operators=operators)


def _reachable(finality: Finality, trust: Trust) -> set[KeyId]:
    """Return the trusted keys and the key that the rotations lead to from one of them."""
    if len(finality.rotations) > ROTATIONS_MAX:
        raise Refused("proof.malformed", f"more than {ROTATIONS_MAX} rotations")
    reachable = set(trust.operators)
    for place, signed in enumerate(finality.rotations):
        if signed.header.operator in reachable and signed.header.chain == trust.chain:
            rest = finality.rotations[place:]
            reachable.add(operator_after(signed.header.operator, rest))
            break
    return reachable
