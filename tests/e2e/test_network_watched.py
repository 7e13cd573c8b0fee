"""Machines that watch a node see how it stands; a server of a node that stands is not ready."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from tests.e2e.network import (
    answers,
    free_ports,
    kept_running,
    need_cometbft,
    runs,
    send,
    told,
    until,
)

if TYPE_CHECKING:
    from pathlib import Path


def measured(address: str) -> dict[str, float]:
    lines = httpx.get(f"{address}/metrics", timeout=20).text.splitlines()
    pairs = (line.rpartition(" ") for line in lines if line.startswith("cellchain_"))
    return {name: float(value) for name, _, value in pairs}


def test_a_server_tells_how_its_node_stands(tmp_path: Path) -> None:
    need_cometbft()
    folder, port = tmp_path / "net", free_ports()
    told("node", "network", folder, "--validators", "2", "--no-start", "--first-port", str(port))
    homes = [folder / "member-1", folder / "member-2"]
    address = f"http://127.0.0.1:{port + 31}"
    log = tmp_path / "log"
    with kept_running("node", "network", folder, log=log):
        until(lambda: all(runs(home) for home in homes), "both run")
        send(homes[0], "custody.register", battery="01/09506000134352/21/SEEN-1")
        serve = ("serve", homes[1], "--port", str(port + 31))
        with kept_running(*serve, log=log):
            until(lambda: answers(address), "the server answers")
            seen = until(lambda: _two_signed(address), "both are seen to sign")
            assert seen["cellchain_node_running"] == 1
            assert seen["cellchain_node_peers"] == 1
            assert seen["cellchain_validator_power"] == 10
            assert seen["cellchain_node_lag_blocks"] <= 1
            assert seen["cellchain_head_age_seconds"] < 120
            assert httpx.get(f"{address}/readyz", timeout=20).json()["ready"]
    with kept_running("node", "start", homes[0], log=log), kept_running(*serve, log=log):
        until(lambda: answers(address), "the server answers")
        assert measured(address)["cellchain_node_running"] == 0
        answer = httpx.get(f"{address}/readyz", timeout=20)
        assert answer.status_code == 503
        assert "node: stopped" in answer.json()["missing"]


def _two_signed(address: str) -> dict[str, float] | None:
    seen = measured(address)
    good = (seen["cellchain_validators"], seen["cellchain_validators_silent"]) == (2, 0)
    return seen if good else None
