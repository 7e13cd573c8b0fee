"""What the pages and the API work with: one home behind a server."""

from __future__ import annotations

import os
import resource
import sys
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from cellchain.adapters.clock import clock_ms
from cellchain.adapters.cometbft.folder import NodeFolder
from cellchain.adapters.configuration import FILE_NAME, Provider, read_configuration
from cellchain.adapters.heap import settle
from cellchain.adapters.housekeeping import Housekeeping
from cellchain.adapters.lab_folder import LabFolder
from cellchain.adapters.ledger_reader import LedgerReader
from cellchain.adapters.log import event_log, request_log
from cellchain.adapters.party_keys import PartyKeys
from cellchain.adapters.poster import GuardedPoster
from cellchain.adapters.sealed_text import SealedText
from cellchain.adapters.served_readings import ServedReadings
from cellchain.adapters.server import bound_socket, run_server
from cellchain.adapters.sheets import read_sheet
from cellchain.adapters.tables import parquet_of, xlsx_of
from cellchain.adapters.views import Awaiting, Follower, discover_views, open_views
from cellchain.adapters.views.damage import set_aside_damaged
from cellchain.adapters.webhook_runner import WebhookRunner
from cellchain.adapters.witness_pusher import WitnessPusher
from cellchain.app.accounts import opened_accounts
from cellchain.app.consortium import vouched, vouching
from cellchain.app.home_witnesses import HomeWitnesses, witness_request
from cellchain.app.node_running import node_gauges
from cellchain.app.vaults import opened_vault
from cellchain.contracts.document import Erasure
from cellchain.contracts.membership import Party
from cellchain.core.errors import CellchainError, Refused
from cellchain.core.names import Digest
from cellchain.ledger import view as explorer
from cellchain.ledger.contract import kind_of
from cellchain.ledger.decided import read_decided
from cellchain.ledger.entry import Result
from cellchain.ledger.light import encode_trust
from cellchain.services.access.desk import AccessDesk
from cellchain.services.access.openness import Openness
from cellchain.services.access.single_sign_on import SingleSignOn
from cellchain.services.cosigned import cosigning
from cellchain.services.founding import operating_party
from cellchain.services.jobs import Jobs
from cellchain.services.lab.runs import Lab
from cellchain.services.proofs import reading_proof
from cellchain.services.serving.envelopes import Envelopes
from cellchain.services.serving.sending import Sender
from cellchain.services.serving.sharing import Sharing
from cellchain.services.vault.record import Address
from cellchain.services.webhooks import Webhooks
from cellchain.web.app import Settings, build

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from cellchain.adapters.configuration import Configuration
    from cellchain.adapters.vault.working import WorkingVault
    from cellchain.adapters.views import Views
    from cellchain.app.workshop import Cellchain
    from cellchain.core.names import BatteryId, PartyId
    from cellchain.crypto.cosignature import WitnessKey
    from cellchain.ledger.application import Application
    from cellchain.ledger.contract import Contract, Message
    from cellchain.ledger.light import HeaderTrust
    from cellchain.ledger.state import State
    from cellchain.services.access.records import Approval
    from cellchain.services.access.viewer import Viewer
    from cellchain.services.diagnosis import Finding
    from cellchain.services.proofs import Proof

VIEWS_FILE = "views.db"
PARQUET = "application/vnd.apache.parquet"
LAB_PROGRAM = "from cellchain.app.lab_worker import main; main()"
COLLECTED_MAX = 1000
"""Blocks whose events are put on their way to webhooks at once."""


