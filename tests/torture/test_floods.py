"""A member that sends garbage, strangers' transactions or far too many of its own harms nobody."""

from __future__ import annotations

import random
import re
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cellchain.adapters.clock import clock_ms
from cellchain.adapters.cometbft.api import NodeApi
from cellchain.adapters.cometbft.folder import NodeFolder
from cellchain.app import Cellchain
from cellchain.contracts.custody import Register
from cellchain.core.errors import Unavailable
from cellchain.core.time import HOUR_MS
from cellchain.crypto.signatures import SigningKey
from cellchain.ledger.transaction import new_body, sign_transaction
from tests.e2e.network import (
    BATTERY,
    RUDE,
    kept_running,
    lacking,
    make_network,
    one_history,
    processes,
    register,
    runs,
    until,
)
from tests.torture.faulty_node import faulty

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

pytestmark = [pytest.mark.torture, RUDE]
STRANGERS, OF_EACH, OWN, WAITING_MAX = 500, 100, 6_000, 500
PACK = 500
"""Transactions that are handed over at once."""
ANSWER_S_MAX = 60
RSS_BYTES_MAX = 700 << 20
LOG_BYTES_MAX = 4 << 20


def garbage() -> list[bytes]:
    dice = random.Random(5)
    made = [dice.randbytes(2**size) for size in range(20)]
    made += [b"", b"[" * 500_000, b'{"body":' * 100_000, b'{"body":{},"signature":""}']
    return made + [dice.randbytes(dice.randrange(1, 2_000)) for _ in range(2_000)]


def signed(key: SigningKey, serials: Sequence[str], chain: str) -> list[bytes]:
    bodies = [
        new_body(
            chain=chain,
            key=key,
            sequence=number,
            messages=[Register(battery=BATTERY.format(serial))],
            gas_max=100_000,
            expires_ms=clock_ms() + HOUR_MS,
        )
        for number, serial in enumerate(serials, 1)
    ]
    return [sign_transaction(body, key) for body in bodies]


def chain_of(home: Path) -> str:
    return Cellchain().home(home).genesis.chain


def own_key(home: Path) -> SigningKey:
    return Cellchain().home(home).keys.load("operator")


def of_strangers(chain: str, count: int) -> Iterator[bytes]:
    for number in range(count):
        key = SigningKey(number.to_bytes(32, "big"))
        yield from signed(key, [f"S-{number}-{n}" for n in range(OF_EACH)], chain)


def hand_over(home: Path, transactions: Sequence[bytes]) -> int:
    """Give them to CometBFT of a home, straight; how many it took."""
    taken, api = 0, NodeApi(NodeFolder(home / "node").rpc_path)
    try:
        for start in range(0, len(transactions), PACK):
            with suppress(Unavailable):  # a body that is too large is not read
                taken += api.broadcast(transactions[start : start + PACK]).count("")
    finally:
        api.close()
    return taken


def longest_answer_s(homes: Sequence[Path], flood: Callable[[], int], name: str) -> float:
    """Let the others register batteries for as long as a flood goes on."""
    longest_s = 0.0
    with ThreadPoolExecutor(1) as pool:
        flooding = pool.submit(flood)
        number = 0
        while not (flooding.done() and number >= len(homes)):
            began = time.monotonic()
            home, serial = homes[number % len(homes)], f"{name}-{number}"
            until(lambda home=home, serial=serial: acknowledged(home, serial), f"{serial} is told")
            longest_s = max(longest_s, time.monotonic() - began)
            number += 1
        print(f"{name}: {flooding.result()} taken, {number} others', {longest_s:.1f} s at most")
    return longest_s


def acknowledged(home: Path, serial: str) -> int:
    with suppress(Unavailable):  # its node is busy: it says so, and that one may send again
        return register(home, serial)
    return 0


def memory_bytes(home: Path) -> int:
    """Memory of both processes of a node."""
    found = 0
    for process in processes(home).values():
        (line,) = re.findall(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
        found += int(line) << 10
    return found


def check_bounds(homes: Sequence[Path]) -> None:
    for home in homes:
        assert memory_bytes(home) < RSS_BYTES_MAX
        assert sum(log.stat().st_size for log in home.glob("node/*.log*")) < LOG_BYTES_MAX


def test_a_node_that_passes_on_and_proposes_garbage(tmp_path: Path) -> None:
    homes = make_network(tmp_path / "net")
    others, hostile = homes[:3], homes[3]
    with ExitStack() as stack:
        for home in others:
            stack.enter_context(kept_running("node", "start", home, log=tmp_path / "log"))
        stack.enter_context(faulty("takes-everything", hostile, tmp_path / "hostile"))
        until(lambda: all(map(runs, homes)), "all four run")
        given = [*garbage(), *of_strangers(chain_of(hostile), 10)]
        assert longest_answer_s(others, lambda: hand_over(hostile, given), "GARBAGE") < ANSWER_S_MAX
        check_bounds(others)
        one_history(others, ["GARBAGE-0"])


def test_floods_through_a_node(tmp_path: Path) -> None:
    homes = make_network(tmp_path / "net")
    for home in homes:
        with (home / "node" / "node.toml").open("a") as settings:
            settings.write(f"waiting_max = {WAITING_MAX}\n")
    flooded, chain = homes[3], chain_of(homes[3])
    own = signed(own_key(flooded), [f"F-{n}" for n in range(OWN)], chain)
    strangers = list(of_strangers(chain, STRANGERS))
    with kept_running("node", "network", tmp_path / "net", log=tmp_path / "log"):
        until(lambda: all(map(runs, homes)), "all four run")
        for name, given in {"STRANGERS": strangers, "OWN": own}.items():
            flood = lambda given=given: hand_over(flooded, given)  # noqa: E731
            assert longest_answer_s(homes[:3], flood, name) < ANSWER_S_MAX
            check_bounds(homes)
        until(
            lambda: not lacking(homes[0], [f"F-{WAITING_MAX // 2}"]),
            "what it sent itself is done too",
        )
        one_history(homes, ["STRANGERS-0", "OWN-0", "F-0"])
