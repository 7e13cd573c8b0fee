"""What CometBFT asks is answered once, in order, in its sort; only faults of ours stop the node."""

from __future__ import annotations

from contextlib import ExitStack, closing, suppress

import msgspec
import pytest

from cellchain.adapters.abci_server import CONNECTIONS_MAX
from cellchain.contracts.custody import Offer, Register
from cellchain.core.errors import Unavailable
from cellchain.core.names import battery_id
from cellchain.ledger.engine.comet import abci_pb2 as abci
from cellchain.ledger.engine.comet.frames import framed
from cellchain.ledger.store import MemoryStore
from tests import chain as solo
from tests.homes import START_MS
from tests.integration.comet.node import Chain, Connection, at

BATTERIES = [battery_id("09506000134352", f"B{n}") for n in range(9)]
OTHERS = solo.Chain()
"""Signs, and is asked for nothing else."""
GENESIS = OTHERS.genesis
REGISTERED = [
    OTHERS.signed(0, Register(battery=one), sequence=n + 1) for n, one in enumerate(BATTERIES)
]
FORGED = REGISTERED[0][:-3] + b'0"}'


@pytest.fixture
def chain(served):
    connection, *_ = served(GENESIS)
    return Chain(connection, GENESIS)


def test_every_sort_of_request_has_one_answer_of_its_sort_in_order(served):
    connection, *_ = served(GENESIS)
    sorts = [
        abci.Request(info={}), abci.Request(echo={"message": "hi"}), abci.Request(query={}),
        abci.Request(check_tx={"tx": REGISTERED[0]}), abci.Request(list_snapshots={}),
        abci.Request(prepare_proposal={"height": 1, "time": at(START_MS)}),
        abci.Request(process_proposal={}), abci.Request(extend_vote={}),
        abci.Request(verify_vote_extension={}), abci.Request(insert_tx={}),
        abci.Request(reap_txs={}), abci.Request(offer_snapshot={}),
        abci.Request(load_snapshot_chunk={}),
        abci.Request(finalize_block={"height": 1, "time": at(START_MS)}), abci.Request(commit={}),
        abci.Request(flush={}),
    ]  # fmt: skip
    told = connection.ask_all(sorts)
    names = [type(one).__name__.removeprefix("Response") for one in told]
    asked = ["".join(p.title() for p in one.WhichOneof("value").split("_")) for one in sorts]
    assert names == asked
    assert told[1].message == "hi"


def test_an_empty_proposal_is_said_aloud(served):
    """An answer whose field is not set is "unexpected" to the node, which then fails for good."""
    connection, *_ = served(GENESIS)
    connection.send(
        framed(abci.Request(prepare_proposal={"height": 1, "time": at(1)}).SerializeToString())
    )
    assert next(connection._answers).WhichOneof("value") == "prepare_proposal"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "transaction.malformed"),
        (b"{" * 5000, "canonical."),
        (b"\x00\xff", "transaction.malformed"),
        (FORGED, "transaction.signature"),
        (OTHERS.signed(0, Register(battery=BATTERIES[0]), sequence=7), "transaction.gap"),
        (
            OTHERS.signed(0, Register(battery=BATTERIES[0]), chain="other"),
            "transaction.wrong_chain",
        ),
        (OTHERS.signed(0, Register(battery=BATTERIES[0]), expires_ms=1), "transaction.expired"),
    ],
)
def test_what_the_next_block_could_not_take_is_refused_with_why(chain, data, code):
    answer = chain.ask(check_tx={"tx": data})
    assert answer.code == 1
    assert answer.codespace.startswith(code)
    assert answer.log


def test_transactions_of_one_key_may_wait_in_a_row_and_are_checked_again_after_a_block(chain):
    for data in REGISTERED:
        assert chain.ask(check_tx={"tx": data}).code == 0
    chain.decide(REGISTERED[:2], START_MS)
    assert chain.ask(check_tx={"tx": REGISTERED[1], "type": "RECHECK"}).code == 1  # is in it
    for data in REGISTERED[2:]:
        assert chain.ask(check_tx={"tx": data, "type": "RECHECK"}).code == 0


