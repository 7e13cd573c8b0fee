"""A proof is completed with what the validators signed, from a node in memory."""

from __future__ import annotations

from typing import Any

import pytest

from cellchain.core.errors import Corrupt, Refused
from cellchain.ledger.finality import parse_trust
from cellchain.ledger.light import (
    TRUSTING_PERIOD_S,
    ConsortiumFinality,
    HeaderTrust,
    PinTrust,
    parse_consortium_trust,
)
from cellchain.services.proofs import Proof, parse_proof, verify_proof
from cellchain.services.vouching import Vouching
from tests.consortium import BEGAN, Chain
from tests.consortium_proofs import BEGAN_AT, CHANGED, FOUR, NOW_MS, RECORD, pin_of
from tests.e2e.proofs import PROOFS as SOLO

PART, WHOLE = RECORD
HEIGHT = 30
"""Of the block of the network after which the record is proved."""


def node(carriers: range, *, latest: int, powers: Any = None) -> Chain:
    """A node whose headers of these heights carry the app hash that is proved."""
    app_hashes = {height: WHOLE.hex() for height in carriers}
    return Chain(powers or [FOUR], height=latest, began_at=BEGAN_AT, app_hashes=app_hashes)


def completed(chain: Chain, since: int | None = None) -> Proof:
    cut = Proof(finality=ConsortiumFinality(height=HEIGHT + BEGAN_AT), state=PART)
    return Vouching(chain, chain.genesis).completed(cut, since)


def carrier(proof: Proof) -> tuple[int, int]:
    """The height that is proved, and that of the header that vouches for it."""
    assert isinstance(proof.finality, ConsortiumFinality)
    return proof.height, proof.finality.blocks[-1].height


def test_the_header_after_a_block_vouches_for_it():
    proof = completed(node(range(31, 40), latest=40))
    assert carrier(proof) == (130, 31)


def test_where_nothing_happened_the_last_header_vouches_at_once():
    chain = node(range(25, 31), latest=30)
    assert carrier(completed(chain)) == (129, 30)
    assert 31 not in chain.asked


def test_another_state_than_the_validators_signed_is_a_damaged_home():
    with pytest.raises(Corrupt, match=r"node\.app_hash"):
        completed(node(range(32, 40), latest=40))


def test_what_is_completed_is_believed_from_the_genesis():
    chain = node(range(31, 40), latest=40, powers=CHANGED)
    proof = parse_proof(completed(chain).to_bytes())
    verdict = verify_proof(proof, chain.genesis, now_ms=NOW_MS)
    assert (verdict.height, verdict.signed is not None) == (130, True)
    assert len(proof.finality.blocks) > 1  # type: ignore[union-attr]


@pytest.mark.parametrize(("since", "heights"), [(7, [7, 31]), (31, [31])])
def test_it_begins_at_a_header_where_that_is_wanted(since: int, heights: list[int]):
    proof = completed(node(range(31, 40), latest=40), since)
    assert isinstance(proof.finality, ConsortiumFinality)
    assert [block.height for block in proof.finality.blocks] == heights


@pytest.mark.parametrize("since", [0, 32])
def test_it_cannot_begin_after_its_end(since: int):
    with pytest.raises(Refused, match=r"proof\.since"):
        completed(node(range(31, 40), latest=40), since)


def test_a_proof_that_an_operator_signed_is_complete():
    solo = parse_proof(SOLO["record"])
    chain = node(range(0), latest=1)
    assert Vouching(chain, chain.genesis).completed(solo) is solo
    assert chain.asked == []


@pytest.mark.parametrize(("height", "found"), [(None, 12), (5, 5)])
def test_a_header_can_be_taken_to_be_trusted(height: int | None, found: int):
    chain = Chain([FOUR], height=12, began_at=BEGAN_AT)
    pinned = Vouching(chain, chain.genesis).header(height)
    assert (pinned.block.height, pinned.began_at) == (found, BEGAN_AT)
    assert isinstance(pinned, HeaderTrust)


def test_a_page_trusts_the_genesis_while_that_counts_and_its_own_header_later():
    chain = node(range(31, 40), latest=40)
    vouching, proof = Vouching(chain, chain.genesis), completed(chain)
    ends_ms = BEGAN.time_ms + TRUSTING_PERIOD_S * 1000
    assert vouching.page_trust(proof, ends_ms - 1) == chain.genesis
    later = vouching.page_trust(proof, ends_ms)
    assert isinstance(later, PinTrust)
    assert verify_proof(proof, later, now_ms=ends_ms).signed is not None
    begun = completed(chain, 7)
    assert vouching.page_trust(begun, ends_ms, 7) == parse_trust(pin_of(chain.at(7)).encode())
    assert vouching.page_trust(begun, 2 * ends_ms, 7) == later
    assert parse_consortium_trust(f"{later.height}:{later.hash}".encode()) == later
