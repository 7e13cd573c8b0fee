"""Validators on this machine, beside CometBFT's own key-value store in the same topology."""

from __future__ import annotations

import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import time
from base64 import b64encode
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from benchmarks.chain import START_MS, Bench
from benchmarks.figure import Figure, work_folder
from cellchain.adapters.cometbft.api import NodeApi
from cellchain.adapters.cometbft.folder import NodeFolder, network_of
from cellchain.adapters.cometbft.program import MODULE, VERSION, built_path, required
from cellchain.adapters.home import Home
from cellchain.adapters.rocks import RocksStore
from cellchain.adapters.writer_socket import RemoteWriter
from cellchain.app import Cellchain
from cellchain.app.node import keys, prepare, take_part
from cellchain.app.node_syncing import join_from_snapshot
from cellchain.ledger.export import write_ledger
from cellchain.ledger.replay import stored_blocks
from cellchain.ledger.snapshot import parse_snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TRANSACTIONS = 20_000
TRANSACTION_BYTES = 480
"""Of a hand-over, and so of what the key-value store is given."""
HAPPENED_MIN = 0.9
"""Share of what is sent: gossip lets an acceptance overtake its offer now and then."""
TURNS = 5
BUNDLE = 20
LATENCIES = 15
FEW_RECORDS = 1_000
SYNC_RECORDS = int(os.environ.get("BENCH_SYNC_RECORDS", "100000"))
FIRST_PORT, PORTS_APART = 27_656, 10
PATIENCE_S = 300
WAITING_MAX = 60_000


def _folder(name: str) -> Path:
    folder = work_folder() / f"consortium-{name}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


def _members(folder: Path, bench: Bench, validators: int) -> list[Path]:
    """Make the homes of a network that goes on from a bench's chain."""
    shop, ledger = Cellchain(), folder / "before.ledger"
    state = bench.application.state
    with ledger.open("wb") as file:
        blocks = stored_blocks(state.store, state.head.height)
        write_ledger(file, bench.genesis.to_bytes(), blocks)
    homes = [folder / f"member-{n}" for n in range(validators)]
    told = []
    for number, home in enumerate(homes):
        prepare(shop, home, ledger)
        port = FIRST_PORT + PORTS_APART * number
        address = f"127.0.0.1:{port}"
        told.append(
            keys(shop, home, home.name, listen=address, local=True, waiting_max=WAITING_MAX)
        )
    network = network_of(bench.application, told, START_MS)
    for home, own in zip(homes, told, strict=True):
        take_part(Home(home), network, [one for one in told if one != own])
    return homes


@contextmanager
def _running(folder: Path, homes: list[Path]) -> Iterator[list[NodeApi]]:
    """Keep nodes running; give their APIs once each has all its peers."""
    program = "from cellchain.app import main; main()"
    command = [sys.executable, "-c", program, "node", "network", str(folder)]
    with (folder / "log").open("wb") as log, ExitStack() as stack:
        process = subprocess.Popen(command, stdout=log, stderr=log)
        stack.callback(process.wait)
        stack.callback(process.terminate)
        yield [stack.enter_context(_api(home / "node", len(homes) - 1)) for home in homes]


@contextmanager
def _api(folder: Path, peers: int) -> Iterator[NodeApi]:
    _until((folder / "rpc.sock").exists)
    api = NodeApi(folder / "rpc.sock")
    try:
        _until(lambda: _ready(api, peers))
        yield api
    finally:
        api.close()


def _ready(api: NodeApi, peers: int) -> bool:
    try:
        stands = api.ask("status")["sync_info"]
        connected = int(api.ask("net_info")["n_peers"])
    except Exception:  # noqa: BLE001  # it is not up yet, in whatever way
        return False
    return not stands["catching_up"] and connected >= peers


def _until(true: Callable[[], bool], pause_s: float = 0.05) -> None:
    ends = time.monotonic() + PATIENCE_S
    while not true():
        if time.monotonic() > ends:
            raise SystemExit("the network does not come up; see .benchmarks/consortium-*/log")
        time.sleep(pause_s)


def _rate(api: NodeApi, transactions: list[bytes]) -> tuple[float, float]:
    """Return transactions per second until the last is committed here; the CPU of sending one.

    Blocks have the time of the votes for the one before, which is before they are executed: a few
    blocks are over sooner by their own times than they are.
    """
    began, cpu = time.perf_counter(), time.process_time()
    before = int(api.ask("status")["sync_info"]["latest_block_height"])
    refused = [why for why in api.broadcast(transactions) if why]
    if refused:
        raise SystemExit(f"not taken: {refused[0]}")
    cpu = time.process_time() - cpu
    _until(lambda: api.ask("num_unconfirmed_txs")["total"] == "0", pause_s=0.01)
    seconds = time.perf_counter() - began
    last = int(api.ask("status")["sync_info"]["latest_block_height"])
    told = [api.ask("block_results", height=str(n)) for n in range(before + 1, last + 1)]
    results = [result for block in told for result in block["txs_results"] or ()]
    happened = sum(not result["code"] for result in results)
    if len(results) != len(transactions) or happened < HAPPENED_MIN * len(results):
        raise SystemExit(f"{happened} of {len(transactions)} happened, {len(results)} in blocks")
    return happened / seconds, cpu / len(transactions)


