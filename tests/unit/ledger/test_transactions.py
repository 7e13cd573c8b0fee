"""What a transaction must be, and what is left of one that is not."""

import pytest

from cellchain.contracts.custody import Custody, Offer, Register
from cellchain.contracts.membership import RevokeKey
from cellchain.core.errors import Refused
from cellchain.core.names import battery_id
from cellchain.crypto.signatures import SigningKey
from cellchain.ledger.account import Sequence, Usage
from cellchain.ledger.stage import check_subject
from tests.chain import CLIENTS, Chain

B1, B2 = battery_id("09506000134352", "B1"), battery_id("09506000134352", "B2")
STRANGER = SigningKey(b"s" * 32)


@pytest.fixture
def chain():
    made = Chain()
    made.seal()
    return made


def altered(chain, old, new):
    data = chain.signed(0, Register(battery=B1))
    assert old in data
    return data.replace(old, new, 1)


def flipped_signature(chain):
    data = chain.signed(0, Register(battery=B1))
    return data[:-3] + (b"0" if data[-3:-2] != b"0" else b"1") + data[-2:]


UNTOUCHED = {
    "wrong-chain": (
        lambda c: c.signed(0, Register(battery=B1), chain="other"),
        "transaction.wrong_chain",
    ),
    "replayed": (lambda c: c.signed(0, Register(battery=B1), sequence=1), "transaction.replayed"),
    "gap": (lambda c: c.signed(0, Register(battery=B1), sequence=9), "transaction.gap"),
    "expired-height": (
        lambda c: c.signed(0, Register(battery=B1), expires_height=1),
        "transaction.expired",
    ),
    "expired-time": (
        lambda c: c.signed(0, Register(battery=B1), expires_height=None, expires_ms=5),
        "transaction.expired",
    ),
    "unknown-key": (
        lambda c: c.signed(0, Register(battery=B1), signer=STRANGER),
        "membership.unknown_key",
    ),
    "no-gas": (
        lambda c: c.signed(0, Register(battery=B1), gas_max=0),
        "transaction.gas_max",
    ),
    "much-gas": (lambda c: c.signed(0, Register(battery=B1), gas_max=10**9), "transaction.gas_max"),
    "no-expiry": (lambda c: altered(c, b'"expires_height":1000000,', b""), "transaction.no_expiry"),
    "forged": (flipped_signature, "transaction.signature"),
    "changed": (lambda c: altered(c, b"/21/B1", b"/21/B9"), "transaction.signature"),
    "space": (lambda c: altered(c, b'"chain":', b'"chain": '), "canonical.not_canonical"),
    "repeated-key": (
        lambda c: altered(c, b'"chain":', b'"chain":"x","chain":'),
        "canonical.not_canonical",
    ),
    "unknown-field": (
        lambda c: altered(c, b'"chain":', b'"a":1,"chain":'),
        "transaction.malformed",
    ),
    "unknown-kind": (
        lambda c: altered(c, b"custody.register/1", b"custody.register/2"),
        "transaction.malformed",
    ),
    "unknown-algorithm": (lambda c: altered(c, b"ed25519", b"ed25518"), "transaction.malformed"),
    "float": (lambda c: altered(c, b'"gas_max":100000', b'"gas_max":1.5'), "transaction.malformed"),
    "large-integer": (
        lambda c: altered(c, b'"gas_max":100000', b'"gas_max":9007199254740993'),
        "canonical.integer_range",
    ),
    "not-nfc": (lambda c: altered(c, b"/21/B1", "/21/A\u030a".encode()), "canonical.text"),
    "not-utf8": (lambda c: altered(c, b"/21/B1", b"/21/\xff\xfe"), "transaction.malformed"),
    "upper-case-hex": (
        lambda c: altered(c, CLIENTS[0].key_id.encode(), CLIENTS[0].key_id.upper().encode()),
        "transaction.hex",
    ),
    "deep": (lambda _: b'{"body":' + b"[" * 10**5 + b"]" * 10**5, "canonical.too_long"),
    "deep-short": (lambda _: b'{"body":' + b"[" * 3000 + b"]" * 3000 + b"}", "canonical.too_deep"),
    "oversized": (
        lambda c: c.signed(0, *[Register(battery=B1 + "x" * 900)] * 90),
        "canonical.too_long",
    ),
    "no-messages": (
        lambda c: altered(
            c,
            b'"messages":[{"battery":"' + B1.encode() + b'","kind":"custody.register/1"}]',
            b'"messages":[]',
        ),
        "transaction.messages",
    ),
    "empty": (lambda _: b"", "transaction.malformed"),
}


