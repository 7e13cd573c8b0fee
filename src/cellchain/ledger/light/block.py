"""Light blocks: a header, the validators of its height, and their votes for it.

    header hash     Merkle root over its fourteen fields         types/block.go, Header.Hash
    validators hash Merkle root over keys and powers             types/validator_set.go, Hash
    sign bytes      a vote as its validator signs it             types/vote.go, VoteSignBytes

The trees are those of RFC 6962. Nothing is said twice that could differ: votes stand in the order
of the validators and are for this very header, so that height, block hash and addresses of
CometBFT's ``Commit`` follow. A vote for nothing counts as none.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import msgspec

from cellchain.core.errors import Refused
from cellchain.core.text import is_plain_text
from cellchain.crypto.log import leaf_hashes, tree_root
from cellchain.ledger.light.protobuf import delimited, fixed, integer, message, octets
from cellchain.ledger.light.timestamp import Timestamp

if TYPE_CHECKING:
    from collections.abc import Sequence

BLOCK_PROTOCOL = 11
"""The version of blocks that CometBFT v0.39 makes (version/version.go)."""
PRECOMMIT = 2
VALIDATORS_MAX = 200
POWER_MAX = 2**53 - 1
"""Of all validators together: what every JSON reader keeps exact; CometBFT allows 2**60."""
HEIGHT_MAX = 2**53 - 1
ROUND_MAX = PARTS_MAX = 2**31 - 1
CHAIN_BYTES_MAX, APP_HASH_BYTES_MAX = 50, 64
ADDRESS_BYTES, HASH_BYTES, KEY_BYTES, SIGNATURE_BYTES = 20, 32, 32, 64


class _Value(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a light block; bytes are lower-case hexadecimal digits."""


class BlockReference(_Value, frozen=True, kw_only=True):
    """How a block is named: by the hash of its header and of the parts that it is sent in."""

    hash: str
    parts: int
    parts_hash: str

    def to_protobuf(self) -> bytes:
        """Return it as a ``BlockID``, which a ``CanonicalBlockID`` has the bytes of."""
        parts = integer(1, self.parts) + octets(2, bytes.fromhex(self.parts_hash))
        return octets(1, bytes.fromhex(self.hash)) + message(2, parts)


class BlockHeader(_Value, frozen=True, kw_only=True):
    """What validators say of a block; its app hash is that after the block before."""

    block_version: int
    app_version: int
    chain: str
    height: int
    time: Timestamp
    previous: BlockReference
    previous_commit: str
    transactions: str
    validators: str
    next_validators: str
    consensus: str
    app_hash: str
    previous_results: str
    evidence: str
    proposer: str

    @property
    def hash(self) -> bytes:
        """The Merkle root over the fields, each as CometBFT encodes it."""
        hashes = (
            self.previous_commit, self.transactions, self.validators, self.next_validators,
            self.consensus, self.app_hash, self.previous_results, self.evidence, self.proposer,
        )  # fmt: skip
        fields = (
            integer(1, self.block_version) + integer(2, self.app_version),
            octets(1, self.chain.encode()),
            integer(1, self.height),
            self.time.to_protobuf(),
            self.previous.to_protobuf(),
            *(octets(1, bytes.fromhex(digits)) for digits in hashes),
        )
        return tree_root(leaf_hashes(fields))


class Validator(_Value, frozen=True, kw_only=True):
    """Who may vote."""

    key: str
    """Ed25519, 64 hexadecimal digits."""
    power: int

    @property
    def address(self) -> str:
        """How CometBFT calls it: 40 hexadecimal digits."""
        return sha256(bytes.fromhex(self.key)).hexdigest()[: 2 * ADDRESS_BYTES]

    def to_protobuf(self) -> bytes:
        """Return it as a ``SimpleValidator``."""
        return message(1, octets(1, bytes.fromhex(self.key))) + integer(2, self.power)


class ValidatorVote(_Value, frozen=True, kw_only=True):
    """A vote for a block."""

    time: Timestamp
    signature: str


class LightBlock(_Value, frozen=True, kw_only=True):
    """A header with all that is needed to believe it."""

    header: BlockHeader
    round: int
    """In which it was decided."""
    parts: int
    parts_hash: str
    validators: tuple[Validator, ...]
    votes: tuple[ValidatorVote | None, ...]
    """One for each validator; ``None`` where it did not vote, or for nothing."""

    @property
    def height(self) -> int:
        """By the network's own count."""
        return self.header.height

    def sign_bytes(self, time: Timestamp) -> bytes:
        """Return what a validator signs who votes for this block at ``time``."""
        reference = BlockReference(
            hash=self.header.hash.hex(), parts=self.parts, parts_hash=self.parts_hash
        )
        header = self.header
        return vote_bytes(header.chain, header.height, self.round, reference, time)


