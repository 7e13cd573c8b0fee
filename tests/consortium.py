"""A consortium in memory: validators with known keys who sign what a test wants."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from cellchain.core.time import format_time
from cellchain.crypto.signatures import SigningKey
from cellchain.ledger.light import (
    BlockHeader,
    BlockReference,
    GenesisTrust,
    LightBlock,
    Timestamp,
    Validator,
    ValidatorVote,
)
from cellchain.ledger.light.block import validators_hash

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

CHAIN = "consortium"
BEGAN = Timestamp(1_790_000_000, 123_456_789)
DAY_S = 24 * 3600
EMPTY = sha256(b"").hexdigest()

Powers = dict[int, int]
"""Power by the number of a member."""


def key_of(member: int) -> SigningKey:
    return SigningKey(bytes([member]) * 32)


def validators_of(powers: Powers) -> tuple[Validator, ...]:
    """In the order of CometBFT: the mightiest first, then by address."""
    found = [Validator(key=key_of(m).public_key.hex(), power=p) for m, p in powers.items()]
    return tuple(sorted(found, key=lambda one: (-one.power, one.address)))


def time_of(height: int) -> Timestamp:
    """Block 1 has the time of the genesis; one more each minute."""
    return BEGAN.plus(60 * (height - 1))


def header_of(height: int, powers: Powers, following: Powers, **changes: Any) -> BlockHeader:
    members = validators_of(powers)
    previous = EMPTY if height > 1 else ""
    header = BlockHeader(
        block_version=11,
        app_version=1,
        chain=CHAIN,
        height=height,
        time=time_of(height),
        previous=BlockReference(hash=previous, parts=len(previous) // 64, parts_hash=previous),
        previous_commit=EMPTY,
        transactions=EMPTY,
        validators=validators_hash(members),
        next_validators=validators_hash(validators_of(following)),
        consensus=EMPTY,
        app_hash=sha256(b"state %d" % height).hexdigest(),
        previous_results=EMPTY,
        evidence=EMPTY,
        proposer=members[0].address,
    )
    return replace(header, **changes)


def signed(
    header: BlockHeader, powers: Powers, signers: Collection[int] | None = None, round_: int = 0
) -> LightBlock:
    """A header with the votes of ``signers``; of all without them."""
    keys = {key_of(m).public_key.hex(): key_of(m) for m in (powers if signers is None else signers)}
    members = validators_of(powers)
    block = LightBlock(
        header=header,
        round=round_,
        parts=1,
        parts_hash=EMPTY,
        validators=members,
        votes=(None,) * len(members),
    )
    votes = tuple(_vote(block, keys.get(one.key), n) for n, one in enumerate(members))
    return replace(block, votes=votes)


def _vote(block: LightBlock, key: SigningKey | None, place: int) -> ValidatorVote | None:
    if key is None:
        return None
    time = Timestamp(block.header.time.seconds + 1, 1000 + place)
    return ValidatorVote(time=time, signature=key.sign(block.sign_bytes(time)).hex())


class Chain:
    """Blocks 1, 2, 3 … of a network; a `cellchain.ledger.light.LightBlocks`.

    Args:
        powers: Those of the validators at each height; the last ones stay.
        app_hashes: Those that headers carry, by height; made up elsewhere.
        height: Of the last block.
        began_at: Blocks of the ledger before the network.
    """

    def __init__(
        self,
        powers: Sequence[Powers],
        *,
        app_hashes: Mapping[int, str] | None = None,
        height: int = 0,
        began_at: int = 0,
    ) -> None:
        self._powers = powers
        self._app_hashes = app_hashes or {}
        self.height = height or len(powers)
        self.asked: list[int] = []
        self.genesis = GenesisTrust(
            chain=CHAIN, began_at=began_at, time=BEGAN, validators=validators_of(powers[0])
        )

    def powers(self, height: int) -> Powers:
        return self._powers[min(height, len(self._powers)) - 1]

    def at(self, height: int) -> LightBlock:
        self.asked.append(height)
        powers = self.powers(height)
        changes = {"app_hash": self._app_hashes[height]} if height in self._app_hashes else {}
        return signed(header_of(height, powers, self.powers(height + 1), **changes), powers)

    def latest(self) -> int:
        return self.height


def rotating(heights: int, of: int = 4) -> list[Powers]:
    """One member leaves and one comes at each height: after a few nobody of the first is left."""
    return [{height + n: 10 for n in range(of)} for height in range(1, heights + 1)]


# -- as CometBFT says it -------------------------------------------------------------------------


def told(time: Timestamp) -> str:
    return f"{format_time(time.seconds * 1000).removesuffix('Z')}.{time.nanos:09}Z"


def as_cometbft(block: LightBlock) -> dict[str, Any]:
    """A light block in the JSON of CometBFT's own API."""
    header = block.header
    parts = {"total": header.previous.parts, "hash": header.previous.parts_hash.upper()}
    votes = zip(block.validators, block.votes, strict=True)
    return {
        "signed_header": {
            "header": {
                "version": {"block": str(header.block_version), "app": str(header.app_version)},
                "chain_id": header.chain,
                "height": str(header.height),
                "time": told(header.time),
                "last_block_id": {"hash": header.previous.hash.upper(), "parts": parts},
                "last_commit_hash": header.previous_commit.upper(),
                "data_hash": header.transactions.upper(),
                "validators_hash": header.validators.upper(),
                "next_validators_hash": header.next_validators.upper(),
                "consensus_hash": header.consensus.upper(),
                "app_hash": header.app_hash.upper(),
                "last_results_hash": header.previous_results.upper(),
                "evidence_hash": header.evidence.upper(),
                "proposer_address": header.proposer.upper(),
            },
            "commit": {
                "height": str(header.height),
                "round": block.round,
                "block_id": {
                    "hash": header.hash.hex().upper(),
                    "parts": {"total": block.parts, "hash": block.parts_hash.upper()},
                },
                "signatures": [_vote_told(validator, vote) for validator, vote in votes],
            },
        },
        "validators": [_validator_told(one) for one in block.validators],
    }


def _vote_told(validator: Validator, vote: ValidatorVote | None) -> dict[str, Any]:
    if vote is None:
        return {
            "block_id_flag": 1,
            "validator_address": "",
            "timestamp": "0001-01-01T00:00:00Z",
            "signature": None,
        }
    return {
        "block_id_flag": 2,
        "validator_address": validator.address.upper(),
        "timestamp": told(vote.time),
        "signature": base64(vote.signature),
    }


def _validator_told(one: Validator) -> dict[str, Any]:
    return {
        "address": one.address.upper(),
        "pub_key": {"type": "tendermint/PubKeyEd25519", "value": base64(one.key)},
        "voting_power": str(one.power),
        "proposer_priority": "0",
    }


def base64(digits: str) -> str:
    return b64encode(bytes.fromhex(digits)).decode()
