"""Networks of CometBFT's own example application, whose validators change by transactions."""

from __future__ import annotations

import json
import re
import subprocess
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from cellchain.adapters.cometbft.api import NodeApi
from cellchain.adapters.cometbft.program import installed
from tests.e2e.network import free_ports, need_cometbft, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

QUICK = {"timeout_commit": "100ms", "timeout_propose": "500ms"}


class Network:
    """Nodes that run.

    Args:
        folder: Where they live, ``node0`` and so on.
        api: The API of the last one, which is never voted out.
    """

    def __init__(self, folder: Path, api: NodeApi) -> None:
        self._folder = folder
        self.api = api
        self.genesis = json.loads((folder / "node0/config/genesis.json").read_text())

    def height(self) -> int:
        return int(self.api.ask("status")["sync_info"]["latest_block_height"])

    def give_power(self, node: int, power: int) -> None:
        """Change the power of a validator, and wait until it has it."""
        file = self._folder / f"node{node}/config/priv_validator_key.json"
        key = json.loads(file.read_text())["pub_key"]["value"]
        self.api.broadcast([f"val=ed25519!{key}!{power}".encode()])
        until(lambda: self._power_of(key) == power, f"node{node} has power {power}")

    def _power_of(self, key: str) -> int:
        members = self.api.ask("validators")["validators"]
        powers = [int(one["voting_power"]) for one in members if one["pub_key"]["value"] == key]
        return powers[0] if powers else 0

    def after(self, blocks: int) -> int:
        """Wait for some more blocks; return the height."""
        wanted = self.height() + blocks
        return int(until(lambda: self.height() >= wanted and self.height(), f"block {wanted}"))

    def light_block(self, height: int) -> dict[str, Any]:
        """As its API tells it."""
        signed = self.api.ask("commit", height=str(height))["signed_header"]
        members = self.api.ask("validators", height=str(height), per_page="100")["validators"]
        return {"signed_header": signed, "validators": members}


@contextmanager
def network(folder: Path, validators: int) -> Iterator[Network]:
    """Run so many validators until it ends."""
    need_cometbft()
    program = str(installed())
    first = free_ports()
    made = [program, "testnet", "--v", str(validators), "--o", str(folder)]
    named = [part for _ in range(validators) for part in ("--hostname", "127.0.0.1")]
    subprocess.run([*made, *named], check=True, capture_output=True)
    names = [_node_id(program, folder / f"node{n}") for n in range(validators)]
    peers = ",".join(f"{name}@127.0.0.1:{first + 10 * n}" for n, name in enumerate(names))
    with ExitStack() as stack:
        for n in range(validators):
            stack.enter_context(_running(program, folder / f"node{n}", first + 10 * n, peers))
        socket = folder / f"node{validators - 1}/rpc.sock"
        until(socket.exists, "it answers")
        api = NodeApi(socket)
        stack.callback(api.close)
        until(lambda: _begun(api), "it makes blocks")
        yield Network(folder, api)


def _begun(api: NodeApi) -> bool:
    return int(api.ask("status")["sync_info"]["latest_block_height"]) >= 2


def _node_id(program: str, home: Path) -> str:
    asked = [program, "show-node-id", "--home", str(home)]
    return subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()


@contextmanager
def _running(program: str, home: Path, port: int, peers: str) -> Iterator[None]:
    file = home / "config/config.toml"
    text = file.read_text()
    for name, value in QUICK.items():
        text = re.sub(rf"^{name} = .*$", f'{name} = "{value}"', text, flags=re.MULTILINE)
    file.write_text(text)
    command = [program, "start", "--home", ".", "--proxy_app", "kvstore"]
    options = {
        "rpc.laddr": "unix://rpc.sock",
        "p2p.laddr": f"tcp://127.0.0.1:{port}",
        "p2p.persistent_peers": peers,
    }
    given = [part for name, value in options.items() for part in (f"--{name}", value)]
    with (home / "log").open("wb") as out:
        process = subprocess.Popen([*command, *given], cwd=home, stdout=out, stderr=out)
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)
