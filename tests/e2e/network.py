"""Real nodes: CometBFT and the application, started as people start them."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from cellchain.adapters.cometbft.program import VERSION, installed
from cellchain.app import Cellchain
from cellchain.contracts.custody import Custody, Register
from cellchain.services.desk import Desk
from tests.machine import cannot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

PROGRAM = [sys.executable, "-c", "from cellchain.app import main; main()"]
PATIENCE_S = 90
RUDE = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
"""For whoever asks nodes that may just be dead: the HTTP client leaves such sockets to be found."""
BATTERY = "01/09506000134352/21/{}"


def need_cometbft() -> None:
    """Skip where CometBFT is missing, but never where everything must be tried."""
    if installed() is None:
        cannot(f"no CometBFT {VERSION} on this machine: cellchain node install builds it")


def cellchain(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [*PROGRAM, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)


def told(*arguments: str | Path) -> Any:
    """What a verb says as JSON; it has to go well."""
    done = cellchain(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def send(home: Path, kind: str, key: str = "operator", **fields: str) -> Any:
    options = [part for name, value in fields.items() for part in (f"--{name}", value)]
    return told("send", kind, *options, "--as", key, "--home", home)


def until(true: Callable[[], Any], what: str) -> Any:
    """Wait for something that a real process does in its own time."""
    ends = time.monotonic() + PATIENCE_S
    while time.monotonic() < ends:
        found = true()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"not within {PATIENCE_S} s: {what}")


def runs(home: Path) -> bool:
    """Whether a node answers and has all blocks of the others."""
    stands = told("node", "status", home)
    return bool(stands["running"]) and not stands["catching_up"]


def make_network(folder: Path, validators: int = 4) -> list[Path]:
    """Homes of a network that does not run yet."""
    need_cometbft()
    told("node", "network", folder, "--no-start", "--validators", str(validators),
         "--first-port", str(free_ports()))  # fmt: skip
    return [folder / f"member-{n + 1}" for n in range(validators)]


def register(home: Path, serial: str) -> int:
    """Register a battery with the key of a home; the block it is acknowledged in."""
    battery = BATTERY.format(serial)
    with Cellchain().writing(home) as (opened, ledger):
        return Desk(ledger, opened.keys.load("operator")).send(Register(battery=battery)).height


def head(home: Path) -> tuple[int, str]:
    """Height and app hash of the last block of a home."""
    with Cellchain().reading(home) as (_, application):
        last = application.state.head
        return last.height, last.app_hash.hex()


def lacking(home: Path, serials: Iterable[str]) -> list[str]:
    """Those of some batteries that a home has no record of."""
    with Cellchain().reading(home) as (_, application):
        kept = application.state.records
        return [one for one in serials if kept.lookup((Custody, BATTERY.format(one))) is None]


def one_history(homes: list[Path], serials: Iterable[str] = ()) -> None:
    """Wait until all homes have the same state; it holds batteries, and follows from the blocks."""
    until(lambda: len({head(home) for home in homes}) == 1, "all have the same state")
    for home in homes:
        assert not lacking(home, serials)
        told("audit", "--home", home)


def free_ports() -> int:
    """The first of four ports, ten apart, where nobody listens."""
    while True:
        with socket.socket() as asked:
            asked.bind(("127.0.0.1", 0))
            first = asked.getsockname()[1]
        if first < 60_000 and all(_free(first + 10 * n) for n in range(4)):
            return int(first)


def _free(port: int) -> bool:
    with socket.socket() as asked:
        return asked.connect_ex(("127.0.0.1", port)) != 0


@contextmanager
def kept_running(
    *arguments: str | Path,
    log: Path,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """A verb that runs until it is interrupted."""
    with log.open("ab") as out:
        process = subprocess.Popen(
            [*PROGRAM, *map(str, arguments)],
            stdout=out,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            env=env,
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def processes(home: Path) -> dict[str, int]:
    """Ids of the two processes of a node: the application and CometBFT."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                command = (entry / "cmdline").read_bytes().split(b"\0")
                place = (entry / "cwd").readlink()
            except OSError:
                continue
            if b"run" in command and str(home).encode() in command:
                found["application"] = int(entry.name)
            elif place == home / "node" and b"start" in command:
                found["cometbft"] = int(entry.name)
    return found


def answers(address: str) -> bool:
    """Whether a server answers."""
    try:
        return httpx.get(f"{address}/healthz", timeout=5).status_code == 200
    except httpx.TransportError:
        return False
