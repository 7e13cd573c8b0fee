"""What the pages and the API need from the outside; `cellchain.app` plugs it in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from sqlalchemy import Connection

    from cellchain.core.names import BatteryId, Digest, KeyId, PartyId
    from cellchain.crypto.cosignature import WitnessKey
    from cellchain.ledger.contract import Contract, Message
    from cellchain.ledger.entry import Result
    from cellchain.ledger.light import HeaderTrust
    from cellchain.ledger.port import Ledger
    from cellchain.ledger.state import State
    from cellchain.services.access.desk import AccessDesk
    from cellchain.services.access.openness import Openness
    from cellchain.services.access.records import Approval
    from cellchain.services.access.single_sign_on import SingleSignOn
    from cellchain.services.access.viewer import Viewer
    from cellchain.services.diagnosis import Finding
    from cellchain.services.gateway.series import Series
    from cellchain.services.jobs import Jobs
    from cellchain.services.lab.runs import Lab
    from cellchain.services.proofs import Proof
    from cellchain.services.serving.sharing import Sharing
    from cellchain.services.vault.documents import Documents
    from cellchain.services.webhooks import Webhooks


class Head(Protocol):
    """Where the views stand, and where the ledger stands."""

    @property
    def height(self) -> int:
        """Height of the last block that the views show."""
        ...

    @property
    def time_ms(self) -> int:
        """Time of that block."""
        ...

    @property
    def app_hash(self) -> str: ...  # noqa: D102
    @property
    def ledger_height(self) -> int:
        """Height of the last block that there is."""
        ...


class Changed(Protocol):
    """What a step of the views changed."""

    @property
    def height(self) -> int: ...  # noqa: D102
    @property
    def subjects(self) -> frozenset[str]: ...  # noqa: D102
    @property
    def everything(self) -> bool:
        """Whether anything may look different, because values were forgotten or opened."""
        ...


class Views(Protocol):
    """The tables projected from the ledger."""

    @property
    def at_hand(self) -> bool:
        """Whether they are on this machine: a row by its key takes microseconds."""
        ...

    def read(self) -> AbstractContextManager[Connection]:
        """Open a reading transaction: everything read in it is of one height."""
        ...

    def head(self, db: Connection | None = None) -> Head:
        """Return where they stand; in the reading transaction ``db``, where they stood then."""
        ...

    def subscribe(self, told: Callable[[Changed], None]) -> Callable[[], None]:
        """Let ``told`` know of every step, in the thread that made it; return what ends that."""
        ...


class Readings(Protocol):
    """The telemetry that this home keeps."""

    def span_ms(self, battery: BatteryId) -> tuple[int, int] | None:
        """Return first and last time of the readings of a battery; ``None`` without any."""
        ...

    def channels(self, battery: BatteryId) -> tuple[str, ...]:
        """Return the channels of a battery."""
        ...

    def series(
        self,
        battery: BatteryId,
        *,
        from_ms: int,
        until_ms: int,
        channels: Sequence[str],
        points: int,
    ) -> Series:
        """Return at most ``points`` bins of the readings from ``from_ms`` to before ``until_ms``.

        Raises:
            Refused: ``telemetry.no_readings``, ``telemetry.unknown_channel``.
        """
        ...

    def receive(self, bundle: bytes) -> bytes:
        """Take over a device's signed bundle; return the signed receipt."""
        ...

    def gateway(self, device: str) -> tuple[PartyId, KeyId]:
        """Return who takes over the bundles of ``device``, and the key of its receipts.

        Raises:
            Refused: ``edge.unknown_device``, ``access.own_signer``.
        """
        ...

    def listen(self, told: Callable[[str, object], None]) -> None:
        """Let ``told`` have every reading that comes in, in the thread that took it."""
        ...

    def clocks(self) -> Mapping[str, int]:
        """Return by how many milliseconds each device's clock was ahead at its last delivery."""
        ...

    def rejected(self) -> Mapping[str, int]:
        """Return how many bundles of each device were refused since the server started."""
        ...