def _ours(validators: int, bundle: int = 1) -> tuple[float, float]:
    """Return transactions per second, and the CPU of sending one."""
    folder = _folder(f"{validators}")
    bench = Bench(TRANSACTIONS)
    homes = _members(folder, bench, validators)
    load = bench.hand_overs(TRANSACTIONS) if bundle == 1 else bench.bundles(TRANSACTIONS, bundle)
    bench.close()
    with _running(folder, homes) as apis:
        return _rate(apis[0], load)


def _kvstore(validators: int, *, socket: bool = False) -> float:
    """The same topology and settings with the store that CometBFT brings.

    It runs in CometBFT's own process, or beside it and over the same socket as ours.
    """
    folder, bench = _folder(f"kvstore-{validators}"), Bench(2)
    homes = _members(folder, bench, validators)
    bench.close()
    dice = random.Random(1)
    load = [
        b"%d=%b" % (n, b64encode(dice.randbytes(TRANSACTION_BYTES * 3 // 4 - 6)))
        for n in range(TRANSACTIONS)
    ]
    with ExitStack() as stack:
        for home in homes:
            stack.enter_context(_bare_node(home / "node", socket=socket))
        apis = [stack.enter_context(_api(home / "node", validators - 1)) for home in homes]
        return _rate(apis[0], load)[0]


@contextmanager
def _bare_node(folder: Path, *, socket: bool) -> Iterator[None]:
    node = NodeFolder(folder)
    network = {**node.network(), "app_hash": ""}
    node.join(msgspec.json.encode(network))
    node.configure()
    if not socket:
        file = folder / "config" / "config.toml"
        file.write_text(file.read_text().replace("unix://abci.sock", "kvstore"))
    commands = [[str(required()), "start", "--home", "."]]
    if socket:
        kvstore = [str(_store_program()), "kvstore", "--address", "unix://abci.sock"]
        commands.insert(0, [*kvstore, "--log_level", "error"])
    processes = []
    try:
        for command in commands:
            with (folder / "log").open("ab") as log:
                processes.append(subprocess.Popen(command, cwd=folder, stdout=log, stderr=log))
            if socket:
                _until((folder / "abci.sock").exists)
        yield
    finally:
        for process in reversed(processes):
            process.terminate()
            process.wait()


def _store_program() -> Path:
    """Return CometBFT's own store as a program of its own, built beside CometBFT by Go."""
    place = built_path().with_name("abci-cli")
    if not place.exists():
        env = {**os.environ, "CGO_ENABLED": "0", "GOBIN": str(place.parent)}
        module = MODULE.replace("cmd/cometbft", "abci/cmd/abci-cli")
        subprocess.run(["go", "install", f"{module}@v{VERSION}"], env=env, check=True)
    return place


def _throughput(name: str, validators: int, goal: str, *, socket: bool = False) -> Figure:
    """Take turns with the ceiling: a machine that is shared is another one minutes later."""
    ours, bare = [], []
    for _ in range(TURNS):
        bare.append(_kvstore(validators, socket=socket))
        rate, cpu = _ours(validators)
        ours.append(rate)
    ratios = sorted(one / other for one, other in zip(ours, bare, strict=True))
    return Figure(
        name=name,
        value=statistics.median(ours),
        ceiling=statistics.median(bare),
        ratio=statistics.median(ratios),
        unit="transactions/s",
        goal=goal,
        note=f"signed hand-overs to unsigned key-values; medians of {TURNS} turns, of which"
        f" {ratios[0]:.2f} to {ratios[-1]:.2f}; {1e6 * cpu:.0f} µs of CPU to send one",
    )


def four() -> Figure:
    """Signed custody hand-overs on four validators ÷ CometBFT's own store without signatures."""
    return _throughput("consortium.four", 4, ">= 0.25")


def one() -> Figure:
    """The same with one validator, to the store over a socket as ours."""
    return _throughput("consortium.one", 1, ">= 0.6", socket=True)


def bundle() -> Figure:
    """Messages per second where a transaction carries twenty ÷ where it carries one."""
    many, _ = _ours(4, BUNDLE)
    single, _ = _ours(4)
    return Figure(
        name="consortium.bundle",
        value=many * BUNDLE,
        ceiling=single,
        ratio=many * BUNDLE / single,
        unit="messages/s",
        goal=">= 5",
        note=f"{BUNDLE} messages of one sender in each transaction, on four validators",
    )


def latency() -> Figure:
    """Seconds until one transaction is durable on four validators; with one of them dead."""
    folder, bench = _folder("latency"), Bench(4 * LATENCIES)
    homes = _members(folder, bench, 4)
    load = bench.hand_overs(4 * LATENCIES)
    bench.close()
    with _running(folder, homes):
        home = Home(homes[0])
        writer = RemoteWriter(home.socket_path, home.genesis, lambda *_: None)
        alive = [_seconds(writer, data) for data in load[:LATENCIES]]
        victim = _cometbft_of(homes[3])
        os.kill(victim, signal.SIGSTOP)
        dead = [_seconds(writer, data) for data in load[LATENCIES : 2 * LATENCIES]]
        os.kill(victim, signal.SIGCONT)
        writer.close()
    return Figure(
        name="consortium.latency",
        value=statistics.median(alive),
        ceiling=max(dead),
        ratio=statistics.median(alive) / 0.5,
        unit="s",
        goal="<= 1: 0.5 s; <= 2 s with one dead",
        note=f"median of {LATENCIES}, to the worst of as many with one of four dead",
    )


def _cometbft_of(home: Path) -> int:
    """Return the process that runs in the folder of a node."""
    for entry in Path("/proc").iterdir():
        with suppress(OSError):  # it is somebody else's, or gone
            if entry.name.isdigit() and (entry / "cwd").readlink() == home / "node":
                return int(entry.name)
    raise SystemExit(f"no CometBFT runs in {home}")


def _seconds(writer: RemoteWriter, data: bytes) -> float:
    began = time.perf_counter()
    (result,) = writer.submit([data])
    assert not result.code, result.text
    return time.perf_counter() - began


def sync() -> Figure:
    """Seconds of a fresh node that begins from a snapshot, and those of replaying the ledger.

    What a node waits for whatever the state, its peers and blocks, is measured on a small one.
    """
    *_, waits = _synced(FEW_RECORDS)
    replayed, restored, whole = _synced(SYNC_RECORDS)
    return Figure(
        name="consortium.sync",
        value=whole - waits,
        ceiling=replayed,
        ratio=replayed / (whole - waits),
        unit="s",
        goal=">= 10 at a million records",
        note=f"{SYNC_RECORDS} records, besides {waits:.1f} s of waiting; of it the application"
        f" {restored:.1f} s, {replayed / restored:.0f} times faster",
    )


def _synced(records: int) -> tuple[float, float, float]:
    """Return the seconds of replaying, of the application taking over, and of a whole node."""
    folder, bench = _folder("sync"), Bench(records)
    began = time.perf_counter()
    (home,) = _members(folder, bench, 1)
    replayed = time.perf_counter() - began
    bench.close()
    shop, node = Cellchain(), NodeFolder(home / "node")
    address = f"127.0.0.1:{FIRST_PORT + 1}"
    chosen = {"snapshot_blocks": 5, "rest_ms": 1_000, "light_listen": address}
    node.make(msgspec.structs.replace(node.settings(), **chosen))
    with _running(folder, [home]):
        _until(lambda: bool([*node.snapshots_path.glob("[0-9]*/metadata")]))
    restored = _restored(node.snapshots_path, home)
    node.make(msgspec.structs.replace(node.settings(), snapshot_blocks=0))  # no more of them
    with _running(folder, [home]) as (api,):
        trusted = api.ask("status")["sync_info"]
        young = folder / "young" / "home"
        own = node.validator(home.name)
        join_from_snapshot(
            shop, young, node.network_path.read_bytes(), (home / "genesis.json").read_bytes(),
            "young", [own], [f"http://{address}", f"http://localhost:{FIRST_PORT + 1}"],
            f"{trusted['latest_block_height']}:{trusted['latest_block_hash']}",
        )  # fmt: skip
        listen = f"127.0.0.1:{FIRST_PORT + PORTS_APART}"
        keys(shop, young, "young", listen=listen, local=True)
        began = time.perf_counter()
        with _running(young.parent, [young]):
            whole = time.perf_counter() - began
    return replayed, restored, whole


def _restored(shelf: Path, home: Path) -> float:
    """Return the seconds that the application takes to take a snapshot over, into a real store."""
    metadata = sorted(shelf.glob("[0-9]*/metadata"))[0]
    snapshot = parse_snapshot(metadata.read_bytes())
    place = work_folder() / "consortium-restored"
    shutil.rmtree(place, ignore_errors=True)
    store = RocksStore(place)
    application = Cellchain().application(Home(home).genesis, store)
    began = time.perf_counter()
    application.offer_snapshot(snapshot, height=snapshot.height, app_hash=snapshot.app_hash())
    for index in range(len(snapshot.chunk_hashes)):
        application.apply_chunk(index, (metadata.parent / str(index)).read_bytes())
    seconds = time.perf_counter() - began
    store.close()
    return seconds


FIGURES = {
    "consortium.latency": latency,
    "consortium.four": four,
    "consortium.one": one,
    "consortium.bundle": bundle,
    "consortium.sync": sync,
}
