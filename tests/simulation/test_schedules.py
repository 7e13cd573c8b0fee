"""Whatever is lost, doubled, overtaken or killed: the same root everywhere, at every height."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from cellchain.app import Cellchain
from cellchain.contracts import discover
from cellchain.ledger.contract import Contract, Event, Message, Record
from cellchain.ledger.replay import replay, stored_blocks
from cellchain.ledger.store import MemoryStore
from tests.chain import CLIENTS
from tests.homes import genesis
from tests.simulation.network import GENESIS, Forked, Network, governed

FEW, STEPS = 60, 100
MANY = int(os.environ.get("SCHEDULES", "10000"))
ROOT = Path(__file__).parents[2]


def simulated(seed: int, **how) -> Network:
    network = Network(seed, **how)
    network.run(STEPS)
    return network


def check(network: Network) -> None:
    heads = {one.engine.application.state.head for one in network.replicas}
    assert len(heads) == 1


def check_schedule(seed: int) -> None:
    """Check one in a process that knows no other."""
    try:
        check(simulated(seed))
    except AssertionError as error:
        error.add_note(f"seed {seed}")
        raise


@pytest.mark.parametrize("seed", range(FEW))
def test_every_replica_has_the_same_state(seed):
    network = simulated(seed)
    check(network)
    state = network.replicas[0].engine.application.state
    shadow = Cellchain().application(GENESIS, MemoryStore())
    replay(shadow, stored_blocks(state.store, state.head.height))
    assert shadow.state.head.app_hash == state.head.app_hash


def test_schedules_are_of_many_kinds():
    seen = Counter()
    for seed in range(FEW):
        network = simulated(seed)
        seen["blocks"] += len(network.blocks)
        seen["crashes"] += network.crashes
        for block in network.blocks:
            seen["transactions"] += len(block.transactions)
        state = network.replicas[0].engine.application.state
        for height in range(1, state.head.height + 1):
            for entry in state.block(height).entries:
                seen["refused"] += b'"code"' in entry
                seen["handed over"] += b"custody.accepted" in entry
                seen["carried out"] += b"governance.executed" in entry
                seen["given up"] += b"governance.given_up" in entry
                seen["elected"] += b"governance.validators_set" in entry and height > 0
    assert min(seen.values()) > FEW // 10, seen
    assert len(seen) == 8


@pytest.mark.torture
def test_ten_thousand_schedules():
    began = time.monotonic()
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as cores:
        for _ in cores.map(check_schedule, range(1_000_000, 1_000_000 + MANY), chunksize=50):
            pass
    print(f"{MANY} schedules in {time.monotonic() - began:.0f} s")


# -- what must be caught ------------------------------------------------------------------------


class Planted(Record, frozen=True, kw_only=True, tag="planted.planted/1"):
    value: str = ""


class Grown(Event[Planted], frozen=True, kw_only=True, tag="planted.grown/1"):
    subject_field = "name"
    value: str
    name: str = "it"

    def evolve(self, _):
        return Planted(value=self.value)


class Clock(Message, frozen=True, kw_only=True, tag="planted.clock/1"):
    def decide(self, _book, _context):
        yield Grown(value=str(time.perf_counter_ns()))


class SetOrder(Message, frozen=True, kw_only=True, tag="planted.set_order/1"):
    def decide(self, _book, _context):
        yield Grown(value="".join({"lithium", "cobalt", "nickel", "manganese", "graphite"}))


PLANTED = Contract("planted", messages=(Clock, SetOrder), events=(Grown,))


def planted(seed: int, message: Message) -> Network:
    contracts = {**discover(), "planted": PLANTED}
    chain = governed(genesis(CLIENTS, contracts=tuple(sorted(contracts))))
    return simulated(seed, contracts=contracts, chain=chain, messages=[message] * 4)


def test_a_rule_that_looks_at_the_clock_is_caught():
    with pytest.raises(Forked):
        for seed in range(20):
            planted(seed, Clock())


def roots(hash_seed: str) -> str:
    """What another process, whose sets have another order, computes of the same schedules."""
    code = (
        "from tests.simulation.test_schedules import SetOrder, planted\n"
        "for seed in range(5):\n"
        "    network = planted(seed, SetOrder())\n"
        "    print(network.replicas[0].engine.application.state.head.app_hash.hex())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": hash_seed}, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    return done.stdout


def test_a_rule_that_looks_at_the_order_of_a_set_is_caught():
    assert roots("1") == roots("1") != roots("2")
