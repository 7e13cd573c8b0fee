"""Application and CometBFT as one: they start together, and when one ends so does the other."""

from __future__ import annotations

import subprocess
from contextlib import contextmanager
from threading import Event
from typing import TYPE_CHECKING

from cellchain.adapters.abci_server import UNIX, AbciServer
from cellchain.adapters.clock import clock_ms
from cellchain.adapters.cometbft.api import NodeApi
from cellchain.adapters.cometbft.log_file import NodeLog
from cellchain.adapters.cometbft.program import required
from cellchain.adapters.cometbft.writer import NodeWriter
from cellchain.adapters.disk import write_file
from cellchain.adapters.writer_socket import WriterDoor
from cellchain.core.errors import CellchainError, Unavailable
from cellchain.ledger.engine.comet.answering import Comet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from cellchain.adapters.cometbft.folder import NodeFolder
    from cellchain.ledger.application import Application

LOOK_S = 0.2
BLOCK_AHEAD_MS_MAX = 60_000
"""How far ahead of its own clock CometBFT lets the time of a block be: `block_time_tolerance`."""
GRACE_S = 15
"""How long CometBFT may take to end when it is told to."""


def run_node(
    node: NodeFolder,
    application: Application,
    door: Path,
    *,
    stop: Event,
    ready: Callable[[], None] = lambda: None,
) -> None:
    """Run a node until ``stop`` is set.

    Args:
        node: Its folder.
        application: The ledger, open for writing.
        door: Where other processes of this home hand over transactions.
        stop: Ends it.
        ready: Told once CometBFT answers.

    Raises:
        Unavailable: ``node.ended``: CometBFT has, why is in its log; ``node.consensus``: it takes
            no part any more; what the application raised.
            ``node.clock``: this machine's is far behind.
        Corrupt: ``node.other_state``: this node computed something else than the others.
    """
    _check_clock(application)
    program, settings = required(), node.configure()
    if _next_key_agreed(node, application):
        node.take_next_key()
    agreed = Event()
    engine = Comet(
        application,
        began_at=node.began_at,
        retain_blocks=settings.retain_blocks,
        validators=node.first_validators(),
    )

    def look_for_key(_: object) -> None:
        if _next_key_agreed(node, application):
            agreed.set()

    engine.committed.append(look_for_key)
    failures: list[BaseException] = []
    log = NodeLog(node.log_path)
    server = AbciServer(engine, f"{UNIX}{node.abci_path}", failed=failures.append)
    try:
        with _cometbft(program, node, log) as process, _writer(engine, node, door) as writer:
            is_ready = False
            while not (stop.wait(LOOK_S) or failures or process.poll() is not None):
                log.keep_short()
                failures += filter(None, [log.fault()])
                if not is_ready and node.rpc_path.exists():
                    is_ready = True
                    ready()
                if agreed.is_set():
                    raise Unavailable(
                        "node.next_key",
                        "the members agreed on this node's next key",
                        remedy="start it again: it votes with that",
                    )
            if not stop.is_set():
                error = _ended(log, failures, process.poll())
                writer.fail(error)
                raise error
    finally:
        server.close()


def _check_clock(application: Application) -> None:
    """Refuse to run by a clock with which honest blocks would be refused as of the future."""
    behind_ms = application.state.head.time_ms - clock_ms()
    if behind_ms > BLOCK_AHEAD_MS_MAX:
        raise Unavailable(
            "node.clock",
            f"this clock is {behind_ms / 1000:.0f} s behind the last block here",
            remedy="let this machine keep time by NTP: `timedatectl set-ntp true`",
        )


def _next_key_agreed(node: NodeFolder, application: Application) -> bool:
    """Whether the members let this node vote with the key that it has made for that."""
    found = node.next_key()
    return found is not None and found in (application.validators() or {})


@contextmanager
def _writer(engine: Comet, node: NodeFolder, path: Path) -> Iterator[NodeWriter]:
    api = NodeApi(node.rpc_path)

    def show_height(_: object) -> None:
        height = engine.application.state.head.height
        write_file(node.height_path, f"{height}\n".encode(), sync=False)

    engine.committed.append(show_height)
    writer = NodeWriter(engine, api)
    door = WriterDoor(path, writer)
    try:
        yield writer
    finally:
        door.close()
        api.close()


@contextmanager
def _cometbft(program: Path, node: NodeFolder, log: NodeLog) -> Iterator[subprocess.Popen[bytes]]:
    node.rpc_path.unlink(missing_ok=True)
    with log.begin() as out:
        process = subprocess.Popen(  # noqa: S603  # the pinned program
            [str(program), "start", "--home", "."],
            cwd=node.folder,
            stdout=out,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            umask=0o077,
            start_new_session=True,  # Ctrl-C reaches us, and we end it in order
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _ended(log: NodeLog, failures: list[BaseException], code: int | None) -> CellchainError:
    """Return why a node ended that was to run on."""
    if failures:
        failure = failures[0]
        if isinstance(failure, CellchainError):
            return failure
        return Unavailable("node.failed", f"the application failed: {failure!r}")
    said = log.last_words()
    return log.fault() or Unavailable(
        "node.ended", f"CometBFT ended with {code}: {said}", remedy="see node/cometbft.log"
    )
