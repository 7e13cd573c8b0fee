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
from cellchain.adapters.cometbft.snapshots import SnapshotFolder
from cellchain.adapters.cometbft.writer import NodeWriter
from cellchain.adapters.disk import write_file
from cellchain.adapters.log import event_log
from cellchain.adapters.writer_socket import WriterDoor
from cellchain.contracts.governance import CHAIN, Validators
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
    if next_key_agreed(node, application):
        node.take_next_key()
    agreed = Event()
    failures: list[BaseException] = []
    shelf = SnapshotFolder(node.snapshots_path, told=_not_taken)
    engine = Comet(
        application,
        began_at=node.began_at,
        validators=node.first_validators(),
        retain_blocks=settings.retain_blocks,
        retain_events=settings.retain_events,
        shelf=shelf,
        snapshot_blocks=settings.snapshot_blocks,
    )

    def look_for_key(_: object) -> None:
        if next_key_agreed(node, application):
            agreed.set()

    engine.committed.append(look_for_key)
    log = NodeLog(node.log_path)
    server = AbciServer(engine, f"{UNIX}{node.abci_path}", failed=failures.append)
    try:
        with (
            _cometbft(program, node, log) as process,
            _writer(engine, node, door) as writer,
            _light_endpoint(node, settings.light_listen),
        ):
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
        shelf.close()


def _not_taken(error: Exception) -> None:
    event_log(clock_ms)("no snapshot", {"error": f"{type(error).__name__}: {error}"})


@contextmanager
def _light_endpoint(node: NodeFolder, address: str) -> Iterator[None]:
    """Let strangers ask for headers at ``address``, if there is one."""
    if not address:
        yield
        return
    from cellchain.adapters.cometbft.light_endpoint import LightEndpoint  # noqa: PLC0415

    api = NodeApi(node.rpc_path)
    try:
        endpoint = LightEndpoint(api, address)
        try:
            yield
        finally:
            endpoint.close()
    finally:
        api.close()


def _check_clock(application: Application) -> None:
    """Refuse to run by a clock with which honest blocks would be refused as of the future."""
    behind_ms = application.state.head.time_ms - clock_ms()
    if behind_ms > BLOCK_AHEAD_MS_MAX:
        raise Unavailable(
            "node.clock",
            f"this clock is {behind_ms / 1000:.0f} s behind the last block here",
            remedy="let this machine keep time by NTP: `timedatectl set-ntp true`",
        )


def next_key_agreed(node: NodeFolder, application: Application) -> bool:
    """Whether this node is to vote with its next key from the next block on.

    What block H changes counts from H + 2 on: the vote on H + 1 still wants the key of before.
    """
    found, state = node.next_key(), application.state
    if found is None:
        return False
    elected = state.records.peek((Validators, CHAIN))
    if not isinstance(elected, Validators) or state.head.height <= elected.height:
        return False
    return any(one.key == found for one in elected.nodes)


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
