"""Opening the vault of a home: what a crash left undone is done before anything is read."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cellchain.adapters.clock import clock_ms
from cellchain.adapters.disk import disk_error
from cellchain.adapters.vault.clamd import ClamdScanner
from cellchain.adapters.vault.erasures import ErasureFile, journal_path
from cellchain.adapters.vault.folder import FolderObjects, clear_incoming
from cellchain.adapters.vault.index import SqliteIndex
from cellchain.adapters.vault.opening_keys import OpeningKeyFiles
from cellchain.adapters.vault.remote import HttpObjects
from cellchain.adapters.vault.s3 import S3Objects
from cellchain.adapters.vault.uploads import UploadFiles
from cellchain.services.vault import Eraser, Limits, Uploads, Vault
from cellchain.services.vault.vault import ORPHAN_LIVES_MS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cellchain.adapters.home import Home
    from cellchain.services.vault.ports import ErasureJournal, Members, ObjectStore

OBJECTS_VARIABLE, ERASURES_VARIABLE = "CELLCHAIN_OBJECTS", "CELLCHAIN_ERASURES"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedVault:
    """The vault of a home, ready for use."""

    vault: Vault
    eraser: Eraser
    uploads: Uploads
    journal: ErasureJournal
    index: SqliteIndex

    def close(self) -> None:
        """Close its files."""
        self.index.close()


def open_vault(
    home: Home,
    members: Members,
    *,
    objects_url: str = "",
    journal: Path | None = None,
    homes: Sequence[str] = (),
    clamd: str = "",
    limits: Limits = Limits(),  # noqa: B008  # frozen
    draw: Callable[[str, int], bytes] | None = None,
    now_ms: Callable[[], int] = clock_ms,
) -> OpenedVault:
    """Open the vault of ``home``, making it at the first time.

    Args:
        home: Whose vault.
        members: Public halves of opening keys, from the ledger.
        objects_url: ``s3://…`` (`adapters.vault.s3`); empty: as ``CELLCHAIN_OBJECTS`` says, else a
            folder of the home.
        journal: The journal of erasures; ``None``: ``CELLCHAIN_ERASURES``, else beside the home.
        homes: Addresses of homes that ciphertexts are fetched from.
        clamd: Where a virus scanner listens; empty: none is asked.
        limits: What is taken in.
        draw: Makes opening keys; a demo brings its own.
        now_ms: The clock.

    Raises:
        Refused: ``vault.url``, ``vault.no_s3``; Unavailable: ``disk.…``, ``vault.…``;
        Corrupt: ``vault.index_damaged``, ``vault.journal``.
    """
    folder = home.folder / "vault"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise disk_error(error) from error
    clear_incoming(folder / "incoming", before_ms=now_ms() - ORPHAN_LIVES_MS)
    objects = configured_objects(folder, objects_url)
    index = SqliteIndex(folder / "index.db")
    try:
        kept_apart = ErasureFile(journal or configured_journal(home.folder))
        eraser = Eraser(index, objects, kept_apart)
        eraser.recover()
        keys = OpeningKeyFiles(
            home.folder / "keys" / "opening", home.keys, **({"draw": draw} if draw else {})
        )
        vault = Vault(
            index,
            objects,
            keys,
            members,
            now_ms=now_ms,
            limits=limits,
            scanner=ClamdScanner(clamd) if clamd else None,
            source=HttpObjects(homes) if homes else None,
        )
        secret = home.keys.derived_secret("uploads")
        pieces = UploadFiles(folder / "uploads", index, secret)
        pieces.clear()
        uploads = Uploads(vault, pieces)
    except BaseException:
        index.close()
        raise
    return OpenedVault(vault=vault, eraser=eraser, uploads=uploads, journal=kept_apart, index=index)


def configured_objects(folder: Path, url: str = "") -> ObjectStore:
    """Return where the ciphertexts of the vault in ``folder`` are."""
    url = url or os.environ.get(OBJECTS_VARIABLE, "")
    return S3Objects(url, folder) if url else FolderObjects(folder)


def configured_journal(home: Path) -> Path:
    """Return where the erasures of the home in folder ``home`` are written down."""
    named = os.environ.get(ERASURES_VARIABLE, "")
    return Path(named).absolute() if named else journal_path(home)
