"""Who believes a proof that validators vouch for, and who is told why not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace

from cellchain.core.canonical import canonical_bytes
from cellchain.core.errors import Refused
from cellchain.ledger.finality import parse_trust
from cellchain.ledger.light import TRUSTING_PERIOD_S, BlockReference, GenesisTrust
from cellchain.ledger.light.bisection import BLOCKS_MAX
from cellchain.services.proofs import Verdict, parse_proof, verify_proof
from tests.consortium import BEGAN, Chain, header_of, signed
from tests.consortium_proofs import (
    BEGAN_AT,
    CHAIN_OF_CHANGES,
    CHAIN_OF_FOUR,
    FOUR,
    GENESIS,
    HEIGHT,
    LATE_MS,
    NOW_MS,
    PROOFS,
    header_trust,
    pin_of,
    pin_trust,
)
from tests.e2e.proofs import PROOFS as SOLO
from tests.e2e.proofs import TRUST as OPERATOR

PROOF = PROOFS["record"]
LAST = CHAIN_OF_FOUR.at(HEIGHT)
EXPIRED_MS = BEGAN.time_ms + TRUSTING_PERIOD_S * 1000 + 1


def verdict(proof: bytes, trust: str = GENESIS, now_ms: int = NOW_MS) -> Verdict:
    return verify_proof(parse_proof(proof), parse_trust(trust.encode()), now_ms=now_ms)


def code(proof: bytes, trust: str = GENESIS, now_ms: int = NOW_MS) -> str:
    with pytest.raises(Refused) as refusal:
        verdict(proof, trust, now_ms)
    return refusal.value.code


def test_the_verdict_names_the_block_the_header_and_who_signed():
    found = verdict(PROOF)
    assert (found.chain, found.height, found.operator) == ("consortium", HEIGHT - 1 + BEGAN_AT, "")
    assert found.signed is not None
    assert found.signed.header == HEIGHT
    assert (len(found.signed.signers), found.signed.power, found.signed.total_power) == (4, 40, 40)
    told = " ".join(found.sentences())
    assert "After block 139 of consortium" in told
    assert "4 of 4 validators" in told
    assert "trust begins with the network's genesis of" in told


@pytest.mark.parametrize("kind", [kind for kind in PROOFS if "since" not in kind])
def test_each_sort_of_proof_holds_from_the_genesis(kind: str):
    assert verdict(PROOFS[kind]).height == HEIGHT - 1 + BEGAN_AT


TRUSTS = {
    "a header before": header_trust(CHAIN_OF_FOUR.at(7)),
    "that very header": header_trust(LAST),
    "its hash": pin_of(LAST),
    "its hash in capitals": pin_of(LAST).upper(),
    "its hash as a page holds it": pin_trust(LAST),
}


@pytest.mark.parametrize("name", TRUSTS)
def test_a_pinned_header_is_trust_enough(name: str):
    assert verdict(PROOF, TRUSTS[name]).claim == "record"


def test_a_proof_since_a_header_holds_for_who_trusts_that_header():
    since = PROOFS["record since a header"]
    pinned = CHAIN_OF_CHANGES.at(15)
    assert verdict(since, pin_of(pinned)).claim == "record"
    assert verdict(since, header_trust(pinned)).claim == "record"


def test_past_the_trusting_period_only_that_very_header_counts():
    assert code(PROOF, now_ms=LATE_MS) == "proof.trust_expired"
    assert code(PROOF, header_trust(CHAIN_OF_FOUR.at(7)), LATE_MS) == "proof.trust_expired"
    assert verdict(PROOF, header_trust(LAST), LATE_MS)
    assert verdict(PROOF, pin_of(LAST), LATE_MS)


def test_the_period_ends_to_the_millisecond():
    assert verdict(PROOF, now_ms=EXPIRED_MS - 1)
    assert code(PROOF, now_ms=EXPIRED_MS) == "proof.trust_expired"


def edited(**changes: object) -> bytes:
    whole = json.loads(PROOF)
    whole["finality"] |= changes
    return canonical_bytes(whole)


def test_what_is_trusted_must_lead_to_the_header():
    other = Chain([{9: 1}], height=HEIGHT, began_at=BEGAN_AT)
    later = header_trust(signed(header_of(41, FOUR, FOUR), FOUR))
    assert code(PROOF, header_trust(other.at(7))) == "light.far"
    assert code(PROOF, pin_of(CHAIN_OF_FOUR.at(7))) == "proof.untrusted"
    assert code(PROOF, later) == "proof.untrusted"
    assert code(PROOF, OPERATOR) == "proof.untrusted"
    assert code(SOLO["record"], GENESIS) == "proof.untrusted"


def test_another_header_than_the_pinned_one_is_evidence_where_the_same_signed_it():
    split = signed(header_of(HEIGHT, FOUR, FOUR, app_hash="00" * 32), FOUR)
    with pytest.raises(Refused, match=r"light\.conflict") as refusal:
        verdict(PROOF, header_trust(split))
    assert all(one.address in str(refusal.value) for one in split.validators)


def test_validators_of_two_chains_vouch_for_each_in_its_own():
    whole = json.loads(PROOF)["finality"]["blocks"][0]["header"]["app_hash"]
    elsewhere = signed(header_of(HEIGHT, FOUR, FOUR, chain="other", app_hash=whole), FOUR)
    assert code(PROOF, header_trust(elsewhere)) == "light.chain"


def test_another_header_that_strangers_signed_is_no_evidence():
    strangers = {8: 10, 9: 10}
    made_up = signed(header_of(HEIGHT, strangers, strangers), strangers)
    assert code(PROOF, header_trust(made_up)) == "light.far"


def test_the_block_that_is_named_is_counted_from_where_the_network_began():
    assert code(edited(height=140)) == "proof.height"
    assert code(edited(height=0), pin_of(LAST)) == "proof.height"
    assert code(PROOF, header_trust(LAST, began_at=0)) == "proof.height"


@pytest.mark.parametrize("claimed", [39, 140, 10**6, 2**53 - 1])
def test_a_pin_binds_no_block_of_the_ledger_so_the_networks_own_is_told(claimed: int):
    found = verdict(edited(height=claimed), pin_of(LAST))
    assert found.height is None
    assert (
        f"After block {HEIGHT - 1} of consortium by the network's own count" in found.sentences()[0]
    )
    assert str(claimed) not in found.sentences()[0].replace(f"block {HEIGHT - 1}", "")


def test_a_proof_that_its_node_has_not_completed_shows_nothing():
    assert code(edited(blocks=[])) == "proof.malformed"


def test_a_header_with_another_app_hash_is_refused():
    before = json.loads(header_trust(CHAIN_OF_FOUR.at(HEIGHT - 1)))["block"]
    assert code(edited(blocks=[before], height=138)) == "proof.app_hash"


def test_headers_are_bounded_and_in_order():
    blocks = json.loads(PROOFS["record after all validators changed"])["finality"]["blocks"]
    assert len(blocks) > 1
    assert code(edited(blocks=blocks[::-1])) == "proof.malformed"
    assert code(edited(blocks=[blocks[0], *blocks])) == "proof.malformed"
    assert code(edited(blocks=[blocks[-1]] * (BLOCKS_MAX + 1))) == "proof.malformed"


def test_a_header_left_out_between_breaks_the_way():
    blocks = json.loads(PROOFS["record after all validators changed"])["finality"]["blocks"]
    assert code(edited(blocks=blocks[-1:])) == "light.far"


def test_the_finality_has_one_form():
    whole = json.loads(PROOF)
    whole["finality"]["blocks"][0]["more"] = 1
    assert code(canonical_bytes(whole)) == "proof.malformed"


def member(power: str = "10", value: str = "AQ" + "E" * 41 + "=", sort: str = "Ed25519") -> Any:
    return {"pub_key": {"type": f"tendermint/PubKey{sort}", "value": value}, "power": power}


NETWORK = {
    "genesis_time": "2026-09-21T13:33:20.123456789Z",
    "chain_id": "consortium",
    "app_state": {"began_at": BEGAN_AT},
    "validators": [member()],
}


def test_the_genesis_of_a_network_is_trust():
    trust = parse_trust(json.dumps(NETWORK, indent=1).encode())
    assert isinstance(trust, GenesisTrust)
    assert (trust.began_at, trust.time.nanos) == (BEGAN_AT, 123_456_789)


def of_members(*members: Any) -> Any:
    return NETWORK | {"validators": members}


EMPTY = BlockReference(hash="", parts=0, parts_hash="")
UNREADABLE = {
    "no time": NETWORK | {"genesis_time": "today"},
    "nobody": of_members(),
    "one twice": of_members(member(), member()),
    "no power": of_members(member("0")),
    "a word for a power": of_members(member("x")),
    "another sort of key": of_members(member(sort="Secp256k1")),
    "no base64": of_members(member(value="?")),
    "began before itself": NETWORK | {"app_state": {"began_at": -1}},
    "no beginning": NETWORK | {"app_state": {}},
    "a header with few votes": json.loads(
        header_trust(signed(header_of(3, FOUR, FOUR), FOUR, signers=[1]))
    ),
    "a field more": json.loads(header_trust(LAST)) | {"more": 1},
    "a header changed": json.loads(
        header_trust(replace(LAST, header=replace(LAST.header, previous=EMPTY)))
    ),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_looks_like_trust_and_is_none_is_refused(name: str):
    with pytest.raises(Refused, match=r"trust\.unreadable"):
        parse_trust(canonical_bytes(UNREADABLE[name]))


def test_a_hash_of_another_length_is_no_pin():
    with pytest.raises(Refused, match=r"trust\.unreadable|note\.key"):
        parse_trust(pin_of(LAST)[:-1].encode())
