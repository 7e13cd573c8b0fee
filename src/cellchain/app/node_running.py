"""Nodes that run: one in this process, or several that are kept running, and how one stands."""

from __future__ import annotations

import ctypes
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

from cellchain.adapters.cometbft.folder import NodeFolder
from cellchain.adapters.cometbft.program import required
from cellchain.app.stopping import until_told
from cellchain.core.errors import CellchainError, Refused, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from cellchain.adapters.home import Home
    from cellchain.app.node import Shop
    from cellchain.ledger.decided import Decided

RESTARTS_S = (1, 2, 4, 8, 15, 30)
"""How long is waited before a node that ended is started again, each time it ended soon."""
FOR_GOOD = frozenset((2, 4))
"""Exit codes of a home that is not there, or damaged."""
PR_SET_PDEATHSIG = 1
CLOCK_OFF_MS_MAX = 5_000
"""A vote under way takes a moment; a clock that somebody keeps right is never off by as much."""
STEADY_S = 60.0
"""A node that ran this long did not end soon."""


def run(shop: Shop, folder: Path, ready: Callable[[], None]) -> None:
    """Run application and CometBFT of a home until SIGINT or SIGTERM, or until one of them ends.

    Raises:
        Refused: ``node.no_network``; Unavailable: ``node.…``.
    """
    from cellchain.adapters.cometbft.running import run_node  # noqa: PLC0415

    stop = until_told()
    end_with_parent()
    home = shop.home(folder)
    if not home.is_node:
        raise Refused(
            "node.no_network",
            "this home belongs to no network",
            remedy="begin one with `cellchain node init`, or join one: `cellchain node join`",
        )
    with shop.appending(home) as application:
        node = NodeFolder(home.node_folder)
        run_node(node, application, home.socket_path, stop=stop, ready=ready)


def supervise(folders: Sequence[Path], told: Callable[[str], None]) -> int:
    """Keep the nodes of homes running until SIGINT or SIGTERM; return an exit code.

    Each is a process of its own. One that ends is started again, later each time it ends soon; not
    where its home is missing or damaged, which a new start would not mend.
    """
    stop = until_told()
    running = [_Kept(folder, told) for folder in folders]
    try:
        while not (stop.wait(0.2) or all(one.given_up for one in running)):
            for one in running:
                one.look()
        return max(one.given_up for one in running)
    finally:
        for one in running:
            one.end()


