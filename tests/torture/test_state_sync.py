"""A validator that was dead for so long that the others no longer have the blocks it lacks."""

from __future__ import annotations

import msgspec
import pytest

from cellchain.adapters.cometbft.api import NodeApi
from tests.e2e.network import cellchain, kept_running, need_cometbft, runs, send, told, until
from tests.e2e.syncing import Network

BATTERY = "01/09506000134352/21/DEAD-{}"
RETAINED = 100

pytestmark = pytest.mark.torture


def test_it_comes_back_from_a_snapshot_and_votes_again(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    need_cometbft()
    network = Network(tmp_path_factory.mktemp("dead") / "net", retain_events=RETAINED)
    first, second, third, dead = network.homes
    logs = {home: network.folder / f"log-{home.name}" for home in network.homes}
    with (
        kept_running("node", "start", first, log=logs[first]),
        kept_running("node", "start", second, log=logs[second]),
        kept_running("node", "start", third, log=logs[third]),
    ):
        with kept_running("node", "start", dead, log=logs[dead]):
            for home in network.homes:
                until(lambda home=home: runs(home), f"{home.name} runs")
            send(dead, "custody.register", key="operator", battery=BATTERY.format(0))
        voted = (dead / "node" / "data" / "priv_validator_state.json").read_bytes()
        lacks = told("node", "status", dead)["height"]
        number = 0
        while (
            lowest(first) <= lacks + 2 or told("audit", "--home", first).get("blocks_from", 0) < 2
        ):
            number += 1
            send(first, "custody.register", battery=BATTERY.format(number))
        for chunk in (second / "node" / "snapshots").glob("*/0"):
            chunk.write_bytes(b"a lie" + chunk.read_bytes())
        with kept_running("node", "start", dead, log=logs[dead]):
            until(lambda: told("node", "status", dead)["running"], "it answers")
            running = cellchain("node", "sync", dead, *network.sync_options)
            assert "node.running" in running.stderr, "not under its feet"
        assert told("node", "status", dead)["height"] == lacks, "nobody has the next block"
        told("node", "sync", dead, *network.sync_options)
        assert (dead / "node" / "data" / "priv_validator_state.json").read_bytes() >= voted
        with kept_running("node", "start", dead, log=logs[dead]):
            until(lambda: runs(dead), "it has caught up")
            send(dead, "custody.register", battery=BATTERY.format("again"))
            until(lambda: len({head(home) for home in network.homes}) == 1, "the same app hash")
            until(lambda: signs(first, dead), "it votes")
    audited = told("audit", "--home", dead)
    assert audited["blocks_from"] > lacks
    assert told("audit", "--home", first)["app_hash"] == audited["app_hash"]


def lowest(home):
    """Height of the first block that CometBFT still has."""
    api = NodeApi(home / "node" / "rpc.sock")
    try:
        return int(api.ask("status")["sync_info"]["earliest_block_height"])
    finally:
        api.close()


def head(home):
    stands = told("node", "status", home)
    return stands["height"], stands["app_hash"]


def signs(home, other):
    """Whether the last commit of a node has the vote of another."""
    address = msgspec.json.decode(
        (other / "node" / "config" / "priv_validator_key.json").read_bytes()
    )["address"]
    api = NodeApi(home / "node" / "rpc.sock")
    try:
        commit = api.ask("commit")["signed_header"]["commit"]
        send(home, "custody.register", battery=BATTERY.format(commit["height"] + "-v"))
        return any(one["validator_address"] == address for one in commit["signatures"])
    finally:
        api.close()
