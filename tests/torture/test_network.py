"""Nodes of a network killed again and again, at random: nothing acknowledged is lost."""

from __future__ import annotations

import os
import random
import signal
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from tests.e2e.network import (
    BATTERY,
    cellchain,
    kept_running,
    make_network,
    one_history,
    processes,
    runs,
    until,
)

if TYPE_CHECKING:
    from pathlib import Path

ROUNDS = max(1, int(os.environ.get("TORTURE_ROUNDS", "200")) // 20)
SEED = int(os.environ.get("TORTURE_SEED", "7"))
VICTIMS = (("application",), ("cometbft",), ("application", "cometbft"))

pytestmark = pytest.mark.torture


def test_nothing_acknowledged_is_lost_when_nodes_are_killed(tmp_path: Path) -> None:
    dice, folder = random.Random(SEED), tmp_path / "net"
    homes = make_network(folder)
    acknowledged: list[str] = []
    with kept_running("node", "network", folder, log=folder / "log"):
        for home in homes:
            until(lambda home=home: runs(home), f"{home.name} runs")
        for number in range(ROUNDS):
            victim = dice.choice(homes)
            for part in dice.choice(VICTIMS):
                with suppress(ProcessLookupError, KeyError):  # it is on its way back just now
                    os.kill(processes(victim)[part], signal.SIGKILL)
                time.sleep(dice.random() * 0.3)
            sender = dice.choice([home for home in homes if home != victim])
            serial = f"KILL-{number}"
            sent = cellchain(
                "send", "custody.register", "--battery", BATTERY.format(serial), "--as", "operator",
                "--home", sender, "--json",
            )  # fmt: skip
            if sent.returncode == 0:
                acknowledged.append(serial)
        for home in homes:
            until(lambda home=home: runs(home), f"{home.name} is back by itself")
        one_history(homes, acknowledged)
    print(f"{ROUNDS} rounds, {len(acknowledged)} acknowledged")
    assert len(acknowledged) >= ROUNDS // 2
