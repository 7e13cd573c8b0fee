"""Links between nodes fail in every way that links do: no fork, nothing lost, one history after."""

from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from tests.e2e.links import Links, linked
from tests.e2e.network import (
    BATTERY,
    PROGRAM,
    head,
    kept_running,
    lacking,
    make_network,
    one_history,
    runs,
    until,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.torture
STILL_S = 6.0
"""Long enough for several rounds of proposals."""
PATIENCE_S = 40
acknowledged: list[str] = []


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return make_network(tmp_path_factory.mktemp("links") / "net")


@pytest.fixture(scope="module")
def links(homes: list[Path]) -> Iterator[Links]:
    folder = homes[0].parent
    with linked(homes) as links, kept_running("node", "network", folder, log=folder / "log"):
        until(lambda: all(runs(home) for home in homes), "all four run")
        yield links


@pytest.fixture(autouse=True)
def healed(links: Links) -> None:
    links.heal()


def hand_over(home: Path, serial: str, patience_s: float = PATIENCE_S) -> bool:
    """Register a battery; whether that was acknowledged in time."""
    battery = BATTERY.format(serial)
    command = [
        *PROGRAM, "send", "custody.register", "--battery", battery, "--home", str(home), "--json",
    ]  # fmt: skip
    try:
        done = subprocess.run(command, capture_output=True, timeout=patience_s, check=False)
    except subprocess.TimeoutExpired:
        return False
    if done.returncode == 0:
        acknowledged.append(serial)
    return done.returncode == 0


def stands_still(homes: list[Path]) -> bool:
    before = [head(home) for home in homes]
    time.sleep(STILL_S)  # that nothing happens can only be waited for
    return [head(home) for home in homes] == before


def test_two_and_two_halt_and_go_on_together(homes: list[Path], links: Links) -> None:
    links.part((0, 1), (2, 3))
    assert not hand_over(homes[0], "HALF-1", STILL_S)
    assert not hand_over(homes[2], "HALF-2", STILL_S)
    assert stands_still(homes)
    links.heal()
    until(lambda: hand_over(homes[1], "WHOLE-1"), "blocks are made again")
    one_history(homes, acknowledged)
    assert not lacking(homes[3], ("HALF-1", "HALF-2")), "unanswered is not lost: it waited"


def test_three_go_on_and_the_fourth_catches_up(homes: list[Path], links: Links) -> None:
    links.part((0, 1, 2), (3,))
    height, _ = head(homes[3])
    for number in range(5):
        assert hand_over(homes[number % 3], f"THREE-{number}")
    assert head(homes[3])[0] <= height + 1
    assert not hand_over(homes[3], "ALONE-1", STILL_S)
    links.heal()
    one_history(homes, acknowledged)


def test_one_that_is_heard_and_hears_nothing_harms_nobody(homes: list[Path], links: Links) -> None:
    links.deafen(3)
    for number in range(3):
        assert hand_over(homes[number], f"DEAF-{number}")
    links.heal()
    one_history(homes, acknowledged)


def test_slow_links_make_slow_blocks_and_no_fork(homes: list[Path], links: Links) -> None:
    for link, _ in links.of(2):
        link.delay_s = 0.4
    for number in range(4):
        assert hand_over(homes[number], f"SLOW-{number}")
    links.heal()
    one_history(homes, acknowledged)