class ServedHome:
    """A `cellchain.web.site.Site` over an open home.

    Args:
        shop: Opens things.
        vault: Its vault, which knows the home and its ledger.
        views: Its tables.
        follower: Keeps them up.
        configuration: How it is served.
        address: Where browsers find it.
        stack: Closes what is opened here.
        log: Told of what happens beside requests.
    """

    def __init__(
        self,
        shop: Cellchain,
        vault: WorkingVault,
        views: Views,
        follower: Follower,
        configuration: Configuration,
        *,
        address: str,
        stack: ExitStack,
        log: Callable[[str, dict[str, Any]], None],
    ) -> None:
        self._shop = shop
        self._home = home = vault.home
        self._erasures_shown: frozenset[str] = frozenset()
        self._log = log
        self._vault = vault
        self.chain = home.genesis.chain
        self.demo = home.demo
        self.address = address
        self.contracts: Mapping[str, Contract] = shop.contracts()
        self.openness = Openness(self.contracts, discover_views(self.contracts.values()))
        self.ledger = ledger = vault.ledger
        self.now_ms: Callable[[], int] = clock_ms
        self.documents = vault.documents
        self.views = views
        self._follower = follower
        self._reader = LedgerReader(self._application, lambda: self.views.ledger_height)
        stack.callback(self._reader.close)
        self.access = self._access(stack)
        self.single_sign_on = self._single_sign_on(configuration.oidc)
        self._keys = PartyKeys(home.keys, ledger, clock_ms)
        vault.forget = lambda _, commitments: self._forget(commitments)
        self._settle_shown()
        self._sender = Sender(ledger, self._keys, self.access, self._kinds, vault.follow)
        self._awaiting = Awaiting(views)
        self.sharing = Sharing(self.documents, self.send)
        kinds = self._kinds.values()
        self._envelopes = Envelopes(ledger, kinds, self.access, vault.follow)
        self.readings = ServedReadings(home, ledger, self._sender.key_of)
        stack.callback(self.readings.close)
        self.jobs = Jobs(
            self.access.shelf, self._sender.send, self.access.again, log, clock_ms,
            shown=self._show_all,
        )  # fmt: skip
        stack.callback(self.jobs.close)
        self.lab = self._lab(stack)
        self.webhooks = self._webhooks(stack, configuration.webhooks.networks)
        self._validators = stack.enter_context(vouching(home))
        self._witnesses = HomeWitnesses(home, configuration.witnesses)
        self._pusher = self._pushing(stack, configuration.witnesses.push)
        self.housekeeping = Housekeeping(
            {
                "accounts": lambda: self.access.shelf.forget_ended(clock_ms()),
                "erasures": self._settle,
                "journals": self._shorten_journals,
                "lab": self.lab.expire,
                "uploads": self.documents.uploads.expire,
                "vault": vault.vault.sweep,
            },
            log,
        )
        stack.callback(self.housekeeping.close)

    @property
    def operator_key(self) -> str:
        """The verifier key of the operator's key in force."""
        return self._home.trust_line

    @property
    def witnesses(self) -> Sequence[WitnessKey]:
        """The witnesses that the operator names."""
        return self._witnesses.keys

    def checkpoint(self) -> bytes:
        """Return the newest checkpoint of the log."""
        return self._witnesses.checkpoint()

    def cosigned(self) -> Sequence[str]:
        """Return the checkpoints that witnesses cosigned, the newest of each."""
        return self._witnesses.cosigned()

    def take_cosignatures(self, note: bytes) -> None:
        """Keep what witnesses of this log cosigned of it."""
        with self.state() as state:
            self._witnesses.take(note, state)

    @cached_property
    def validator_names(self) -> Mapping[str, str]:
        """Who runs the validators that the network began with, by address; none in solo."""
        return NodeFolder(self._home.node_folder).validator_names() if self._home.is_node else {}

    @contextmanager
    def state(self) -> Iterator[State]:
        """Open the ledger as of its last block."""
        with self._reader.state() as state:
            yield state

    def ciphertext(self, address: Digest) -> tuple[int, Callable[[int, int], Iterator[bytes]]]:
        """Return the size of an encrypted object, and what reads a span of it."""
        return self._vault.vault.read_object(Address(address))

    def send(self, viewer: Viewer, messages: Sequence[Message]) -> Result | Approval:
        """Sign and send for a member; return when it is durable and the pages show it."""
        outcome = self._sender.send(viewer, messages)
        if isinstance(outcome, Result):
            self._awaiting.height(outcome.height)
        return outcome

    def _show_all(self) -> None:
        """Return when the pages show the last block."""
        with self.state() as state:
            height = state.head.height
        self._awaiting.height(height)

    def submit(self, viewer: Viewer, envelopes: Sequence[bytes]) -> list[Result]:
        """Hand over signed envelopes; return when they are durable, and shown to who looks here."""
        results = self._envelopes.submit(viewer, envelopes)
        if viewer.known:  # who has not signed in has no page that should show it at once
            self._awaiting.height(max((result.height for result in results), default=0))
        return results

    def agree(self, viewer: Viewer, approval: str) -> Approval:
        """Agree to what waits for a second signer; return when the pages show what came of it."""
        return self._sender.agree(
            viewer, approval, lambda result: self._awaiting.height(result.height)
        )

    def signs_for(self, party: PartyId) -> bool:
        """Whether this server keeps a key of ``party``."""
        return self._keys.of(party) is not None

    def prove_reading(self, battery: BatteryId, time: str, row: int | None) -> Proof:
        """Return the proof of a reading."""
        proved = self.readings.prove(battery, time, row)
        with self.state() as state:
            return reading_proof(state, proved)

    @property
    def network_trust(self) -> str:
        """Where trust in the network begins, which this home is a node of; empty in solo."""
        return encode_trust(self._validators.trust).decode() if self._validators else ""

    def vouched(self, proof: Proof) -> tuple[Proof, str]:
        """Return a proof with all that vouches for it, and what its page is to trust."""
        return vouched(self._home, self._validators, proof)

    def signed_header(self, height: int) -> HeaderTrust:
        """Return the header of block ``height`` of the ledger, with the votes of the validators."""
        if self._validators is None:
            raise Refused("node.no_network", "this home belongs to no network")
        return self._validators.header(height - self._validators.trust.began_at)

    def proof_page(self, proof: Proof, trust: str = "") -> bytes:
        """Return the self-contained page of a proof."""
        known = cosigning(proof, self.witnesses)
        return self._shop.proof_page(proof.to_bytes(), trust or self.operator_key, known)

    def read_sheet(self, data: bytes) -> tuple[list[str], list[dict[str, str]]]:
        """Return columns and rows of a sheet that somebody sent."""
        return read_sheet(data)

    def table(self, rows: Sequence[Mapping[str, Any]], media_type: str) -> bytes:
        """Return rows as a Parquet file or an xlsx sheet."""
        return parquet_of(rows) if media_type == PARQUET else xlsx_of(rows)

    def health(self) -> Sequence[Finding]:
        """Look this server over."""
        problems = [(name, False, why) for name, why in self.problems().items()]
        return [*problems, *self._shop.diagnose(self._home.folder)]

    def problems(self) -> Mapping[str, str]:
        """Return what fails behind the pages and is tried again, by name."""
        met = {
            "views": self._follower.problem,
            "webhooks": self._runner.problem,
            **{f"housekeeping of {name}": e for name, e in self.housekeeping.problems.items()},
            **{f"witness {url}": e for url, e in dict(self._pusher.problems).items()},
        }
        return {
            name: error.code if isinstance(error, CellchainError) else type(error).__name__
            for name, error in met.items()
            if error is not None
        }

    def gauges(self) -> Mapping[str, float]:
        """Return what is measured now: height and age of the last block, and how a node stands."""
        head = self.views.head()
        with self.state() as state:
            height, time_ms = state.head.height, state.head.time_ms
            before = read_decided(state.store, height)
        found = {
            "head_height": height,
            "head_age_seconds": max(0, self.now_ms() - time_ms) / 1000,
            "views_height": head.height,
        }
        return found | node_gauges(self._shop, self._home, before) if self._home.is_node else found

    def figures(self) -> Mapping[str, Any]:
        """Return sizes and counts for the operator."""
        folder = self._home.folder
        return {
            "memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
            "python": sys.version.partition(" ")[0],
            "stored_bytes": {
                part: _size(folder / part) for part in ("ledger", "telemetry", "vault", "views.db")
            },
            "ledger_height": self.views.head().ledger_height,
            "views_height": self.views.head().height,
        }

    @cached_property
    def _kinds(self) -> Mapping[str, type[Message]]:
        return {kind_of(m): m for c in self.contracts.values() for m in c.messages}

    @contextmanager
    def _application(self) -> Iterator[Application]:
        with self._shop.reading(self._home.folder) as (_, application):
            yield application

    def _access(self, stack: ExitStack) -> AccessDesk:
        shelf = opened_accounts(self._home.folder)
        stack.callback(shelf.close)
        return AccessDesk(
            shelf,
            contracts=self.contracts,
            roles_of=self._roles_of,
            address=self.address,
            now_ms=clock_ms,
            operator=operating_party(self._home.genesis),
            demo=self.demo,
        )

    def _roles_of(self, party: PartyId) -> frozenset[str]:
        found = self.ledger.find(Party, party)
        return frozenset() if found is None or found.suspended else frozenset(found.roles)

    def _lab(self, stack: ExitStack) -> Lab:
        from cellchain.cli.questions import questions  # noqa: PLC0415

        program = (sys.executable, "-c", LAB_PROGRAM)
        folder = LabFolder(self._home.folder / "lab", program, self._log)
        stack.callback(folder.close)
        lab = Lab(questions(), folder, self._log, clock_ms)
        stack.callback(lab.close)
        return lab

    def _single_sign_on(self, provider: Provider | None) -> SingleSignOn | None:
        if provider is None:
            return None
        from cellchain.adapters.identity_provider import HttpProvider  # noqa: PLC0415

        secret = Path(provider.client_secret_file) if provider.client_secret_file else None
        known = HttpProvider(provider.issuer, provider.client_id, secret, provider.name)
        return SingleSignOn(known, self.access.shelf, self.address, clock_ms)

    def _forget(self, commitments: Sequence[Digest]) -> bool:
        """Show what the vault still opens and no more; return whether nothing of it stays."""
        with self.state() as state:
            self.views.reopen(state, commitments)
        return not self.views.owes_journal

    def _settle(self) -> int:
        """Destroy, here and in every table, what was erased in the book by another process."""
        destroyed = self._vault.settle()
        self._settle_shown()
        return destroyed

    def _shorten_journals(self) -> int:
        """Empty the journals that a reader kept from being emptied; return how many."""
        owing = (self.views, self.readings, self._vault)
        return sum(one.shorten_journal() for one in owing)

    def _settle_shown(self) -> None:
        """Forget what was erased since the last time; another process may have destroyed it."""
        with self.state() as state:
            erased = dict(state.records.scan(Erasure))
            new = [
                erasure.commitment
                for key, erasure in erased.items()
                if key not in self._erasures_shown and isinstance(erasure, Erasure)
            ]
            if new:
                self.views.reopen(state, new)
        self._erasures_shown = frozenset(erased)

    def _webhooks(self, stack: ExitStack, networks: tuple[str, ...]) -> Webhooks:
        poster = GuardedPoster(networks)
        secrets = SealedText(self._home.keys.derived_secret("webhooks"))
        webhooks = Webhooks(self.access.shelf, secrets, poster, self.access.note, clock_ms)
        webhooks.told_height(self.views.head().height)  # what happens from now on is told
        self._runner = runner = WebhookRunner(
            webhooks, lambda: self._collect(webhooks), self._failed
        )
        stack.callback(runner.close)
        stack.callback(self.views.subscribe(runner.wake))
        return webhooks

    def _pushing(self, stack: ExitStack, urls: Sequence[str]) -> WitnessPusher:
        def request(note: bytes, old_size: int) -> bytes:
            with self.state() as state:
                return witness_request(state, note, old_size)

        pusher = WitnessPusher(
            urls,
            checkpoint=self.checkpoint,
            request=request,
            take=self.take_cosignatures,
            told=self._log,
        )
        stack.callback(pusher.close)
        return pusher

    def _collect(self, webhooks: Webhooks) -> None:
        """Put the events since the last time on their way."""
        head = self.views.head().height
        told = webhooks.told_height(head)
        if told < head and not webhooks.wanted():
            webhooks.collect((), head)
            return
        for height in range(told + 1, min(head, told + COLLECTED_MAX) + 1):
            webhooks.collect(self._events(height), height)

    def _events(self, height: int) -> list[explorer.EventRow]:
        """Return the events of a block."""
        found: list[explorer.EventRow] = []
        after: str | None = None
        with self.views.read() as db:
            while True:
                page = explorer.events(db, height=height, after=after, limit=explorer.LIMIT_MAX)
                found.extend(page.rows)
                after = page.after
                if not after:
                    return found

    def _failed(self, error: Exception) -> None:
        self._log("webhooks", {"error": f"{type(error).__name__}: {error}"})


