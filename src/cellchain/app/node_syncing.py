"""A node that begins without the ledger's history: from a snapshot that others have taken.

What it trusts is one block, told by somebody whom the operator believes; CometBFT's light client
leads from there to the app hash of the snapshot, asking two light endpoints at least.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from cellchain.adapters.cometbft.folder import NodeFolder
from cellchain.adapters.cometbft.settings import check_sync
from cellchain.app.node import Shop, check_network, check_solo, keys, new_home, take_part
from cellchain.core.errors import Refused
from cellchain.ledger.export import read_blocks, read_genesis
from cellchain.ledger.keeping import first_kept
from cellchain.ledger.older_blocks import bring_back
from cellchain.ledger.parameters import parse_genesis
from cellchain.ledger.replay import replay

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from cellchain.adapters.cometbft.folder import Validator
    from cellchain.adapters.home import Home
    from cellchain.ledger.application import Application
    from cellchain.ledger.parameters import Genesis


class ReplayingShop(Shop, Protocol):
    """Can also replay a chain aside."""

    def replica(self, genesis: Genesis) -> AbstractContextManager[Application]:
        """Return an empty application of a chain, over a store that is thrown away."""
        ...


def prepare_without_history(shop: Shop, folder: Path, genesis: bytes) -> Home:
    """Make a home of a chain without a block, or find the one that is there.

    Raises:
        Refused: ``node.begun``; ``node.network``: the home is of another chain.
    """
    parsed = parse_genesis(genesis)
    if not (folder / "home.json").exists():
        new_home(folder, parsed).empty_ledger()
    home = shop.home(folder)
    check_solo(home)
    if home.genesis != parsed:
        raise Refused("node.network", "the genesis is of another chain than this home's")
    return home


def join_from_snapshot(  # noqa: PLR0917  # what one is handed
    shop: ReplayingShop,
    folder: Path,
    network: bytes,
    genesis: bytes,
    party: str,
    peers: Sequence[Validator],
    sync_from: Sequence[str],
    sync_trust: str,
) -> Validator:
    """Make a home a node of a network that begins from a snapshot when it is started.

    Args:
        shop: Opens things.
        folder: A new folder, or a home whose keys the others were told.
        network: The network's genesis.
        genesis: The ledger's, ``genesis.json`` of any member's home.
        party: Who runs the node.
        peers: The other nodes.
        sync_from: Light endpoints of two members at least, as URLs.
        sync_trust: A block that is trusted: height, ``:``, hash.

    Raises:
        Refused: ``node.begun``, ``node.settings``; ``node.network``: of another ledger.
    """
    home = prepare_without_history(shop, folder, genesis)
    with shop.replica(home.genesis) as application:
        check_network(application, network, later=True)
    own = keys(shop, folder, party)
    _begin_from_snapshot(home, sync_from, sync_trust)
    take_part(home, network, [one for one in peers if one.node != own.node])
    return own


def sync(shop: Shop, folder: Path, sync_from: Sequence[str], sync_trust: str) -> None:
    """Let a node that is too far behind forget its blocks, and begin anew from a snapshot.

    What its validator has voted for stays.

    Raises:
        Refused: ``node.no_network``, ``node.settings``; Unavailable: ``node.running``.
    """
    home = shop.home(folder)
    NodeFolder(home.node_folder).network()
    _begin_from_snapshot(home, sync_from, sync_trust)


def _begin_from_snapshot(home: Home, sync_from: Sequence[str], sync_trust: str) -> None:
    node = NodeFolder(home.node_folder)
    chosen: dict[str, Any] = {"sync_from": tuple(sync_from), "sync_trust": sync_trust}
    settings = msgspec.structs.replace(node.settings(), **chosen)
    check_sync(settings, node.settings_path, wanted=True)
    node.forget_blocks()
    home.empty_ledger()
    node.make(settings)


def bring_history(
    shop: ReplayingShop, folder: Path, ledger: Path, progress: Callable[[int], None]
) -> int:
    """Bring the blocks back that a home does not keep, from an exported ledger; return how many.

    The file is replayed aside, every signature verified, and has to lead to the very log that the
    home's app hash commits to.

    Raises:
        Refused: ``node.network``, ``ledger.another_history``, ``export.…``, ``replay.…``;
        Unavailable: ``store.locked``: the node runs.
    """
    home = shop.home(folder)
    with ledger.open("rb") as file:
        genesis = parse_genesis(read_genesis(file))
        if genesis != home.genesis:
            raise Refused("node.network", "the ledger is of another chain than this home")
        with shop.appending(home) as application, shop.replica(genesis) as before:
            first = first_kept(application.state.store)
            if first:
                older = (block for block in read_blocks(file) if block.height < first)
                replay(before, shop.ahead(before, older), progress=progress)
                bring_back(application.state, before.state)
    return first
