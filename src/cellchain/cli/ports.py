"""What the command line needs from the outside; `cellchain.app` plugs it in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, TypeVar

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from cellchain.core.names import BatteryId, DeviceId, KeyId, PartyId
    from cellchain.crypto.cosignature import WitnessKey
    from cellchain.crypto.note import VerifierKey
    from cellchain.crypto.signatures import SigningKey
    from cellchain.ledger.application import Application
    from cellchain.ledger.contract import Book, Contract, Message
    from cellchain.ledger.light import HeaderTrust
    from cellchain.ledger.parameters import Genesis
    from cellchain.ledger.port import Ledger
    from cellchain.ledger.replay import Block
    from cellchain.ledger.split_view import SplitView
    from cellchain.ledger.watched import Watched
    from cellchain.services.analysis.curves import Curves
    from cellchain.services.analysis.report import Report
    from cellchain.services.analysis.shapes import Picture
    from cellchain.services.analysis.table import Table
    from cellchain.services.demo import Chapter
    from cellchain.services.edge.request import Boot, DeviceMade, Recorded
    from cellchain.services.gateway.request import (
        ReadingWanted,
        TelemetryImport,
        TelemetryImported,
    )
    from cellchain.services.proofs import Proof
    from cellchain.services.vault import Documents, Vault
    from cellchain.services.witnessing import Witnessing

B = TypeVar("B", bound="Block")


class KeyEntry(Protocol):
    """What is shown of a key."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def key(self) -> KeyId: ...  # noqa: D102
    @property
    def party(self) -> str: ...  # noqa: D102
    @property
    def demo(self) -> bool: ...  # noqa: D102


class Keys(Protocol):
    """The private keys of a home."""

    def add(self, name: str, key: SigningKey, *, party: str = "", demo: bool = False) -> KeyEntry:
        """Keep ``key`` under ``name``."""
        ...

    def load(self, name: str) -> SigningKey:
        """Return the key kept under ``name``."""
        ...

    def entries(self) -> Sequence[KeyEntry]:
        """Return what there is, in name order."""
        ...


class Home(Protocol):
    """A home as it lies on the disk."""

    @property
    def folder(self) -> Path: ...  # noqa: D102
    @property
    def genesis(self) -> Genesis: ...  # noqa: D102
    @property
    def keys(self) -> Keys: ...  # noqa: D102
    @property
    def trust_path(self) -> Path: ...  # noqa: D102
    @property
    def trust_line(self) -> str: ...  # noqa: D102


class VaultAtWork(Protocol):
    """A vault with the ledger that it answers to."""

    @property
    def home(self) -> Home: ...  # noqa: D102
    @property
    def ledger(self) -> Ledger: ...  # noqa: D102
    @property
    def vault(self) -> Vault: ...  # noqa: D102
    @property
    def documents(self) -> Documents: ...  # noqa: D102
    @property
    def book(self) -> Book:
        """The records as of the last block, whichever that is when it is asked."""
        ...

    def party_of(self, key: KeyId) -> PartyId:
        """Return the party that a key speaks for, as the ledger says."""
        ...

    @property
    def owes_journal(self) -> bool:
        """Whether erased bytes may still be in a journal, since a reader was in the way."""
        ...

    def follow(self, party: PartyId, messages: Sequence[Message]) -> None:
        """Do in the vault what ``messages`` of ``party``, which have happened, ask of it."""
        ...


class EdgeAtWork(Protocol):
    """A device on this machine."""

    def record(
        self, file: Path | None, *, mapping: str, zone: str, boot: str, pace: float, rows_max: int
    ) -> None:
        """Record a table, or standard input, delivering meanwhile."""
        ...

    def deliver(self, *, wait_s: float = 0) -> None:
        """Deliver what waits."""
        ...

    def told(self) -> Recorded:
        """Return what was done since it was opened."""
        ...

    def status(self) -> tuple[list[Boot], bool]:
        """Return where each boot stands, and whether it is proved that nothing was lost."""
        ...


