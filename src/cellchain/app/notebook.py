"""A chain opened for a notebook: from the folder of its home, or from a URL."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cellchain.adapters.clock import clock_ms
from cellchain.adapters.configuration import FILE_NAME, read_configuration
from cellchain.adapters.home import OWN_KEY
from cellchain.adapters.party_keys import PartyKeys
from cellchain.adapters.telemetry.series import thinned
from cellchain.adapters.telemetry.store import TelemetryStore
from cellchain.app.vaults import opened_vault
from cellchain.app.views import genesis_hash, opened_views
from cellchain.app.workshop import Cellchain
from cellchain.contracts.membership import Party
from cellchain.core.errors import Refused
from cellchain.core.names import PartyId
from cellchain.notebook import FolderSource, Head, Project, ServedSource
from cellchain.services.access.viewer import Viewer
from cellchain.services.desk import Desk
from cellchain.services.vault import concerns_vaults

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cellchain.ledger.contract import Message
    from cellchain.ledger.entry import Result
    from cellchain.ledger.state import State
    from cellchain.services.gateway.series import Series
    from cellchain.services.proofs import Proof


def open_project(
    place: str | Path, *, key: str = "", party: str = "", passphrase_file: Path | None = None
) -> Project:
    """Open a chain; see `cellchain.open`."""
    if str(place).startswith(("http://", "https://")):
        return Project(ServedSource(str(place), key))
    folder = Path(place)
    return Project(FolderSource(KeptHome(Cellchain(), folder, PartyId(party), passphrase_file)))


class KeptHome:
    """A `cellchain.notebook.folder.OpenedHome`: a home of this machine, open for reading.

    Its tables are brought up to the ledger at the start and after what is sent from here, unless
    another process writes the ledger: then they are that one's, and shown as they are.

    Args:
        shop: Opens things.
        folder: The home.
        party: For whom it reads and sends; empty: for whoever the home belongs to.
        passphrase_file: Where its passphrase is, if not in the home.
    """

    def __init__(
        self, shop: Cellchain, folder: Path, party: PartyId, passphrase_file: Path | None
    ) -> None:
        self._shop = shop
        self._home = shop.home(folder, passphrase_file)
        self._passphrase_file = passphrase_file
        self._settings = read_configuration(folder / FILE_NAME)
        self.place = str(folder)
        self.viewer = self._viewer(party)
        self._stack = ExitStack()
        self._views = self._stack.enter_context(
            opened_views(shop, folder, self._settings.views.url)
        )
        self._catch_up()
        self.read = self._views.read
        self.close = self._stack.close

    def head(self) -> Head:
        """Return where the ledger and the views stand."""
        shown = self._views.head()
        with self.state() as state:
            height = state.head.height
        return Head(
            chain=self._home.genesis.chain,
            height=shown.height,
            time_ms=shown.time_ms,
            app_hash=shown.app_hash,
            ledger_height=height,
            operator_key=self._home.trust_line,
            network_trust=self._shop.network_trust(self._home),
        )

    @contextmanager
    def state(self) -> Iterator[State]:
        """Open the ledger as of its last block."""
        with self._shop.reading(self._home.folder) as (_, application):
            yield application.state

    def vouched(self, proof: Proof) -> Proof:
        """Return a proof with all that vouches for it."""
        return self._shop.vouched(self._home.folder, proof, None)[0]

    def series(
        self, battery: str, *, from_ms: int, until_ms: int, channels: Sequence[str], points: int
    ) -> Series:
        """Return readings, thinned out."""
        if not self._home.telemetry_folder.exists():
            raise Refused("telemetry.no_readings", f"there are no readings of {battery[:80]!a}")
        store = TelemetryStore(self._home.telemetry_folder, read_only=True)
        try:
            span: dict[str, Any] = {"from_ms": from_ms, "until_ms": until_ms}
            return thinned(store, battery, **span, channels=channels, points=points)
        finally:
            store.close()

    def send(self, party: PartyId, messages: Sequence[Message]) -> Result:
        """Send ``messages`` with the key of ``party``; vault and views follow."""
        with self._shop.writing(self._home.folder, self._passphrase_file) as (_, ledger):
            key = PartyKeys(self._home.keys, ledger, clock_ms).of(party)
            if key is None:
                raise Refused(
                    "access.own_signer",
                    f"this home keeps no key of {party}",
                    remedy="open it for a party of `cellchain key list`",
                )
            done = Desk(ledger, key).send(*messages)
            if concerns_vaults(messages):
                with opened_vault(self._shop, self._home, ledger) as work:
                    work.follow(party, messages)
        self._catch_up()
        return done

    def _viewer(self, party: PartyId) -> Viewer:
        owners = [entry.party for entry in self._home.keys.entries() if entry.name == OWN_KEY]
        party = party or PartyId(next(iter(owners), ""))
        with self.state() as state:
            found = state.records.lookup((Party, party))
        if not isinstance(found, Party):
            raise Refused("membership.unknown_party", f"there is no party {party[:80]!a}")
        return Viewer(party=party, name=found.name, roles=frozenset(found.roles))

    def _catch_up(self) -> None:
        """Project what the views lack; the writer's lock keeps everybody else from doing so."""
        with self.state() as state:
            if self._views.head().height == state.head.height:
                return
        folder = self._home.folder
        with self._shop.followed_ledger(self._home, lambda: None) as (ledger, states, here):
            if not here:
                return
            with (
                opened_vault(self._shop, self._home, ledger) as work,
                opened_views(self._shop, folder, self._settings.views.url, work.vault) as views,
                states() as state,
            ):
                views.catch_up(state, genesis_hash(self._home))
