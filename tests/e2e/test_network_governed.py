"""Four organisations vote on their own network: a validator goes, and comes again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.network import (
    free_ports,
    kept_running,
    need_cometbft,
    runs,
    send,
    told,
    until,
)
from tests.e2e.voting import agree, key_of, validators

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Path]]:
    need_cometbft()
    folder = tmp_path_factory.mktemp("governed")
    made = told(
        "node", "network", folder / "net", "--no-start", "--first-port", str(free_ports())
    )  # fmt: skip
    homes = [folder / "net" / f"member-{n}" for n in (1, 2, 3, 4)]
    assert sorted(made["homes"]) == [str(home) for home in homes]
    with kept_running("node", "network", folder / "net", log=folder / "log"):
        until(lambda: all(runs(home) for home in homes), "all four run")
        yield homes


def test_a_validator_is_voted_away_and_the_others_go_on(homes: list[Path]) -> None:
    last = key_of(homes[3])
    assert len(validators(homes[0])) == 4
    change = {"key": last, "party": "member-4", "power": 0}
    agree(homes, "without-the-fourth", {"kind": "governance.set_validators/1", "changes": [change]})
    until(lambda: last not in validators(homes[0]), "it votes no longer")
    assert told("node", "status", homes[3])["power"] == 0
    send(homes[3], "custody.register", battery="01/09506000134352/21/AFTER-1")

    agree(
        homes,
        "larger-blocks",
        {"kind": "governance.set_parameters/1", "block_bytes_max": 2_000_000},
    )
    change["power"] = 10
    agree(homes, "with-the-fourth", {"kind": "governance.set_validators/1", "changes": [change]})
    until(lambda: last in validators(homes[0]), "it votes again")
    until(lambda: _same(homes), "all have the same app hash")
    for home in homes:
        told("audit", "--home", home)
    _proved(homes[3], homes[0] / "node" / "network.json")


def _proved(home: Path, network: Path) -> None:
    """Who knows the first validators alone believes what those of now have signed."""
    proof, battery = home.parent / "governed.json", "01/09506000134352/21/AFTER-2"
    send(home, "custody.register", battery=battery)
    told("prove", "record", "custody.custody", battery, "--out", proof, "--home", home)
    verdict = told("verify", proof, "--trust", network)
    assert verdict["content"]["holder"] == "member-4"
    assert verdict["signed"]["total_power"] == 40


def test_a_node_takes_another_key_by_itself_once_the_members_agree(homes: list[Path]) -> None:
    old = key_of(homes[1])
    action = told("node", "rotate", homes[1], "--party", "member-2")
    new = action["changes"][1]["key"]
    assert key_of(homes[1]) == old
    agree(homes, "another-key", action)
    until(lambda: key_of(homes[1]) == new, "the node has taken its next key")
    until(lambda: set(validators(homes[0])) >= {new}, "the others know it")
    assert old not in validators(homes[0])
    until(lambda: runs(homes[1]), "it runs again")
    power = until(lambda: told("node", "status", homes[1])["power"], "it votes")
    assert power == 10
    send(homes[1], "custody.register", battery="01/09506000134352/21/ROTATED-1")
    told("doctor", "--home", homes[0])


def _same(homes: list[Path]) -> bool:
    stands = [told("node", "status", home) for home in homes]
    return len({one["app_hash"] for one in stands}) == 1