@contextmanager
def serving(
    shop: Cellchain,
    folder: Path,
    *,
    passphrase_file: Path | None,
    configuration: Path | None,
    address: str,
    log: Callable[[str, dict[str, Any]], None],
) -> Iterator[tuple[ServedHome, Configuration]]:
    """Open a home with its writer, vault, views and accounts, for as long as it is served."""
    settings = read_configuration(configuration or folder / FILE_NAME)
    home = shop.home(folder, passphrase_file)
    with ExitStack() as stack:
        woken: list[Callable[[], None]] = []
        ledger, state, here = stack.enter_context(
            shop.followed_ledger(home, lambda: [wake() for wake in woken])
        )
        vault = stack.enter_context(opened_vault(shop, home, ledger, settings))
        contracts = list(shop.contracts().values())
        if not settings.views.url and set_aside_damaged(folder / VIEWS_FILE):
            log("views", {"error": "the tables could not be read, and are projected anew"})
        views = open_views(
            settings.views.url or folder / VIEWS_FILE,
            contracts,
            discover_views(contracts),
            opener=vault.vault,
        )
        stack.callback(views.close)
        with state() as now:
            views.catch_up(now, Digest(home.genesis.hash.hex()))
        follower = Follower(
            views,
            Digest(home.genesis.hash.hex()),
            state,
            seen=None if here else lambda: _stamp(folder),
            told=log,
        )
        stack.callback(follower.close)
        woken.append(follower.wake)
        yield (
            ServedHome(
                shop,
                vault,
                views,
                follower,
                settings,
                address=settings.serve.address or address,
                stack=stack,
                log=log,
            ),
            settings,
        )


