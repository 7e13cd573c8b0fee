"""What the command line works with: the parts of cellchain on this machine, put together."""

from __future__ import annotations

import sys
from contextlib import contextmanager, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

from cellchain.core.errors import Refused, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from cellchain.adapters.home import Home
    from cellchain.adapters.telemetry.store import TelemetryStore
    from cellchain.adapters.vault.working import WorkingVault
    from cellchain.app.edge import EdgeWork
    from cellchain.cli.ports import DemoTold, NetworkTold, WitnessAtWork
    from cellchain.core.names import BatteryId, DeviceId, KeyId
    from cellchain.crypto.cosignature import WitnessKey
    from cellchain.crypto.note import VerifierKey
    from cellchain.ledger.application import Application
    from cellchain.ledger.contract import Contract, Record
    from cellchain.ledger.engine.solo import Solo
    from cellchain.ledger.light import HeaderTrust
    from cellchain.ledger.parameters import Genesis
    from cellchain.ledger.port import Ledger
    from cellchain.ledger.replay import Block
    from cellchain.ledger.split_view import SplitView
    from cellchain.ledger.state import State
    from cellchain.ledger.store import Store
    from cellchain.ledger.watched import Watched
    from cellchain.services.analysis.curves import Curves
    from cellchain.services.analysis.report import Report
    from cellchain.services.analysis.shapes import Picture
    from cellchain.services.analysis.table import Table
    from cellchain.services.demo import Chapter
    from cellchain.services.edge.request import DeviceMade
    from cellchain.services.gateway.request import (
        ReadingWanted,
        TelemetryImport,
        TelemetryImported,
    )
    from cellchain.services.proofs import Proof

B = TypeVar("B", bound="Block")
HEADER_KEY = "headers"
"""Name in the key store of the key that signs the first headers."""


def main() -> None:
    """Run the command line and leave with its exit code."""
    from cellchain.cli.root import run  # noqa: PLC0415  # after the guard against -O below

    if not __debug__:
        sys.exit("cellchain runs with its assertions: start Python without -O")
    sys.exit(run(Cellchain(), sys.argv[1:]))


def node_stopped() -> Unavailable:
    """Return what is said where a node does not run."""
    return Unavailable(
        "node.stopped",
        "the node of this home does not run",
        remedy="start it with: cellchain node start",
    )