def test_a_check_after_the_others_have_it_says_nothing_final(served):
    """This node's clock may be ahead of the next block's, which may take it all the same."""
    connection, engine, *_ = served(GENESIS)
    told = []
    engine.checked = lambda _, refusal: told.append(refusal.code)
    late = OTHERS.signed(0, Register(battery=BATTERIES[0]), expires_ms=1)
    assert connection.ask(check_tx={"tx": late, "type": "RECHECK"}).code == 1
    assert told == []
    assert connection.ask(check_tx={"tx": late}).code == 1
    assert told == ["transaction.expired"]


def test_a_proposal_holds_what_would_happen_in_order_as_far_as_it_fits(chain):
    waiting = [FORGED, *REGISTERED[:3], REGISTERED[1], b"nonsense", *REGISTERED[3:]]
    assert chain.propose(waiting, START_MS) == REGISTERED
    fits = len(FORGED) + sum(map(len, REGISTERED[:3]))
    assert chain.propose(waiting, START_MS, bytes_max=fits) == REGISTERED[:3]
    assert chain.ask(info={}).last_block_height == 0


def test_a_proposer_leaves_out_what_finds_no_room(served):
    genesis = solo.Chain(block_gas_max=100_400).genesis
    connection, *_ = served(genesis)
    chain = Chain(connection, genesis)
    proposed = chain.propose(REGISTERED, START_MS)
    assert 0 < len(proposed) < len(REGISTERED)
    assert proposed == REGISTERED[: len(proposed)]
    assert all(one.code == 0 for one in chain.decide(proposed, START_MS).tx_results)


def test_a_block_larger_than_the_members_agreed_on_is_rejected(served):
    genesis = solo.Chain(block_bytes_max=2_000).genesis
    connection, *_ = served(genesis)
    Chain(connection, genesis)
    fit = REGISTERED[: 2_000 // len(REGISTERED[0])]
    assert connection.ask(process_proposal={"txs": fit}).status == 1
    assert connection.ask(process_proposal={"txs": [*fit, *fit]}).status == 2


@pytest.mark.parametrize("filling", [[b""], [b"garbage"], [b""] * 100_000, [b"{}" * 400]])
def test_a_block_that_holds_something_else_than_transactions_is_rejected(chain, filling):
    assert chain.ask(process_proposal={"txs": [REGISTERED[0], *filling]}).status == 2


def test_signatures_of_strangers_are_not_remembered(served):
    connection, engine, *_ = served(GENESIS)
    Chain(connection, GENESIS)
    stranger = solo.SigningKey(b"s" * 32)
    data = OTHERS.signed(0, Register(battery=BATTERIES[0]), signer=stranger)
    assert connection.ask(check_tx={"tx": data}).codespace == "membership.unknown_key"
    assert not engine.application._verified


def test_a_store_that_fails_in_a_rule_is_this_nodes_trouble_and_no_receipt(served):
    store = Failing()
    connection, _, failures, _ = served(GENESIS, store)
    chain = Chain(connection, GENESIS)
    chain.decide(REGISTERED[:1], START_MS)
    store.failing = True
    block = abci.Request(finalize_block={"txs": REGISTERED[1:2], "height": 2, "time": at(START_MS)})
    connection.send(framed(block.SerializeToString()))
    (answer,) = connection.answers_left()
    assert answer.WhichOneof("value") == "exception"
    assert failures


def test_every_transaction_of_a_block_has_its_result_in_order(chain):
    offer = OTHERS.signed(1, Offer(battery=BATTERIES[0], receiver="client-2"), sequence=1)
    found = chain.decide([REGISTERED[0], offer, FORGED, b"nonsense"], START_MS).tx_results
    assert [one.code for one in found] == [0, 1, 2, 2]
    assert [one.codespace.partition(".")[0] for one in found] == [
        "", "custody", "transaction", "transaction",
    ]  # fmt: skip
    told = [msgspec.json.decode(one.data) for one in found]
    assert told[0].keys() == {"position"}
    assert told[1]["code"] == "custody.not_holder"
    assert found[0].gas_used > 0 == found[3].gas_used


def test_two_nodes_say_the_same_of_the_same_blocks(served):
    told = []
    for _ in range(2):
        connection, *_ = served(GENESIS)
        chain = Chain(connection, GENESIS)
        blocks = [REGISTERED[:4], [], [FORGED, *REGISTERED[4:]]]
        told.append([chain.decide(block, START_MS + n) for n, block in enumerate(blocks)])
    assert told[0] == told[1]


def test_a_block_may_be_finalized_again_before_it_is_committed(chain):
    block = {"txs": REGISTERED[:2], "height": 1, "time": at(START_MS)}
    first = chain.ask(finalize_block=block)
    other = chain.ask(finalize_block={**block, "txs": REGISTERED[:1]})
    assert chain.ask(finalize_block=block) == first != other
    chain.ask(commit={})
    assert chain.ask(info={}).last_block_app_hash == first.app_hash


def test_who_misbehaved_is_in_the_block(served):
    connection, engine, *_ = served(GENESIS)
    chain = Chain(connection, GENESIS)
    offence = {"type": 1, "validator": {"address": b"a" * 20, "power": 7}, "height": 1}
    chain.decide([], START_MS, misbehavior=[offence])
    (kept,) = engine.application.state.block(1).misbehaviour
    assert abci.Misbehavior.FromString(kept).validator.power == 7


def test_results_are_told_once_they_are_durable(served):
    connection, engine, *_ = served(GENESIS)
    told = []
    engine.committed.append(
        lambda results: told.append((engine.application.info().height, results))
    )
    Chain(connection, GENESIS).decide(REGISTERED[:2], START_MS)
    ((height, results),) = told
    assert height == 1
    assert [one.height for one in results] == [1, 1]


@pytest.mark.parametrize("retain_blocks", [0, 2])
def test_a_node_is_told_which_blocks_it_may_forget(served, retain_blocks):
    connection, *_ = served(GENESIS, retain_blocks=retain_blocks)
    chain = Chain(connection, GENESIS)
    for n in range(3):
        chain.ask(finalize_block={"height": n + 1, "time": at(START_MS)})
        kept = chain.ask(commit={}).retain_height
    assert kept == (2 if retain_blocks else 0)


# -- faults -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\nHost: here\r\n\r\n" * 3, framed(b"\xff\xff"), framed(b""),
        framed(b"\xfa\x3f\x00"), b"\xff" * 20,
    ],
)  # fmt: skip
def test_who_speaks_something_else_is_hung_up_on_and_no_other(served, data):
    connection, _, failures, server = served(GENESIS)
    with closing(Connection(server.address)) as stranger:
        stranger.send(data)
        answers = [one.WhichOneof("value") for one in stranger.answers_left()]
    assert answers in (["exception"], [])
    assert connection.ask(echo={"message": "still here"}).message == "still here"
    assert failures == []


