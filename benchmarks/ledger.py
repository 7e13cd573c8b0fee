"""The ledger's figures: what a durable transaction costs beside its signature."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import time
from functools import cache
from typing import TYPE_CHECKING

from benchmarks.chain import BLOCK, Bench, verify_all
from benchmarks.figure import Figure, interleaved, median_ratio
from cellchain.adapters.signature_worker import Batch, SignatureWorker, verified_ahead
from cellchain.app import Cellchain
from cellchain.ledger.replay import replay as replay_blocks
from cellchain.ledger.replay import stored_blocks

if TYPE_CHECKING:
    from collections.abc import Callable

    from cellchain.ledger.state import Sealed

BLOCKS = 3
"""Blocks per round."""
SMALL, LARGE = 100_000, 1_000_000
WARM_BLOCKS = 10


@cache
def bench(batteries: int) -> Bench:
    """Return the chain with so many batteries, made once."""
    return Bench(batteries)


@cache
def _durable() -> tuple[list[float], list[float], str]:
    chain = bench(SMALL)
    work: list[list[bytes]] = []

    def bare(_: int) -> float:
        work.append(chain.hand_overs(BLOCKS * BLOCK))
        cases = chain.bare(work[-1])
        return _cpu(lambda: verify_all(cases))

    def durable(_: int) -> float:
        transactions = work.pop()
        return _cpu(lambda: [chain.seal(b) for b in _blocks(transactions)])

    syncs, seconds = chain.store.writes, chain.store.sync_s
    ceilings, values = interleaved(bare, durable)
    syncs, seconds = chain.store.writes - syncs, chain.store.sync_s - seconds
    return values, ceilings, f"{syncs} syncs, {1000 * seconds / syncs:.1f} ms each"


def durable() -> Figure:
    """Rate on one core, verification included, by CPU, to bare verification."""
    values, ceilings, note = _durable()
    count = BLOCKS * BLOCK
    return Figure(
        name="ledger.durable",
        value=count / statistics.median(values),
        ceiling=count / statistics.median(ceilings),
        ratio=median_ratio(ceilings, values),
        unit="transactions/s of CPU",
        goal=">= 0.60, 0.65 wished",
        note=note,
    )


def overhead() -> Figure:
    """Everything except the signature, in verifications."""
    values, ceilings, _ = _durable()
    rest = [v - c for v, c in zip(values, ceilings, strict=True)]
    count = BLOCKS * BLOCK
    return Figure(
        name="ledger.overhead",
        value=1e6 * statistics.median(rest) / count,
        ceiling=1e6 * statistics.median(ceilings) / count,
        ratio=median_ratio(rest, ceilings),
        unit="us of CPU per transaction",
        goal="<= 0.60, 0.45 wished",
    )


@cache
def _pipelined() -> tuple[list[float], list[float], str]:
    chain = bench(SMALL)
    work: list[list[bytes]] = []

    def bare(_: int) -> float:
        work.append(chain.hand_overs(2 * BLOCKS * BLOCK))
        cases = chain.bare(work[-1])
        return _wall(lambda: verify_all(cases))

    with SignatureWorker() as worker:
        first = chain.hand_overs(BLOCK)  # the process is up when this has been verified
        worker.start([chain.application.codec.decode(data) for data in first])()
        chain.seal(first)

        def piped(_: int) -> float:
            batches = [Batch(block) for block in _blocks(work.pop())]

            def run() -> None:
                for batch in verified_ahead(chain.application, batches, worker):
                    chain.seal(batch.transactions)

            return _wall(run)

        syncs, seconds = chain.store.writes, chain.store.sync_s
        ceilings, values = interleaved(bare, piped)
        syncs, seconds = chain.store.writes - syncs, chain.store.sync_s - seconds
    return values, ceilings, f"{syncs} syncs, {1000 * seconds / syncs:.1f} ms each"


def pipelined() -> Figure:
    """Rate by wall clock on two cores, to bare verification on one."""
    values, ceilings, note = _pipelined()
    count = 2 * BLOCKS * BLOCK
    return Figure(
        name="ledger.pipelined",
        value=count / statistics.median(values),
        ceiling=count / statistics.median(ceilings),
        ratio=median_ratio(ceilings, values),
        unit="transactions/s by wall clock",
        goal=">= 1.0, 1.1 wished",
        note=note,
    )


def sync() -> Figure:
    """One block's commit to a raw fdatasync of the same bytes."""
    chain = bench(SMALL)
    path = chain.folder.with_name("raw")
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    sizes: list[int] = []

    def commit(_: int) -> float:
        block = chain.hand_overs(BLOCK)
        state = chain.application.state
        taken: list[float] = []
        inner = state.commit

        def timed(sealed: Sealed, extra: object = ()) -> None:
            rows = [*sealed.rows, *extra]  # type: ignore[misc]
            sizes.append(sum(len(k) + len(v or b"") for k, v in rows))
            started = time.perf_counter()
            inner(sealed, extra)  # type: ignore[arg-type]
            taken.append(time.perf_counter() - started)

        state.commit = timed  # type: ignore[method-assign]
        try:
            chain.seal(block)
        finally:
            state.commit = inner  # type: ignore[method-assign]
        return taken[0]

    def raw(_: int) -> float:
        data = os.urandom(sizes[-1])
        started = time.perf_counter()
        os.write(file, data)
        os.fdatasync(file)
        return time.perf_counter() - started

    values, ceilings = interleaved(commit, raw, rounds=41)
    os.close(file)
    path.unlink()
    return Figure(
        name="ledger.sync",
        value=1000 * statistics.median(values),
        ceiling=1000 * statistics.median(ceilings),
        ratio=statistics.median(values) / statistics.median(ceilings),
        unit="ms per block",
        goal="<= 2",
        note=f"{statistics.median(sizes) / 1e6:.2f} MB per block of {BLOCK}",
    )