class Cellchain:
    """The parts of cellchain on this machine, put together on demand."""

    def contracts(self) -> dict[str, Contract]:
        """Return the installed contracts."""
        from cellchain.contracts import discover  # noqa: PLC0415

        return discover()

    def home(self, folder: Path, passphrase_file: Path | None = None) -> Home:
        """Open a home without its state."""
        from cellchain.adapters.home import Home  # noqa: PLC0415

        return Home(folder, passphrase_file=passphrase_file)

    def application(self, genesis: Genesis, store: Store) -> Application:
        """Return the application of a chain over ``store``."""
        from cellchain.contracts.governance import GOVERNING  # noqa: PLC0415
        from cellchain.contracts.membership.members import MEMBERS  # noqa: PLC0415
        from cellchain.crypto.signatures import self_test  # noqa: PLC0415
        from cellchain.ledger.application import Application  # noqa: PLC0415
        from cellchain.ledger.parameters import check_contracts  # noqa: PLC0415

        self_test()
        contracts = self.contracts()
        check_contracts(genesis.parameters, contracts)
        return Application(genesis, contracts, MEMBERS, store, GOVERNING)

    def create(self, folder: Path, *, chain: str, party: str, passphrase_file: Path | None) -> Home:
        """Make the home of a new chain, its operator and block 1."""
        from cellchain.adapters.clock import clock_ms  # noqa: PLC0415
        from cellchain.adapters.home import OWN_KEY, create_home  # noqa: PLC0415
        from cellchain.crypto.signatures import new_signing_key  # noqa: PLC0415
        from cellchain.ledger.contract import newest  # noqa: PLC0415
        from cellchain.services.founding import found  # noqa: PLC0415

        headers, own = new_signing_key(), new_signing_key()
        genesis = found(
            chain=chain,
            time_ms=clock_ms(),
            header_key=headers.key_id,
            operator=party,
            operator_key=own.key_id,
            contracts=newest(self.contracts().values()),
        )
        home = create_home(folder, genesis, passphrase_file=passphrase_file)
        home.keys.add(HEADER_KEY, headers)
        home.keys.add(OWN_KEY, own, party=party)
        home.put_operator_first(headers)
        with self._engine(home) as solo:
            solo.seal([], time_ms=clock_ms())
        return home

    @contextmanager
    def writing(
        self, folder: Path, passphrase_file: Path | None = None
    ) -> Iterator[tuple[Home, Ledger]]:
        """Open a home for writing, here or through the writer that already runs."""
        home = self.home(folder, passphrase_file)
        with self._ledger(home) as ledger:
            yield home, ledger

    @contextmanager
    def _ledger(self, home: Home) -> Iterator[Ledger]:
        from cellchain.adapters.writer_socket import RemoteWriter  # noqa: PLC0415

        if home.is_node:
            find, gone = self._finder(home), node_stopped()
            node = RemoteWriter(home.socket_path, home.genesis, find, gone=gone)
            try:
                yield node
            finally:
                node.close()
            return
        if home.socket_path.exists():
            try:
                remote = RemoteWriter(home.socket_path, home.genesis, self._finder(home))
            except Unavailable:
                pass  # left behind by a writer that was killed: this process is the writer now
            else:
                try:
                    yield remote
                finally:
                    remote.close()
                return
        if not home.writable:
            yield self._keyless(home)
            return
        with self._writer(home) as ledger:
            yield ledger

    def _keyless(self, home: Home) -> Ledger:
        from cellchain.adapters.keyless import KeylessLedger  # noqa: PLC0415

        return KeylessLedger(home, self._finder(home))

    @contextmanager
    def _writer(self, home: Home) -> Iterator[Ledger]:
        with self._engine(home) as solo, self._writer_over(home, solo, lambda: None) as writer:
            yield writer

    @contextmanager
    def _writer_over(self, home: Home, solo: Solo, told: Callable[[], object]) -> Iterator[Ledger]:
        from cellchain.adapters.signature_worker import LazyWorker  # noqa: PLC0415
        from cellchain.adapters.writer import Writer, checkpoint_writer  # noqa: PLC0415
        from cellchain.adapters.writer_socket import WriterDoor  # noqa: PLC0415

        sign = checkpoint_writer(home.checkpoint_path, solo)

        def after_block() -> None:
            told()
            sign()

        with LazyWorker() as worker:
            writer = Writer(solo, verifier=worker, after_block=after_block)
            door = WriterDoor(home.socket_path, writer)
            try:
                yield writer
            finally:
                door.close()
                writer.close()

    @contextmanager
    def followed_ledger(
        self, home: Home, told: Callable[[], object]
    ) -> Iterator[tuple[Ledger, Callable[[], AbstractContextManager[State]], bool]]:
        """Open a ledger that is written here or elsewhere, and what shows its last block.

        Args:
            home: Whose.
            told: Called after each block, where it is written here.

        Yields:
            The ledger, what opens its state, and whether it is written here.
        """
        if home.is_node or self._is_written(home) or not home.writable:
            with self._ledger(home) as ledger:
                yield ledger, lambda: self._state(home.folder), False
            return
        with self._engine(home) as solo, self._writer_over(home, solo, told) as ledger:
            yield ledger, lambda: nullcontext(solo.application.state), True

    def _is_written(self, home: Home) -> bool:
        """Whether another process writes to ``home``."""
        from cellchain.adapters.writer_socket import RemoteWriter  # noqa: PLC0415

        if not home.socket_path.exists():
            return False
        try:
            RemoteWriter(home.socket_path, home.genesis, self._finder(home)).close()
        except Unavailable:
            return False
        return True

    @contextmanager
    def _state(self, folder: Path) -> Iterator[State]:
        with self.reading(folder) as (_, application):
            yield application.state

    def scanner(self, folder: Path) -> Callable[[type[Record]], list[tuple[str, Record]]]:
        """Return what lists every record of a sort in a home."""

        def scan(kind: type[Record]) -> list[tuple[str, Record]]:
            with self.reading(folder) as (_, application):
                return list(application.state.records.scan(kind))

        return scan

    def serve(
        self,
        folder: Path,
        *,
        passphrase_file: Path | None,
        configuration: Path | None,
        listen: tuple[str, int],
        ready: Callable[[str], None],
    ) -> None:
        """Serve the pages and the API of a home until interrupted."""
        from cellchain.app.serving import serve  # noqa: PLC0415

        serve(
            self,
            folder,
            passphrase_file=passphrase_file,
            configuration=configuration,
            listen=listen,
            ready=ready,
        )

    def install_node(self) -> Path:
        """Find CometBFT, or build it; return where it is."""
        from cellchain.adapters.cometbft.program import install  # noqa: PLC0415

        return install()

    def node_network(
        self, folder: Path, validators: int, chain: str, first_port: int, at: str = ""
    ) -> list[Path]:
        """Make a network of organisations on this machine; return the homes of its nodes."""
        from cellchain.app.node import make_network  # noqa: PLC0415

        return make_network(self, folder, validators, chain, first_port, at)

    def node_keys(
        self, folder: Path, party: str, listen: str, external: str, ledger: Path | None
    ) -> dict[str, Any]:
        """Return what a node tells the others of itself; its home is made from ``ledger``."""
        from cellchain.app.node import keys, prepare, told  # noqa: PLC0415

        if ledger is not None:
            prepare(self, folder, ledger)
        return told(keys(self, folder, party, listen=listen, external=external))

    def node_founding(
        self, folder: Path, party: str, members: Sequence[Path], listen: str, external: str
    ) -> bytes:
        """Return the message that founds votes of those who run these nodes."""
        from cellchain.app.node import founding, read_members  # noqa: PLC0415

        others = read_members(members)
        return founding(self, folder, party, others, listen=listen, external=external)

    def node_next_key(self, folder: Path, party: str) -> dict[str, Any]:
        """Return the action by which a node gets another key to vote with; the key is made."""
        from cellchain.app.node import next_key  # noqa: PLC0415

        return next_key(self, folder, party)

    def node_init(
        self, folder: Path, party: str, members: Sequence[Path], listen: str, external: str
    ) -> Path:
        """Let a solo home go on as the first node of a network; return where its genesis is."""
        from cellchain.app.node import begin, read_members  # noqa: PLC0415

        others = read_members(members)
        return begin(self, folder, party, others, listen=listen, external=external)

    def node_join(
        self, folder: Path, network: Path, ledger: Path, party: str, members: Sequence[Path]
    ) -> dict[str, Any]:
        """Make a home a node of a network that somebody else began."""
        from cellchain.app.node import join, read_members, told  # noqa: PLC0415

        peers = read_members(members)
        return told(join(self, folder, network.read_bytes(), ledger, party, peers))

    def node_join_from_snapshot(  # noqa: PLR0917  # what one is handed
        self,
        folder: Path,
        network: Path,
        genesis: Path,
        party: str,
        members: Sequence[Path],
        sync_from: Sequence[str],
        sync_trust: str,
    ) -> dict[str, Any]:
        """Make a home a node of a network that begins from a snapshot of others."""
        from cellchain.app.node import read_members, told  # noqa: PLC0415
        from cellchain.app.node_syncing import join_from_snapshot  # noqa: PLC0415

        own = join_from_snapshot(
            self, folder, network.read_bytes(), genesis.read_bytes(), party, read_members(members),
            sync_from, sync_trust,
        )  # fmt: skip
        return told(own)

    def node_sync(self, folder: Path, sync_from: Sequence[str], sync_trust: str) -> None:
        """Let a node forget its blocks, and begin anew from a snapshot of others."""
        from cellchain.app.node_syncing import sync  # noqa: PLC0415

        sync(self, folder, sync_from, sync_trust)

    def node_history(self, folder: Path, ledger: Path, progress: Callable[[int], None]) -> int:
        """Bring blocks back that a home does not keep; return the height up to which."""
        from cellchain.app.node_syncing import bring_history  # noqa: PLC0415

        return bring_history(self, folder, ledger, progress)

    def node_start(self, folders: Sequence[Path], told: Callable[[str], None]) -> int:
        """Keep nodes running until interrupted; return an exit code."""
        from cellchain.app.node_running import supervise  # noqa: PLC0415

        return supervise(folders, told)

    def node_run(self, folder: Path, ready: Callable[[], None]) -> None:
        """Run a node until interrupted, or until application or CometBFT ends."""
        from cellchain.app.node_running import run  # noqa: PLC0415

        run(self, folder, ready)

    def node_status(self, folder: Path) -> dict[str, Any]:
        """Return how a node stands."""
        from cellchain.app.node_running import status  # noqa: PLC0415

        return status(self, folder)

    def invite(
        self, folder: Path, party: str, member: str, name: str, duties: Sequence[str]
    ) -> str:
        """Add a member; return the path of the page where it chooses its password."""
        from cellchain.app.accounts import invite  # noqa: PLC0415

        with self.reading(folder) as (_, application):
            return invite(folder, application.state, party, member, name=name, duties=duties)

    def members(self, folder: Path) -> list[dict[str, Any]]:
        """Return the members of a home, without anything secret."""
        from cellchain.app.accounts import members  # noqa: PLC0415

        return members(self.home(folder).folder)

    @contextmanager
    def _engine(self, home: Home) -> Iterator[Solo]:
        from cellchain.ledger.engine.solo import (  # noqa: PLC0415
            Solo,
            last_header,
            operator_in_force,
        )

        if home.is_node:
            raise Refused(
                "home.node",
                "validators make the blocks of this home",
                remedy="start its node with: cellchain node start",
            )
        store = home.open_store(read_only=False)
        try:
            application = self.application(home.genesis, store)
            home.check_not_behind(application.state.head.log_size)
            last = last_header(application)
            home.catch_up_rotation(last)
            yield Solo(application, home.signing_key(operator_in_force(application, last)))
        finally:
            store.close()

    @contextmanager
    def reading(self, folder: Path) -> Iterator[tuple[Home, Application]]:
        """Open a home as of its last block, beside any writer."""
        home = self.home(folder)
        store = home.open_store(read_only=True)
        try:
            application = self.application(home.genesis, store)
            yield home, application
        finally:
            store.close()

    @contextmanager
    def appending(self, home: Home) -> Iterator[Application]:
        """Open a home for whoever brings blocks that were decided elsewhere."""
        store = home.open_store(read_only=False)
        try:
            yield self.application(home.genesis, store)
        finally:
            store.close()

    @contextmanager
    def replica(self, genesis: Genesis) -> Iterator[Application]:
        """Return an empty application of a chain, over a store that is thrown away."""
        from cellchain.adapters.rocks import RocksStore  # noqa: PLC0415

        with TemporaryDirectory(prefix="cellchain-replica") as folder:
            store = RocksStore(Path(folder), durable=False)
            try:
                yield self.application(genesis, store)
            finally:
                store.close()

    def ahead(self, application: Application, blocks: Iterable[B]) -> Iterator[B]:
        """Pass blocks on while the signatures of the next one are verified in a second process."""
        from cellchain.adapters.signature_worker import (  # noqa: PLC0415
            Batch,
            LazyWorker,
            verified_ahead,
        )

        with LazyWorker() as worker:
            batches = (Batch(block.transactions, block) for block in blocks)
            for batch in verified_ahead(application, batches, worker):
                yield batch.ticket  # type: ignore[misc]  # the very block that went in

    def serve_writer(
        self, folder: Path, passphrase_file: Path | None, ready: Callable[[str], None]
    ) -> None:
        """Write for other processes until interrupted; tell the chain's name when ``ready``."""
        from cellchain.app.stopping import until_told  # noqa: PLC0415

        stop = until_told()
        home = self.home(folder, passphrase_file)
        with self._writer(home):
            ready(home.genesis.chain)
            stop.wait()

    def rotate_operator(self, folder: Path, name: str, passphrase_file: Path | None) -> Home:
        """Let the key ``name`` sign the headers from the next block on."""
        from cellchain.adapters.clock import clock_ms  # noqa: PLC0415

        home = self.home(folder, passphrase_file)
        following = home.keys.load(name)
        with self._engine(home) as solo:
            sealed = solo.seal([], time_ms=clock_ms(), next_operator=following)
        assert sealed.header is not None
        home.catch_up_rotation(sealed.header)
        return home

    def vouched(self, folder: Path, proof: Proof, since: int | None) -> tuple[Proof, str]:
        """Return a proof with all that vouches for it, and what its page is to trust."""
        from cellchain.app.consortium import vouched, vouching  # noqa: PLC0415

        home = self.home(folder)
        with vouching(home) as validators:
            return vouched(home, validators, proof, since)

    def network_trust(self, home: Home) -> str:
        """Return where trust in the network begins, which a home is a node of; empty in solo."""
        from cellchain.app.consortium import genesis_trust  # noqa: PLC0415
        from cellchain.ledger.light import encode_trust  # noqa: PLC0415

        trust = genesis_trust(home)
        return encode_trust(trust).decode() if trust else ""

    def network_path(self, folder: Path) -> Path:
        """Return where the genesis of the network is that a home is a node of."""
        from cellchain.adapters.cometbft.folder import NodeFolder  # noqa: PLC0415

        return NodeFolder(self.home(folder).node_folder).network_path

    def node_header(self, folder: Path, height: int | None) -> HeaderTrust:
        """Return a header that the network signed, with all that a verifier needs to pin it."""
        from cellchain.app.consortium import vouching  # noqa: PLC0415

        with vouching(self.home(folder)) as validators:
            if validators is None:
                raise Refused("node.no_network", "this home belongs to no network")
            return validators.header(height)

    def now_ms(self) -> int:
        """Return the time."""
        from cellchain.adapters.clock import clock_ms  # noqa: PLC0415

        return clock_ms()

    def cpu_s(self) -> float:
        """Return the CPU seconds that were spent so far."""
        from cellchain.adapters.clock import cpu_s  # noqa: PLC0415

        return cpu_s()

    def proof_page(self, proof: bytes, trust: str, witnesses: Sequence[WitnessKey] = ()) -> bytes:
        """Return the self-contained page of a proof."""
        from cellchain.web.proof_page import render  # noqa: PLC0415

        return render(proof, trust, witnesses)

    def witnesses(self, folder: Path) -> Sequence[WitnessKey]:
        """Return the witnesses that the settings in a home name."""
        from cellchain.app.home_witnesses import home_witnesses  # noqa: PLC0415

        return home_witnesses(self.home(folder)).keys

    def with_cosignatures(self, folder: Path, proof: Proof) -> Proof:
        """Return a proof of this home with what its witnesses cosigned of it by now."""
        from cellchain.app.home_witnesses import home_witnesses  # noqa: PLC0415
        from cellchain.services.cosigned import with_cosignatures  # noqa: PLC0415

        notes = home_witnesses(self.home(folder)).cosigned()
        if not notes:
            return proof
        with self.reading(folder) as (_, application):
            return with_cosignatures(proof, application.state, notes)

    def make_witness(self, folder: Path, name: str, passphrase_file: Path | None) -> WitnessKey:
        """Make the folder and the key of a witness."""
        from cellchain.adapters.witness_folder import make_witness  # noqa: PLC0415
        from cellchain.crypto.signatures import new_signing_key  # noqa: PLC0415

        return make_witness(folder, name, new_signing_key(), passphrase_file=passphrase_file)

    @contextmanager
    def witness(
        self, folder: Path, trusted: Sequence[Sequence[VerifierKey]], passphrase_file: Path | None
    ) -> Iterator[WitnessAtWork]:
        """Open a witness that cosigns; each of ``trusted`` is the keys of a log to watch."""
        from cellchain.app.witnessing import WitnessWork  # noqa: PLC0415

        work = WitnessWork(folder, passphrase_file)
        try:
            for keys in trusted:
                work.trust(keys)
            yield work
        finally:
            work.close()

    def witness_status(self, folder: Path) -> tuple[list[Watched], list[SplitView]]:
        """Return what a witness remembers of each log, and the split views that it saw."""
        from cellchain.adapters.clock import clock_ms  # noqa: PLC0415
        from cellchain.adapters.witness_folder import WitnessFolder  # noqa: PLC0415

        found = WitnessFolder(folder, clock=clock_ms)
        return found.logs(), found.evidence()

    def proof_in_page(self, page: bytes) -> bytes:
        """Return the proof inside a page that is ours to the last byte."""
        from cellchain.web.proof_page import extract_proof  # noqa: PLC0415

        return extract_proof(page)

    def write_file(self, path: Path, data: bytes) -> None:
        """Write a whole file or none."""
        from cellchain.adapters.disk import write_file  # noqa: PLC0415

        write_file(path, data)

    def read_table(self, path: Path, texts: Sequence[str], mapping: Path | None) -> Table:
        """Return the table in a file, in the names and units that a mapping gives."""
        from cellchain.adapters.table_files import read_table  # noqa: PLC0415
        from cellchain.services.analysis.mapping import Mapping, parse_mapping  # noqa: PLC0415

        known = parse_mapping(mapping.read_bytes()) if mapping else Mapping()
        return known.applied(read_table(path, texts=known.sources(texts)))

    def read_arrays(self, path: Path) -> dict[str, Any]:
        """Return the arrays in a file of NumPy."""
        from cellchain.adapters.table_files import read_arrays  # noqa: PLC0415

        return read_arrays(path)

    def read_curves(self, path: Path, mapping: Path | None) -> Curves:
        """Return the discharge curves in a file: arrays of NumPy, or a table."""
        from cellchain.services.analysis import curves  # noqa: PLC0415

        if path.suffix == ".npz":
            return curves.curves_of_arrays(self.read_arrays(path))
        return curves.curves_of_table(self.read_table(path, (curves.CELL,), mapping))

    def check_writable(self, path: Path) -> None:
        """Refuse, before long work, a file that no table could be written to."""
        from cellchain.adapters.table_files import check_writable  # noqa: PLC0415

        check_writable(path)

    def report_page(self, report: Report) -> bytes:
        """Return a report as one page that needs nothing else."""
        from cellchain.web.report_page import render  # noqa: PLC0415

        return render(report)

    def write_table(self, path: Path, table: Table) -> None:
        """Write a table to a file."""
        from cellchain.adapters.table_files import write_table  # noqa: PLC0415

        write_table(path, table)

    def check_plot(self, path: Path) -> None:
        """Refuse a plot that could not be drawn, before long work."""
        from cellchain.adapters.plot_files import check_plot  # noqa: PLC0415

        check_plot(path)

    def write_plot(self, path: Path, answer: Table | Picture) -> None:
        """Draw an answer into a file."""
        from cellchain.adapters.plot_files import write_plot  # noqa: PLC0415
        from cellchain.services.analysis.picture import picture_of  # noqa: PLC0415
        from cellchain.services.analysis.table import Table  # noqa: PLC0415

        picture = picture_of(answer) if isinstance(answer, Table) else answer
        if picture is None:
            raise Refused("plot.nothing", "the answer has no row that could be drawn")
        write_plot(path, picture)

    def whole_file(self, path: Path) -> AbstractContextManager[BinaryIO]:
        """Open a file that takes its name when the block ends well."""
        from cellchain.adapters.disk import whole_file  # noqa: PLC0415

        return whole_file(path)

    def import_telemetry(
        self,
        folder: Path,
        passphrase_file: Path | None,
        asked: TelemetryImport,
        progress: Callable[[int, int], None],
    ) -> TelemetryImported:
        """Anchor the readings of a file."""
        from cellchain.adapters.clock import clock_ms  # noqa: PLC0415
        from cellchain.adapters.importing import (  # noqa: PLC0415
            count_file,
            import_file,
            open_source,
        )

        source = open_source(asked, now_ms=clock_ms())
        if asked.dry_run:
            return count_file(source, progress)
        with self.writing(folder, passphrase_file) as (home, ledger):
            return import_file(home, ledger, asked, source, progress)

    def edge_register(
        self,
        folder: Path,
        device: DeviceId,
        battery: BatteryId,
        *,
        home: Path | None,
        sender: str,
        passphrase_file: Path | None,
    ) -> DeviceMade:
        """Make a device in a folder, and register it from a home where one is named."""
        from msgspec.structs import replace  # noqa: PLC0415

        from cellchain.app.edge import made, register  # noqa: PLC0415

        found = made(folder, device, battery)
        if home is None:
            return found
        with self.writing(home, passphrase_file) as (opened, ledger):
            return replace(found, registered=register(ledger, opened.keys.load(sender), found))

    @contextmanager
    def edge(self, folder: Path, url: str, gateway: KeyId | None) -> Iterator[EdgeWork]:
        """Open the device in a folder, with the gateway at a URL where one is named."""
        from cellchain.app.edge import EdgeWork  # noqa: PLC0415

        work = EdgeWork(folder, url, gateway)
        try:
            yield work
        finally:
            work.close()

    def reading_proof(
        self, folder: Path, passphrase_file: Path | None, wanted: ReadingWanted
    ) -> Proof:
        """Return the proof of one reading; several at that time, and none chosen, are an error."""
        from cellchain.services.gateway.choosing import choose_reading  # noqa: PLC0415
        from cellchain.services.gateway.evidence import prove_reading  # noqa: PLC0415
        from cellchain.services.proofs import reading_proof  # noqa: PLC0415

        home = self.home(folder, passphrase_file)
        with self._telemetry(home) as store, self.reading(folder) as (_, application):
            found = choose_reading(store, wanted.battery, wanted.time, wanted.row)
            return reading_proof(application.state, prove_reading(store, found))

    def readings(
        self, folder: Path, battery: str, span_ms: tuple[int, int], channels: Sequence[str]
    ) -> tuple[list[str], Iterator[tuple[object, ...]]]:
        """Return the names of columns, and the readings of a battery in a span of time."""
        from cellchain.adapters.telemetry.query import readings  # noqa: PLC0415
        from cellchain.adapters.telemetry.store import TelemetryStore  # noqa: PLC0415

        store = TelemetryStore(self.home(folder).telemetry_folder, read_only=True)
        try:
            first, end = span_ms
            table = readings(store, battery, from_ms=first, until_ms=end, channels=channels)
        finally:
            store.close()
        rows = (tuple(row.values()) for batch in table.to_batches() for row in batch.to_pylist())
        return list(table.column_names), rows

    def audit_telemetry(
        self, folder: Path, application: Application, passphrase_file: Path | None
    ) -> int:
        """Compare every anchored window with the readings that are kept; return the windows."""
        from cellchain.contracts.telemetry import Window  # noqa: PLC0415
        from cellchain.services.gateway.choosing import audit_kept  # noqa: PLC0415

        home = self.home(folder, passphrase_file)
        if not home.telemetry_folder.exists():
            return 0
        found = application.state.records.scan(Window)
        anchored = {subject: record for subject, record in found if isinstance(record, Window)}
        with self._telemetry(home) as store:
            return audit_kept(store, anchored)

    @contextmanager
    def _telemetry(self, home: Home, *, read_only: bool = True) -> Iterator[TelemetryStore]:
        from cellchain.adapters.telemetry.store import TelemetryStore  # noqa: PLC0415

        key = home.keys.derived_secret("telemetry")
        store = TelemetryStore(home.telemetry_folder, key, read_only=read_only)
        try:
            yield store
        finally:
            store.close()

    @contextmanager
    def vault(self, folder: Path, passphrase_file: Path | None = None) -> Iterator[WorkingVault]:
        """Open the vault of a home, beside its ledger for writing."""
        from cellchain.app.vaults import opened_vault  # noqa: PLC0415

        with (
            self.writing(folder, passphrase_file) as (home, ledger),
            opened_vault(self, home, ledger) as work,
        ):
            yield work

    def backup(self, folder: Path, file: Path, *, with_keys: bool = False) -> int:
        """Write a home without its passphrase to one file; return the height of its last block."""
        from cellchain.adapters.backup import write_backup  # noqa: PLC0415

        with self.reading(folder) as (_, application):
            write_backup(folder, application.state.store, file, with_keys=with_keys)
            return application.state.head.height

    def restore(self, file: Path, folder: Path, erasures: Sequence[Path] = ()) -> int:
        """Make a home from a backup, erase again what was erased since; return the height."""
        from cellchain.adapters.backup import ROWS_NAME, load_rows, restoring  # noqa: PLC0415
        from cellchain.adapters.configuration import FILE_NAME, read_configuration  # noqa: PLC0415
        from cellchain.adapters.vault.restoring import erase_again  # noqa: PLC0415
        from cellchain.contracts.document import Erasure  # noqa: PLC0415
        from cellchain.ledger.snapshot import check_state  # noqa: PLC0415

        with restoring(file, folder) as aside:
            home = self.home(aside)
            store = home.open_store(read_only=False)
            try:
                load_rows(aside / ROWS_NAME, store)
                application = self.application(home.genesis, store)
                check_state(application.state)
                home.check_not_behind(application.state.head.log_size)
                height = application.state.head.height
                url = read_configuration(aside / FILE_NAME).vault.url
                known = application.state.records.scan(Erasure)
                erase_again(aside, folder, known, erasures, objects_url=url)
            finally:
                store.close()
        return height

    def keeps_keys(self, folder: Path) -> bool:
        """Return whether a home holds any signing key."""
        return bool(self.home(folder).keys.entries())

    def rebuild_views(
        self, folder: Path, url: str, progress: Callable[[int, int], None]
    ) -> tuple[int, str]:
        """Project the views of a home anew; return the height and app hash that they show.

        Args:
            folder: The home.
            url: Their database; empty: as the home's settings say.
            progress: Told of the height reached and that of the ledger.
        """
        from cellchain.adapters.configuration import FILE_NAME, read_configuration  # noqa: PLC0415
        from cellchain.app.views import rebuild  # noqa: PLC0415

        url = url or read_configuration(folder / FILE_NAME).views.url
        with self.vault(folder) as work:  # values that are not opened are not shown
            head = rebuild(self, folder, url, progress, work.vault)
        return head.height, head.app_hash

    def diagnose(self, folder: Path) -> list[tuple[str, bool, str]]:
        """Return what was looked at in a home: its name, whether it is fine, what was seen."""
        from cellchain.app.checks import checks  # noqa: PLC0415
        from cellchain.services.diagnosis import diagnose  # noqa: PLC0415

        return diagnose(self, folder, checks(self, folder))

    @contextmanager
    def demo_network(self, folder: Path) -> Iterator[NetworkTold]:
        """Let four companies of a demo carry its ledger on, with their nodes running meanwhile.

        Args:
            folder: Holds the home ``operator`` in which the story was told.

        Yields:
            What they did, each through its own node.
        """
        from cellchain.app.demo_network import (  # noqa: PLC0415
            BATTERY,
            found_network,
            hand_over,
            kept_running,
        )
        from cellchain.cli.ports import NetworkTold  # noqa: PLC0415

        network = found_network(self, folder)
        with kept_running(self, folder):
            done = hand_over(self, folder)
            yield NetworkTold(battery=BATTERY, done=tuple(done), network=network)

    def demo(
        self, folder: Path, *, batteries: int, seed: int, listener: Callable[[Chapter], None]
    ) -> DemoTold:
        """Make a demo home and tell its story, chapter by chapter, to ``listener``."""
        from cellchain.adapters.clock import clock_ms  # noqa: PLC0415
        from cellchain.adapters.demo_home import (  # noqa: PLC0415
            keep_said,
            new_demo_home,
            write_truth,
        )
        from cellchain.adapters.writer import checkpoint_writer  # noqa: PLC0415
        from cellchain.app.accounts import enrol_players  # noqa: PLC0415
        from cellchain.cli.ports import DemoTold  # noqa: PLC0415
        from cellchain.ledger.contract import newest  # noqa: PLC0415
        from cellchain.services.demo import Dice, demo_genesis, tell  # noqa: PLC0415
        from cellchain.services.demo.cast import OPERATOR, PLAYERS  # noqa: PLC0415
        from cellchain.services.vault import LedgerMembers  # noqa: PLC0415

        began_ms, dice = clock_ms(), Dice(seed)
        contracts = newest(self.contracts().values())
        genesis = demo_genesis(dice, seed=seed, batteries=batteries, contracts=contracts)
        home = new_demo_home(folder, genesis, dice)
        with self._engine(home) as solo, self._telemetry(home, read_only=False) as store:
            told = tell(solo, store, dice, batteries, listener)
            checkpoint_writer(home.checkpoint_path, solo)()
            state = solo.application.state
            keep_said(home, told, dice, LedgerMembers(state.draft(), state.records.scan))
        write_truth(home, told)
        players = [(player.party, player.name) for player in PLAYERS]
        enrol_players(folder, [*players, (OPERATOR, OPERATOR.capitalize())])
        proof = self._demo_proof(home, told.example)
        return DemoTold(
            app_hash=told.app_hash,
            batteries=batteries,
            first_app_hash=told.first_app_hash,
            height=told.height,
            home=str(folder),
            proof=str(proof),
            records=told.records,
            refused=told.refused,
            seconds=(clock_ms() - began_ms) / 1000,
            seed=seed,
            transactions=told.transactions,
            trust=str(home.trust_path),
        )

    def _demo_proof(self, home: Home, subject: str) -> Path:
        """Write the page that proves a reading of a window; return where it is."""
        from cellchain.services.demo import example_proof  # noqa: PLC0415

        with self._telemetry(home) as store, self.reading(home.folder) as (_, application):
            proof = example_proof(application.state, store, subject)
        page = home.folder / "proof.html"
        self.write_file(page, self.proof_page(proof.to_bytes(), home.trust_line))
        return page

    def _finder(self, home: Home) -> Any:
        """Return a function that reads a record as of the last block at the first call."""

        def find(record: type[Any], subject: str) -> Any:
            with self.reading(home.folder) as (_, application):
                return application.state.records.lookup((record, subject))

        return find


__all__ = ["Cellchain", "Refused", "main"]