@pytest.mark.parametrize(
    "begun", [{"chain_id": "other", "initial_height": 1}, {"chain_id": "test", "initial_height": 9}]
)
def test_the_genesis_of_another_network_stops_the_node(served, begun):
    connection, _, failures, _ = served(GENESIS)
    connection.send(framed(abci.Request(init_chain=begun).SerializeToString()))
    (answer,) = connection.answers_left()
    assert "comet.genesis" in answer.exception.error
    assert [one.code for one in failures] == ["comet.genesis"]


class Failing(MemoryStore):
    failing = False

    def get(self, key):
        if self.failing:
            raise Unavailable("store.io", "the disk does not answer")
        return super().get(key)


class FullDisk(MemoryStore):
    full = False

    def write(self, rows):
        if self.full:
            raise Unavailable("store.full", "the disk is full")
        super().write(rows)


def test_a_block_that_cannot_be_kept_stops_the_node_and_changes_nothing(served):
    store = FullDisk()
    connection, _, failures, server = served(GENESIS, store)
    chain = Chain(connection, GENESIS)
    chain.decide(REGISTERED[:1], START_MS)
    store.full = True
    block = abci.Request(finalize_block={"txs": REGISTERED[1:2], "height": 2, "time": at(START_MS)})
    for request in (block, abci.Request(commit={})):
        connection.send(framed(request.SerializeToString()))
    *_, last = connection.answers_left()
    assert "store.full" in last.exception.error
    assert [one.code for one in failures] == ["store.full"]
    with closing(Connection(server.address)) as again:
        assert again.ask(info={}).last_block_height == 1


def test_no_more_connections_than_a_node_opens(served):
    *_, server = served(GENESIS)
    opened = [Connection(server.address) for _ in range(20)]
    answered = 0
    with ExitStack() as stack:
        for one in opened:
            stack.callback(one.close)
        for one in opened:
            with suppress(OSError, StopIteration):
                answered += one.ask(echo={"message": "x"}).message == "x"
    assert answered == CONNECTIONS_MAX - 1