def growth() -> Figure:
    """Cost per transaction with ten times the records."""
    small, large = bench(SMALL), bench(LARGE)

    def cost(chain: Bench) -> Callable[[int], float]:
        def measure(_: int) -> float:
            transactions = chain.hand_overs(BLOCKS * BLOCK)
            return _cpu(lambda: [chain.seal(b) for b in _blocks(transactions)])

        return measure

    ceilings, values = interleaved(cost(small), cost(large))
    count = BLOCKS * BLOCK
    return Figure(
        name="ledger.growth",
        value=1e6 * statistics.median(values) / count,
        ceiling=1e6 * statistics.median(ceilings) / count,
        ratio=median_ratio(values, ceilings),
        unit="us of CPU per transaction at 10^6 and 10^5 records",
        goal="<= 1.3",
    )


def startup() -> Figure:
    """Opening a home of 10^6 records and handing over 1,000 batteries, in a fresh process."""
    chain = bench(LARGE)
    head = chain.application.info()
    transactions = chain.hand_overs(BLOCK)
    chain.close()
    script = (
        "import sys,time;from pathlib import Path;s=time.perf_counter()\n"
        "from cellchain.app import Cellchain;from cellchain.adapters.rocks import RocksStore\n"
        "from cellchain.ledger.parameters import parse_genesis\n"
        "g=parse_genesis(sys.stdin.buffer.read());a=Cellchain().application(g,RocksStore(Path(sys.argv[1])))\n"
        "m=[l.split()[1] for l in open('/proc/self/status') if l.startswith('VmHWM')]\n"
        "print(a.info().app_hash.hex(),time.perf_counter()-s,m[0])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(chain.folder)],
        input=chain.genesis.to_bytes(),
        capture_output=True,
        check=True,
    )
    app_hash, seconds, kilobytes = done.stdout.split()
    if app_hash.decode() != head.app_hash.hex():
        raise SystemExit("the reopened home has another app hash")
    chain.open()
    for block in _blocks(transactions):
        chain.seal(block)
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return Figure(
        name="ledger.startup",
        value=float(seconds),
        ceiling=10,
        ratio=float(seconds) / 10,
        unit="s at 10^6 records",
        goal="<= 1",
        note=f"{int(kilobytes) >> 10} MB then; {used >> 10} MB in this process after all figures",
    )


def replay() -> Figure:
    """Rate of a replay, every signature verified, to the live rate."""
    values, _, _ = _pipelined()
    live = statistics.median(values) / (2 * BLOCKS * BLOCK)
    chain = bench(SMALL)
    height = chain.application.info().height
    shop = Cellchain()
    with shop.replica(chain.genesis) as replica:
        first = next(
            b.height for b in stored_blocks(chain.store, height) if len(b.transactions) == BLOCK
        )
        for block in stored_blocks(chain.store, first - 1):
            replay_blocks(replica, [block])
        last = min(height, first + 39)
        blocks = list(stored_blocks(chain.store, last, first))
        steady = blocks[WARM_BLOCKS].height  # the second process is up by then
        began: list[float] = []

        def progress(done: int) -> None:
            if done == steady:
                began.append(time.perf_counter())

        replay_blocks(replica, shop.ahead(replica, blocks), progress=progress)
        seconds = time.perf_counter() - began[0]
        count = sum(len(block.transactions) for block in blocks[WARM_BLOCKS + 1 :])
    return Figure(
        name="ledger.replay",
        value=count / seconds,
        ceiling=1 / live,
        ratio=live * count / seconds,
        unit="transactions/s by wall clock, replayed and live",
        goal=">= 0.9",
    )


FIGURES: dict[str, Callable[[], Figure]] = {
    "ledger.durable": durable,
    "ledger.overhead": overhead,
    "ledger.pipelined": pipelined,
    "ledger.sync": sync,
    "ledger.replay": replay,
    "ledger.growth": growth,
    "ledger.startup": startup,
}


def _blocks(transactions: list[bytes]) -> list[list[bytes]]:
    return [transactions[i : i + BLOCK] for i in range(0, len(transactions), BLOCK)]


def _cpu(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def _wall(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
