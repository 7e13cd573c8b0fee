"""The vault of a home, opened as its settings say, whoever opens it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from cellchain.adapters.configuration import FILE_NAME, read_configuration
from cellchain.adapters.vault.working import working_vault
from cellchain.app.views import Shop, forget
from cellchain.services.vault import Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from cellchain.adapters.configuration import Configuration, VaultSection
    from cellchain.adapters.home import Home
    from cellchain.adapters.vault.working import WorkingVault
    from cellchain.core.names import Digest
    from cellchain.ledger.contract import Record
    from cellchain.ledger.port import Ledger
    from cellchain.ledger.projection import Opener


class ScanningShop(Shop, Protocol):
    """Opens homes, and lists their records."""

    def scanner(self, folder: Path) -> Callable[[type[Record]], list[tuple[str, Record]]]:
        """Return what lists every record of a sort in a home."""
        ...


@contextmanager
def opened_vault(
    shop: ScanningShop, home: Home, ledger: Ledger, settings: Configuration | None = None
) -> Iterator[WorkingVault]:
    """Open the vault of ``home`` beside its ledger; its views forget what is erased meanwhile.

    Args:
        shop: Opens things.
        home: Whose vault.
        ledger: Takes what the vault has to say.
        settings: How it is kept; ``None``: as the home's own file says.
    """
    chosen = settings or read_configuration(home.folder / FILE_NAME)

    def forgotten(opener: Opener, commitments: Sequence[Digest]) -> bool:
        return forget(shop, home.folder, chosen.views.url, opener, commitments)

    scan = shop.scanner(home.folder)
    with working_vault(home, ledger, scan, forgotten, **vault_settings(chosen.vault)) as work:
        yield work


def vault_settings(section: VaultSection) -> dict[str, Any]:
    """Return what `cellchain.adapters.vault.opening.open_vault` is told by a home's settings."""
    return {
        "clamd": section.scanner,
        "homes": section.homes,
        "limits": Limits(document_bytes_max=section.document_bytes_max),
        "objects_url": section.url,
    }
