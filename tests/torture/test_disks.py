"""The disk under a member's store is slow, or full: nobody else minds, and nothing is torn."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.e2e.network import (
    RUDE,
    head,
    kept_running,
    make_network,
    one_history,
    register,
    runs,
    told,
    until,
)
from tests.torture.faulty_node import faulty

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.torture, RUDE]
BEHIND_MAX = 3
"""Blocks; while the last ones are being written."""
UNAVAILABLE = 3


@pytest.fixture
def homes(tmp_path: Path) -> Iterator[list[Path]]:
    """Homes of a network, of which the last one does not run yet."""
    made = make_network(tmp_path / "net")
    with ExitStack() as stack:
        for home in made[:3]:
            stack.enter_context(kept_running("node", "start", home, log=tmp_path / "log"))
        until(lambda: all(map(runs, made[:3])), "three run")
        yield made


def keeps_step(home: Path, height: int) -> bool:
    return head(home)[0] >= height - BEHIND_MAX


def test_a_slow_disk_keeps_step(homes: list[Path], tmp_path: Path) -> None:
    serials = [f"SLOW-{number}" for number in range(15)]
    with faulty("slow-store", homes[3], tmp_path / "slow"):
        until(lambda: runs(homes[3]), "the slow one runs")
        for number, serial in enumerate(serials):
            height = register(homes[number % 4], serial)
            until(partial(keeps_step, homes[3], height), "it keeps step")
        one_history(homes, serials)


def test_a_full_disk_stops_its_node_by_name_and_room_brings_it_back(
    homes: list[Path], tmp_path: Path
) -> None:
    full, log, serials = homes[3], tmp_path / "full", []
    with faulty("full-disk", full, log) as process:
        until(lambda: runs(full), "it runs")
        while process.poll() is None:
            serials.append(f"FULL-{len(serials)}")
            register(homes[len(serials) % 3], serials[-1])
    assert process.returncode == UNAVAILABLE
    assert "store.full: no space left\n  → make room and try again" in log.read_text()
    told("audit", "--home", full)  # what is there is whole
    stood_at, _ = head(full)
    serials.append("WITHOUT-IT")
    assert register(homes[0], serials[-1]) > stood_at
    with kept_running("node", "start", full, log=log):
        until(lambda: runs(full), "it is back")
        one_history(homes, serials)
