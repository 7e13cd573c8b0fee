"""The views of a home: opened, kept up by a follower, projected anew."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from cellchain.adapters.views import discover_views, open_views
from cellchain.adapters.views.damage import set_aside_damaged
from cellchain.core.errors import Unavailable
from cellchain.core.names import Digest
from cellchain.core.time import format_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from cellchain.adapters.home import Home
    from cellchain.adapters.views import Head, Views
    from cellchain.ledger.application import Application
    from cellchain.ledger.contract import Contract
    from cellchain.ledger.projection import Opener

VIEWS_FILE = "views.db"
BEHIND_BLOCKS_MAX = 100
"""More than a server that is busy would leave."""


class Shop(Protocol):
    """Knows the contracts and opens homes."""

    def contracts(self) -> dict[str, Contract]:
        """Return the installed contracts."""
        ...

    def reading(self, folder: Path) -> AbstractContextManager[tuple[Home, Application]]:
        """Open a home as of its last block."""
        ...


@contextmanager
def opened_views(
    shop: Shop, folder: Path, url: str = "", opener: Opener | None = None
) -> Iterator[Views]:
    """Open the views of a home, in its folder or in the database at ``url``."""
    contracts = tuple(shop.contracts().values())
    place = url or folder.absolute() / VIEWS_FILE
    views = open_views(place, contracts, discover_views(contracts), opener=opener)
    try:
        yield views
    finally:
        views.close()


def genesis_hash(home: Home) -> Digest:
    """Return the hash of the genesis of a home."""
    return Digest(home.genesis.hash.hex())


def rebuild(
    shop: Shop,
    folder: Path,
    url: str,
    progress: Callable[[int, int], None],
    opener: Opener | None = None,
) -> Head:
    """Project the views of a home anew; return where they stand then."""
    if not url:
        set_aside_damaged(folder / VIEWS_FILE, thorough=True)
    with (
        shop.reading(folder) as (home, application),
        opened_views(shop, folder, url, opener) as views,
    ):
        views.rebuild(application.state, Digest(home.genesis.hash.hex()), progress)
        return views.head()


def forget(
    shop: Shop, folder: Path, url: str, opener: Opener, commitments: Sequence[Digest]
) -> bool:
    """Let the views of a home, where it has any, show what ``opener`` still opens and no more.

    Returns:
        Whether nothing of it stays in a journal.
    """
    if not url and not (folder / VIEWS_FILE).exists():
        return True
    with (
        shop.reading(folder) as (_, application),
        opened_views(shop, folder, url, opener) as views,
    ):
        if views.head().height >= 0:
            views.reopen(application.state, commitments)
        return not views.owes_journal


def look_at_views(shop: Shop, folder: Path, url: str = "") -> str:
    """Return what is to be seen of the views of a home.

    Raises:
        Unavailable: ``views.behind``: the ledger has more, and nobody projects it.
    """
    if not url and not (folder / VIEWS_FILE).exists():
        return "none yet; `cellchain serve` or `cellchain rebuild` makes them"
    with opened_views(shop, folder, url) as views:
        head = views.head()
    with shop.reading(folder) as (_, application):
        behind = application.state.head.height - head.height
    if behind > BEHIND_BLOCKS_MAX:
        raise Unavailable(
            "views.behind",
            f"block {head.height}, {behind} behind the ledger",
            remedy="`cellchain serve` catches up; `cellchain rebuild` projects them anew",
        )
    late = f", {behind} behind the ledger" if behind > 0 else ""
    return f"block {head.height} of {format_time(head.time_ms)}{late}"
