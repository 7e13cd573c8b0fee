"""Four organisations on CometBFT: one ledger, whoever is asked, and whoever falls over."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

from tests.e2e.network import (
    cellchain,
    free_ports,
    kept_running,
    need_cometbft,
    processes,
    runs,
    send,
    told,
    until,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BATTERY = "01/09506000134352/21/NET-{}"


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Path]]:
    """The homes of four nodes that are kept running."""
    need_cometbft()
    folder = tmp_path_factory.mktemp("network") / "of-four"
    made = told("node", "network", folder, "--no-start", "--first-port", str(free_ports()))
    found = [folder / f"member-{n + 1}" for n in range(4)]
    assert made["homes"] == [str(home) for home in found]
    with kept_running("node", "network", folder, log=folder / "log"):
        for home in found:
            until(lambda home=home: runs(home), f"{home.name} runs")
        yield found


def heads(homes: list[Path]) -> set[tuple[int, str]]:
    stands = [told("node", "status", home) for home in homes]
    return {(one["height"], one["app_hash"]) for one in stands}


def agreed(homes: list[Path]) -> bool:
    return len(heads(homes)) == 1


def test_a_battery_goes_from_one_company_to_another_while_a_third_stands_still(
    homes: list[Path],
) -> None:
    giver, taker, third, last = homes
    battery = BATTERY.format(1)
    send(giver, "custody.register", battery=battery)
    stopped = processes(third).values()
    for process in stopped:
        os.kill(process, signal.SIGSTOP)
    try:
        send(giver, "custody.offer", battery=battery, receiver="member-2")
        taken = send(taker, "custody.accept", battery=battery)
        assert taken["code"] == ""
        until(lambda: told("node", "status", last)["height"] >= taken["height"], "the last has it")
        assert told("audit", "--home", last)["transactions"] >= 3
    finally:
        for process in stopped:
            os.kill(process, signal.SIGCONT)
    until(lambda: agreed(homes), "the third has caught up")


def test_what_the_rules_refuse_is_refused_by_every_node_with_the_same_code(
    homes: list[Path],
) -> None:
    battery = BATTERY.format(2)
    send(homes[0], "custody.register", battery=battery)
    for home in homes[1:]:
        refused = cellchain(
            "send", "custody.offer", "--battery", battery, "--receiver", "member-1", "--as",
            "operator", "--home", home, "--json",
        )  # fmt: skip
        assert refused.returncode == 1
        assert "custody.not_holder" in refused.stdout + refused.stderr
    until(lambda: agreed(homes), "all have the same receipts")


@pytest.mark.parametrize("part", ["application", "cometbft"])
def test_a_node_that_is_killed_comes_back_by_itself_and_has_lost_nothing(
    homes: list[Path], part: str
) -> None:
    killed, other = homes[1], homes[3]
    before = processes(killed)
    acknowledged = send(other, "custody.register", battery=BATTERY.format(part))
    os.kill(before[part], signal.SIGKILL)
    meanwhile = send(other, "custody.register", battery=BATTERY.format(f"{part}-2"))
    until(
        lambda: len(now := processes(killed)) == 2 and not set(now.values()) & set(before.values()),
        "both processes are new ones",
    )
    until(lambda: runs(killed), "it answers")
    again = send(killed, "custody.register", battery=BATTERY.format(f"{part}-3"))
    assert acknowledged["height"] <= meanwhile["height"] < again["height"]
    until(lambda: agreed(homes), "all have the same state")
    told("audit", "--home", killed)


def test_a_node_that_stands_says_so_to_whoever_asks(homes: list[Path]) -> None:
    looked = cellchain("doctor", "--home", homes[0])
    assert "peers, power 10" in looked.stdout
    assert "validators sign the blocks" in looked.stdout