class WitnessAtWork(Protocol):
    """A witness on this machine that cosigns."""

    def once(self, url: str) -> Witnessing:
        """Look at the log at ``url`` once, cosign what continues, and hand the cosignature back.

        Raises:
            Refused: ``witness.…``: it does not continue; Unavailable: it does not answer.
        """
        ...

    def run(
        self,
        url: str,
        every_s: float,
        listen: tuple[str, int] | None,
        told: Callable[[str, dict[str, Any]], None],
    ) -> None:
        """Follow the log at ``url`` and serve logs that push, whichever is asked, until stopped.

        Raises:
            Refused: ``witness.split_view``: the log that is followed shows another history.
        """
        ...


class DemoTold(msgspec.Struct, frozen=True, kw_only=True):
    """What a demo came to."""

    app_hash: str
    batteries: int
    first_app_hash: str
    height: int
    home: str
    proof: str
    """The page of a proof."""
    records: int
    refused: int
    """Transactions that the rules refused, on purpose."""
    seconds: float
    seed: int
    transactions: int
    trust: str
    """What verifies the proof."""


class NetworkTold(msgspec.Struct, frozen=True, kw_only=True):
    """What four companies of a demo did as validators."""

    battery: str
    """That changed hands."""
    done: tuple[tuple[int, str], ...]
    """Height, and what somebody did."""
    network: Path
    """The genesis of the network: what strangers trust."""


