"""A member that misbehaves harms nobody, is found out, and can be voted away."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from cellchain.app import Cellchain
from cellchain.ledger.decided import address_of
from cellchain.ledger.engine.comet.evidence import read_misbehaviour
from tests.e2e.network import (
    cellchain,
    free_ports,
    kept_running,
    need_cometbft,
    runs,
    told,
    until,
)
from tests.e2e.voting import agree, key_of, validators

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.torture


def evidence(home: Path) -> list[int]:
    """Heights of the blocks that hold evidence."""
    with Cellchain().reading(home) as (_, application):
        state = application.state
        heights = range(1, state.head.height + 1)
        return [height for height in heights if state.block(height).misbehaviour]


def twin_of(home: Path, port: int) -> Path:
    """Another live node that votes with the same key, as an operator in a hurry might run it."""
    twin = home.parent / "twin"
    shutil.copytree(home, twin)
    (twin / "node" / "config" / "node_key.json").unlink()
    settings = twin / "node" / "node.toml"
    lines = settings.read_text().splitlines()
    kept = [line for line in lines if not line.startswith("listen")]
    settings.write_text("\n".join([*kept, f'listen = "127.0.0.1:{port}"']) + "\n")
    told("node", "keys", twin, "--party", home.name)
    return twin


def test_who_votes_twice_is_in_a_block_and_is_voted_away(tmp_path: Path) -> None:
    need_cometbft()
    folder, port = tmp_path / "net", free_ports()
    told("node", "network", folder, "--no-start", "--first-port", str(port))
    homes = [folder / f"member-{n + 1}" for n in range(4)]
    twin = twin_of(homes[3], port + 45)
    sent = iter(range(10_000))

    def found() -> list[int]:
        for home in (homes[3], twin):  # different ones at once: then the two propose differently
            battery = f"01/09506000134352/21/TWIN-{next(sent)}"
            cellchain("send", "custody.register", "--battery", battery, "--home", home)
        return evidence(homes[0])

    with (
        kept_running("node", "start", homes[0], log=tmp_path / "log"),
        kept_running("node", "start", homes[1], log=tmp_path / "log"),
        kept_running("node", "start", homes[2], log=tmp_path / "log"),
        kept_running("node", "start", homes[3], log=tmp_path / "log"),
        kept_running("node", "start", twin, log=tmp_path / "log"),
    ):
        until(lambda: all(runs(home) for home in (*homes, twin)), "all five run")
        heights = until(found, "a block holds evidence")
        culprit = key_of(homes[3])
        with Cellchain().reading(homes[1]) as (_, application):
            shown = read_misbehaviour(application.state.block(heights[0]).misbehaviour)
        assert [one.address for one in shown] == [address_of(culprit)]
        change = {"key": culprit, "party": "member-4", "power": 0}
        agree(homes, "without-it", {"kind": "governance.set_validators/1", "changes": [change]})
        until(lambda: culprit not in validators(homes[0]), "it votes no longer")
        until(lambda: len({_head(home) for home in homes[:3]}) == 1, "the others agree")
    for home in homes[:3]:
        told("audit", "--home", home)


def _head(home: Path) -> str:
    return str(told("node", "status", home)["app_hash"])
