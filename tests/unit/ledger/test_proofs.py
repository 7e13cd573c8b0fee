"""Proofs prove what they say, to whom they say it, and nothing after any change."""

from hashlib import sha256

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellchain.contracts.custody import Custody, Offer, Register
from cellchain.core.errors import CellchainError, Refused
from cellchain.core.names import battery_id
from cellchain.crypto.note import verifier_key
from cellchain.crypto.signatures import SigningKey
from cellchain.ledger.engine.solo import Solo
from cellchain.ledger.finality import finality_at, parse_trust
from cellchain.services.proofs import (
    event_proof,
    parse_proof,
    receipt_proof,
    record_proof,
    verify_proof,
)
from tests.chain import Chain
from tests.homes import HEADERS

B = [battery_id("09506000134352", f"B{n}") for n in range(70)]
NEXT = SigningKey(b"n" * 32)


def pub(key, chain="test"):
    return parse_trust(f"{verifier_key(chain, key.public_key)}\n".encode())


@pytest.fixture(scope="module")
def chain():
    made = Chain()
    made.seal(*[made.signed(0, Register(battery=b), sequence=n + 1) for n, b in enumerate(B)])
    made.send(0, Offer(battery=B[0], receiver="client-1"))
    made.seal()
    return made


@pytest.fixture(scope="module")
def proofs(chain):
    block = chain.state.block(2)
    receipt = sha256(block.transactions[0]).digest()
    return {
        "record": record_proof(chain.state, Custody, B[0]),
        "absence": record_proof(chain.state, Custody, "nobody"),
        "event": event_proof(chain.state, block.log_start + 1),
        "receipt": receipt_proof(chain.state, receipt),
    }


@pytest.mark.parametrize("claim", ["record", "absence", "event", "receipt"])
def test_a_proof_holds_for_key_header_and_genesis(chain, proofs, claim):
    header = finality_at(chain.state, proofs[claim].finality.header.header.height).header
    for trust in (
        pub(HEADERS),
        parse_trust(header.to_bytes()),
        parse_trust(chain.genesis.to_bytes()),
    ):
        verdict = verify_proof(parse_proof(proofs[claim].to_bytes()), trust)
        assert (verdict.claim, verdict.chain) == (claim, "test")


@pytest.mark.parametrize("claim", ["record", "absence", "event", "receipt"])
@pytest.mark.parametrize(
    ("trust", "code"),
    [
        pytest.param(pub(NEXT), "proof.untrusted", id="other-key"),
        pytest.param(pub(HEADERS, "other"), "proof.chain", id="other-chain"),
    ],
)
def test_another_trust_is_not_convinced(proofs, claim, trust, code):
    with pytest.raises(Refused) as refusal:
        verify_proof(proofs[claim], trust)
    assert refusal.value.code == code


@settings(max_examples=150)
@given(st.sampled_from(["record", "absence", "event", "receipt"]), st.data())
def test_a_changed_byte_never_passes(proofs, claim, data):
    whole = bytearray(proofs[claim].to_bytes())
    place = data.draw(st.integers(0, len(whole) - 1))
    whole[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(CellchainError):
        verify_proof(parse_proof(bytes(whole)), pub(HEADERS))


@given(st.binary(max_size=400))
def test_any_bytes_are_refused_without_a_crash(data):
    for parse in (parse_proof, parse_trust):
        with pytest.raises(CellchainError):
            parse(data)


@settings(max_examples=200)
@given(st.data())
def test_a_proof_with_other_values_is_refused(proofs, data):
    """Structured: one field anywhere in the proof gets another value of the same type.

    The same bucket shows that many other names are absent, which is another proof and a true one.
    """
    which = data.draw(st.sampled_from(sorted(proofs)))
    tree = msgspec.json.decode(proofs[which].to_bytes())
    place, leaves = tree, []

    def walk(node):
        for key in node if isinstance(node, dict) else range(len(node)):
            child = node[key]
            if isinstance(child, dict | list):
                walk(child)
            else:
                leaves.append((node, key, child))

    walk(place)
    node, key, value = data.draw(st.sampled_from(leaves))
    other = st.integers(0, 2**53) if isinstance(value, int) else st.text(max_size=70)
    node[key] = data.draw(other.filter(lambda candidate: candidate != value))
    try:
        shown = verify_proof(parse_proof(msgspec.json.encode(tree, order="sorted")), pub(HEADERS))
    except CellchainError:
        return
    assert (which, key, shown.subject) == ("absence", "name", node["name"])


def test_a_root_of_its_own_making_convinces_nobody(chain):
    """A forger with a state and a key of his own cannot borrow the operator's name."""
    forged = Chain()
    forged.genesis = msgspec.structs.replace(forged.genesis, operator=NEXT.key_id)
    forged.open = lambda: None
    from cellchain.contracts import discover
    from cellchain.contracts.governance import GOVERNING
    from cellchain.contracts.membership.members import MEMBERS
    from cellchain.ledger.application import Application
    from cellchain.ledger.store import MemoryStore

    forged.application = Application(forged.genesis, discover(), MEMBERS, MemoryStore(), GOVERNING)
    forged.solo = Solo(forged.application, NEXT)
    forged.send(0, Register(battery=B[1]))
    proof = record_proof(forged.state, Custody, B[1])
    assert verify_proof(proof, pub(NEXT)).claim == "record"
    with pytest.raises(Refused, match="proof.untrusted"):
        verify_proof(proof, pub(HEADERS))


def test_after_a_rotation_old_proofs_and_old_trust_stay_good():
    chain = Chain()
    chain.send(0, Register(battery=B[0]))
    old = record_proof(chain.state, Custody, B[0])
    chain.solo.seal([], time_ms=chain.time_ms, next_operator=NEXT)
    chain.send(0, Register(battery=B[1]))
    new = record_proof(chain.state, Custody, B[1])
    assert verify_proof(old, pub(HEADERS)).subject.endswith(B[0])
    assert verify_proof(new, pub(HEADERS)).operator == NEXT.key_id
    assert verify_proof(new, pub(NEXT)).operator == NEXT.key_id
    with pytest.raises(Refused, match="proof.untrusted"):
        verify_proof(old, pub(NEXT))
    with pytest.raises(Refused, match="wrong_key"):
        Solo(chain.application, HEADERS)
