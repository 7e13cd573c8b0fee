"""Nodes of a network killed again and again, at random: nothing acknowledged is lost."""

from __future__ import annotations

import os
import random
import signal
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from cellchain.app import Cellchain
from cellchain.contracts.custody import Custody
from tests.e2e.network import (
    cellchain,
    free_ports,
    kept_running,
    need_cometbft,
    processes,
    runs,
    told,
    until,
)

if TYPE_CHECKING:
    from pathlib import Path

ROUNDS = max(1, int(os.environ.get("TORTURE_ROUNDS", "200")) // 20)
SEED = int(os.environ.get("TORTURE_SEED", "7"))
VICTIMS = (("application",), ("cometbft",), ("application", "cometbft"))

pytestmark = pytest.mark.torture


def test_nothing_acknowledged_is_lost_when_nodes_are_killed(tmp_path: Path) -> None:
    need_cometbft()
    dice, folder = random.Random(SEED), tmp_path / "net"
    told("node", "network", folder, "--no-start", "--first-port", str(free_ports()))
    homes = [folder / f"member-{n + 1}" for n in range(4)]
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
            battery = f"01/09506000134352/21/KILL-{number}"
            sent = cellchain(
                "send", "custody.register", "--battery", battery, "--as", "operator", "--home",
                sender, "--json",
            )  # fmt: skip
            if sent.returncode == 0:
                acknowledged.append(battery)
        for home in homes:
            until(lambda home=home: runs(home), f"{home.name} is back by itself")
        until(lambda: len({_head(home) for home in homes}) == 1, "all have the same state")
    print(f"{ROUNDS} rounds, {len(acknowledged)} acknowledged")
    assert len(acknowledged) >= ROUNDS // 2
    for home in homes:
        with Cellchain().reading(home) as (_, application):
            kept = application.state.records
            assert all(kept.lookup((Custody, one)) is not None for one in acknowledged)
        told("audit", "--home", home)


def _head(home: Path) -> tuple[int, str]:
    stands = told("node", "status", home)
    return stands["height"], stands["app_hash"]