@pytest.mark.parametrize(("make", "code"), UNTOUCHED.values(), ids=UNTOUCHED)
def test_unauthenticated_or_malformed_touches_nothing(chain, make, code):
    chain.send(0, Register(battery=B2))
    before = chain.state.head
    data = make(chain)
    with pytest.raises(Refused) as refusal:
        chain.application.check(data, time_ms=chain.time_ms)
    assert refusal.value.code == code
    (result,) = chain.seal(data)
    assert (result.code, result.in_log) == (code, False)
    after = chain.state.head
    assert (after.app_hash, after.log_size) == (before.app_hash, before.log_size)
    assert chain.state.block(after.height).transactions == ()


def test_a_refused_transaction_leaves_sequence_usage_and_receipt(chain):
    before = chain.state.head.record_count
    result = chain.send(0, Register(battery=B1), Offer(battery=B2, receiver="client-1"))
    assert (result.code, result.in_log) == ("custody.unknown_custody", True)
    draft = chain.state.draft()
    assert draft.find(Custody, B1) is None
    assert draft.find(Sequence, CLIENTS[0].key_id) == Sequence(last=1)
    assert draft.find(Usage, "client-0").gas == result.gas
    assert chain.state.head.record_count == before + 2
    entry = chain.state.block(chain.state.head.height).entries[-1]
    assert b'"code":"custody.unknown_custody"' in entry
    assert result.text.encode() not in entry


def test_a_revoked_key_is_refused_at_once(chain):
    revocation = chain.signed(0, RevokeKey(key=CLIENTS[0].key_id))
    late = chain.signed(0, Register(battery=B1), sequence=2)
    first, second = chain.seal(revocation, late)
    assert (first.code, second.code) == ("", "membership.revoked_key")


def test_pending_sequences_count(chain):
    for sequence in (1, 2, 3):
        chain.application.check(
            chain.signed(0, Register(battery=B1), sequence=sequence), time_ms=chain.time_ms
        )
    with pytest.raises(Refused, match="next of this key is 4"):
        chain.application.check(
            chain.signed(0, Register(battery=B1), sequence=6), time_ms=chain.time_ms
        )


def test_out_of_gas_and_quota():
    chain = Chain(quota_gas=10_000)
    assert chain.send(0, Register(battery=B1), gas_max=72).code == "ledger.out_of_gas"
    assert chain.send(0, Register(battery=B1), gas_max=9_000).code == ""
    result = chain.send(0, Register(battery=B2), gas_max=9_900)
    assert (result.code, result.in_log) == ("ledger.quota", False)
    chain.time_ms += chain.genesis.parameters.quota_window_ms
    assert chain.send(0, Register(battery=B2), gas_max=9_900).code == ""


def test_a_full_block_leaves_the_rest_in_order():
    chain = Chain(block_gas_max=100_050)
    pair = [chain.signed(0, Register(battery=b), sequence=n) for n, b in ((1, B1), (2, B2))]
    first, second = chain.seal(*pair)
    assert (first.code, second.code, second.in_log) == ("", "ledger.block_full", False)
    assert chain.seal(pair[1])[0].code == ""


def test_what_no_block_has_room_for_is_refused_and_holds_up_nothing():
    chain = Chain(block_gas_max=50_000, block_bytes_max=2_000)
    small = chain.signed(0, Register(battery=B1), gas_max=50_000)
    greedy = chain.signed(1, Register(battery=B2), gas_max=50_001)
    large = chain.signed(1, *[Register(battery=B2)] * 40, gas_max=50_000)
    results = chain.seal(greedy, large, small)
    assert [one.code for one in results] == ["transaction.gas_max", "canonical.too_long", ""]
    for data in (greedy, large):
        with pytest.raises(Refused):  # nor may it wait
            chain.application.check(data, time_ms=chain.time_ms)


def test_a_stranger_without_room_splits_no_block(chain):
    """Room is asked last: somebody who is not admitted cannot use it up."""
    greedy = chain.genesis.parameters.transaction_gas_max
    chain = Chain(block_gas_max=greedy)
    good = [
        chain.signed(0, Register(battery=b), sequence=n, gas_max=1_000)
        for n, b in ((1, B1), (2, B2))
    ]
    stranger = chain.signed(0, Register(battery=B1), signer=STRANGER, gas_max=greedy)
    first, middle, last = chain.seal(good[0], stranger, good[1])
    assert (first.code, middle.code, last.code) == ("", "membership.unknown_key", "")


def test_a_record_has_a_name_of_one_line():
    for subject in ("a\nb", "", "x" * 500, "a\x00b"):
        with pytest.raises(Refused) as refusal:
            check_subject(subject)
        assert refusal.value.code == "ledger.subject"
    check_subject("01/09506000134352/21/B1")
