"""Whatever arrives, a decoder answers with a named refusal or with the one thing it encodes."""

import io

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellchain.contracts import discover
from cellchain.contracts.custody import Offer, Register
from cellchain.core.errors import CellchainError, Refused
from cellchain.ledger.export import read_blocks, read_genesis, write_ledger
from cellchain.ledger.parameters import parse_genesis
from cellchain.ledger.replay import replay, stored_blocks
from cellchain.ledger.transaction import TransactionCodec
from tests.chain import Chain

MESSAGES = [m for contract in discover().values() for m in contract.messages]
CODEC = TransactionCodec(MESSAGES, size_max=65_536)
B1 = "01/09506000134352/21/B1"

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


@pytest.fixture(scope="module")
def chain():
    made = Chain()
    made.seal()
    made.send(0, Register(battery=B1))
    made.send(0, Offer(battery=B1, receiver="client-1"))
    return made


@given(st.binary(max_size=600))
def test_bytes_are_refused_by_name(data):
    with pytest.raises(Refused):
        CODEC.decode(data)


@settings(max_examples=300)
@given(st.data())
def test_an_envelope_with_odd_fields_is_refused_by_name(chain, data):
    """Structured: a good body with one field replaced, removed or added, signed or not."""
    envelope = msgspec.json.decode(chain.signed(0, Register(battery="x")))
    body = envelope["body"]
    field = data.draw(st.sampled_from([*body, "extra"]))
    if data.draw(st.booleans()):
        body[field] = data.draw(json_values)
    else:
        body.pop(field, None)
    try:
        raw = msgspec.json.encode(envelope, order="sorted")
    except msgspec.MsgspecError:
        return
    try:
        transaction = CODEC.decode(raw)
    except Refused as refusal:
        assert "." in refusal.code
    else:
        assert transaction.raw == raw


@settings(max_examples=150)
@given(st.data())
def test_a_changed_transaction_never_gets_in(chain, data):
    whole = bytearray(chain.signed(0, Register(battery="y")))
    place = data.draw(st.integers(0, len(whole) - 1))
    whole[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(Refused):
        chain.application.check(bytes(whole), time_ms=chain.time_ms)


@settings(max_examples=120)
@given(st.data())
def test_a_changed_export_never_replays(chain, data):
    """It is refused by name, or it is the same ledger: nothing else."""
    out = io.BytesIO()
    height = chain.state.head.height
    write_ledger(out, chain.genesis.to_bytes(), stored_blocks(chain.store, height))
    whole = bytearray(out.getvalue())
    place = data.draw(st.integers(0, len(whole) - 1))
    whole[place] ^= data.draw(st.integers(1, 255))
    file = io.BytesIO(bytes(whole))
    fresh = Chain()
    try:
        assert parse_genesis(read_genesis(file)) == chain.genesis
        replay(fresh.application, read_blocks(file))
    except (CellchainError, AssertionError):
        return
    raise AssertionError(f"a change of byte {place} went unnoticed")
