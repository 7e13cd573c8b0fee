"""A node that begins from a snapshot, in a network that has forgotten its first blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import msgspec
import pytest

from tests.e2e.network import cellchain, kept_running, need_cometbft, runs, send, told, until
from tests.e2e.syncing import EVERY_BLOCKS, Network, choose, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BATTERY = "01/09506000134352/21/SYNC-{}"


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    need_cometbft()
    made = Network(tmp_path_factory.mktemp("synced") / "net")
    first, second, third, _ = made.homes
    with (
        kept_running("node", "start", first, log=made.folder / "log-1"),
        kept_running("node", "start", second, log=made.folder / "log-2"),
        kept_running("node", "start", third, log=made.folder / "log-3"),
    ):
        for home in (first, second, third):
            until(lambda home=home: runs(home), f"{home.name} runs")
        for number in range(3 * EVERY_BLOCKS):
            send(first, "custody.register", battery=BATTERY.format(number))
        until(lambda: made.snapshot() > 2 * EVERY_BLOCKS, "there are snapshots")
        yield made


def test_a_fresh_node_begins_from_a_snapshot_and_follows(network: Network, tmp_path: Path) -> None:
    first, second = network.homes[:2]
    lie_about(network, second)
    home = tmp_path / "regulator"
    members = [
        (tmp_path / f"{one.name}.json", told("node", "keys", one, "--party", one.name))
        for one in network.homes[:3]
    ]
    for file, member in members:
        file.write_bytes(msgspec.json.encode(member))
    joined = told(
        "node", "join", home, "--network", first / "node" / "network.json", "--genesis",
        first / "genesis.json", "--party", "regulator", *network.sync_options,
        *(part for file, _ in members for part in ("--member", file)),
    )  # fmt: skip
    assert joined["name"] == "regulator"
    choose(home, local=True, listen=f"127.0.0.1:{free_port()}")
    with kept_running("node", "start", home, log=tmp_path / "log"):
        until(lambda: runs(home), "it has caught up")
        send(first, "custody.register", battery=BATTERY.format("later"))
        until(lambda: same(first, home), "it follows")
        looked = cellchain("doctor", "--home", home)
        assert "blocks are kept from" in looked.stdout
    audited = told("audit", "--home", home)
    assert audited["blocks_from"] > EVERY_BLOCKS
    shown = told("query", "record", "custody.custody", BATTERY.format(0), "--home", home)
    assert "member-1" in str(shown)
    for refused in (
        cellchain("export", "ledger", "--home", home, "--out", tmp_path / "x.ledger"),
        cellchain("rebuild", "--home", home),
        cellchain("serve", home, "--port", str(free_port())),
    ):
        assert refused.returncode == 1
        assert "ledger.not_kept" in refused.stderr
    whole = tmp_path / "whole.ledger"
    told("export", "ledger", "--home", first, "--out", whole)
    assert told("node", "history", whole, "--home", home)["blocks"] == audited["blocks_from"]
    assert "blocks_from" not in told("audit", "--home", home)
    assert cellchain("rebuild", "--home", home).returncode == 0


def test_a_node_with_a_false_block_to_trust_does_not_begin(
    network: Network, tmp_path: Path
) -> None:
    first, home = network.homes[0], tmp_path / "deceived"
    height = network.trust.partition(":")[0]
    options = network.sync_options[:-1]
    told(
        "node", "join", home, "--network", first / "node" / "network.json", "--genesis",
        first / "genesis.json", "--party", "deceived", *options, f"{height}:{'AB' * 32}",
    )  # fmt: skip
    choose(home, local=True, listen=f"127.0.0.1:{free_port()}")
    ended = cellchain("node", "run", home)
    assert ended.returncode != 0
    assert "node.ended" in ended.stderr
    assert told("node", "status", home)["height"] == 0


def test_the_light_endpoint_answers_light_clients_and_nobody_else(network: Network) -> None:
    def asked(method: str, **params: str) -> Any:
        call = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        return httpx.post(network.servers[0], json=call, trust_env=False).json()

    commit = asked("commit", height=network.trust.partition(":")[0])
    assert commit["result"]["signed_header"]["header"]["chain_id"] == "consortium"
    gone = asked("commit", height="1")
    assert "lowest height" in gone["error"]["data"]
    for method in ("broadcast_tx_sync", "dump_consensus_state", "subscribe", "net_info"):
        assert asked(method)["error"]["code"] == -32_601


def lie_about(network: Network, home: Path) -> None:
    """Let a member's node have false chunks, which it will send as if they were good."""
    for chunk in (home / "node" / "snapshots").glob("*/0"):
        chunk.write_bytes(b"a lie" + chunk.read_bytes())


def same(one: Path, other: Path) -> bool:
    stands = [told("node", "status", home) for home in (one, other)]
    return stands[0]["app_hash"] == stands[1]["app_hash"] and stands[1]["running"]
