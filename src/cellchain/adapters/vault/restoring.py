"""After a restore, before the home opens: everything erased since the backup is erased again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cellchain.adapters.disk import disk_error
from cellchain.adapters.vault.erasures import ErasureFile, read_orders
from cellchain.adapters.vault.index import SqliteIndex
from cellchain.adapters.vault.opening import configured_journal, configured_objects
from cellchain.contracts.document import Erasure
from cellchain.services.vault import Eraser, erasure_order

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cellchain.ledger.contract import Record
    from cellchain.services.vault import ErasureOrder

JOURNAL_NOTE = "journal"
"""File of a backup's ``vault/``: where the journal was on the machine that made it."""


def erase_again(
    aside: Path,
    home: Path,
    records: Iterable[tuple[str, Record]],
    files: Iterable[Path],
    *,
    objects_url: str = "",
) -> int:
    """Carry out every known erasure in a home that is being restored; return how many were new.

    Args:
        aside: Where the home is until it is whole.
        home: Where it will be: its journal lies beside it.
        records: The erasures on its ledger.
        files: Journals kept elsewhere.
        objects_url: Where its ciphertexts are, as for `open_vault`.

    Raises:
        Corrupt: ``vault.journal``: a journal is damaged; the home is not restored then.
        Unavailable: ``disk.io``: a journal cannot be read.
    """
    folder = aside / "vault"
    orders = [erasure_order(record) for _, record in records if isinstance(record, Erasure)]
    for file in (*files, *_former_journal(folder)):
        orders += _read(file)
    if not (folder / "index.db").exists():
        return 0
    index = SqliteIndex(folder / "index.db")
    try:
        kept_apart = ErasureFile(configured_journal(home))
        eraser = Eraser(index, configured_objects(folder, objects_url), kept_apart)
        return eraser.recover() + eraser.apply_erasures(orders)
    finally:
        index.close()


def _former_journal(folder: Path) -> list[Path]:
    """Return the journal of the home that was backed up, where this machine has it."""
    note = folder / JOURNAL_NOTE
    try:
        former = Path(note.read_text(encoding="utf-8"))
        note.unlink()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise disk_error(error) from error
    return [former] if former.is_file() else []


def _read(file: Path) -> list[ErasureOrder]:
    try:
        return read_orders(file.read_bytes())
    except OSError as error:
        raise disk_error(error) from error
