"""Proofs that validators vouch for, about the small ledger of `tests.e2e.proofs`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cellchain.ledger.light import (
    ConsortiumFinality,
    HeaderTrust,
    PinTrust,
    encode_trust,
    vouch,
)
from cellchain.ledger.stage import encode
from tests.consortium import DAY_S, Chain, time_of
from tests.e2e.proofs import EVENT, RECEIPT, log_part, map_part

if TYPE_CHECKING:
    from cellchain.ledger.light import LightBlock
    from cellchain.ledger.proof import StatePart

FOUR = {1: 10, 2: 10, 3: 10, 4: 10}
BEGAN_AT = 100
HEIGHT = 40
"""Of the header that carries the app hash: it is about block 139 of the ledger."""
CHANGED = [*[FOUR] * 10, *[{3: 10, 4: 10, 5: 10, 6: 10}] * 10, {5: 10, 6: 10, 7: 10, 8: 10}]
"""After block 20 none of the first validators is left."""
NOW_MS = time_of(HEIGHT).time_ms + 3_600_000
LATE_MS = NOW_MS + 30 * DAY_S * 1000


def chain_over(whole: bytes, powers: Any = None) -> Chain:
    return Chain(
        powers or [FOUR], height=HEIGHT, began_at=BEGAN_AT, app_hashes={HEIGHT: whole.hex()}
    )


def consortium_proof(
    proved: tuple[StatePart, bytes], powers: Any = None, since: int | None = None
) -> bytes:
    part, whole = proved
    chain = chain_over(whole, powers)
    blocks = vouch(chain, chain.at(HEIGHT), chain.genesis, since)
    finality = ConsortiumFinality(height=HEIGHT - 1 + BEGAN_AT, blocks=blocks)
    return encode({"finality": finality, "state": part})


RECORD = map_part()
PROOFS = {
    "record": consortium_proof(RECORD),
    "record after all validators changed": consortium_proof(RECORD, CHANGED),
    "record since a header": consortium_proof(RECORD, CHANGED, since=15),
    "absence": consortium_proof(map_part("custody.custody/1 nothing", None)),
    "event": consortium_proof(log_part(EVENT)),
    "receipt": consortium_proof(log_part(RECEIPT)),
}
CHAIN_OF_FOUR, CHAIN_OF_CHANGES = chain_over(RECORD[1]), chain_over(RECORD[1], CHANGED)
GENESIS = encode_trust(CHAIN_OF_FOUR.genesis).decode()


def header_trust(block: LightBlock, began_at: int = BEGAN_AT) -> str:
    return encode_trust(HeaderTrust(began_at=began_at, block=block)).decode()


def pin_of(block: LightBlock) -> str:
    return f"{block.height}:{block.header.hash.hex()}"


def pin_trust(block: LightBlock) -> str:
    return encode_trust(PinTrust(height=block.height, hash=block.header.hash.hex())).decode()