class Workshop(Protocol):
    """Opens homes and knows the machine around them."""

    def contracts(self) -> dict[str, Contract]:
        """Return the installed contracts."""
        ...

    def home(self, folder: Path, passphrase_file: Path | None = None) -> Home:
        """Open a home without its state."""
        ...

    def create(self, folder: Path, *, chain: str, party: str, passphrase_file: Path | None) -> Home:
        """Make the home of a new chain, its operator and block 1."""
        ...

    def writing(
        self, folder: Path, passphrase_file: Path | None = None
    ) -> AbstractContextManager[tuple[Home, Ledger]]:
        """Open a home for writing, here or through the writer that already runs."""
        ...

    def reading(self, folder: Path) -> AbstractContextManager[tuple[Home, Application]]:
        """Open a home as of its last block, beside any writer."""
        ...

    def install_node(self) -> Path:
        """Find CometBFT, or build it; return where it is."""
        ...

    def node_network(
        self, folder: Path, validators: int, chain: str, first_port: int, at: str = ""
    ) -> list[Path]:
        """Make a network of organisations on this machine; return the homes of its nodes."""
        ...

    def node_keys(
        self, folder: Path, party: str, listen: str, external: str, ledger: Path | None
    ) -> dict[str, Any]:
        """Return what a node tells the others of itself; its home is made from ``ledger``."""
        ...

    def node_founding(
        self, folder: Path, party: str, members: Sequence[Path], listen: str, external: str
    ) -> bytes:
        """Return the message that founds votes of those who run these nodes."""
        ...

    def node_next_key(self, folder: Path, party: str) -> dict[str, Any]:
        """Return the action by which a node gets another key to vote with; the key is made."""
        ...

    def node_init(
        self, folder: Path, party: str, members: Sequence[Path], listen: str, external: str
    ) -> Path:
        """Let a solo home go on as the first node of a network; return where its genesis is."""
        ...

    def node_join(
        self, folder: Path, network: Path, ledger: Path, party: str, members: Sequence[Path]
    ) -> dict[str, Any]:
        """Make a home a node of a network that somebody else began."""
        ...

    def node_join_from_snapshot(  # what one is handed
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
        ...

    def node_sync(self, folder: Path, sync_from: Sequence[str], sync_trust: str) -> None:
        """Let a node forget its blocks, and begin anew from a snapshot of others."""
        ...

    def node_history(self, folder: Path, ledger: Path, progress: Callable[[int], None]) -> int:
        """Bring blocks back that a home does not keep; return the height up to which."""
        ...

    def node_start(self, folders: Sequence[Path], told: Callable[[str], None]) -> int:
        """Keep nodes running until interrupted; return an exit code."""
        ...

    def node_run(self, folder: Path, ready: Callable[[], None]) -> None:
        """Run a node until interrupted, or until application or CometBFT ends."""
        ...

    def node_status(self, folder: Path) -> dict[str, Any]:
        """Return how a node stands."""
        ...

    def replica(self, genesis: Genesis) -> AbstractContextManager[Application]:
        """Return an empty application of a chain, over a store that is thrown away."""
        ...

    def vault(
        self, folder: Path, passphrase_file: Path | None = None
    ) -> AbstractContextManager[VaultAtWork]:
        """Open the vault of a home, beside its ledger for writing."""
        ...

    def serve_writer(
        self, folder: Path, passphrase_file: Path | None, ready: Callable[[str], None]
    ) -> None:
        """Write for other processes until interrupted; tell the chain's name when ``ready``."""
        ...

    def serve(
        self,
        folder: Path,
        *,
        passphrase_file: Path | None,
        configuration: Path | None,
        listen: tuple[str, int],
        ready: Callable[[str], None],
    ) -> None:
        """Serve the pages and the API of a home until interrupted; tell the URL when ``ready``."""
        ...

    def invite(
        self, folder: Path, party: str, member: str, name: str, duties: Sequence[str]
    ) -> str:
        """Add a member; return the path of the page where it chooses its password."""
        ...

    def members(self, folder: Path) -> list[dict[str, Any]]:
        """Return the members of a home, without anything secret."""
        ...

    def rotate_operator(self, folder: Path, name: str, passphrase_file: Path | None) -> Home:
        """Let the key ``name`` sign the headers from the next block on."""
        ...

    def proof_page(self, proof: bytes, trust: str, witnesses: Sequence[WitnessKey] = ()) -> bytes:
        """Return the self-contained page of a proof."""
        ...

    def vouched(self, folder: Path, proof: Proof, since: int | None) -> tuple[Proof, str]:
        """Return a proof with all that vouches for it, and what its page is to trust."""
        ...

    def network_path(self, folder: Path) -> Path:
        """Return where the genesis of the network is that a home is a node of."""
        ...

    def node_header(self, folder: Path, height: int | None) -> HeaderTrust:
        """Return a header that the network signed, with all that a verifier needs to pin it."""
        ...

    def now_ms(self) -> int:
        """Return the time."""
        ...

    def cpu_s(self) -> float:
        """Return the CPU seconds that were spent so far, threads and ended children included."""
        ...

    def witnesses(self, folder: Path) -> Sequence[WitnessKey]:
        """Return the witnesses that the settings in a home name."""
        ...

    def with_cosignatures(self, folder: Path, proof: Proof) -> Proof:
        """Return a proof of this home with what its witnesses cosigned of it by now."""
        ...

    def make_witness(self, folder: Path, name: str, passphrase_file: Path | None) -> WitnessKey:
        """Make the folder and the key of a witness."""
        ...

    def witness(
        self, folder: Path, trusted: Sequence[Sequence[VerifierKey]], passphrase_file: Path | None
    ) -> AbstractContextManager[WitnessAtWork]:
        """Open a witness that cosigns; each of ``trusted`` is the keys of a log to watch."""
        ...

    def witness_status(self, folder: Path) -> tuple[list[Watched], list[SplitView]]:
        """Return what a witness remembers of each log, and the split views that it saw."""
        ...

    def proof_in_page(self, page: bytes) -> bytes:
        """Return the proof inside a page that is ours to the last byte."""
        ...

    def write_file(self, path: Path, data: bytes) -> None:
        """Write a whole file or none."""
        ...

    def read_table(self, path: Path, texts: Sequence[str], mapping: Path | None) -> Table:
        """Return the table in a file, in the names and units that a mapping gives."""
        ...

    def read_arrays(self, path: Path) -> dict[str, Any]:
        """Return the arrays in a file of NumPy."""
        ...

    def read_curves(self, path: Path, mapping: Path | None) -> Curves:
        """Return the discharge curves in a file: arrays of NumPy, or a table."""
        ...

    def check_writable(self, path: Path) -> None:
        """Refuse, before long work, a file that no table could be written to."""
        ...

    def report_page(self, report: Report) -> bytes:
        """Return a report as one page that needs nothing else."""
        ...

    def write_table(self, path: Path, table: Table) -> None:
        """Write a table to a file."""
        ...

    def check_plot(self, path: Path) -> None:
        """Refuse a plot that could not be drawn, before long work.

        Raises:
            Refused: ``plot.suffix``; ``plot.no_matplotlib``.
        """
        ...

    def write_plot(self, path: Path, answer: Table | Picture) -> None:
        """Draw an answer into a file.

        Args:
            path: Its suffix says as what.
            answer: A picture, or a table that looks like one.

        Raises:
            Refused: ``plot.…``; ``plot.nothing``: there is nothing in it that could be drawn.
        """
        ...

    def whole_file(self, path: Path) -> AbstractContextManager[BinaryIO]:
        """Open a file that takes its name when the block ends well."""
        ...

    def ahead(self, application: Application, blocks: Iterable[B]) -> Iterator[B]:
        """Pass blocks on while the signatures of the next one are verified in a second process."""
        ...

    def import_telemetry(
        self,
        folder: Path,
        passphrase_file: Path | None,
        asked: TelemetryImport,
        progress: Callable[[int, int], None],
    ) -> TelemetryImported:
        """Anchor the readings of a file."""
        ...

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
        ...

    def edge(
        self, folder: Path, url: str, gateway: KeyId | None
    ) -> AbstractContextManager[EdgeAtWork]:
        """Open the device in a folder, with the gateway at a URL where one is named."""
        ...

    def reading_proof(
        self, folder: Path, passphrase_file: Path | None, wanted: ReadingWanted
    ) -> Proof:
        """Return the proof of one reading; several at that time, and none chosen, are an error."""
        ...

    def readings(
        self, folder: Path, battery: str, span_ms: tuple[int, int], channels: Sequence[str]
    ) -> tuple[list[str], Iterator[tuple[object, ...]]]:
        """Return the names of columns, and the readings of a battery in a span of time."""
        ...

    def audit_telemetry(
        self, folder: Path, application: Application, passphrase_file: Path | None
    ) -> int:
        """Compare every anchored window with the readings that are kept; return the windows."""
        ...

    def backup(self, folder: Path, file: Path, *, with_keys: bool = False) -> int:
        """Write a home without its passphrase to one file; return the height of its last block."""
        ...

    def restore(self, file: Path, folder: Path, erasures: Sequence[Path] = ()) -> int:
        """Make a home from a backup, erase again what was erased since; return the height."""
        ...

    def keeps_keys(self, folder: Path) -> bool:
        """Return whether a home holds any signing key."""
        ...

    def rebuild_views(
        self, folder: Path, url: str, progress: Callable[[int, int], None]
    ) -> tuple[int, str]:
        """Project the views of a home anew; return the height and app hash that they show."""
        ...

    def diagnose(self, folder: Path) -> list[tuple[str, bool, str]]:
        """Return what was looked at in a home: its name, whether it is fine, what was seen."""
        ...

    def demo_network(self, folder: Path) -> AbstractContextManager[NetworkTold]:
        """Let four companies of a demo carry its ledger on, with their nodes running meanwhile."""
        ...

    def demo(
        self, folder: Path, *, batteries: int, seed: int, listener: Callable[[Chapter], None]
    ) -> DemoTold:
        """Make a demo home and tell its story, chapter by chapter, to ``listener``."""
        ...
