"""A node killed at each step between a decided block and a kept one: it goes on where it was."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING

import pytest

from cellchain.app import Cellchain
from cellchain.core.errors import Unavailable
from tests.e2e.network import (
    PROGRAM,
    RUDE,
    kept_running,
    make_network,
    one_history,
    register,
    runs,
    until,
)
from tests.torture.faulty_node import FAULTS, faulty

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.torture, RUDE]
STEPS = 12
"""Fail points of CometBFT in a block, and the first of the next: its two votes; the block decided,
kept, marked in its journal; executed, results kept, committed, state kept; applied, taken over."""
DEADLY = [name for name in FAULTS if name.startswith(("before-", "half-", "after-"))]


@contextmanager
def run_once(home: Path, log: Path, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("ab") as out:
        process = subprocess.Popen(
            [*PROGRAM, "node", "run", str(home)],
            stdout=out,
            stderr=subprocess.STDOUT,
            env=os.environ | environment,
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(60)


def goes_on(home: Path, process: subprocess.Popen[bytes], serial: str) -> bool:
    """Register a battery, and wait for the block that seals its block; whether both went well."""
    acknowledged: list[int] = []

    def told_or_ended() -> bool:
        with suppress(Unavailable):  # it does not run yet, or just no longer
            acknowledged.append(register(home, serial))
        return bool(acknowledged) or process.poll() is not None

    def sealed_or_ended() -> bool:
        latest = Cellchain().node_status(home).get("latest_block", 0)
        return process.poll() is not None or latest > acknowledged[0]

    until(told_or_ended, "it is acknowledged, or the node ends")
    if acknowledged:
        until(sealed_or_ended, "a second block follows, or the node ends")
    return bool(acknowledged)


def test_cometbft_dies_at_each_of_its_steps(tmp_path: Path) -> None:
    (home,) = make_network(tmp_path / "net", validators=1)
    acknowledged: list[str] = []
    log, said = tmp_path / "log", home / "node" / "cometbft.log"
    for step in range(STEPS):
        serial = f"STEP-{step}"
        with run_once(home, log, FAIL_TEST_INDEX=str(step)) as process:
            if goes_on(home, process, serial):
                acknowledged.append(serial)
            process.wait(60)
        assert f"*** fail-test {step} ***" in said.read_text()
        with run_once(home, log) as process:
            assert goes_on(home, process, f"{serial}-AGAIN"), "it is back, and makes blocks"
            acknowledged.append(f"{serial}-AGAIN")
    assert serial in acknowledged, "the last step belongs to the block after"
    assert len(acknowledged) > STEPS
    one_history([home], acknowledged)


def test_the_application_dies_at_each_of_its_steps(tmp_path: Path) -> None:
    homes = make_network(tmp_path / "net")
    victim, acknowledged = homes[3], []
    with ExitStack() as stack:
        for home in homes[:3]:
            stack.enter_context(kept_running("node", "start", home, log=tmp_path / "log"))
        until(lambda: all(map(runs, homes[:3])), "three run")
        for step in DEADLY:
            with faulty(step, victim, tmp_path / "log") as process:
                while process.poll() is None:
                    acknowledged.append(f"{step}-{len(acknowledged)}")
                    register(homes[len(acknowledged) % 3], acknowledged[-1])
            assert process.returncode == -signal.SIGKILL
        stack.enter_context(kept_running("node", "start", victim, log=tmp_path / "log"))
        until(lambda: runs(victim), "it is back")
        register(victim, "AFTER-ALL")
        one_history(homes, [*acknowledged, "AFTER-ALL"])