class Site(Protocol):
    """Everything behind the pages."""

    @property
    def chain(self) -> str: ...  # noqa: D102
    @property
    def demo(self) -> bool:
        """Whether it is a demonstration: everything in it is simulated, and everybody is in."""
        ...

    @property
    def address(self) -> str:
        """Where visitors find it, for example ``http://localhost:8000``."""
        ...

    @property
    def operator_key(self) -> str:
        """The verifier key (C2SP) of the operator's key in force."""
        ...

    @property
    def witnesses(self) -> Sequence[WitnessKey]:
        """The witnesses that the operator names."""
        ...

    def checkpoint(self) -> bytes:
        """Return the newest checkpoint of the log.

        Raises:
            Refused: ``witness.no_checkpoint``.
        """
        ...

    def cosigned(self) -> Sequence[str]:
        """Return the checkpoints that witnesses cosigned, the newest of each."""
        ...

    def take_cosignatures(self, note: bytes) -> None:
        """Keep what witnesses of this log cosigned of it.

        Raises:
            Refused: ``witness.…``, ``note.…``.
        """
        ...

    @property
    def validator_names(self) -> Mapping[str, str]:
        """Who runs the validators that the network began with, by address; none in solo."""
        ...

    @property
    def contracts(self) -> Mapping[str, Contract]: ...  # noqa: D102
    @property
    def openness(self) -> Openness:
        """What of the ledger somebody may read."""
        ...

    @property
    def views(self) -> Views: ...  # noqa: D102
    @property
    def ledger(self) -> Ledger: ...  # noqa: D102
    @property
    def readings(self) -> Readings: ...  # noqa: D102
    @property
    def documents(self) -> Documents: ...  # noqa: D102
    @property
    def sharing(self) -> Sharing: ...  # noqa: D102
    @property
    def single_sign_on(self) -> SingleSignOn | None:
        """A provider that knows the members, where one is configured."""
        ...

    @property
    def access(self) -> AccessDesk: ...  # noqa: D102
    @property
    def jobs(self) -> Jobs: ...  # noqa: D102
    @property
    def lab(self) -> Lab: ...  # noqa: D102
    @property
    def webhooks(self) -> Webhooks: ...  # noqa: D102

    def now_ms(self) -> int:
        """Return the time."""
        ...

    def state(self) -> AbstractContextManager[State]:
        """Open the ledger as of its last block, to prove something."""
        ...

    def send(self, viewer: Viewer, messages: Sequence[Message]) -> Result | Approval:
        """Sign ``messages`` with the key of the viewer's party, send them, return when durable.

        Where one of them needs four eyes they wait for a second signer instead.

        Raises:
            Refused: With the code of the rule; ``access.duty``, ``access.scope``: the viewer may
                not.
            Unsigned: ``access.own_signer``: it may, and its party signs for itself.
        """
        ...

    def submit(self, viewer: Viewer, envelopes: Sequence[bytes]) -> list[Result]:
        """Hand over what its senders signed themselves, in order; return when it is durable.

        For a viewer that has signed in it is also shown then.

        Raises:
            Unavailable: The ledger cannot write now.
        """
        ...

    def signs_for(self, party: PartyId) -> bool:
        """Whether this server keeps a key of ``party``, and signs for its signers."""
        ...

    def agree(self, viewer: Viewer, approval: str) -> Approval:
        """Agree to what waits for a second signer, and send it.

        Raises:
            Refused: ``access.…``, or with the code of the rule.
            Unsigned: ``access.own_signer``: the viewer may agree, and its party signs for itself.
        """
        ...

    def prove_reading(self, battery: BatteryId, time: str, row: int | None) -> Proof:
        """Return the proof of a reading.

        Raises:
            Refused: ``reading.none``, ``reading.several``, ``telemetry.erased``.
        """
        ...

    def ciphertext(self, address: Digest) -> tuple[int, Callable[[int, int], Iterator[bytes]]]:
        """Return the size of an encrypted object, and what reads a span of it.

        Raises:
            Refused: ``vault.unknown``.
        """
        ...

    @property
    def network_trust(self) -> str:
        """Where trust in the network begins, which this home is a node of; empty in solo."""
        ...

    def vouched(self, proof: Proof) -> tuple[Proof, str]:
        """Return a proof with all that vouches for it, and what its page is to trust.

        Raises:
            Unavailable: ``node.stopped``, ``node.no_header``: validators decided, and the node of
                this home does not say what they signed.
        """
        ...

    def signed_header(self, height: int) -> HeaderTrust:
        """Return the header of block ``height`` of the ledger, with the votes of the validators.

        Raises:
            Refused: ``node.no_network``.
            Unavailable: ``node.stopped``, ``node.no_header``.
        """
        ...

    def proof_page(self, proof: Proof, trust: str = "") -> bytes:
        """Return the self-contained page of a proof; it trusts the operator's key else."""
        ...

    def read_sheet(self, data: bytes) -> tuple[list[str], list[dict[str, str]]]:
        """Return columns and rows of a sheet that somebody sent.

        Raises:
            Refused: ``job.too_large``, ``job.unreadable``, ``job.rows``.
        """
        ...

    def table(self, rows: Sequence[Mapping[str, Any]], media_type: str) -> bytes:
        """Return rows as a Parquet file or an xlsx sheet."""
        ...

    def problems(self) -> Mapping[str, str]:
        """Return what fails behind the pages and is tried again, by name: a code, or a kind."""
        ...

    def health(self) -> Sequence[Finding]:
        """Look this server over."""
        ...

    def gauges(self) -> Mapping[str, float]:
        """Return what is measured now, for machines that watch: `cellchain.web.guard.counts`."""
        ...

    def figures(self) -> Mapping[str, Any]:
        """Return sizes and counts for the operator: memory, disk, writer, views."""
        ...
