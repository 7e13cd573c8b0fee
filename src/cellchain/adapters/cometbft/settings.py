"""How a node runs: ``node/node.toml`` of its home, a small file that people edit."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from cellchain.adapters.disk import disk_error, write_file
from cellchain.core.errors import Refused

if TYPE_CHECKING:
    from pathlib import Path

_PEER = re.compile(r"[0-9a-f]{40}@[A-Za-z0-9.:\[\]-]{1,255}:[0-9]{1,5}")
_ADDRESS = re.compile(r"[A-Za-z0-9.:\[\]-]{1,255}:[0-9]{1,5}")
PEERS_MAX = 100
_SPANS_MS = (
    ("block_interval_ms", 0, 60_000),
    ("rest_ms", 1_000, 240_000),
    ("propose_ms", 50, 600_000),
    ("vote_ms", 50, 600_000),
)


class NodeSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an operator may choose. A restart takes it over."""

    listen: str = "0.0.0.0:26656"
    """Host and port for the other nodes; the only port that a node opens."""
    external: str = ""
    """Host and port under which the others reach it, where that differs."""
    peers: tuple[str, ...] = ()
    """The other nodes, each as node id, ``@``, host, ``:``, port."""
    block_interval_ms: int = 100
    """Time between blocks while something waits."""
    rest_ms: int = 60_000
    """Time between blocks while nothing does. The first one after a rest has the time of the last:
    more than five minutes, and what happened just now would be refused as of the future."""
    propose_ms: int = 600
    """How long the others wait for a proposer who is dead, and half as much more each round."""
    vote_ms: int = 300
    """How long they wait for votes that are missing."""
    waiting_max: int = 20_000
    """Transactions that may wait on this node."""
    retain_blocks: int = 0
    """Blocks that CometBFT keeps; 0: all. The records stay."""
    local: bool = False
    """Whether several nodes run on one machine: private addresses are good ones then."""


def read_settings(path: Path) -> NodeSettings:
    """Return the settings in a file.

    Raises:
        Refused: ``node.settings``: what is wrong with them, and where.
    """
    try:
        settings = msgspec.toml.decode(path.read_bytes(), type=NodeSettings)
    except OSError as error:
        raise disk_error(error) from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _wrong(path, str(error)) from error
    _check(path, settings)
    return settings


def write_settings(path: Path, settings: NodeSettings) -> None:
    """Write a file with every setting that differs from the usual, and say what the others are."""
    usual = NodeSettings()
    lines = ["# How this node runs; start it again after a change.\n"]
    for name in NodeSettings.__struct_fields__:
        value = getattr(settings, name)
        line = f"{name} = {msgspec.json.encode(value).decode()}\n"  # JSON of these is TOML too
        lines.append(line if value != getattr(usual, name) else f"# {line}")
    write_file(path, "".join(lines).encode())


def is_peer(text: str) -> bool:
    """Whether ``text`` names a node: node id, ``@``, host, ``:``, port."""
    return _PEER.fullmatch(text) is not None


def _check(path: Path, settings: NodeSettings) -> None:
    if len(settings.peers) > PEERS_MAX:
        raise _wrong(path, f"{len(settings.peers)} peers; at most {PEERS_MAX}")
    for peer in settings.peers:
        if not is_peer(peer):
            raise _wrong(path, f"peer {peer[:80]!a} is not NODE-ID@HOST:PORT")
    for name in ("listen", "external"):
        value = getattr(settings, name)
        if (value or name == "listen") and not _ADDRESS.fullmatch(value):
            raise _wrong(path, f"{name} = {value[:80]!a} is not HOST:PORT")
    for name, low, high in _SPANS_MS:
        if not low <= getattr(settings, name) <= high:
            raise _wrong(path, f"{name} is {low} to {high}")
    if not 100 <= settings.waiting_max <= 1_000_000 or settings.retain_blocks < 0:  # noqa: PLR2004
        raise _wrong(path, "waiting_max is 100 to 1000000, retain_blocks not below 0")


def _wrong(path: Path, why: str) -> Refused:
    return Refused("node.settings", f"{path.name}: {why}", remedy="mend the file and start again")
