"""Members of a real network that vote, as they would by the command line."""

from __future__ import annotations

import json
import time
from base64 import b64decode
from typing import TYPE_CHECKING, Any

from cellchain.adapters.cometbft.api import NodeApi
from cellchain.adapters.cometbft.folder import NodeFolder
from tests.e2e.network import cellchain, told, until

if TYPE_CHECKING:
    from pathlib import Path

HOUR_MS = 3_600_000


def key_of(home: Path) -> str:
    """What the node of a home votes with, as the ledger writes keys."""
    return str(told("node", "keys", home, "--party", home.name)["key"])


def agree(homes: list[Path], name: str, *actions: dict[str, Any]) -> None:
    """Let the first three propose and accept something."""
    proposal = {
        "kind": "governance.propose/1",
        "name": name,
        "summary": name,
        "actions": list(actions),
        "expires_ms": int(time.time() * 1000) + HOUR_MS,
    }
    file = homes[0].parent / f"{name}.json"
    proposal_id = f"{homes[0].name}:{name}"
    vote = {"kind": "governance.vote/1", "proposal": proposal_id, "approve": True}
    file.write_text(json.dumps([proposal, vote]))
    told("send", file, "--home", homes[0])
    for home in homes[1:3]:
        done = cellchain("send", "governance.vote", "--proposal", proposal_id, "--approve", "true",
                         "--home", home, "--json")  # fmt: skip
        assert done.returncode == 0, done.stderr
    until(lambda: state_of(homes[0], proposal_id) == "executed", f"{name} is carried out")


def state_of(home: Path, name: str) -> str:
    shown = told("query", "record", "governance.proposal", name, "--home", home)
    return str(shown.get("state", "open"))


def validators(home: Path) -> dict[str, int]:
    """Who votes on the next block, as CometBFT has it."""
    api = NodeApi(NodeFolder(home / "node").rpc_path)
    try:
        found = api.ask("validators")["validators"]
    finally:
        api.close()
    return {b64decode(one["pub_key"]["value"]).hex(): int(one["voting_power"]) for one in found}
