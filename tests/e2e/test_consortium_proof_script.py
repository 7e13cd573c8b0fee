"""The page's own script decides on a consortium's proofs as Python does."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cellchain.core.canonical import canonical_bytes
from cellchain.core.errors import Refused
from cellchain.ledger.finality import parse_trust
from cellchain.services.proofs import parse_proof, verify_proof
from tests.consortium import Chain
from tests.consortium_proofs import (
    BEGAN_AT,
    CHAIN_OF_CHANGES,
    CHAIN_OF_FOUR,
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
from tests.e2e.test_proof_page_script import DICE, mutated, node

LAST = CHAIN_OF_FOUR.at(HEIGHT)
Case = tuple[bytes, str, int]


def in_python(data: bytes, trust: str, now_ms: int) -> bool:
    try:
        verify_proof(parse_proof(data), parse_trust(trust.encode()), now_ms=now_ms)
    except Refused:
        return False
    return True


def in_script(cases: list[Case]) -> list[bool]:
    given = [[data.decode(), trust, now_ms] for data, trust, now_ms in cases]
    check = "(await checkProof(JSON.parse(data), trust, verifyStrictly, [], now)).good"
    loop = f"try {{ out.push({check}) }} catch {{ out.push(false) }}"
    body = f"{{ const out = []; for (const [data, trust, now] of given) {{ {loop} }} return out; }}"
    answers: list[bool] = node(body, given)
    return answers


TRUSTS = {
    "genesis": GENESIS,
    "operator": OPERATOR,
    "that header": header_trust(LAST),
    "an earlier header": header_trust(CHAIN_OF_FOUR.at(7)),
    "the header of a split": header_trust(CHAIN_OF_CHANGES.at(HEIGHT)),
    "a stranger's": header_trust(Chain([{9: 1}], height=HEIGHT, began_at=BEGAN_AT).at(7)),
    "another beginning": header_trust(LAST, began_at=0),
    "hash": pin_of(LAST),
    "hash of a page": pin_trust(LAST),
    "hash of an earlier header": pin_of(CHAIN_OF_FOUR.at(7)),
    "hash of a header that the proof begins with": pin_of(CHAIN_OF_CHANGES.at(15)),
}


@pytest.mark.parametrize("kind", PROOFS)
def test_every_trust_at_every_time_is_judged_alike(kind: str):
    times = (NOW_MS, LATE_MS, NOW_MS - 4_000_000)
    cases = [(PROOFS[kind], trust, now_ms) for trust in TRUSTS.values() for now_ms in times]
    expected = [in_python(*case) for case in cases]
    assert in_script(cases) == expected
    assert any(expected)


def test_an_operators_proof_is_not_for_validators_to_vouch_for():
    cases = [(SOLO["record"], GENESIS, NOW_MS)]
    assert in_script(cases) == [in_python(*cases[0])] == [False]


def of_finality(data: bytes) -> bytes:
    """Change one value of the finality part."""
    whole = json.loads(data)
    whole["finality"] = json.loads(mutated(canonical_bytes(whole["finality"])))
    return canonical_bytes(whole)


@pytest.mark.parametrize("kind", ["record", "record after all validators changed"])
def test_every_mutation_is_judged_alike(kind: str):
    DICE.seed(20_261_129)
    cases = [(of_finality(PROOFS[kind]), GENESIS, NOW_MS) for _ in range(250)]
    expected = [in_python(*case) for case in cases]
    assert in_script(cases) == expected
    assert sum(expected) < 125


def test_a_network_is_read_as_in_python():
    network: dict[str, Any] = {
        "genesis_time": "2026-09-21T13:33:20.1234Z",
        "chain_id": "consortium",
        "app_state": {"began_at": 7},
        "validators": [
            {
                "pub_key": {"type": "tendermint/PubKeyEd25519", "value": value},
                "power": power,
            }
            for value, power in ((f"{'A' * n}B{'A' * (42 - n)}=", str(n % 3 + 1)) for n in range(9))
        ],
    }
    text = json.dumps(network)
    trust = parse_trust(text.encode())
    told = node("({ ...parseConsortiumTrust(given) })", text)
    assert told == json.loads(json.dumps(told)) | {
        "validators": [{"key": one.key, "power": one.power} for one in trust.validators],  # type: ignore[union-attr]
        "time": [trust.time.seconds, trust.time.nanos],  # type: ignore[union-attr]
        "began_at": 7,
    }