def vote_bytes(
    chain: str, height: int, round_: int, block: BlockReference | None, time: Timestamp
) -> bytes:
    """Return a precommit as it is signed, a ``CanonicalVote``; one for nothing names no block."""
    return delimited(
        integer(1, PRECOMMIT)
        + fixed(2, height)
        + fixed(3, round_)
        + (message(4, block.to_protobuf()) if block else b"")
        + message(5, time.to_protobuf())
        + octets(6, chain.encode())
    )


def validators_hash(validators: Sequence[Validator]) -> str:
    """Return the hash by which a header names its validators."""
    return tree_root(leaf_hashes(one.to_protobuf() for one in validators)).hex()


def total_power(validators: Sequence[Validator]) -> int:
    """Return the power of all together."""
    return sum(one.power for one in validators)


def check_validators(validators: Sequence[Validator]) -> None:
    """Refuse what is no set of validators.

    Raises:
        Refused: ``light.malformed``: none or too many, one twice, a key or a power out of range.
    """
    if not 1 <= len(validators) <= VALIDATORS_MAX:
        raise _malformed(f"{len(validators)} validators; 1 to {VALIDATORS_MAX}")
    for one in validators:
        _check_hex(one.key, KEY_BYTES, "a validator's key")
    if len({one.key for one in validators}) < len(validators):
        raise _malformed("a validator stands twice in its set")
    if min(one.power for one in validators) < 1 or total_power(validators) > POWER_MAX:
        raise _malformed(f"powers are 1 and more, and together at most {POWER_MAX}")


def check_light_block(block: LightBlock) -> None:
    """Refuse a light block that no signature could make good (``LightBlock.ValidateBasic``).

    Raises:
        Refused: ``light.malformed``; ``light.validators``: they are not those of the header.
    """
    _check_header(block.header)
    check_validators(block.validators)
    if len(block.votes) != len(block.validators):
        raise _malformed(f"{len(block.votes)} votes of {len(block.validators)} validators")
    if not (0 <= block.round <= ROUND_MAX and 0 <= block.parts <= PARTS_MAX):
        raise _malformed("a round or a number of parts out of range")
    _check_hex(block.parts_hash, HASH_BYTES, "the hash of the parts", empty=True)
    for vote in block.votes:
        if vote is not None:
            vote.time.check()
            _check_hex(vote.signature, SIGNATURE_BYTES, "a signature")
    if validators_hash(block.validators) != block.header.validators:
        raise Refused(
            "light.validators",
            f"header {block.height} names the validators {block.header.validators}, and stands"
            f" beside {validators_hash(block.validators)}",
        )


def _check_header(header: BlockHeader) -> None:
    if header.block_version != BLOCK_PROTOCOL:
        raise _malformed(f"block version {header.block_version} instead of {BLOCK_PROTOCOL}")
    if not (1 <= header.height <= HEIGHT_MAX and 0 <= header.app_version <= HEIGHT_MAX):
        raise _malformed("a height or version out of range")
    if not is_plain_text(header.chain) or len(header.chain.encode()) > CHAIN_BYTES_MAX:
        raise _malformed(f"a chain has a name of at most {CHAIN_BYTES_MAX} bytes")
    header.time.check()
    if not 0 <= header.previous.parts <= PARTS_MAX:
        raise _malformed("a number of parts out of range")
    for name, value in (
        ("previous", header.previous.hash),
        ("previous parts", header.previous.parts_hash),
        ("previous_commit", header.previous_commit),
        ("transactions", header.transactions),
        ("next_validators", header.next_validators),
        ("consensus", header.consensus),
        ("previous_results", header.previous_results),
        ("evidence", header.evidence),
    ):
        _check_hex(value, HASH_BYTES, name, empty=True)
    _check_hex(header.validators, HASH_BYTES, "validators")
    _check_hex(header.proposer, ADDRESS_BYTES, "proposer")
    if len(header.app_hash) > 2 * APP_HASH_BYTES_MAX:
        raise _malformed("an app hash that is too long")
    _check_hex(header.app_hash, len(header.app_hash) // 2, "app_hash")


def _check_hex(digits: str, size: int, what: str, *, empty: bool = False) -> None:
    """Refuse other digits than the lower-case ones of ``size`` bytes."""
    if empty and not digits:
        return
    try:
        value = bytes.fromhex(digits)
    except ValueError:
        value = b""
    if len(value) != size or value.hex() != digits:
        raise _malformed(f"{what} has {2 * size} hexadecimal digits, not {digits[:80]!a}")


def _malformed(why: str) -> Refused:
    return Refused("light.malformed", why)
