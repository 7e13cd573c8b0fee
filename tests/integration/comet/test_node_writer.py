"""Who hands a transaction to a node has an answer: refused, in a block, or not known yet."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from cellchain.adapters.cometbft import writer as node_writer
from cellchain.adapters.cometbft.writer import NodeWriter
from cellchain.contracts.custody import Register
from cellchain.core.errors import Unavailable
from cellchain.core.names import battery_id
from cellchain.ledger.engine.comet import abci_pb2 as abci
from cellchain.ledger.engine.comet.answering import Comet
from tests.chain import CLIENTS, Chain
from tests.homes import START_MS
from tests.integration.comet.node import at


class Api:
    """CometBFT of one validator: checks what it is given, and makes blocks when it is told to."""

    def __init__(self, engine):
        self.engine = engine
        self.mempool = []
        self.said = ""
        self.deaf = False

    def broadcast(self, transactions):
        if self.said:
            return [self.said for _ in transactions]
        for data in transactions:
            if not self.deaf:
                answer = self._ask(check_tx={"tx": data}).check_tx
                self.mempool += [data] if not answer.code else []
        return ["" for _ in transactions]

    def block(self):
        height = self.engine.application.state.head.height + 1
        block = {"txs": self.mempool, "height": height, "time": at(START_MS)}
        self._ask(finalize_block=block)
        self._ask(commit={})
        self.mempool = []

    def _ask(self, **request):
        data = abci.Request(**request).SerializeToString()
        return abci.Response.FromString(self.engine.answer(data, now_ms=START_MS))


@pytest.fixture
def chain():
    return Chain()


@pytest.fixture
def api(chain):
    return Api(Comet(chain.application))


@pytest.fixture
def writer(api):
    return NodeWriter(api.engine, api)


def registering(chain, number):
    battery = battery_id("09506000134352", f"W{number}")
    return chain.signed(0, Register(battery=battery), sequence=number)


def submitted(writer, api, transactions):
    """Submit in another thread, make a block once all of it waits, and return the results."""
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(writer.submit, transactions)
        while len(api.mempool) < len(transactions) and not future.done():
            pass
        api.block()
        return future.result(10)


def test_a_result_is_given_once_the_block_is_committed(writer, api, chain):
    results = submitted(writer, api, [registering(chain, 1), registering(chain, 2)])
    assert [(one.code, one.height) for one in results] == [("", 1), ("", 1)]
    assert writer.next_sequence(CLIENTS[0].key_id) == 3
    assert not writer._waiting


def test_what_the_check_refuses_is_refused_at_once(writer, api, chain):
    (result,) = writer.submit([registering(chain, 5)])
    assert (result.code, result.in_log) == ("transaction.gap", False)
    assert not writer._waiting


def test_the_same_bytes_again_are_refused_after_and_wait_before_their_block(writer, api, chain):
    data = registering(chain, 1)
    submitted(writer, api, [data])
    api.said = node_writer.IN_CACHE
    (result,) = writer.submit([data])
    assert result.code == "transaction.replayed"


def test_what_is_too_long_is_not_sent_at_all(writer, api, chain):
    api.said = "it would be an error to send this"
    most = chain.application.parameters.transaction_bytes_max
    (result,) = writer.submit([b"x" * (most + 1)])
    assert result.code == "canonical.too_long"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("mempool is full: number of txs 9 (max: 9)", "node.busy"),
        ("endpoint is closed while node is catching up", "node.behind"),
    ],
)
def test_a_node_that_takes_nothing_says_so(writer, api, chain, said, code):
    api.said = said
    with pytest.raises(Unavailable) as error:
        writer.submit([registering(chain, 1)])
    assert error.value.code == code
    assert not writer._waiting


def test_whoever_waits_too_long_is_told_that_it_is_not_known(writer, api, chain, monkeypatch):
    monkeypatch.setattr(node_writer, "ANSWER_S", 0.01)
    api.deaf = True
    with pytest.raises(Unavailable) as error:
        writer.submit([registering(chain, 1)])
    assert error.value.code == "node.slow"
    assert not writer._waiting


def test_when_the_node_ends_everybody_who_waits_is_told(writer, api, chain):
    api.deaf = True
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(writer.submit, [registering(chain, 1)])
        while not writer._waiting:
            pass
        writer.fail(Unavailable("node.ended", "it has"))
        with pytest.raises(Unavailable) as error:
            future.result(10)
    assert error.value.code == "node.ended"
