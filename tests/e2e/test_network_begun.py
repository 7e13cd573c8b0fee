"""A solo home goes on as a network: same ledger, same app hash, old proofs; others join."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from cellchain.app import Cellchain
from tests.e2e.network import (
    PATIENCE_S,
    PROGRAM,
    cellchain,
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

BATTERY = "01/09506000134352/21/BEGUN-1"


@pytest.fixture(scope="module")
def solo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo home, with a proof and an export of what one operator has decided."""
    need_cometbft()
    folder = tmp_path_factory.mktemp("begun")
    Cellchain().demo(folder / "first", batteries=2, seed=1, listener=lambda _: None)
    told("export", "ledger", "--home", folder / "first", "--out", folder / "before.ledger")
    return folder


def test_a_solo_ledger_goes_on_and_another_joins(solo: Path) -> None:
    first, second, port = solo / "first", solo / "second", free_ports()
    before = told("replay", solo / "before.ledger")
    made = told(
        "node", "init", first, "--party", "operator", "--listen", f"127.0.0.1:{port}",
        "--external", f"127.0.0.1:{port}",
    )  # fmt: skip
    own = told("node", "keys", first, "--party", "operator")
    member = solo / "first.json"
    member.write_text(json.dumps(own))

    with kept_running("node", "start", "first", log=solo / "log", cwd=solo):
        until(lambda: runs(first), "the first node runs")
        done = send(first, "custody.register", battery=BATTERY, key="dynamo-packs")
        assert done["height"] >= before["height"] + 1
        verified = cellchain("verify", first / "proof.html", "--trust", first / "operator.pub")
        assert verified.returncode == 0, verified.stdout + verified.stderr

        told(
            "node", "join", second, "--network", made["network"], "--from", solo / "before.ledger",
            "--party", "operator", "--member", member,
        )  # fmt: skip
        (second / "node" / "node.toml").write_text(
            f'listen = "127.0.0.1:{port + 10}"\nlocal = true\n'
            f'peers = ["{own["node"]}@127.0.0.1:{port}"]\n'
        )
        with kept_running("node", "start", second, log=solo / "log"):
            until(lambda: runs(second), "the second node runs")
            until(lambda: _same(first, second), "the second node has caught up")
            assert told("node", "status", second)["power"] == 0
        told("audit", "--home", first)
        told("audit", "--home", second)


def _same(first: Path, second: Path) -> bool:
    heads = [told("node", "status", home) for home in (first, second)]
    return heads[0]["app_hash"] == heads[1]["app_hash"]


def test_two_organisations_begin_together_and_neither_decides_alone(
    solo: Path, tmp_path: Path
) -> None:
    first, second, ledger, port = (
        tmp_path / "a",
        tmp_path / "b",
        tmp_path / "a.ledger",
        free_ports(),
    )
    told("init", first, "--chain-id", "pair", "--party", "operator")
    told("export", "ledger", "--home", first, "--out", ledger)
    members = {}
    for home, more in ((first, ()), (second, ("--from", ledger))):
        address = f"127.0.0.1:{port + 10 * len(members)}"
        own = told(
            "node", "keys", home, "--party", home.name, "--listen", address, "--external", address,
            *more,
        )  # fmt: skip
        members[home] = tmp_path / f"{home.name}.json"
        members[home].write_text(json.dumps(own))
        settings = home / "node" / "node.toml"
        settings.write_text(settings.read_text() + "local = true\n")
    made = told("node", "init", first, "--party", "a", "--member", members[second])
    told(
        "node", "join", second, "--network", made["network"], "--from", ledger, "--party", "b",
        "--member", members[first],
    )  # fmt: skip

    with kept_running("node", "start", first, log=tmp_path / "log"):
        with kept_running("node", "start", second, log=tmp_path / "log"):
            until(lambda: runs(first) and runs(second), "both run")
            assert send(first, "custody.register", battery=BATTERY)["height"] >= 2
            until(lambda: _same(first, second), "both have it")
        alone = told("node", "status", first)
        assert (alone["peers"], alone["validators"]) == (0, 2)
        assert "node.alone" in cellchain("doctor", "--home", first).stdout


@pytest.mark.parametrize("step", [4, 6])
def test_a_node_killed_in_the_first_block_of_its_network_comes_up_again(
    solo: Path, tmp_path: Path, step: int
) -> None:
    """CometBFT has kept the block and not its state; it ends itself there when it is told to."""
    home, log = tmp_path / "home", tmp_path / "log"
    told("init", home, "--chain-id", "solo", "--party", "operator")
    told("node", "init", home, "--party", "operator", "--listen", f"127.0.0.1:{free_ports()}")
    ended = subprocess.run(
        [*PROGRAM, "node", "run", str(home)],
        env={**os.environ, "FAIL_TEST_INDEX": str(step)}, capture_output=True, timeout=PATIENCE_S,
        check=False,
    )  # fmt: skip
    assert ended.returncode == 3, ended
    with kept_running("node", "start", home, log=log):
        until(lambda: runs(home), "it is back by itself")
        assert send(home, "custody.register", battery=BATTERY)["height"] >= 2
    told("audit", "--home", home)


def test_a_home_that_is_not_there_is_not_tried_again(tmp_path: Path) -> None:
    done = cellchain("node", "start", tmp_path / "nowhere")
    assert done.returncode == 2
    assert "not started again" in done.stdout


def test_a_node_takes_no_operator_and_no_second_network(solo: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    told("init", home, "--chain-id", "solo", "--party", "operator")
    told("node", "init", home, "--party", "operator")
    for verb, code in (
        (("node", "init", home, "--party", "operator"), "node.begun"),
        (("run", "--home", home), "home.node"),
        (("send", "custody.register", "--battery", BATTERY, "--home", home), "node.stopped"),
    ):
        refused = cellchain(*verb, "--json")
        assert refused.returncode != 0, verb
        assert code in refused.stderr + refused.stdout, refused


def test_who_brings_another_ledger_does_not_join(solo: Path, tmp_path: Path) -> None:
    home, other = tmp_path / "home", tmp_path / "other.ledger"
    told("init", home, "--chain-id", "solo", "--party", "operator")
    told("export", "ledger", "--home", home, "--out", other)
    made = told("node", "init", home, "--party", "operator")
    refused = cellchain(
        "node", "join", tmp_path / "new", "--network", made["network"], "--from",
        solo / "before.ledger", "--party", "operator", "--json",
    )  # fmt: skip
    assert refused.returncode == 1
    assert "node.network" in refused.stderr + refused.stdout
