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
_MS_MAX = 600_000


class NodeSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an operator may choose. A restart takes it over."""

    listen: str = "0.0.0.0:26656"
    """Host and port for the other nodes; the only port that a node opens."""
    external: str = ""
    """Host and port under which the others reach it, where that differs."""
    peers: tuple[str, ...] = ()
    """The other nodes, each as node id, ``@``, host, ``:``, port."""
    block_interval_ms: int = 500
    """Time between blocks while something waits."""
    propose_ms: int = 1_000
    """How long the others wait for a proposer who is dead, and half as much more each round."""
    vote_ms: int = 500
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


def _check(path: Path, settings: NodeSettings) -> None:
    if len(settings.peers) > PEERS_MAX:
        raise _wrong(path, f"{len(settings.peers)} peers; at most {PEERS_MAX}")
    for peer in settings.peers:
        if not _PEER.fullmatch(peer):
            raise _wrong(path, f"peer {peer[:80]!a} is not NODE-ID@HOST:PORT")
    for name in ("listen", "external"):
        value = getattr(settings, name)
        if (value or name == "listen") and not _ADDRESS.fullmatch(value):
            raise _wrong(path, f"{name} = {value[:80]!a} is not HOST:PORT")
    for name, low in (("block_interval_ms", 0), ("propose_ms", 50), ("vote_ms", 50)):
        if not low <= getattr(settings, name) <= _MS_MAX:
            raise _wrong(path, f"{name} is {low} to {_MS_MAX}")
    if not 100 <= settings.waiting_max <= 1_000_000 or settings.retain_blocks < 0:  # noqa: PLR2004
        raise _wrong(path, "waiting_max is 100 to 1000000, retain_blocks not below 0")


def _wrong(path: Path, why: str) -> Refused:
    return Refused("node.settings", f"{path.name}: {why}", remedy="mend the file and start again")
