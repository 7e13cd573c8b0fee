"""The light endpoint: a few questions of light clients, strictly; nothing else, not too often."""

from __future__ import annotations

import socket
import sys
from contextlib import ExitStack, suppress

import httpx
import pytest

from cellchain.adapters.cometbft.light_endpoint import (
    ADDRESS_CONNECTIONS_MAX,
    ADDRESSES_MAX,
    BURST,
    CONNECTIONS_MAX,
    METHODS,
    LightEndpoint,
    _Allowance,
)
from cellchain.core.errors import Unavailable


class Node:
    """Stands for CometBFT, and remembers what it was asked."""

    def __init__(self):
        self.asked = []

    def ask(self, method, **parameters):
        self.asked.append((method, parameters))
        if method == "header":
            raise Unavailable("node.api", "height 9 is not available, lowest height is 12")
        return {"of": method}


@pytest.fixture
def node():
    return Node()


@pytest.fixture
def ask(node):
    endpoint = LightEndpoint(node, "127.0.0.1:0")
    with httpx.Client(base_url=f"http://127.0.0.1:{endpoint.port}", trust_env=False) as client:
        yield client
    endpoint.close()


def call(method, params=None, **more):
    return {"jsonrpc": "2.0", "id": 7, "method": method, "params": params or {}, **more}


@pytest.mark.parametrize("method", METHODS)
def test_what_light_clients_ask_is_passed_on_in_our_own_words(ask, node, method):
    params = dict.fromkeys(METHODS[method], "5")
    answer = ask.post("/", json=call(method, params)).json()
    assert node.asked == [(method, params)]
    assert answer["id"] == 7
    assert answer.get("result") == {"of": method} or "lowest height" in answer["error"]["data"]


def test_an_address_line_asks_as_well(ask, node):
    assert ask.get('/commit?height="12"').json()["result"] == {"of": "commit"}
    assert ask.get("/commit").status_code == 200
    assert node.asked == [("commit", {"height": "12"}), ("commit", {})]


@pytest.mark.parametrize(
    "method",
    [
        "broadcast_tx_sync", "broadcast_evidence", "subscribe", "dump_consensus_state", "net_info",
        "genesis", "status", "block", "abci_query", "unsafe_flush_mempool", "", "../commit",
    ],
)  # fmt: skip
def test_nothing_else_is_answered(ask, node, method):
    assert ask.post("/", json=call(method)).json()["error"]["code"] == -32_601
    assert node.asked == []


@pytest.mark.parametrize(
    "params",
    [
        {"height": "-1"}, {"height": "1e9"}, {"height": -1}, {"height": "9" * 19}, {"height": ""},
        {"height": "٣"}, {"height": "1", "prove": "1"}, {"page": "1"}, {"height": "1 "},
    ],
)  # fmt: skip
def test_parameters_are_counts_and_no_others_than_the_methods(ask, node, params):
    assert ask.post("/", json=call("commit", params)).json()["error"]["code"] == -32_600
    assert node.asked == []


@pytest.mark.parametrize(
    "body",
    [
        b"", b"nonsense", b"[" * 3_000, b"[]", b'{"method":5}', b" " * 5_000, b'{"params":{}}',
        b'{"method":"commit","params":{"height":{}}}', b'{"method":"commit","params":[1]}', b"\xff",
    ],
)  # fmt: skip
def test_bodies_that_are_no_call_are_refused(ask, node, body):
    assert ask.post("/", content=body).status_code == 400
    assert ask.put("/", content=body).status_code == 400
    assert ask.get("/commit?" + "a=1&" * 1_500).status_code in {400, 431}
    assert node.asked == []


def test_who_asks_too_often_waits(ask, node):
    statuses = [ask.get("/health").status_code for _ in range(int(BURST) + 50)]
    assert statuses[: int(BURST)] == [200] * int(BURST)
    assert 429 in statuses
    assert len(node.asked) < len(statuses)


def test_allowances_grow_again_and_are_remembered_of_so_many():
    now = [0.0]
    allowance = _Allowance(lambda: now[0])
    assert all(allowance.take("a") for _ in range(int(BURST)))
    assert not allowance.take("a")
    assert allowance.take("b")
    now[0] = 1.0
    assert allowance.take("a")
    for number in range(2 * ADDRESSES_MAX):
        assert allowance.take(str(number))
    assert len(allowance._left) == ADDRESSES_MAX


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere this machine has one address")
def test_one_address_cannot_take_all_connections(ask):
    """Given somebody who opens as many as there are, when another asks, then it is answered."""
    port = ask.base_url.port
    with ExitStack() as stack:
        hoard = [
            stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            for _ in range(CONNECTIONS_MAX + 6)
        ]
        for refused in hoard[ADDRESS_CONNECTIONS_MAX:]:
            refused.settimeout(10)
            with suppress(ConnectionError):
                assert refused.recv(1) == b"", "hung up on"
        other = httpx.HTTPTransport(local_address="127.0.0.9")
        with httpx.Client(transport=other, trust_env=False) as client:
            assert client.get(f"http://127.0.0.1:{port}/commit").status_code == 200
