"""The demo carried on by four companies as validators, and proved when all is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.app import Cellchain
from cellchain.app.demo_network import MEMBERS, found_network, hand_over, kept_running
from tests.e2e.network import cellchain, free_ports, need_cometbft, told

if TYPE_CHECKING:
    from pathlib import Path


def test_four_companies_carry_the_story_on(tmp_path: Path) -> None:
    need_cometbft()
    shop, first = Cellchain(), tmp_path / "operator"
    story = shop.demo(first, batteries=2, seed=1, listener=lambda _: None)
    network = found_network(shop, tmp_path, free_ports())
    with kept_running(shop, tmp_path):
        done = hand_over(shop, tmp_path)
        assert [height > story.height for height, _ in done] == [True] * 3
        proof = tmp_path / "it.json"
        battery = "01/09506000134352/21/CARRIED-ON-1"
        prove = ("prove", "record", "custody.custody", battery, "--out", proof)
        told(*prove, "--home", tmp_path / MEMBERS[1])
        assert told("node", "status", first)["validators"] == len(MEMBERS)
    verdict = told("verify", proof, "--trust", network)
    assert verdict["content"]["holder"] == MEMBERS[3]
    old = cellchain("verify", first / "proof.html", "--trust", first / "operator.pub")
    assert old.returncode == 0, old.stdout
