"""A member whose node computes another state is stopped and told why; mended, it comes back."""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from cellchain.app import Cellchain
from tests.e2e.network import (
    RUDE,
    cellchain,
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
    from pathlib import Path

pytestmark = [pytest.mark.torture, RUDE]
CORRUPT = 4
OF_A_NODE = ("node.toml", "config/node_key.json", "config/priv_validator_key.json",
             "data/priv_validator_state.json")  # fmt: skip


def made_again(old: Path, ledger: Path) -> Path:
    """A home of the same node whose ledger is replayed: what `run-a-network.md` says."""
    new = old.with_name("again")
    told("node", "keys", new, "--party", old.name, "--from", ledger)
    for name in OF_A_NODE:
        shutil.copy(old / "node" / name, new / "node" / name)
    told("node", "join", new, "--network", old / "node" / "network.json", "--from", ledger,
         "--party", old.name)  # fmt: skip
    shutil.copytree(old / "keys", new / "keys", dirs_exist_ok=True)
    voted = [(home / "node" / OF_A_NODE[-1]).read_bytes() for home in (old, new)]
    assert voted[0] == voted[1], "it knows what it has voted for"
    return new


def test_a_node_with_another_rule_is_stopped_by_name_and_made_again(tmp_path: Path) -> None:
    homes, before, log = make_network(tmp_path / "net"), tmp_path / "b.ledger", tmp_path / "log"
    told("export", "ledger", "--home", homes[0], "--out", before)
    wrong = homes[3]
    with ExitStack() as stack:
        for home in homes[:3]:
            stack.enter_context(kept_running("node", "start", home, log=log))
        with faulty("another-rule", wrong, tmp_path / "wrong") as process:
            until(lambda: all(map(runs, homes)), "all four run")
            register(homes[1], "MADE-BY-TWO")
            until(lambda: process.poll() is not None, "the one that is wrong is stopped")
        assert process.returncode == CORRUPT
        with kept_running("node", "start", wrong, log=tmp_path / "wrong-again") as process:
            until(lambda: process.poll() is not None, "mended, its state is still the wrong one")
        assert process.returncode == CORRUPT, "it is not started again and again"
        stands = Cellchain().node_status(wrong)
        assert stands["code"] == "node.other_state"
        assert "wrong Block.Header." in stands["why"]
        assert "node.other_state" in cellchain("doctor", "--home", wrong).stdout
        register(homes[2], "WITHOUT-IT")
        new = made_again(wrong, before)
        stack.enter_context(kept_running("node", "start", new, log=log))
        until(lambda: runs(new), "it is back")
        register(new, "MADE-AGAIN")
        one_history([*homes[:3], new], ["MADE-BY-TWO", "WITHOUT-IT", "MADE-AGAIN"])
