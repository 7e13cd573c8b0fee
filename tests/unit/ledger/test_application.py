"""The application keeps the rules of ABCI 2.0, whatever engine drives it."""

import pytest

from cellchain.contracts import discover
from cellchain.contracts.custody import Accept, Custody, Offer, Register
from cellchain.contracts.governance import GOVERNING
from cellchain.contracts.membership.members import MEMBERS
from cellchain.core.errors import Corrupt, Unavailable
from cellchain.core.names import battery_id
from cellchain.ledger.application import Application
from cellchain.ledger.contract import BrokenRule
from cellchain.ledger.store import MemoryStore
from tests.chain import Chain
from tests.homes import START_MS

B = [battery_id("09506000134352", f"B{n}") for n in range(60)]


def busy(chain):
    """Three blocks with something in each."""
    chain.seal(*[chain.signed(0, Register(battery=b), sequence=n + 1) for n, b in enumerate(B)])
    chain.send(0, Offer(battery=B[0], receiver="client-1"))
    chain.send(1, Accept(battery=B[0]))
    return chain


def test_init_chain_leaves_no_trace_and_is_idempotent():
    chain = Chain()
    assert list(chain.store.scan(b"", b"\xff")) == []
    again = Application(chain.genesis, discover(), MEMBERS, chain.store, GOVERNING)
    assert again.info() == chain.application.info()
    assert again.info().height == 0


def test_finalize_persists_nothing_and_may_run_again():
    chain = busy(Chain())
    rows = list(chain.store.scan(b"", b"\xff"))
    data = chain.signed(1, Offer(battery=B[0], receiver="client-2"))
    block = {"height": 5, "time_ms": START_MS, "transactions": [data]}
    block["height"] = chain.state.head.height + 1
    first = chain.application.finalize(**block)
    other = chain.application.finalize(**{**block, "transactions": []})
    second = chain.application.finalize(**block)
    assert first == second
    assert other.app_hash == chain.application.info().app_hash != first.app_hash
    assert list(chain.store.scan(b"", b"\xff")) == rows
    chain.application.commit()
    assert chain.application.info().app_hash == first.app_hash


def test_an_empty_block_leaves_the_app_hash():
    chain = busy(Chain())
    before = chain.application.info()
    chain.seal()
    after = chain.application.info()
    assert (after.height, after.app_hash) == (before.height + 1, before.app_hash)


def test_the_first_entry_of_a_block_is_the_app_hash_before():
    chain = busy(Chain())
    for height in range(2, chain.state.head.height + 1):
        before = chain.state.block(height - 1).app_hash.hex()
        assert before.encode() in chain.state.block(height).entries[0]


def test_reopened_state_goes_on_as_if_never_closed():
    straight, reopened = busy(Chain()), Chain()
    reopened.seal(
        *[reopened.signed(0, Register(battery=b), sequence=n + 1) for n, b in enumerate(B)]
    )
    reopened.open()
    reopened.send(0, Offer(battery=B[0], receiver="client-1"))
    reopened.open()
    reopened.send(1, Accept(battery=B[0]))
    assert reopened.application.info() == straight.application.info()
    assert list(reopened.store.scan(b"", b"\xff")) == list(straight.store.scan(b"", b"\xff"))


def test_a_write_that_fails_changes_nothing():
    class Full(MemoryStore):
        full = False

        def write(self, rows):
            if self.full:
                raise Unavailable("store.full", "no space left")
            super().write(rows)

    chain = Chain(store=Full())
    chain.seal()
    before = chain.application.info()
    chain.store.full = True
    data = chain.signed(0, Register(battery=B[0]))
    with pytest.raises(Unavailable):
        chain.seal(data)
    assert chain.application.info() == before
    assert chain.state.draft().find(Custody, B[0]) is None
    chain.store.full = False
    assert chain.seal(data)[0].code == ""


def test_a_bug_in_a_rule_is_a_code_and_changes_nothing(monkeypatch):
    chain = Chain()

    def broken(*_):
        raise BrokenRule("two lines disagree")
        yield

    monkeypatch.setattr(Register, "decide", broken)
    result = chain.send(0, Register(battery=B[0]))
    assert (result.code, result.in_log) == ("ledger.broken_rule", True)
    assert chain.state.draft().find(Custody, B[0]) is None


@pytest.mark.parametrize(
    ("block", "code"),
    [
        pytest.param({"height": 3}, "ledger.height", id="skipped"),
        pytest.param({"height": 1}, "ledger.height", id="again"),
        pytest.param({"time_ms": 5}, "ledger.time", id="time-runs-back"),
    ],
)
def test_blocks_follow_each_other(block, code):
    chain = Chain()
    chain.seal()
    given = {"height": 2, "time_ms": START_MS, "transactions": []} | block
    with pytest.raises(Corrupt) as error:
        chain.application.finalize(**given)
    assert error.value.code == code


def test_a_clock_set_back_counts_as_the_last_block():
    chain = Chain()
    chain.seal(time_ms=START_MS + 5)
    chain.seal(time_ms=START_MS - 10**6)
    assert chain.state.head.time_ms == START_MS + 5
