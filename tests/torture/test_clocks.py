"""Clocks of two members are ten seconds off, each its own way: blocks go on, and it is said."""

from __future__ import annotations

import time
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING

import pytest

from cellchain.app import Cellchain
from tests.e2e.network import (
    RUDE,
    make_network,
    one_history,
    register,
    runs,
    until,
)
from tests.torture.faulty_node import CLOCK_VARIABLE, faulty
from tests.torture.skewed import skewed_cometbft

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = [pytest.mark.torture, RUDE]
OFF_MS = {0: 0, 1: 0, 2: 10_000, 3: -10_000}
SAID = {
    0: "peers",
    1: "peers",
    2: " s ahead of those of most other validators",
    3: " s behind those of most other validators",
}
UNAVAILABLE = 3
NEAR_MS = 3_000
"""A vote takes a moment, and blocks follow each other."""


def moved(clock_ns: Callable[[], int], off_ns: int) -> int:
    return clock_ns() + off_ns


def test_two_clocks_are_ten_seconds_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    homes, program = make_network(tmp_path / "net"), str(skewed_cometbft())
    serials = [f"CLOCK-{number}" for number in range(12)]
    right_ns = time.time_ns
    with ExitStack() as stack:
        for number, home in enumerate(homes):
            off = {CLOCK_VARIABLE: str(OFF_MS[number]), "CELLCHAIN_COMETBFT": program}
            stack.enter_context(faulty("wrong-clock", home, tmp_path / "log", **off))
        until(lambda: all(map(runs, homes)), "all four run")
        for number, serial in enumerate(serials):
            register(homes[number % 4], serial)
        one_history(homes, serials)
        for number, home in enumerate(homes):
            register(homes[0], f"SEEN-BY-{number}")
            last_ms = right_ns() // 1_000_000
            with monkeypatch.context() as machine:
                off_ns = OFF_MS[number] * 1_000_000
                machine.setattr(time, "time_ns", partial(moved, right_ns, off_ns))
                stands = Cellchain().node_status(home)
                found = {name: (fine, seen) for name, fine, seen in Cellchain().diagnose(home)}
            assert abs(stands["clock_off_ms"] - OFF_MS[number]) < NEAR_MS
            fine, seen = found["node"]
            assert fine != bool(OFF_MS[number])
            assert SAID[number] in seen
    log, far_off = tmp_path / "far-off", {CLOCK_VARIABLE: "-200000"}
    with faulty("wrong-clock", homes[3], log, **far_off) as process:
        until(lambda: process.poll() is not None, "it does not even start")
    assert process.returncode == UNAVAILABLE
    assert "node.clock: this clock is" in log.read_text()
    with Cellchain().reading(homes[0]) as (_, application):
        time_ms = application.state.head.time_ms
    assert abs(last_ms - time_ms) < NEAR_MS, "blocks go by those who agree"
