"""What the doctor looks at, besides the ledger itself: each says what it saw, or raises why not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.adapters.accounts.copying import look_at_accounts
from cellchain.adapters.configuration import FILE_NAME, read_configuration
from cellchain.adapters.machine import (
    free_space,
    port_taken,
    python_version,
    server_ready,
    writer_running,
)
from cellchain.adapters.vault.looking import look_at_index
from cellchain.adapters.vault.opening_keys import opening_parties
from cellchain.app.accounts import ACCOUNTS_FILE
from cellchain.app.agenda import look_at_agenda
from cellchain.app.home_witnesses import home_witnesses
from cellchain.app.node_running import look_at_node
from cellchain.app.views import look_at_views
from cellchain.crypto.signatures import self_test

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cellchain.app.workshop import Cellchain

PORT = 8000
"""Where a home is served unless another port is named."""


def checks(shop: Cellchain, folder: Path) -> dict[str, Callable[[], str]]:
    """Return what is looked at in ``folder`` and on this machine, by name."""

    def libraries() -> str:
        with shop.reading(folder) as (_, application):
            application.check_libraries()
        return "the versions that the chain agreed on"

    def keys() -> str:
        home = shop.home(folder)
        count = len(home.keys.entries())
        if home.is_node:
            return f"{count} keys; validators sign the blocks"
        return f"{count} keys, the operator's is {home.operator_key().key_id}"

    def node() -> str:
        return look_at_node(shop, folder) if shop.home(folder).is_node else "none: one operator"

    def agenda() -> str:
        return look_at_agenda(shop, folder)

    def witnesses() -> str:
        home = shop.home(folder)
        return "validators vouch" if home.is_node else home_witnesses(home).look()

    def opening_keys() -> str:
        found = opening_parties(shop.home(folder))
        if not found:
            return "none of a party: of the vault only public values open here"
        return f"of {len(found)} parties, whose values open here"

    return {
        "python": python_version,
        "signature library": _signatures,
        "rule libraries": libraries,
        "key store": keys,
        "opening keys": opening_keys,
        "node": node,
        "agenda": agenda,
        "witnesses": witnesses,
        "disk": lambda: free_space(folder),
        "configuration": lambda: _configuration(folder),
        "writer": lambda: writer_running(folder / "writer.sock"),
        "port": lambda: port_taken(PORT),
        "server": lambda: server_ready(PORT),
        "accounts": lambda: look_at_accounts(folder / ACCOUNTS_FILE),
        "vault": lambda: look_at_index(folder / "vault" / "index.db"),
        "views": lambda: look_at_views(shop, folder, _views_url(folder)),
    }


def _signatures() -> str:
    self_test()
    return "the twelve test signatures come out right"


def _configuration(folder: Path) -> str:
    read_configuration(folder / FILE_NAME)
    return f"{FILE_NAME} holds" if (folder / FILE_NAME).exists() else "as it comes"


def _views_url(folder: Path) -> str:
    return read_configuration(folder / FILE_NAME).views.url
