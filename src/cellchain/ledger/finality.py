"""Finality of the solo engine: who vouches for an app hash, and why a stranger may believe it.

That of a consortium, whose validators vouch together, is in `cellchain.ledger.light`.

A signed header carries the app hash after its block. The verifier starts from something it
already trusts, and a chain of rotation headers leads from there to the key that signed.

    trusted key       → (rotations) → the header's operator
    former key        → the header, up to the last height that this key signed
    trusted genesis   → its operator → (rotations) → the header's operator
    trusted header    → the very header, or its operator → (rotations) → …

A key counts up to the rotation that ends it and no further, as far as the proof or the trust knows
of that rotation. A trust that is older than the rotation (a genesis, an old `.pub` file) knows of
none: whoever stole the retired key and leaves the rotation out convinces such a verifier still.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from cellchain.core.errors import Refused
from cellchain.core.names import KeyId
from cellchain.crypto.note import parse_verifier_key
from cellchain.ledger.decided import read_decided
from cellchain.ledger.engine.solo import read_header
from cellchain.ledger.header import (
    Header,
    SignedHeader,
    header_signature_good,
    operator_after,
    parse_signed_header,
)
from cellchain.ledger.light import ConsortiumFinality, ConsortiumTrust, parse_consortium_trust
from cellchain.ledger.parameters import parse_genesis
from cellchain.ledger.store import ROTATION

if TYPE_CHECKING:
    from cellchain.ledger.state import State

ROTATIONS_MAX = 1_000
TRUST_BYTES_MAX = 4_000_000
_HEIGHT = re.compile(r"[1-9][0-9]{0,15}")


class Finality(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True,
    tag_field="kind", tag="finality.solo/1",
):  # fmt: skip
    """The header that carries the app hash, and the rotations since genesis."""

    header: SignedHeader
    rotations: tuple[SignedHeader, ...] = ()


class Term(msgspec.Struct, frozen=True, kw_only=True):
    """A key of the operator and the headers that it may sign."""

    key: KeyId
    first_height: int = 1
    last_height: int | None = None
    """The height of the rotation that ended it; ``None`` where it is said to be in force."""


class Trust(msgspec.Struct, frozen=True, kw_only=True):
    """What a verifier believes without proof: operator's keys of one chain, and how it knows."""

    chain: str
    terms: tuple[Term, ...]
    header: Header | None = None
    """A header it has pinned."""


AnyFinality: TypeAlias = Finality | ConsortiumFinality
AnyTrust: TypeAlias = Trust | ConsortiumTrust


def finality_at(state: State, height: int) -> AnyFinality:
    """Return the finality of block ``height``.

    Where validators decided it their headers are still missing: their node has them
    (`cellchain.services.vouching`).
    """
    if read_decided(state.store, height) is not None:
        return ConsortiumFinality(height=height)
    earlier = tuple(one for one in operator_rotations(state) if one.header.height < height)
    return Finality(header=read_header(state.store, height), rotations=earlier)


def operator_rotations(state: State) -> list[SignedHeader]:
    """Return the headers that rotated the operator's key, in order."""
    return [parse_signed_header(data) for _, data in state.store.scan(ROTATION, ROTATION + b"\xff")]


def check_finality(finality: Finality, app_hash: bytes, trust: Trust) -> Header:
    """Return the header that vouches for ``app_hash``.

    Raises:
        Refused: ``proof.app_hash``: the header carries another; ``proof.chain``: of another chain;
            ``proof.untrusted``: no way from ``trust`` to the key that signed, or that key was not
            in force at the height; ``proof.header_signature``; ``header.rotation``.
    """
    header = finality.header.header
    if header.app_hash != app_hash.hex():
        raise Refused("proof.app_hash", "the header does not carry the app hash that was proved")
    if header.chain != trust.chain:
        raise Refused("proof.chain", f"a proof of chain {header.chain!r}, not {trust.chain!r}")
    if not header_signature_good(finality.header):
        raise Refused("proof.header_signature", f"header {header.height} is not signed as it says")
    if header != trust.header and not _vouched(finality, trust):
        raise Refused(
            "proof.untrusted",
            f"signed by {header.operator}, which is not the trusted key nor follows from it"
            f" at height {header.height}",
        )
    return header


def parse_trust(data: bytes) -> AnyTrust:
    """Return what a file given as trust says: verifier keys, a header or a genesis.

    Those of a consortium are told apart in `cellchain.ledger.light.trust`.

    Raises:
        Refused: ``trust.unreadable``: it is none of these.
    """
    if len(data) > TRUST_BYTES_MAX:
        raise Refused("trust.unreadable", f"{len(data)} bytes are no key, header or genesis")
    consortium = parse_consortium_trust(data)
    if consortium is not None:
        return consortium
    if not data.startswith(b"{"):
        return _trusted_keys(data)
    if data.startswith(b'{"header":'):
        signed = parse_signed_header(data)
        if not header_signature_good(signed):
            raise Refused("trust.unreadable", "the header is not signed as it says")
        header = signed.header
        return Trust(chain=header.chain, terms=(_term_after(header),), header=header)
    genesis = parse_genesis(data)
    return Trust(chain=genesis.chain, terms=(Term(key=genesis.operator),))


def _trusted_keys(data: bytes) -> Trust:
    """Return the trust in a ``.pub`` file: verifier keys, behind former ones their last height."""
    try:
        lines = [line for line in data.decode("ascii").split("\n") if line]
    except UnicodeDecodeError as error:
        raise Refused("trust.unreadable", "no key, header or genesis in this file") from error
    keys = [parse_verifier_key(line.partition(" ")[0]) for line in lines]
    chains = {key.name for key in keys}
    if len(chains) != 1:
        raise Refused("trust.unreadable", f"keys of {len(chains)} chains; expected those of one")
    terms = [
        Term(key=KeyId(key.public_key.hex()), last_height=_last_height(line))
        for key, line in zip(keys, lines, strict=True)
    ]
    return Trust(chain=keys[0].name, terms=tuple(terms))


def _last_height(line: str) -> int | None:
    _, space, height = line.partition(" ")
    if space and not _HEIGHT.fullmatch(height):
        raise Refused("trust.unreadable", f"{height[:60]!a} behind a key is no height")
    return int(height) if space else None


def _term_after(header: Header) -> Term:
    """Return the term of the key that signs after ``header``."""
    if header.next_operator is None:
        return Term(key=header.operator)
    return Term(key=header.next_operator, first_height=header.height + 1)


def _vouched(finality: Finality, trust: Trust) -> bool:
    """Whether the rotations lead to the header, and through a trusted key in its time."""
    if len(finality.rotations) > ROTATIONS_MAX:
        raise Refused("proof.malformed", f"more than {ROTATIONS_MAX} rotations")
    header = finality.header.header
    ends = [*(signed.header for signed in finality.rotations), header]
    """The last header that is known of each key."""
    if operator_after(ends[0].operator, finality.rotations) != header.operator:
        return False
    if ends[0].chain != trust.chain or not all(a.height < header.height for a in ends[:-1]):
        return False
    return header.height > 0 and any(
        _within(term, end, last=end is header) for term in trust.terms for end in ends
    )


def _within(term: Term, end: Header, *, last: bool) -> bool:
    """Whether the key of ``term`` signed ``end`` in its time.

    A former key vouches for headers alone: what it rotated to is known from the keys after it.
    """
    if end.operator != term.key or end.height < term.first_height:
        return False
    return term.last_height is None or (last and end.height <= term.last_height)
