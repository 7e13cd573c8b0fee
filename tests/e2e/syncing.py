"""A network whose nodes take snapshots often, forget early, and show headers."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import msgspec

from cellchain.adapters.cometbft.folder import NodeFolder
from tests.e2e.network import free_ports, told

if TYPE_CHECKING:
    from pathlib import Path

EVERY_BLOCKS = 4


class Network:
    """Four validators.

    Args:
        folder: Where they are made.
        chosen: Settings of the first three.
    """

    def __init__(self, folder: Path, **chosen: Any) -> None:
        first = free_ports()
        told("node", "network", folder, "--no-start", "--first-port", str(first))
        self.folder = folder
        self.homes = [folder / f"member-{n + 1}" for n in range(4)]
        self.servers = []
        for number, home in enumerate(self.homes):
            light = f"127.0.0.1:{free_port()}"
            often = {"snapshot_blocks": EVERY_BLOCKS, "retain_blocks": 3 * EVERY_BLOCKS}
            choose(home, light_listen=light, **(often | chosen if number < 3 else {}))
            self.servers.append(f"http://{light}")

    @property
    def trust(self) -> str:
        return str(told("node", "status", self.homes[0])["trust"])

    @property
    def sync_options(self) -> list[str]:
        servers = [part for url in self.servers[:2] for part in ("--sync-from", url)]
        return [*servers, "--trust", self.trust]

    def snapshot(self) -> int:
        """Height of the oldest snapshot that every running node has; 0 before there is one."""
        folders = [home / "node" / "snapshots" for home in self.homes[:3]]
        kept = [
            {int(one.name) for one in place.iterdir() if one.name.isdigit()}
            for place in folders
            if place.exists()
        ]
        common = set.intersection(*kept) if len(kept) == len(folders) else set()
        return min(common, default=0)


def choose(home: Path, **settings: Any) -> None:
    node = NodeFolder(home / "node")
    node.make(msgspec.structs.replace(node.settings(), **settings))


def free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])