def serve(
    shop: Cellchain,
    folder: Path,
    *,
    passphrase_file: Path | None,
    configuration: Path | None,
    listen: tuple[str, int],
    ready: Callable[[str], None],
) -> None:
    """Serve a home until interrupted.

    Args:
        shop: Opens things.
        folder: The home.
        passphrase_file: Where its passphrase is, if not in the home.
        configuration: The file with the settings, if not in the home.
        listen: Address and port; port 0 takes any that is free.
        ready: Told the URL once requests are answered.
    """
    os.umask(0o077)  # what is written here is for nobody else on this machine
    listening = bound_socket(*listen)
    host, port = listen[0], listening.getsockname()[1]
    named = "localhost" if host in {"127.0.0.1", "0.0.0.0", "::", "::1"} else host  # noqa: S104
    url = f"http://{named}:{port}"
    log = event_log(clock_ms)
    with serving(
        shop,
        folder,
        passphrase_file=passphrase_file,
        configuration=configuration,
        address=url,
        log=log,
    ) as (site, settings):
        application = build(site, _web_settings(site.address, settings, named))
        settle()
        run_server(
            application.asgi,
            listening,
            ready=lambda: ready(site.address),
            trusted_proxies=settings.serve.trusted_proxies,
        )


def _web_settings(address: str, settings: Configuration, listening: str) -> Settings:
    host = urlsplit(address).hostname or listening
    return Settings(
        hosts=frozenset({host, listening, "127.0.0.1", "localhost", *settings.serve.hosts}),
        secure=address.startswith("https://"),
        per_minute=settings.serve.requests_per_minute,
        metrics_public=settings.serve.metrics_public,
        form_target=_origin(settings.oidc.issuer) if settings.oidc else "",
        log=request_log(settings.serve.log, clock_ms),
    )


def _origin(url: str) -> str:
    """Return scheme, host and port of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _stamp(folder: Path) -> object:
    """Something that differs after every block that another process writes."""
    node = folder / "node" / "height"
    found = (node if node.exists() else folder / "checkpoint").stat()
    return found.st_mtime_ns, found.st_ino


def _size(path: Path) -> int:
    if path.is_file():
        return path.stat().st_size
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
