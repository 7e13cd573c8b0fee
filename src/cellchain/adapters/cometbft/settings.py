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
_LIGHT = re.compile(r"https?://[A-Za-z0-9.:\[\]-]{1,255}")
_TRUST = re.compile(r"[1-9][0-9]{0,17}:[0-9A-Fa-f]{64}")
PEERS_MAX = 100
SNAPSHOTS_REACH_BACK = 3
"""Times `snapshot_blocks` that a node has to keep: who takes the older one over goes on there."""
RETAIN_EVENTS_MIN = 100
"""So that views and pages that are some seconds behind still find what they need."""
_SPANS_MS = (
    ("block_interval_ms", 0, 60_000),
    ("rest_ms", 1_000, 240_000),
    ("propose_ms", 50, 600_000),
    ("vote_ms", 50, 600_000),
)


class NodeSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an operator may choose. A restart takes it over."""

    listen: str = "0.0.0.0:26656"
    """Host and port for the other nodes; the only port that a node opens unless told to."""
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
    snapshot_blocks: int = 1_000
    """Blocks between two snapshots for nodes that begin; 0: none are taken here."""
    retain_blocks: int = 0
    """Blocks that CometBFT keeps; 0: all. The records stay."""
    retain_events: int = 0
    """Blocks whose transactions and events the ledger keeps; 0: all. The records stay, and what is
    kept goes on being provable; views cannot be projected anew here."""
    light_listen: str = ""
    """Host and port where strangers may read headers and who signed them; empty: nowhere. A node
    that begins from a snapshot asks there."""
    sync_from: tuple[str, ...] = ()
    """Where others do so, as URLs, two at least: a node without blocks begins from a snapshot."""
    sync_trust: str = ""
    """A block that was told by somebody trusted: height, ``:``, hash; for that begin."""
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
    for name in ("listen", "external", "light_listen"):
        value = getattr(settings, name)
        if (value or name == "listen") and not _ADDRESS.fullmatch(value):
            raise _wrong(path, f"{name} = {value[:80]!a} is not HOST:PORT")
    for name, low, high in _SPANS_MS:
        if not low <= getattr(settings, name) <= high:
            raise _wrong(path, f"{name} is {low} to {high}")
    _check_kept(path, settings)
    check_sync(settings, path)
    if not 100 <= settings.waiting_max <= 1_000_000:  # noqa: PLR2004
        raise _wrong(path, "waiting_max is 100 to 1000000")


def _check_kept(path: Path, settings: NodeSettings) -> None:
    kept, reach = settings.retain_blocks, SNAPSHOTS_REACH_BACK * settings.snapshot_blocks
    if min(kept, settings.retain_events, settings.snapshot_blocks) < 0:
        raise _wrong(path, "snapshot_blocks, retain_blocks and retain_events are not below 0")
    if 0 < kept < reach:
        raise _wrong(
            path, f"retain_blocks is 0 or at least {reach}, three times snapshot_blocks: whoever"
            " takes over a snapshot needs the blocks after it",
        )  # fmt: skip
    if 0 < settings.retain_events < RETAIN_EVENTS_MIN:
        raise _wrong(path, f"retain_events is 0 or at least {RETAIN_EVENTS_MIN}")


def check_sync(settings: NodeSettings, path: Path, *, wanted: bool = False) -> None:
    """Refuse what does not say where a snapshot is to come from, and what to trust.

    Args:
        settings: Those of a node.
        path: Their file.
        wanted: Whether they have to say so.

    Raises:
        Refused: ``node.settings``.
    """
    servers = settings.sync_from
    if not (wanted or servers or settings.sync_trust):
        return
    if not 2 <= len(set(servers)) <= PEERS_MAX or not all(map(_LIGHT.fullmatch, servers)):  # noqa: PLR2004
        raise _wrong(
            path, "sync_from is two URLs or more, http://HOST:PORT: one vouches for another"
        )
    if not _TRUST.fullmatch(settings.sync_trust):
        raise _wrong(
            path, "sync_trust is HEIGHT:HASH of a block, as `node status` of a member says"
        )


def _wrong(path: Path, why: str) -> Refused:
    return Refused("node.settings", f"{path.name}: {why}", remedy="mend the file and start again")