class _Kept:
    """One node that is kept running."""

    def __init__(self, folder: Path, told: Callable[[str], None]) -> None:
        self._folder = folder
        self._told = told
        self.given_up = 0
        """The exit code of a node that is not started again; 0: it is."""
        self._soon = 0
        self._again_s = 0.0
        self._process: subprocess.Popen[bytes] | None = None
        self.look()

    def look(self) -> None:
        """Start the node where it does not run and its time has come."""
        now = time.monotonic()
        if self._process is not None and self._process.poll() is None:
            return
        if self._process is not None:
            self._ended(now, self._process.returncode)
        elif now >= self._again_s and not self.given_up:
            self._began_s = now
            self._process = subprocess.Popen(  # noqa: S603  # ourselves
                [sys.executable, "-c", PROGRAM, "node", "run", str(self._folder)],
                start_new_session=True,  # Ctrl-C reaches us, and we end it in order
            )

    def end(self) -> None:
        """Stop the node and wait for it."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait()

    def _ended(self, now: float, code: int) -> None:
        if code in FOR_GOOD:
            self._told(f"{self._folder.name}: ended with {code}, and is not started again")
            self._process, self.given_up = None, code
            return
        self._soon = 0 if now - self._began_s > STEADY_S else self._soon + 1
        wait_s = RESTARTS_S[min(self._soon, len(RESTARTS_S)) - 1] if self._soon else RESTARTS_S[0]
        self._told(f"{self._folder.name}: ended with {code}; started again in {wait_s} s")
        self._process, self._again_s = None, now + wait_s


PROGRAM = "from cellchain.app import main; main()"


def end_with_parent() -> None:
    """Be told to end when whoever keeps this process running is killed (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def status(shop: Shop, folder: Path) -> dict[str, Any]:
    """Return how a node stands: its height, its peers, what it votes with, how its clock goes."""
    from cellchain.adapters.clock import clock_ms  # noqa: PLC0415
    from cellchain.adapters.cometbft.api import NodeApi  # noqa: PLC0415
    from cellchain.adapters.cometbft.log_file import NodeLog  # noqa: PLC0415
    from cellchain.adapters.cometbft.vote_times import clock_off_ms  # noqa: PLC0415

    home = shop.home(folder)
    node = NodeFolder(home.node_folder)
    network = node.network()
    with shop.reading(folder) as (_, application):
        head, agreed = application.state.head, application.validators()
    stands: dict[str, Any] = {
        "chain": application.genesis.chain,
        "height": head.height,
        "app_hash": head.app_hash.hex(),
        "validators": len(agreed or network["validators"]),
        "running": False,
    }
    api = NodeApi(node.rpc_path)
    try:
        found, peers = api.ask("status"), api.ask("net_info")
        synced, own = found["sync_info"], found["validator_info"]["address"]
        height = int(synced["latest_block_height"])
        kept = range(max(1, int(synced["earliest_block_height"])), height + 1)
        off = clock_off_ms(api, own, kept=kept, now_ms=clock_ms())
    except CellchainError as error:
        fault = NodeLog(node.log_path).fault() or _stopped(error)
        return {**stands, "code": fault.code, "why": fault.text, "remedy": fault.remedy}
    finally:
        api.close()
    return {
        **stands,
        "running": True,
        "trust": f"{synced['latest_block_height']}:{synced['latest_block_hash']}",
        "latest_block": node.began_at + height,
        "catching_up": synced["catching_up"],
        "power": int(found["validator_info"]["voting_power"]),
        "peers": int(peers["n_peers"]),
        "clock_off_ms": off,
        "node": found["node_info"]["id"],
    }


def _stopped(error: CellchainError) -> Unavailable:
    remedy = "start it with: cellchain node start"
    return Unavailable("node.stopped", error.text, remedy=remedy)


def node_gauges(shop: Shop, home: Home, last: Decided | None) -> dict[str, float]:
    """Return how a node stands in numbers, for machines that watch it.

    Args:
        shop: Opens things.
        home: Whose node.
        last: How the last block was decided: it says who signed the one before.
    """
    stands = status(shop, home.folder)
    votes = last.votes_before if last else ()
    found: dict[str, float] = {
        "node_running": stands["running"],
        "validators": len(votes) or stands["validators"],
        "validators_silent": sum(not vote.signed for vote in votes),
    }
    if stands["running"]:
        found |= {
            "node_peers": stands["peers"],
            "node_lag_blocks": max(0, stands["latest_block"] - stands["height"]),
            "node_catching_up": stands["catching_up"],
            "validator_power": stands["power"],
        }
    return found


def look_at_node(shop: Shop, folder: Path) -> str:
    """Say how a node stands, for whoever looks a home over.

    Raises:
        Unavailable: ``node.not_installed``, ``node.stopped``, ``node.alone``, ``node.behind``,
            ``node.clock``, or what ended it.
    """
    required()
    stands = status(shop, folder)
    if not stands["running"]:
        raise Unavailable(
            stands["code"],
            stands["why"],
            remedy=stands["remedy"] or f"start it with: cellchain node start {folder}",
        )
    if stands["validators"] > 1 and not stands["peers"]:
        raise Unavailable(
            "node.alone",
            "it is connected to no other node",
            remedy="look at peers in node/node.toml, and whether the others reach this machine",
        )
    if stands["catching_up"]:
        raise Unavailable("node.behind", f"it catches up, and is at block {stands['height']}")
    _check_clock(stands["clock_off_ms"])
    return f"block {stands['height']}, {stands['peers']} peers, power {stands['power']}"


def _check_clock(off_ms: int | None) -> None:
    if off_ms is not None and abs(off_ms) > CLOCK_OFF_MS_MAX:
        raise Unavailable(
            "node.clock",
            f"this clock is {abs(off_ms) / 1000:.1f} s {'ahead of' if off_ms > 0 else 'behind'}"
            " those of most other validators",
            remedy="let this machine keep time by NTP: `timedatectl set-ntp true`",
        )
